package store

import (
	"context"
	"errors"
)

var errTakenBack = errors.New("taken back")

// Writable reports, by its error, whether the database would take a write now. What it writes is taken back.
func (db *DB) Writable(ctx context.Context) error {
	err := db.write(ctx, "try a write", func(t *tx) error {
		if err := t.exec(`UPDATE meta SET value = value`); err != nil {
			return err
		}
		return errTakenBack
	})
	if errors.Is(err, errTakenBack) {
		return nil
	}
	return err
}

// Writes counts the transactions that this process has committed: while it stands still, what was read stands too,
// but for what comes with time alone (the end of a notice, a look that grows old).
func (db *DB) Writes() uint64 { return db.writes.Load() }
