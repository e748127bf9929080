package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// Waiting is a delivery that waits for an attempt, as far as it matters for which one goes next.
type Waiting struct {
	ID       string
	State    DeliveryState
	Reminder bool
	Escalate bool
	Resolves bool
	Alone    bool // it tells of something urgent, or that one person alone is told
	Doubted  bool // an attempt may have arrived
	Alerts   int  // how many it tells
	Attempts int
	NextAt   time.Time
	TriedAt  time.Time // zero: never
}

// longestLine is how many waiting deliveries of one receiver are looked at; those behind them wait until some have gone.
const longestLine = 1000

// DeliveryLine lists what waits for a receiver, in the order in which it was made.
func (db *DB) DeliveryLine(ctx context.Context, receiver string) ([]Waiting, error) {
	var line []Waiting
	err := db.list(ctx, `SELECT id, state, reminder, (SELECT escalates FROM alert_group g WHERE g.id = delivery.alert_group), 
			EXISTS (SELECT 1 FROM json_each(alerts) j JOIN alert a ON a.id = j.value WHERE a.urgency = 'urgent' OR a.kind = 'private'),
			doubted, resolves, json_array_length(alerts), attempts, next_at, tried_at
		FROM delivery WHERE receiver = ? AND next_at IS NOT NULL ORDER BY rowid LIMIT ?`, []any{receiver, longestLine}, func(r *sql.Rows) error {
		var w Waiting
		err := r.Scan(&w.ID, &w.State, &w.Reminder, &w.Escalate, &w.Alone, &w.Doubted, &w.Resolves, &w.Alerts, &w.Attempts, at(&w.NextAt), at(&w.TriedAt))
		line = append(line, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what waits for %s: %w", receiver, err)
	}
	return line, nil
}

// Delivery gives one delivery. ErrNotFound: there is none of that id.
func (db *DB) Delivery(ctx context.Context, id string) (Delivery, error) {
	all, err := db.deliveries(ctx, `id = ?`, id)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("delivery %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return Delivery{}, err
	}
	return all[0], nil
}

// CarryDeliveries has one waiting delivery tell the alerts of others as well, after its own and in their order. They wait
// for no attempt of their own any more, and end as it ends. One that is no longer surely undelivered is left as it is.
func (db *DB) CarryDeliveries(ctx context.Context, carrier string, others []string) error {
	return db.write(ctx, "carry deliveries by "+carrier, func(t *tx) error {
		var all []string
		if _, err := t.row(`SELECT alerts FROM delivery WHERE id = ?`, []any{carrier}, fromJSON(&all)); err != nil {
			return err
		}
		for _, id := range others {
			var theirs []string
			waits, err := t.row(`SELECT alerts FROM delivery WHERE id = ? AND id <> ? AND state = 'queued' AND doubted = 0 AND next_at IS NOT NULL`,
				[]any{id, carrier}, fromJSON(&theirs))
			if err != nil {
				return err
			}
			if !waits {
				continue
			}
			all = append(all, slices.DeleteFunc(theirs, func(a string) bool { return slices.Contains(all, a) })...)
			if err := t.exec(`UPDATE delivery SET carried_by = ?1, next_at = NULL WHERE ?2 IN (id, carried_by)`, carrier, id); err != nil {
				return err
			}
		}
		return t.exec(`UPDATE delivery SET alerts = ? WHERE id = ?`, asJSON(all), carrier)
	})
}

// endCarried lets what a delivery carries end as it has ended.
func (t *tx) endCarried(carrier string, end DeliveryEnd, sent any) error {
	if !end.NextAt.IsZero() {
		return nil
	}
	return t.exec(`UPDATE delivery SET state = ?2, last_error = ?3, sent_at = ?4 WHERE carried_by = ?1`, carrier, string(end.State), end.Error, sent)
}

// RetryDelivery makes a delivery that was given up due now, with all that it carries; of one that is carried, the one that
// carries it. ErrNotFound: no delivery that was given up has that id.
func (db *DB) RetryDelivery(ctx context.Context, id string, now time.Time) error {
	return db.write(ctx, "retry delivery "+id, func(t *tx) error {
		whole := id
		if _, err := t.row(`SELECT iif(carried_by = '', id, carried_by) FROM delivery WHERE id = ?`, []any{id}, &whole); err != nil {
			return err
		}
		n, err := t.count(`UPDATE delivery SET state = 'queued', next_at = ?2, attempts = 0, recorded_at = ?2 WHERE id = ?1 AND state = 'dead'`, whole, stamp(now))
		if err == nil && n == 0 {
			err = fmt.Errorf("delivery %s: %w", id, ErrNotFound)
		}
		if err != nil {
			return err
		}
		return t.exec(`UPDATE delivery SET state = 'queued' WHERE carried_by = ? AND state = 'dead'`, whole)
	})
}

// AbandonDeliveries gives up what waits for receivers that are not among the named ones.
func (db *DB) AbandonDeliveries(ctx context.Context, named []string) (n int, err error) {
	err = db.write(ctx, "abandon deliveries", func(t *tx) error {
		const gone = `'the configuration has no such receiver any more'`
		n, err = t.count(`UPDATE delivery SET state = 'dead', next_at = NULL, last_error = `+gone+`
			WHERE next_at IS NOT NULL AND receiver NOT IN (SELECT value FROM json_each(?))`, asJSON(append([]string{}, named...)))
		if err != nil || n == 0 {
			return err
		}
		return t.exec(`UPDATE delivery SET state = 'dead', last_error = `+gone+`
			WHERE carried_by <> '' AND state = 'queued' AND receiver NOT IN (SELECT value FROM json_each(?))`, asJSON(append([]string{}, named...)))
	})
	return n, err
}
