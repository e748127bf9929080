-- Who gets the weekly edition, and which editions each was sent. Times and JSON as in 00001.

-- +goose Up
ALTER TABLE subscription ADD COLUMN receiver TEXT NOT NULL DEFAULT '';  -- a receiver of the settings in place of an address
ALTER TABLE subscription ADD COLUMN zone TEXT NOT NULL DEFAULT 'Europe/London'; -- of the reader's Monday morning
ALTER TABLE subscription ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;  -- 1: the settings name it
ALTER TABLE subscription ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';  -- reader, settings, bounce; '' while it lasts
ALTER TABLE subscription ADD COLUMN paused_until TEXT;                  -- no edition before then; NULL: not paused
ALTER TABLE subscription ADD COLUMN asked_at TEXT;                      -- when the last mail that asks for a yes was sent

CREATE TABLE edition_sent (             -- which edition went to whom: one row each, written before the first attempt
  subscription TEXT NOT NULL,
  week         TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('queued','sending','sent','uncertain','dead')),
  attempts     INTEGER NOT NULL,
  next_at      TEXT,                    -- next attempt; NULL: none
  last_error   TEXT NOT NULL,
  recorded_at  TEXT NOT NULL,
  sent_at      TEXT,
  PRIMARY KEY (subscription, week)
) STRICT;
CREATE INDEX edition_sent_week ON edition_sent(week, state);

-- +goose Down
SELECT 'forward only';
