package store

import (
	"context"
	"fmt"

	"doorknock/audit"
)

// What `doorknock bench` needs of a database and only this package may say in SQL.

// Bare makes two tables beside the real ones and gives what writes a recording's findings and comments into them, in one
// transaction as Record does: no states, no summaries, no events. It is the bare limit that Record is measured against.
func (db *DB) Bare(ctx context.Context) (insert func(context.Context, Recording) error, err error) {
	for _, table := range [...]string{
		`CREATE TABLE bare_finding (id TEXT PRIMARY KEY, channel TEXT, check_id TEXT, scope TEXT, state TEXT, evidence TEXT, at TEXT) STRICT`,
		`CREATE INDEX bare_finding_at ON bare_finding(channel, at)`,
		`CREATE TABLE bare_comment (id TEXT PRIMARY KEY, channel TEXT, author TEXT, text TEXT, at TEXT) STRICT`,
		`CREATE INDEX bare_comment_at ON bare_comment(channel, at)`,
	} {
		if err := db.write(ctx, "make bare tables", func(t *tx) error { return t.exec(table) }); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, r Recording) error {
		return db.write(ctx, "insert bare rows", func(t *tx) error { return t.insertBare(r) })
	}, nil
}

func (t *tx) insertBare(r Recording) error {
	v := r.Visit
	for _, f := range r.Findings {
		err := t.exec(`INSERT INTO bare_finding VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, audit.LongHash(v.ID, string(f.Check), f.Scope), v.Channel.ID,
			string(f.Check), f.Scope, f.Verdict.State().String(), asJSON(f.Verdict.Evidence()), stamp(v.ObservedAt))
		if err != nil {
			return err
		}
	}
	for _, c := range v.Comments {
		err := t.exec(`INSERT INTO bare_comment VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, c.ID, v.Channel.ID, c.Author, c.Text, stamp(c.Time))
		if err != nil {
			return err
		}
	}
	return nil
}

// FillFindings repeats the findings of every channel, under scopes of posts, until there are rows of them in all. It goes
// on in pieces in the order of the table's key, each piece a transaction, so that neither memory nor log nor the pages
// touched by one piece grow with the number.
func (db *DB) FillFindings(ctx context.Context, rows int) error {
	var have int
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM finding`).Scan(&have); err != nil {
		return fmt.Errorf("count findings: %w", err)
	}
	if have == 0 {
		return fmt.Errorf("fill the database: %w: a finding to repeat", ErrNotFound)
	}
	const piece = 256 // findings repeated in one transaction
	copies, last := (rows+have-1)/have, ""
	for copies > 1 {
		n := 0
		err := db.write(ctx, "fill the database", func(t *tx) (err error) {
			n, err = t.count(`WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value + 1 < ?1)
				INSERT INTO finding (id, visit, channel, check_id, scope, state, reason, kind, evidence, how, system, count_seen,
					count_claimed, of_posts, observed_at, recorded_at)
				SELECT f.id || '-' || n.value, visit, channel, check_id, 'https://bench.test/' || n.value, state, reason, kind,
					evidence, how, system, count_seen, count_claimed, of_posts, observed_at, recorded_at
				FROM (SELECT * FROM finding WHERE scope = '' AND id > ?2 ORDER BY id LIMIT ?3) f CROSS JOIN n`, copies, last, piece)
			if err != nil || n == 0 {
				return err
			}
			_, err = t.row(`SELECT max(id) FROM (SELECT id FROM finding WHERE scope = '' AND id > ? ORDER BY id LIMIT ?)`, []any{last, piece}, &last)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
	return nil
}

// Touch commits a write of no consequence, for measurements: whoever has read something reads it anew. It writes another
// value each time, since SQLite commits nothing where a row stays as it was.
func (db *DB) Touch(ctx context.Context) error {
	return db.write(ctx, "touch the database", func(t *tx) error {
		return t.exec(`INSERT INTO meta VALUES ('touched', hex(randomblob(8))) ON CONFLICT (key) DO UPDATE SET value = excluded.value`)
	})
}
