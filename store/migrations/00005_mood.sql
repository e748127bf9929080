-- What a visit found its lane to ask of us. The channel's next visit follows from its own newest look, and not from
-- whichever visit of the lane was recorded last, so that the order of recording does not matter.

-- +goose Up
ALTER TABLE visit ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0; -- visits in a row, this one included, that the lane blocked
ALTER TABLE visit ADD COLUMN not_before TEXT;                    -- a Retry-After or back-off in force when it ended

-- +goose Down
SELECT 'forward only';
