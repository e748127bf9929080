-- What an alert of a watcher found, and since when a place should have been read and was not. Times and JSON as in 00001.

-- +goose Up
ALTER TABLE alert ADD COLUMN found TEXT NOT NULL DEFAULT '{}'; -- JSON store.Found: numbers and ids, never words of a person
ALTER TABLE channel ADD COLUMN missed_at TEXT;                 -- due time of the first of the looks that got nothing; NULL: the last got something
ALTER TABLE visit ADD COLUMN missed_at TEXT;                   -- the channel's, as the visit found it
CREATE INDEX state_now_reviews ON state_now(channel) WHERE check_id = 'reviews' AND scope = '' AND state = 'open' AND last_reason = 'no_marker';
CREATE INDEX state_now_missing ON state_now(channel) WHERE scope = '' AND last_reason IN ('not_found', 'gone');

-- +goose Down
SELECT 'forward only';
