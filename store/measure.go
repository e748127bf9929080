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
		err := t.exec(`INSERT INTO bare_finding VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, audit.FindingID(v.ID, f.Check, f.Scope), v.Channel.ID,
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

// FillFindings repeats the newest findings of every channel, under scopes of posts, until there are rows of them in all.
// It goes on in pieces, each a transaction, so that neither memory nor log grows with the number.
func (db *DB) FillFindings(ctx context.Context, rows int) error {
	var have int
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM finding`).Scan(&have); err != nil {
		return fmt.Errorf("count findings: %w", err)
	}
	if have == 0 {
		return fmt.Errorf("fill the database: %w: a finding to repeat", ErrNotFound)
	}
	const pieces = 5 // copies of everything there was in one transaction
	for n := 1; n*have < rows; n += pieces {
		err := db.write(ctx, "fill the database", func(t *tx) error {
			return t.exec(`WITH RECURSIVE n(value) AS (SELECT ?1 UNION ALL SELECT value + 1 FROM n WHERE value + 1 < min(?1 + ?2, ?3))
				INSERT INTO finding SELECT f.id || '-' || n.value, visit, channel, check_id, 'https://bench.test/' || n.value, state, reason, kind,
					evidence, how, system, count_seen, count_claimed, of_posts, observed_at, recorded_at FROM finding f, n WHERE f.scope = ''`,
				n, pieces, (rows+have-1)/have)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
