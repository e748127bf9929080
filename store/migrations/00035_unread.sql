-- Why a place could not be read, look by look: three of them in a row are a matter for the operator.

-- +goose Up
ALTER TABLE visit ADD COLUMN unread TEXT NOT NULL DEFAULT '';   -- audit.Visit.Unread
ALTER TABLE channel ADD COLUMN unread TEXT NOT NULL DEFAULT ''; -- of the newest visit
CREATE INDEX channel_unread ON channel(id) WHERE unread <> '';
CREATE INDEX channel_moved ON channel(id) WHERE moved_to <> '';
CREATE INDEX alert_unread ON alert(ref) WHERE resolved_at IS NULL AND ref LIKE 'unreadable %';

-- +goose Down
SELECT 'forward only';
