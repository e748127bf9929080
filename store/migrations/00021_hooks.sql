-- What platforms tell by themselves (webhooks) is counted by what became of it: taken, refused and why.

-- +goose Up
CREATE TABLE hook (
  day     TEXT NOT NULL,      -- YYYY-MM-DD, UTC
  outcome TEXT NOT NULL,      -- comment, answer, hidden, removed, edited, visitor_post, other; refused: signature, replayed, unknown, shape, old
  count   INTEGER NOT NULL,
  last_at TEXT NOT NULL,
  PRIMARY KEY (day, outcome)
) STRICT;

-- +goose Down
SELECT 'forward only';
