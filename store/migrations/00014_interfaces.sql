-- What was asked of platforms' own interfaces travels with the lane's memory: calls of the day, money of the month, keys that
-- were refused; and what the page that is known to be open showed last.

-- +goose Up
ALTER TABLE host_memory ADD COLUMN interfaces TEXT NOT NULL DEFAULT 'null'; -- JSON map of audit.InterfaceMemory by the key's name; never a key
ALTER TABLE host_memory ADD COLUMN control TEXT NOT NULL DEFAULT 'null';    -- JSON audit.ControlMemory; null: none is named

-- +goose Down
SELECT 'forward only';
