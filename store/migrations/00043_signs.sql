-- By which signs a comment was told a threat or spam.

-- +goose Up
ALTER TABLE assessment ADD COLUMN signs TEXT NOT NULL DEFAULT '[]'; -- JSON list of audit.Sign; [] once the text is forgotten

-- +goose Down
SELECT 'forward only';
