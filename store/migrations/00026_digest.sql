-- How often, in which language and by which consent a reader gets the digest.

-- +goose Up
ALTER TABLE subscription ADD COLUMN every TEXT NOT NULL DEFAULT 'week' CHECK (every IN ('week','month','both')); -- which editions
ALTER TABLE subscription ADD COLUMN language TEXT NOT NULL DEFAULT 'en'; -- of its mails and pages: en or cy
ALTER TABLE subscription ADD COLUMN consent TEXT NOT NULL DEFAULT '';    -- where the reader said yes, if not to our own mail: the operator's words

ALTER TABLE organisation ADD COLUMN areas TEXT NOT NULL DEFAULT 'null';  -- JSON list of local authorities in whose areas it lets homes

CREATE INDEX visit_observed ON visit(observed_at); -- how often anybody was looked at in a week

-- +goose Down
SELECT 'forward only';
