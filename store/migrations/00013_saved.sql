-- Pages that somebody saved: where a look comes from, and changes that lie so far back that they are history and no news.

-- +goose Up
ALTER TABLE visit ADD COLUMN source TEXT;            -- JSON audit.Source of a look at saved pages; NULL: any other
ALTER TABLE state_change ADD COLUMN last_seen TEXT;  -- observed_at of the last look that showed the old state; NULL: of before this column
ALTER TABLE state_change ADD COLUMN last_how TEXT NOT NULL DEFAULT ''; -- how that look was made
ALTER TABLE state_change ADD COLUMN history INTEGER NOT NULL DEFAULT 0; -- 1: known from saved pages long after; never announced

-- +goose Down
SELECT 'forward only';
