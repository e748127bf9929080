-- What the visited sites said of the clock of the machine that looked.

-- +goose Up
ALTER TABLE visit ADD COLUMN clock_off_s INTEGER NOT NULL DEFAULT 0; -- seconds it was ahead, as most sites of that hour said; < 0: behind; 0: under five minutes, or unknown
CREATE INDEX visit_clock_off ON visit(recorded_at) WHERE clock_off_s <> 0;

-- +goose Down
SELECT 'forward only';
