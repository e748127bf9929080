-- When what an alert to the operator is about was over, so that the past can be told again by other settings; and an alert that
-- somebody may be in danger is answered as others are. Times as in 00001.

-- +goose Up
ALTER TABLE alert ADD COLUMN over_at TEXT; -- when the watch saw that the matter does not go on; NULL: it does, or the alert is no operator's
UPDATE alert SET over_at = strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at, '+1 day') WHERE kind = 'operator'; -- nobody wrote it down then
DROP INDEX alert_open;
CREATE INDEX alert_open ON alert(channel, observed_at) WHERE resolved_at IS NULL AND kind IN ('complaint', 'hazard', 'unanswered', 'private');

-- +goose Down
SELECT 'forward only';
