-- What the table of organisations is counted from, beside the wide rows with their evidence.

-- +goose Up
CREATE INDEX state_now_door ON state_now(organisation, channel, platform, check_id, state, pending, published_at, hold_reason, seen_at, how)
  WHERE scope = '';

-- +goose Down
SELECT 'forward only';
