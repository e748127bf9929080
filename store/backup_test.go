package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// A copy made while somebody writes is whole, holds what was committed before it, and is not more than 0600.
func TestCopyTo(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = db.Record(t.Context(), look(oak(), day0.Add(time.Duration(i)*time.Hour), audit.Open))
			}
		}
	}()
	for range 5 {
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := db.CopyTo(t.Context(), path); err != nil {
			t.Fatal(err)
		}
		if c, err := ReadCopy(t.Context(), path); err != nil || c.Schema == 0 {
			t.Errorf("%+v, %v", c, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if err := db.CopyTo(t.Context(), path); err == nil {
			t.Error("a copy took the place of another")
		}
	}
	close(stop)
	<-stopped
}

// A restored database has no log of the old one beside it, and the old one is whole under another name.
func TestRestoreKeepsTheOldOne(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	from := filepath.Join(t.TempDir(), "copy.db")
	if err := db.CopyTo(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	record(t, db, look(oak(), day0.Add(time.Hour), audit.Open))
	dir := db.o.Dir
	nothing := func() error { return nil }
	if _, err := Restore(t.Context(), dir, from, true, day0, nothing); !errors.Is(err, ErrLocked) {
		t.Fatalf("beside an open database: %v, want ErrLocked", err)
	}
	// As a crash leaves it: with a log. Closing would fold that into the file.
	crashed := filepath.Join(t.TempDir(), "crashed")
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), crashed, from, false, day0, nothing); !errors.Is(err, ErrInTheWay) || !strings.Contains(err.Error(), "--force") {
		t.Fatalf("without replace: %v", err)
	}
	failed := errors.New("no room")
	if _, err := Restore(t.Context(), crashed, from, true, day0, func() error { return failed }); !errors.Is(err, failed) {
		t.Fatalf("got %v", err)
	}
	if n := visits(t, filepath.Join(crashed, databaseFile)); n != 2 {
		t.Fatalf("an unfinished restore left %d visits of 2", n)
	}
	if err := os.RemoveAll(crashed); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	aside, err := Restore(t.Context(), crashed, from, true, day0, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if n := visits(t, filepath.Join(crashed, databaseFile)); n != 1 {
		t.Errorf("the restored database has %d visits, want 1", n)
	}
	if n := visits(t, aside); n != 2 {
		t.Errorf("the old database has %d visits, want 2", n)
	}
}

func visits(t *testing.T, path string) (n int) {
	t.Helper()
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	defer func() { _ = pool.Close() }()
	if err := pool.QueryRow(`SELECT count(*) FROM visit`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Once a week the whole database is read, and damage that the quick check does not see is told.
func TestCheckWeekly(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	check := func(after time.Duration) error {
		t.Helper()
		return db.CheckWeekly(t.Context(), day0.Add(after))
	}
	if err := check(0); err != nil {
		t.Fatal(err)
	}
	// A row that refers to nothing, as no writer of ours can make one.
	pool := sql.OpenDB(connector{dsn: address(filepath.Join(db.o.Dir, databaseFile)) + "?_foreign_keys=off"})
	_, err := pool.Exec(`UPDATE visit SET channel = 'nowhere'`)
	if err := errors.Join(err, pool.Close()); err != nil {
		t.Fatal(err)
	}
	if err := check(6 * 24 * time.Hour); err != nil {
		t.Errorf("before a week: %v", err)
	}
	if err := check(8 * 24 * time.Hour); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "doorknock restore") {
		t.Errorf("after a week: %v, want ErrCorrupt and what to do", err)
	}
	if err := db.Check(t.Context()); err != nil {
		t.Errorf("the quick check sees it: %v", err)
	}
}
