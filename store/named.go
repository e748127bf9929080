package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Named is a table whose rows people name by the beginning of their id.
type Named string

// The tables.
const (
	NamedAlert    Named = "alert"
	NamedDelivery Named = "delivery"
	NamedSilence  Named = "silence"
)

var namedQueries = map[Named]string{
	NamedAlert:    `SELECT id FROM alert WHERE id >= ?1 AND id < ?1 || 'z' LIMIT 2`,
	NamedDelivery: `SELECT id FROM delivery WHERE id >= ?1 AND id < ?1 || 'z' LIMIT 2`,
	NamedSilence:  `SELECT id FROM silence WHERE id >= ?1 AND id < ?1 || 'z' LIMIT 2`,
}

// shortestName is how many characters of an id name a row.
const shortestName = 6

// ErrAmbiguous says that more than one row has an id that begins so.
var ErrAmbiguous = errors.New("more than one begins so")

// Whole gives the whole id of which a beginning of at least six characters was given. ErrNotFound: no row has such an id;
// ErrAmbiguous: more than one has.
func (db *DB) Whole(ctx context.Context, table Named, begins string) (string, error) {
	if len(begins) < shortestName {
		return "", fmt.Errorf("%s %q: %w", table, begins, ErrNotFound)
	}
	var ids []string
	err := db.list(ctx, namedQueries[table], []any{begins}, func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("look for %s %s: %w", table, begins, err)
	case len(ids) == 0:
		return "", fmt.Errorf("%s %q: %w", table, begins, ErrNotFound)
	case len(ids) > 1:
		return "", fmt.Errorf("%s %q: %w", table, begins, ErrAmbiguous)
	}
	return ids[0], nil
}
