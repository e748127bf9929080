package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Sources gives, by visit, where a channel's looks at what somebody saved come from.
func (db *DB) Sources(ctx context.Context, channel string) (map[string]audit.Source, error) {
	all := map[string]audit.Source{}
	err := db.list(ctx, `SELECT id, source FROM visit WHERE channel = ? AND source IS NOT NULL`, []any{channel}, func(r *sql.Rows) error {
		var id string
		var s audit.Source
		err := r.Scan(&id, fromJSON(&s))
		all[id] = s
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list where looks at %s come from: %w", channel, err)
	}
	return all, nil
}

// SavedOtherwise reports whether the very page, by the hash of its bytes, was imported for a channel before under another told
// time. One saved page is one look, whenever it is said to have been saved: else it could confirm itself.
func (db *DB) SavedOtherwise(ctx context.Context, channel, hash string, at time.Time) (bool, error) {
	var n int
	err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM capture c JOIN visit v ON v.id = c.visit
		WHERE v.channel = ? AND v.how = 'saved_page' AND c.hash = ? AND c.observed_at <> ?`, channel, hash, stamp(at)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a saved page: %w", err)
	}
	return n > 0, nil
}
