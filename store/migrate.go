package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the file's schema up to date: forward only, one transaction a step, a copy made first.
func migrate(ctx context.Context, path string) error {
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	pool.SetMaxOpenConns(1)
	defer func() { _ = pool.Close() }()
	has, err := schemaVersion(ctx, pool)
	if err != nil {
		return err
	}
	latest, err := latestVersion()
	if err != nil || has == latest {
		return err
	}
	if has > 0 {
		if err := copyTo(ctx, pool, copyName(ctx, path, has, latest)); err != nil {
			return err
		}
	}
	steps, err := provider(pool)
	if err != nil {
		return err
	}
	if _, err := steps.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema from %d to %d: %w", has, latest, err)
	}
	return nil
}

// copyName is where the copy goes. An upgrade that was cut off between two of its steps left a copy from before the first: that is
// the one to go back to, and stays.
func copyName(ctx context.Context, path string, has, latest int64) string {
	name := fmt.Sprintf("%s.before-%d", path, latest)
	if _, err := os.Stat(name); err != nil {
		return name
	}
	pool := sql.OpenDB(connector{dsn: address(name) + "?mode=ro&immutable=1&_query_only=on"})
	defer func() { _ = pool.Close() }()
	if older, err := schemaVersion(ctx, pool); err == nil && 0 < older && older < has {
		return fmt.Sprintf("%s-from-%d", name, has)
	}
	return name
}

// copyTo writes a whole copy of the database, in place of one that was cut short, and returns when it is on the disk: the
// steps that follow are.
func copyTo(ctx context.Context, pool *sql.DB, to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600) // SQLite fills an empty file and keeps its mode
	if err != nil {
		return fmt.Errorf("copy database to %s before migration: %w", to, err)
	}
	if _, err = pool.ExecContext(ctx, `VACUUM INTO ?`, to); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = syncFolder(filepath.Dir(to))
	}
	if err != nil {
		return fmt.Errorf("copy database to %s before migration: %w", to, err)
	}
	return nil
}

func provider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, pool, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// latestVersion is the number of the newest migration we carry.
func latestVersion() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("no migrations"), err)
	}
	var latest int64
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("number of migration %s: %w", name, err)
		}
		latest = max(latest, n)
	}
	return latest, nil
}

// schemaVersion is the number of the newest migration the file has had; 0 for a new file.
func schemaVersion(ctx context.Context, pool *sql.DB) (int64, error) {
	var tables int
	err := pool.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&tables)
	if err != nil {
		return 0, fmt.Errorf("read schema: %w", err)
	}
	if tables == 0 {
		return 0, nil
	}
	var version sql.NullInt64
	if err := pool.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&version); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return version.Int64, nil
}
