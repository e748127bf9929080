package store

import (
	"context"
	"errors"
	"fmt"
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

// Version changes whenever anything was committed, by this process or by one beside it: while it stands still, what was
// read stands too, but for what comes with time alone (the end of a notice, a look that grows old).
func (db *DB) Version(ctx context.Context) (int64, error) {
	db.watching.Lock()
	defer db.watching.Unlock()
	if db.watch == nil {
		conn, err := db.read.Conn(ctx)
		if err != nil {
			return 0, fmt.Errorf("watch the database: %w", err)
		}
		db.watch = conn
	}
	var version int64 // counted by SQLite for each connection, of commits by the others; this one never writes
	if err := db.watch.QueryRowContext(context.WithoutCancel(ctx), `PRAGMA data_version`).Scan(&version); err != nil {
		return 0, fmt.Errorf("watch the database: %w", err)
	}
	return version, nil
}
