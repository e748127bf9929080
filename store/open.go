// Package store is the one truth: SQLite in one file, and the only place that knows SQL.
//
// In: what the list of organisations says (SyncOrganisations) and what visits saw (Record, one transaction each).
// Out: what is due, what is confirmed, what happened and is not yet dealt with; and, through Public alone, what the
// public may see. It never fetches, never judges a page, never sends, and never changes a finding; Tidy
// alone leaves out old ones, between two that say the same.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"doorknock/audit"
)

// What Open can refuse with. Each is wrapped in one sentence that says what to do.
var (
	ErrLocked      = errors.New("the data folder is in use by another doorknock")
	ErrNewerSchema = errors.New("the database was written by a newer doorknock")
	ErrOlderSchema = errors.New("the database was written by an older doorknock")
	ErrWrongKey    = errors.New("the key file is not the one this database was made with")
	ErrReadOnly    = errors.New("the data folder cannot be written")
	ErrCorrupt     = errors.New("the database is damaged")
	ErrNotFound    = errors.New("not found")
)

// Options say where the truth lives and by which rules findings become public.
type Options struct {
	Dir      string // data folder; made with mode 0700 if missing
	KeyPrint string // audit.Keys.Print of the key file; "": not compared
	ReadOnly bool   // a look beside a running doorknock: no lock, no migration, no writes
	// Beside opens for an operator's short writes, with a doorknock running or not: the same checks, no lock and no
	// migration. The lock keeps a second installation from working in the folder; two writers of one file are what
	// SQLite's own lock is for, and each waits for the other's transaction.
	Beside bool

	ConfirmAfter time.Duration // how much later a second look must be to confirm
	Interval     time.Duration // between visits of a channel
	Hours        Hours         // in which visits are begun; zero: any
	DailyCap     int           // requests a UTC day to a lane, after which no visit to it is begun; 0: no cap
	// QuarantineShare is the share of a platform's channels that may show a new pending change at once before nothing of
	// that question is confirmed; 0 means 0.2.
	QuarantineShare float64
	NoticeDays      int            // working days between confirmation and publication; 0: at once
	Holidays        audit.Holidays // days that are no working days, by the organisation's nation

	RetainText     time.Duration // how long comments' text lives
	RetainCaptures time.Duration // how long sealed captures live

	Now func() time.Time // time.Now unless a test says otherwise
	Log *slog.Logger
}

const (
	databaseFile = "doorknock.db"
	lockFile     = "lock"
	// checkInline is the size up to which Open checks the whole file before it returns. Above it, Check is for the caller
	// to run beside the work: readiness must not wait for gigabytes.
	checkInline = 48 << 20
)

// DB is the open database. One connection writes, four read, and one more sees whether anything was written.
type DB struct {
	o      Options
	log    *slog.Logger
	lock   *os.File
	read   *sql.DB
	writer *sql.DB
	past   bool // it holds what is on record of a time, by which it is told again: Past

	mostSaid int           // MostSaid, where a test wants fewer
	slowFrom time.Duration // slowCommit, where a test wants less

	eraseAtOnce int // eraseAtOnce, where a test wants fewer

	mu      sync.Mutex // held by the one transaction that writes
	conn    *sql.Conn  // the writing connection, with its prepared statements
	stmts   map[string]kept
	commits commits

	watching sync.Mutex // guards watch
	watch    *sql.Conn  // made by the first Version
}

// Open opens the truth in o.Dir, making it if there is none, and brings an older schema up to date after a backup. On a
// full disk it drops the reserve (Space) to do so.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.QuarantineShare == 0 {
		o.QuarantineShare = 0.2
	}
	db := &DB{o: o, log: o.Log, stmts: make(map[string]kept)}
	err := db.open(ctx)
	if Full(err) && !o.ReadOnly && os.Remove(filepath.Join(o.Dir, ballastFile)) == nil {
		if err = db.Close(); err == nil {
			err = db.open(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(db.explain(err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context) error {
	path := filepath.Join(db.o.Dir, databaseFile)
	owner := !db.o.ReadOnly && !db.o.Beside
	if owner {
		if err := db.takeFolder(); err != nil {
			return err
		}
		if err := db.createMissing(ctx, path); err != nil {
			return err
		}
	}
	if err := db.inspect(ctx, path); err != nil {
		return err
	}
	if owner {
		if err := migrate(ctx, path); err != nil {
			return err
		}
	}
	if !db.o.ReadOnly {
		if err := db.openWriter(ctx, path); err != nil {
			return err
		}
	}
	db.read = sql.OpenDB(connector{dsn: readerDSN(path)})
	db.read.SetMaxOpenConns(5)
	db.read.SetMaxIdleConns(5)
	return db.checkKey(ctx)
}

// takeFolder makes the data folder and takes its lock, which the kernel gives back however this process ends.
func (db *DB) takeFolder() error {
	if err := os.MkdirAll(db.o.Dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := os.Chmod(db.o.Dir, 0o700); err != nil {
		return fmt.Errorf("close data folder to others: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(db.o.Dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open lock file: %w", err)
	}
	db.lock = lock
	return takeLock(lock)
}

// createMissing makes a new database under another name and renames it when it is whole, so that a file of no bytes
// under the right name is damage and never a start that was cut short.
func (db *DB) createMissing(ctx context.Context, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh := path + ".new"
	for _, left := range []string{fresh, fresh + "-wal", fresh + "-shm", fresh + "-journal"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear an unfinished database: %w", err)
		}
	}
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	if err := migrate(ctx, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("name database: %w", err)
	}
	return syncFolder(db.o.Dir)
}

func (db *DB) openWriter(ctx context.Context, path string) error {
	db.writer = sql.OpenDB(connector{dsn: writerDSN(path)})
	db.writer.SetMaxOpenConns(1)
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open database for writing: %w", err)
	}
	db.conn = conn
	return nil
}

// checkKey compares the key file's print with the one the database remembers, or remembers it.
func (db *DB) checkKey(ctx context.Context) error {
	var held string
	err := db.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'key_print'`).Scan(&held)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if db.o.ReadOnly || db.o.Beside || db.o.KeyPrint == "" {
			return nil
		}
		return db.write(ctx, "remember the key's print", func(t *tx) error {
			return t.exec(`INSERT INTO meta (key, value) VALUES ('key_print', ?), ('created_at', ?)`, db.o.KeyPrint, stamp(db.o.Now()))
		})
	case err != nil:
		return fmt.Errorf("read key print: %w", err)
	case db.o.KeyPrint != "" && held != db.o.KeyPrint:
		return ErrWrongKey
	}
	return nil
}

// Close gives back the connections and the lock.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	var errs []error
	for _, s := range db.stmts {
		errs = append(errs, s.Close())
	}
	clear(db.stmts)
	if db.conn != nil {
		errs = append(errs, db.conn.Close())
		db.conn = nil
	}
	db.watching.Lock()
	if db.watch != nil {
		errs = append(errs, db.watch.Close())
		db.watch = nil
	}
	db.watching.Unlock()
	for _, pool := range []*sql.DB{db.read, db.writer} { // the writer last, so that it folds the log into the file
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
		db.lock = nil
	}
	return errors.Join(errs...)
}
