package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// connector opens connections of one kind. It stands in for a name registered with database/sql, which would be global.
type connector struct{ dsn string }

// Driver gives the SQLite driver whose hook sets what the address line cannot.
func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		_, err := conn.Exec(`PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000`, nil)
		return err
	}}
}

// Connect opens one connection.
func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return conn, nil
}

// Pragmas stand in the address line, so that every connection of a pool has them. synchronous=FULL because a visit is
// acknowledged after its commit: NORMAL lost one commit in five in a power cut. secure_delete because what is forgotten
// must leave the file. Caches are small: the whole program has 150 MB, what they miss the kernel's cache has, and with sixteen and four
// megabytes neither a recording nor a reading was cheaper in a database of 600,000 findings.
const pragmas = "_foreign_keys=on&_busy_timeout=5000&_secure_delete=on"

func writerDSN(path string) string {
	return address(path) + "?" + pragmas + "&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_cache_size=-4000"
}

// readerDSN keeps the last hundred statements of a connection prepared: to prepare one costs more than to run it, and the same few are
// asked all day.
func readerDSN(path string) string {
	return address(path) + "?" + pragmas + "&mode=ro&_query_only=on&_cache_size=-1000" + keepPrepared
}

const keepPrepared = "&_stmt_cache_size=100"

func address(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
}

// takeLock takes the folder's lock at once or refuses.
func takeLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	if err != nil {
		return fmt.Errorf("lock data folder: %w", err)
	}
	return nil
}

// syncFolder makes a rename in the folder survive a power cut.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open data folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// inspect looks at an existing file before anything is changed in it: damage, then a schema we do not know.
func (db *DB) inspect(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at database: %w", err)
	}
	if info.Size() == 0 {
		return fmt.Errorf("%w: %s is empty", ErrCorrupt, databaseFile)
	}
	look := sql.OpenDB(connector{dsn: readerDSN(path)})
	defer func() { _ = look.Close() }()
	has, err := schemaVersion(ctx, look)
	if err != nil {
		return err
	}
	latest, err := latestVersion()
	switch {
	case err != nil:
		return err
	case has > latest:
		return ErrNewerSchema
	case has < latest && (db.o.Beside || db.o.ReadOnly):
		return ErrOlderSchema
	case db.o.Beside:
		return nil // whoever runs has looked at the whole file
	}
	if info.Size() > checkInline {
		return nil
	}
	return quickCheck(ctx, look)
}

func quickCheck(ctx context.Context, q *sql.DB) error {
	var found string
	if err := q.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found); err != nil {
		return fmt.Errorf("check database: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrCorrupt, strings.ReplaceAll(found, "\n", "; "))
	}
	return nil
}

// Check reads the whole database for damage. Open has done it already for a small one.
func (db *DB) Check(ctx context.Context) error {
	info, err := os.Stat(filepath.Join(db.o.Dir, databaseFile))
	if err != nil || info.Size() <= checkInline {
		return err
	}
	return db.explain(gently(func() error { return quickCheck(ctx, db.read) }))
}

// explain turns what went wrong at the file into one sentence that says what to do.
func (db *DB) explain(err error) error {
	dir := db.o.Dir
	switch err = classify(err); {
	case err == nil:
		return nil
	case errors.Is(err, ErrLocked):
		return fmt.Errorf("%w: stop the other one, or give this one another data_dir than %s", err, dir)
	case errors.Is(err, ErrNewerSchema):
		return fmt.Errorf("%w: install that version again, or point data_dir at another folder than %s", err, dir)
	case errors.Is(err, ErrOlderSchema):
		return fmt.Errorf("%w: start `doorknock run` of this version once, which brings it up to date", err)
	case errors.Is(err, ErrWrongKey):
		return fmt.Errorf("%w: put the right file at key_file, or point data_dir at another folder than %s", err, dir)
	case errors.Is(err, ErrCorrupt):
		return fmt.Errorf("%w: %s was not changed; put your last backup back with `doorknock restore FOLDER --force`, or set another data_dir", err, filepath.Join(dir, databaseFile))
	case Full(err):
		return fmt.Errorf("the disk of %s is full (%w): make room there, and start again", dir, err)
	case badDisk(err):
		return fmt.Errorf("the disk of %s cannot be read or written (%w): look into the system's log, mend it or set another data_dir, and start again", dir, err)
	case errors.Is(err, ErrReadOnly):
		return fmt.Errorf("%w: make %s writable for this user, or set another data_dir", err, dir)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("data_dir %s is a file or lies in one: set another data_dir, or move the file away", dir)
	case errors.Is(err, fs.ErrNotExist) && !db.o.ReadOnly && !db.o.Beside:
		return fmt.Errorf("%w (%w): make %s yourself, or set another data_dir", ErrReadOnly, err, dir)
	case errors.Is(err, fs.ErrNotExist):
		return noDatabase(dir)
	}
	return fmt.Errorf("open the database in %s: %w", dir, err)
}

func noDatabase(dir string) error {
	return fmt.Errorf("%w: no database in %s yet; start `doorknock run` once", ErrNotFound, dir)
}

// Begun wants a database in a data folder, so that what works beside a run can say that there was none before it asks for a key.
func Begun(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return noDatabase(dir)
	}
	return nil // what else is wrong with it, opening it tells
}

// badDisk reports that the system refused a read or write for a fault of the disk.
func badDisk(err error) bool {
	fault, ok := errors.AsType[sqlite3.Error](err)
	return errors.Is(err, syscall.EIO) || ok && fault.Code == sqlite3.ErrIoErr
}

// classify names what SQLite or the system said by the error that callers decide on.
func classify(err error) error {
	if fault, ok := errors.AsType[sqlite3.Error](err); ok {
		switch fault.Code {
		case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		case sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm:
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return err
}

// Full reports whether err says that the disk is full, so that a stage can wait for space instead of giving up.
func Full(err error) bool {
	fault, ok := errors.AsType[sqlite3.Error](err)
	return errors.Is(err, syscall.ENOSPC) || ok && (fault.Code == sqlite3.ErrFull || fault.SystemErrno == syscall.ENOSPC)
}
