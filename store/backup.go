package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// DatabaseFile is the name of the database in a data folder and in a backup.
const DatabaseFile = databaseFile

// ErrInTheWay is wrapped where a restore would take the place of a database.
var ErrInTheWay = errors.New("there is a database already")

// Copy is what stands in a whole copy of the database.
type Copy struct {
	Schema   int64
	KeyPrint string         // of the installation key that belongs to it; "" where none is known
	Files    map[string]int // evidence file, relative to the evidence folder → least bytes it must have
}

// CopyTo writes a whole copy of the database as it is at this moment into a new file, beside a running doorknock, and
// returns when it is on the disk.
func (db *DB) CopyTo(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // SQLite fills an empty file and keeps its mode
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	// A connection of its own: query_only, which readers have, would forbid the copy too.
	pool := sql.OpenDB(connector{dsn: address(filepath.Join(db.o.Dir, databaseFile)) + "?mode=ro&_busy_timeout=5000"})
	_, err = pool.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err = errors.Join(err, pool.Close()); err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("copy the database to %s: %w", path, classify(err))
	}
	return nil
}

// ReadCopy reads every byte of a copy for damage (integrity_check, not the quick one; and that every row refers to one
// that is there) and says what is in it. It changes nothing.
func ReadCopy(ctx context.Context, path string) (Copy, error) {
	c := Copy{Files: map[string]int{}}
	if _, err := os.Stat(path); err != nil {
		return c, fmt.Errorf("look at the copy: %w", err)
	}
	// immutable: a copy has no log beside it, and a folder that nobody may write to is a good place for it.
	pool := sql.OpenDB(connector{dsn: address(path) + "?mode=ro&immutable=1&_query_only=on"})
	defer func() { _ = pool.Close() }()
	err := wholeCheck(ctx, pool)
	if err == nil {
		err = c.read(ctx, pool)
	}
	if err != nil {
		return c, fmt.Errorf("check %s: %w", path, classify(err))
	}
	return c, nil
}

func (c *Copy) read(ctx context.Context, pool *sql.DB) (err error) {
	if c.Schema, err = schemaVersion(ctx, pool); err != nil {
		return err
	}
	latest, err := latestVersion()
	switch {
	case err != nil:
		return err
	case c.Schema > latest:
		return ErrNewerSchema
	case c.Schema == 0:
		return fmt.Errorf("%w: it holds no installation", ErrCorrupt)
	}
	err = pool.QueryRowContext(ctx, `SELECT coalesce(max(value), '') FROM meta WHERE key = 'key_print'`).Scan(&c.KeyPrint)
	if err != nil {
		return fmt.Errorf("read key print: %w", err)
	}
	rows, err := pool.QueryContext(ctx, `SELECT file, max(file_offset) FROM capture WHERE file <> '' GROUP BY file`)
	return each(rows, err, func(r *sql.Rows) error {
		var file string
		var offset int
		err := r.Scan(&file, &offset)
		c.Files[file] = offset + 1
		return err
	})
}

// wholeCheck reads all of a database: pages, indexes, and what rows refer to.
func wholeCheck(ctx context.Context, q *sql.DB) error {
	var found string
	if err := q.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, found)
	}
	var table, parent string
	var row, key any
	err := q.QueryRowContext(ctx, `PRAGMA foreign_key_check`).Scan(&table, &row, &parent, &key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check database: %w", err)
	}
	return fmt.Errorf("%w: row %v of %s refers to a %s that is not there", ErrCorrupt, row, table, parent)
}

// Restore puts a copy of the database into the data folder, which nobody else may be using. Where a database stands
// there it needs replace, and keeps the old one under another name, which it gives back. rest puts everything else in
// its place first: the database comes last, so that an interrupted restore is begun again.
//
// What waited to be delivered when the copy was made may have been delivered since, so it is marked as a repeat.
func Restore(ctx context.Context, dir, from string, replace bool, now time.Time, rest func() error) (aside string, err error) {
	db := &DB{o: Options{Dir: dir}}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.takeFolder(); err != nil {
		return "", db.explain(err)
	}
	path := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(path); err == nil && !replace {
		return "", fmt.Errorf("%w in %s: nothing was changed. With --force it is replaced, and kept beside the new one", ErrInTheWay, dir)
	}
	fresh := path + ".new"
	if err := removeAll(fresh, fresh+"-wal", fresh+"-shm", fresh+"-journal"); err != nil {
		return "", err
	}
	if err := copyFile(from, fresh); err != nil {
		return "", fmt.Errorf("copy the database: %w", err)
	}
	if err := markRepeats(ctx, fresh); err != nil {
		return "", err
	}
	if err := rest(); err != nil {
		return "", err
	}
	if aside, err = setAside(path, now); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, path); err != nil {
		return aside, fmt.Errorf("name database: %w", err)
	}
	return aside, syncFolder(dir)
}

// setAside gives the database and its log a second name and takes the log from beside the first: a log that stays would
// be read into whatever database comes to stand there.
func setAside(path string, now time.Time) (string, error) {
	aside := path + ".replaced-" + now.UTC().Format("20060102T150405")
	for _, suffix := range []string{"", "-wal"} {
		if err := os.Link(path+suffix, aside+suffix); errors.Is(err, fs.ErrNotExist) {
			if suffix == "" {
				aside = ""
				break
			}
		} else if err != nil {
			return "", fmt.Errorf("keep the old database: %w", err)
		}
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return "", err
	}
	return aside, removeAll(path+"-wal", path+"-shm")
}

func removeAll(paths ...string) error {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear %s: %w", p, err)
		}
	}
	return nil
}

// markRepeats marks deliveries that were not finished as repeats. The pool's end folds the log into the file.
func markRepeats(ctx context.Context, path string) error {
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	_, err := pool.ExecContext(ctx, `UPDATE delivery SET doubted = 1 WHERE next_at IS NOT NULL OR state = 'sending'`)
	if err := errors.Join(err, pool.Close()); err != nil {
		return fmt.Errorf("mark unfinished deliveries as repeats: %w", err)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// NamesFile reports whether a capture still names the evidence file.
func (db *DB) NamesFile(ctx context.Context, file string) (named bool, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM capture WHERE file = ?)`, file).Scan(&named)
	if err != nil {
		return false, fmt.Errorf("look for captures in %s: %w", file, err)
	}
	return named, nil
}

// CheckWeekly reads the whole database for damage, indexes included, once a week by the clock. The first time it only
// notes the day: Open or Check has just read it.
func (db *DB) CheckWeekly(ctx context.Context, now time.Time) error {
	const week = 7 * 24 * time.Hour
	var last time.Time
	err := db.read.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = 'checked_at')`).Scan(at(&last))
	if err != nil {
		return db.explain(fmt.Errorf("read when the database was checked: %w", err))
	}
	if since := now.Sub(last); since >= 0 && since < week {
		return nil
	}
	if !last.IsZero() {
		if err := gently(func() error { return wholeCheck(ctx, db.read) }); err != nil {
			return db.explain(err)
		}
	}
	return db.write(ctx, "note that the database was checked", func(t *tx) error {
		return t.exec(`INSERT INTO meta (key, value) VALUES ('checked_at', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, stamp(now))
	})
}
