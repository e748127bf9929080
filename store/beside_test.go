package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"doorknock/audit"
)

// openBeside opens the database of a running store for an operator's short write.
func openBeside(t *testing.T, db *DB) *DB {
	t.Helper()
	o := db.o
	o.Beside = true
	beside, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = beside.Close() })
	return beside
}

func TestTwoWriteByTurns(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	beside := openBeside(t, db)
	const each = 100
	done := make(chan error, 2)
	for _, one := range []*DB{db, beside} {
		go func() {
			for range each {
				if err := one.write(context.WithoutCancel(t.Context()), "count", func(tx *tx) error {
					return tx.exec(`UPDATE channel SET recorded_at = recorded_at, lane = lane || 'x'`)
				}); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := one(t, db, `SELECT length(lane) - length(replace(lane, 'x', '')) FROM channel`); got != "200" {
		t.Errorf("%s writes are there, want 200", got)
	}
}

func TestBesideWaitsForALongWrite(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	beside := openBeside(t, db)
	begun, end := make(chan bool), make(chan bool)
	ended := make(chan error, 1)
	go func() {
		ended <- db.write(context.WithoutCancel(t.Context()), "hold", func(tx *tx) error {
			err := tx.exec(`UPDATE meta SET value = value`)
			close(begun)
			<-end
			return err
		})
	}()
	<-begun
	time.AfterFunc(300*time.Millisecond, func() { close(end) })
	if err := beside.MarkEvent(t.Context(), ScoreStage, "none", day0); err != nil {
		t.Errorf("the write beside did not wait: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestBesideRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(t.Context(), Options{Dir: dir, Beside: true}); !errors.Is(err, ErrNotFound) {
		t.Errorf("without a database: %v, want ErrNotFound", err)
	}
	path := filepath.Join(dir, databaseFile)
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	steps, err := provider(pool)
	if err == nil {
		_, err = steps.UpTo(t.Context(), 2)
	}
	if err = errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Dir: dir, Beside: true}, {Dir: dir, ReadOnly: true}} {
		if _, err := Open(t.Context(), o); !errors.Is(err, ErrOlderSchema) {
			t.Errorf("an older schema: %v, want ErrOlderSchema", err)
		}
	}
	db, err := Open(t.Context(), Options{Dir: dir, KeyPrint: "right"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := Open(t.Context(), Options{Dir: dir, KeyPrint: "wrong", Beside: true}); !errors.Is(err, ErrWrongKey) {
		t.Errorf("another key: %v, want ErrWrongKey", err)
	}
}
