-- Pages under a former name that are still up are told, and never looked at: what is off on them closes no door.

-- +goose Up
ALTER TABLE organisation ADD COLUMN old_pages TEXT NOT NULL DEFAULT 'null'; -- JSON list of their addresses

-- +goose Down
SELECT 'forward only';
