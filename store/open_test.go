package store

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mattn/go-sqlite3"
)

func TestOpenRefuses(t *testing.T) {
	tests := []struct {
		name   string
		spoil  func(t *testing.T, dir string) // a closed store in dir
		change func(*Options)
		want   error
		says   string
	}{
		{"a wrong key", nil, func(o *Options) { o.KeyPrint = "other" }, ErrWrongKey, "key_file"},
		{"an empty file", func(t *testing.T, dir string) { write(t, dir, nil) }, nil, ErrCorrupt, "doorknock restore"},
		{"another file", func(t *testing.T, dir string) { write(t, dir, []byte(strings.Repeat("not a database. ", 1000))) }, nil, ErrCorrupt, "doorknock restore"},
		{"a cut file", func(t *testing.T, dir string) { write(t, dir, read(t, dir)[:8192]) }, nil, ErrCorrupt, "doorknock restore"},
		{"flipped bytes", func(t *testing.T, dir string) {
			b := read(t, dir)
			for i := len(b) / 2; i < len(b)*3/4; i++ { // of one page alone it may be that nothing is on it
				b[i] ^= 0x5a
			}
			write(t, dir, b)
		}, nil, ErrCorrupt, "doorknock restore"},
		{"a newer schema", func(t *testing.T, dir string) {
			pool, err := connector{dsn: writerDSN(filepath.Join(dir, databaseFile))}.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = pool.Close() }()
			if _, err := pool.(*sqlite3.SQLiteConn).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`, nil); err != nil {
				t.Fatal(err)
			}
		}, nil, ErrNewerSchema, "install"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			o := Options{Dir: filepath.Join(t.TempDir(), "data"), KeyPrint: "print"}
			db, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if x.spoil != nil {
				x.spoil(t, o.Dir)
			}
			before := read(t, o.Dir)
			if x.change != nil {
				x.change(&o)
			}
			_, err = Open(t.Context(), o)
			if !errors.Is(err, x.want) || !strings.Contains(err.Error(), x.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %v and %q", err, x.want, x.says)
			}
			if string(before) != string(read(t, o.Dir)) {
				t.Error("a refused open changed the file")
			}
		})
	}
}

func read(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, dir string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, databaseFile), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSecondProcessIsRefusedAtOnce(t *testing.T) {
	db := open(t, nil)
	_, err := Open(t.Context(), Options{Dir: db.o.Dir})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "data_dir") {
		t.Errorf("got %v, want ErrLocked and what to do", err)
	}
	beside, err := Open(t.Context(), Options{Dir: db.o.Dir, ReadOnly: true})
	if err != nil {
		t.Fatalf("a look beside: %v", err)
	}
	defer func() { _ = beside.Close() }()
	record(t, db, look(oak(), day0, 1))
	if s, err := beside.Status(t.Context(), day0); err != nil || s.Organisations != 1 || s.Rows["finding"] != 1 {
		t.Errorf("status beside %+v, %v", s, err)
	}
	if err := beside.MarkEvent(t.Context(), ScoreStage, "x", day0); err == nil {
		t.Error("a read-only store wrote")
	}
}

func TestReadOnlyWithoutDatabase(t *testing.T) {
	_, err := Open(t.Context(), Options{Dir: t.TempDir(), ReadOnly: true})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 { // root writes where it may not; a file system that nobody writes to is there on every Linux
		dir = "/sys/kernel"
	}
	_, err := Open(t.Context(), Options{Dir: filepath.Join(dir, "doorknock")})
	if !errors.Is(err, ErrReadOnly) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want ErrReadOnly in one line", err)
	}
}

func TestOnlyTheOwnerReads(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, 1))
	files, err := os.ReadDir(db.o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(db.o.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v, want 0700", info.Mode(), err)
	}
}

func TestPragmas(t *testing.T) {
	db := open(t, nil)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
		"secure_delete": "1", "trusted_schema": "0", "temp_store": "2", "cache_size": "-4000"} {
		var got string
		if err := db.conn.QueryRowContext(t.Context(), `PRAGMA `+name).Scan(&got); err != nil || got != want {
			t.Errorf("writer: %s = %s, %v, want %s", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"query_only": "1", "foreign_keys": "1", "trusted_schema": "0", "cache_size": "-1000"} {
		if got := one(t, db, `PRAGMA `+name); got != want {
			t.Errorf("reader: %s = %s, want %s", name, got, want)
		}
	}
	if n := one(t, db, `SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0
		AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`); n != "0" {
		t.Errorf("%s tables are not STRICT", n)
	}
}

func TestUnfinishedStartIsNoDamage(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, databaseFile+".new"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatalf("open after a first start that was cut short: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyWithoutARunningOne(t *testing.T) {
	o := Options{Dir: t.TempDir(), KeyPrint: "print"}
	for _, o.ReadOnly = range []bool{false, true} {
		db, err := Open(t.Context(), o)
		if err != nil {
			t.Fatalf("read-only %t: %v", o.ReadOnly, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestMigrationMakesACopyFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), databaseFile)
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	steps, err := provider(pool)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), Options{Dir: filepath.Dir(path)})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	latest, err := latestVersion()
	if err != nil {
		t.Fatal(err)
	}
	copied := fmt.Sprintf("%s.before-%d", path, latest)
	info, err := os.Stat(copied)
	if latest > 1 && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("copy %s: %v, %v, want it with mode 0600", copied, info, err)
	}
}

// TestMigrationCutOff: an upgrade that died between two of its steps goes on at the next start, and the copy from before its first
// step is still there.
func TestMigrationCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), databaseFile)
	upTo := func(version int64) {
		t.Helper()
		pool := sql.OpenDB(connector{dsn: writerDSN(path)})
		defer func() { _ = pool.Close() }()
		steps, err := provider(pool)
		if err == nil {
			_, err = steps.UpTo(t.Context(), version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	latest, err := latestVersion()
	if err != nil {
		t.Fatal(err)
	}
	upTo(1)
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	if err := errors.Join(copyTo(t.Context(), pool, copyName(t.Context(), path, 1, latest)), pool.Close()); err != nil {
		t.Fatal(err)
	}
	upTo(3) // and died
	for range 2 {
		db, err := Open(t.Context(), Options{Dir: filepath.Dir(path)})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int64{"": latest, fmt.Sprintf(".before-%d", latest): 1, fmt.Sprintf(".before-%d-from-3", latest): 3} {
		pool := sql.OpenDB(connector{dsn: readerDSN(path + name)})
		if got, err := schemaVersion(t.Context(), pool); err != nil || got != want {
			t.Errorf("%s has schema %d, %v, want %d", name, got, err, want)
		}
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	}
}
