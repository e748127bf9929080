-- The way a visit went, so that the next one, which mostly finds every page as it was, need not find its way anew.

-- +goose Up
CREATE TABLE route (
  channel     TEXT PRIMARY KEY REFERENCES channel(id),
  visit       TEXT NOT NULL,         -- the newest that went this way; its findings stand while every answer is the same
  findings    INTEGER NOT NULL,      -- how many that visit has
  plan        TEXT NOT NULL,         -- audit.Route.Plan
  steps       TEXT NOT NULL,         -- audit.Route.Steps, JSON
  observed_at TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
SELECT 'forward only';
