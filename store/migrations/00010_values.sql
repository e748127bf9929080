-- The few named figures and words that a check reads beside its answer, and their changes.

-- +goose Up
ALTER TABLE finding ADD COLUMN named TEXT;   -- JSON audit.Values; NULL: none
ALTER TABLE state_now ADD COLUMN named TEXT; -- the confirmed ones of the state
ALTER TABLE state_now ADD COLUMN named_pending INTEGER NOT NULL DEFAULT 0; -- 1: others were seen, and wait for a second look

CREATE TABLE value_change (               -- a confirmed difference of the values of a door whose state stayed; withdrawn, never deleted
  id            TEXT PRIMARY KEY,         -- audit.ValueChangeID
  organisation  TEXT NOT NULL,
  channel       TEXT NOT NULL REFERENCES channel(id),
  platform      TEXT NOT NULL,
  check_id      TEXT NOT NULL,
  scope         TEXT NOT NULL,
  from_named    TEXT NOT NULL,            -- JSON audit.Values
  to_named      TEXT NOT NULL,
  before        TEXT NOT NULL REFERENCES finding(id), -- the last that showed the old values
  first_finding TEXT NOT NULL REFERENCES finding(id), -- first sight of the new ones
  finding       TEXT NOT NULL REFERENCES finding(id), -- the one that confirmed them
  first_seen    TEXT NOT NULL,            -- observed_at of the first
  observed_at   TEXT NOT NULL,            -- observed_at of the confirming one
  recorded_at   TEXT NOT NULL,            -- first time the row was made
  published_at  TEXT,                     -- from when the public may see it; NULL: held
  hold_reason   TEXT NOT NULL,
  withdrawn_at  TEXT                      -- a visit that arrived late, or a correction, undid it
) STRICT;
CREATE INDEX value_change_door ON value_change(channel, check_id, scope);
CREATE INDEX value_change_organisation ON value_change(organisation, observed_at);
CREATE INDEX value_change_published ON value_change(published_at);

CREATE TABLE wording (                    -- the sentences of a page, by what they say: kept once however often it is seen
  id          TEXT PRIMARY KEY,           -- audit.WordingID: the value "wording" of a finding
  sentences   TEXT NOT NULL,              -- JSON list
  recorded_at TEXT NOT NULL
) STRICT;

-- +goose Down
SELECT 'forward only';
