-- Messages that wait for one receiver become one when there are many of them.

-- +goose Up
ALTER TABLE delivery ADD COLUMN carried_by TEXT NOT NULL DEFAULT ''; -- the delivery that tells its alerts as well; '': it goes by itself
CREATE INDEX delivery_carried ON delivery(carried_by) WHERE carried_by <> '';

-- +goose Down
SELECT 'forward only';
