-- Who is logged in at the operator's pages.

-- +goose Up
CREATE TABLE operator_session (
  token_hash     TEXT PRIMARY KEY,  -- SHA-256 hex of the cookie's value, which is nowhere kept
  password_print TEXT NOT NULL,     -- which password it was opened with: a new one ends it
  expires_at     TEXT NOT NULL,
  recorded_at    TEXT NOT NULL
) STRICT;

-- +goose Down
SELECT 'forward only';
