-- Sealed captures that somebody wants kept beyond retain.captures, and why. Times as in 00001.

-- +goose Up
CREATE TABLE kept (
  capture     TEXT PRIMARY KEY,         -- capture.id; its file and key are not dropped by the clock
  by          TEXT NOT NULL,            -- who answers for it: a name of the operator's own people
  reason      TEXT NOT NULL,
  recorded_at TEXT NOT NULL
) STRICT;

-- +goose Down
SELECT 'forward only';
