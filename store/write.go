package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
)

// tx is the one transaction that writes. Its statements stay prepared on the writing connection between transactions.
type tx struct {
	ctx context.Context
	db  *DB
}

// write runs do in one immediate transaction and commits, or rolls back what do did. It waits for ctx only until it
// has begun: a transaction takes milliseconds, and one cut in the middle would have to be done again anyway.
func (db *DB) write(ctx context.Context, doing string, do func(*tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.conn == nil {
		return fmt.Errorf("%s: the database is closed or read-only", doing)
	}
	t := &tx{ctx: context.WithoutCancel(ctx), db: db}
	if err := t.exec(`BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	done := false
	defer func() {
		if !done { // also when do panics: the next transaction must find none open
			_, _ = db.conn.ExecContext(t.ctx, `ROLLBACK`)
		}
	}()
	if err := do(t); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := t.commit(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	done = true
	return nil
}

// kept is a statement that stays prepared until the database is closed.
type kept struct{ *sql.Stmt }

func (t *tx) prepared(query string) (kept, error) {
	if s, ok := t.db.stmts[query]; ok {
		return s, nil
	}
	s, err := t.db.conn.PrepareContext(t.ctx, blind(query))
	if err != nil {
		return kept{}, fmt.Errorf("prepare: %w", err)
	}
	t.db.stmts[query] = kept{s}
	return kept{s}, nil
}

// blind hides the values of a statement's parameters from SQLite's planner. Where a value could make another plan better
// (an equality that no index serves, an index of some rows alone), SQLite prepares the statement again at each binding,
// which is a seventh of a visit's recording. The planner does not look behind a plus, which changes no value.
func blind(query string) string { return strings.ReplaceAll(query, "?", "+?") }

// exec runs one statement.
func (t *tx) exec(query string, args ...any) error {
	_, err := t.count(query, args...)
	return err
}

// count runs one statement and says how many rows it wrote.
func (t *tx) count(query string, args ...any) (int, error) {
	s, err := t.prepared(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(t.ctx, args...)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// rowsAtOnce is how many rows one statement of insert writes at most. To run a statement costs as much as a row does; each
// number of rows is a statement of its own, which stays prepared, so that they are few: this one and its halves.
const rowsAtOnce = 16

// insert writes rows of one table: begin is the statement up to VALUES, row the parameters of one row, end what follows. It is run
// as a query, which gives no rows: the driver then hands all parameters to SQLite at once, where it would one by one, with a
// copy of each. With hundreds of them that is a fifth of the statement; with a few it costs more than it saves.
func (t *tx) insert(begin, row, end string, rows [][]any) error {
	for size := rowsAtOnce; len(rows) > 0; {
		if len(rows) < size {
			size /= 2
			continue
		}
		query := begin + " VALUES " + strings.Repeat(row+", ", size-1) + row + " " + end
		if err := t.rows(query, slices.Concat(rows[:size]...), func(*sql.Rows) error { return nil }); err != nil {
			return err
		}
		rows = rows[size:]
	}
	return nil
}

// row asks for one row; found is false where there is none.
func (t *tx) row(query string, args []any, into ...any) (found bool, err error) {
	s, err := t.prepared(query)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(t.ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// rows asks for rows and gives each to scan.
func (t *tx) rows(query string, args []any, scan func(*sql.Rows) error) error {
	s, err := t.prepared(query)
	if err != nil {
		return err
	}
	r, err := s.QueryContext(t.ctx, args...)
	return each(r, err, scan)
}

// each gives every row to scan and closes.
func each(r *sql.Rows, err error, scan func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	for r.Next() {
		if err := scan(r); err != nil {
			return err
		}
	}
	return r.Err()
}

// list runs a query of the reading pool and gives every row to scan.
func (db *DB) list(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	r, err := db.read.QueryContext(ctx, query, args...)
	return each(r, err, scan)
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// stamp writes a time as rows hold it. Text order is time order.
func stamp(t time.Time) string { return t.UTC().Format(timeLayout) }

// orNull is stamp, with NULL for the zero time.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// ms is the time as it will be read back.
func ms(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// at reads a time column, NULL as the zero time.
func at(t *time.Time) sql.Scanner { return timeColumn{t} }

type timeColumn struct{ t *time.Time }

// Scan reads RFC 3339 text or NULL.
func (c timeColumn) Scan(v any) error {
	*c.t = time.Time{}
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		t, err := time.Parse(time.RFC3339, v)
		*c.t = t.UTC()
		return err
	}
	return fmt.Errorf("a time column holds a %T", v)
}

// asJSON writes a value into a JSON column.
func asJSON(v any) driver.Valuer { return jsonColumn{v} }

// fromJSON reads a JSON column; NULL leaves the value as it is.
func fromJSON(v any) sql.Scanner { return jsonColumn{v} }

type jsonColumn struct{ v any }

// Value marshals.
func (c jsonColumn) Value() (driver.Value, error) {
	b, err := json.Marshal(c.v)
	return string(b), err
}

// Scan unmarshals text or NULL.
func (c jsonColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), c.v)
	}
	return fmt.Errorf("a JSON column holds a %T", v)
}

// verdictColumns are the columns a verdict is kept in.
type verdictColumns struct {
	state, reason, kind string
	evidence            *audit.Evidence
}

// verdict makes the verdict through the constructor, so that a forged or damaged row accuses nobody.
func (c verdictColumns) verdict() (audit.Verdict, error) {
	state, err := audit.ParseState(c.state)
	if err != nil {
		return audit.Verdict{}, fmt.Errorf("read verdict: %w", err)
	}
	v, err := audit.NewVerdict(state, audit.Reason(c.reason), audit.Kind(c.kind), c.evidence)
	if err != nil {
		return audit.Verdict{}, fmt.Errorf("read verdict: %w", err)
	}
	return v, nil
}

// evidenceColumn is NULL for unknown alone.
func evidenceColumn(e *audit.Evidence) any {
	if e == nil {
		return nil
	}
	return asJSON(e)
}
