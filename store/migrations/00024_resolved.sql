-- When the organisation's public answer to what an alert told was seen, and whom that was told. Times as in 00001.

-- +goose Up
ALTER TABLE alert ADD COLUMN resolved_at TEXT;                      -- when the answer was first seen here; NULL: none was
ALTER TABLE alert ADD COLUMN resolved_by TEXT NOT NULL DEFAULT '';  -- comment.id of the answer, or ''
ALTER TABLE alert_told ADD COLUMN resolution TEXT;                  -- the delivery that tells the receiver of the answer; NULL: none did
ALTER TABLE delivery ADD COLUMN resolves INTEGER NOT NULL DEFAULT 0; -- 1: tells that its alerts were answered
CREATE INDEX alert_open ON alert(channel, observed_at) WHERE resolved_at IS NULL AND kind IN ('complaint', 'hazard', 'unanswered');
CREATE INDEX alert_resolved ON alert(resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX delivery_resolves ON delivery(alert_group, recorded_at) WHERE resolves = 1;
CREATE INDEX comment_own ON comment(channel, recorded_at) WHERE author_by = 2;
CREATE INDEX comment_parent ON comment(parent) WHERE parent <> '';

-- +goose Down
SELECT 'forward only';
