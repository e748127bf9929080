-- Dead letters, corrections, and what it takes to read stored captures again. Times and JSON as in 00001.

-- +goose Up
CREATE TABLE dead_letter (              -- work that was given up or refused; the work itself is still in its own row
  id          TEXT PRIMARY KEY,         -- Hash(stream, consumer, ref else advisory, reason): the same fault again is one row
  stream      TEXT NOT NULL,            -- JOBS, VISITS, EVENTS
  consumer    TEXT NOT NULL,
  ref         TEXT NOT NULL,            -- job or visit id (JOBS, VISITS), event id (EVENTS); '' where it cannot be known
  channel     TEXT NOT NULL,            -- whose it was, or ''
  reason      TEXT NOT NULL,            -- '' where the deliveries ran out
  deliveries  INTEGER NOT NULL,         -- in all
  times       INTEGER NOT NULL,         -- how often it was given up
  advisory    TEXT NOT NULL,            -- the newest advisory that said so: the same one again counts once
  first_at    TEXT NOT NULL,
  last_at     TEXT NOT NULL,
  replayed_at TEXT                      -- when the operator had it done again; NULL: not since last_at
) STRICT;
CREATE INDEX dead_letter_last ON dead_letter(last_at);

CREATE TABLE correction (               -- a different reading of the same bytes by a newer rule; the old finding stays as it was
  finding      TEXT PRIMARY KEY REFERENCES finding(id), -- the one that no longer stands
  by_finding   TEXT NOT NULL REFERENCES finding(id),    -- today's reading of the same visit
  organisation TEXT NOT NULL,
  channel      TEXT NOT NULL REFERENCES channel(id),
  platform     TEXT NOT NULL,
  check_id     TEXT NOT NULL,
  scope        TEXT NOT NULL,
  from_state   TEXT NOT NULL,           -- states, rules and versions of the two findings, '' and 0 for unknown
  to_state     TEXT NOT NULL,
  from_rule    TEXT NOT NULL,
  from_version INTEGER NOT NULL,
  to_rule      TEXT NOT NULL,
  to_version   INTEGER NOT NULL,
  observed_at  TEXT NOT NULL,           -- of both findings
  recorded_at  TEXT NOT NULL,           -- when it was filed
  settled_at   TEXT,                    -- when the state was folded anew with it; NULL: not in force yet
  shown        INTEGER NOT NULL,        -- 1: the public had seen the state that it corrects
  published_at TEXT,                    -- from when the public may see it; NULL: held, or not in force
  hold_reason  TEXT NOT NULL
) STRICT;
CREATE INDEX correction_by ON correction(by_finding);
CREATE INDEX correction_triple ON correction(channel, check_id, scope);
CREATE INDEX correction_unsettled ON correction(channel, check_id, scope) WHERE settled_at IS NULL;
CREATE INDEX correction_organisation ON correction(organisation, settled_at) WHERE shown = 1;
CREATE INDEX correction_settled ON correction(settled_at) WHERE shown = 1;

ALTER TABLE capture ADD COLUMN asked TEXT;      -- JSON audit.Asked: how the page was asked for; NULL: no check reads it; {} once the bytes are dropped
ALTER TABLE visit ADD COLUMN coverage TEXT;     -- JSON by check: '' where all was read that a proof of absence needs, else the reason why not
ALTER TABLE event ADD COLUMN again_at TEXT;     -- when a command beside the running program asked for it to be announced at once
CREATE INDEX event_again ON event(again_at) WHERE again_at IS NOT NULL;
ALTER TABLE state_change ADD COLUMN reread INTEGER NOT NULL DEFAULT 0; -- 1: it follows from a correction and was never announced

-- +goose Down
SELECT 'forward only';
