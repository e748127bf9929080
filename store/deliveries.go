package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// DeliveryState says how far a message has come.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryQueued    DeliveryState = "queued"    // not tried, or surely not delivered
	DeliverySending   DeliveryState = "sending"   // an attempt is running
	DeliverySent      DeliveryState = "sent"      // the receiver said that it has it
	DeliveryUncertain DeliveryState = "uncertain" // handed over whole, and the answer was lost
	DeliveryDead      DeliveryState = "dead"      // given up
)

// Delivery is one message to one receiver.
type Delivery struct {
	ID         string        `json:"id"`
	Group      string        `json:"group"`
	Receiver   string        `json:"receiver"`
	Alerts     []string      `json:"alerts"`
	State      DeliveryState `json:"state"`
	Reminder   bool          `json:"reminder,omitempty"`
	Escalates  bool          `json:"escalates,omitempty"` // nobody took these alerts on in time where they were told first
	Resolves   bool          `json:"resolves,omitempty"`  // the organisation has answered these in public
	Doubted    bool          `json:"doubted,omitempty"`
	CarriedBy  string        `json:"carried_by,omitempty"` // the delivery that tells its alerts as well, since many waited
	Attempts   int           `json:"attempts"`
	NextAt     time.Time     `json:"next_at,omitzero"`
	LastError  string        `json:"last_error,omitempty"`
	RecordedAt time.Time     `json:"recorded_at"`
	SentAt     time.Time     `json:"sent_at,omitzero"`
}

// remindFor is how long after it was seen an unanswered complaint is told again.
const remindFor = 14 * 24 * time.Hour

// DueGroups lists the groups whose timer has run out, the longest due first, and when the next one's will.
func (db *DB) DueGroups(ctx context.Context, now time.Time) (due []string, next time.Time, err error) {
	err = db.list(ctx, `SELECT id, min(coalesce(flush_at, repeat_at), coalesce(repeat_at, flush_at)) AS due
		FROM alert_group WHERE flush_at IS NOT NULL OR repeat_at IS NOT NULL ORDER BY due, id`, nil, func(r *sql.Rows) error {
		var id string
		var when time.Time
		if err := r.Scan(&id, at(&when)); err != nil {
			return err
		}
		if !when.After(now) {
			due = append(due, id)
		} else if next.IsZero() {
			next = when
		}
		return nil
	})
	if err != nil {
		return nil, next, fmt.Errorf("list due groups: %w", err)
	}
	return due, next, nil
}

// FlushGroup makes deliveries of what waits in a due group and of what is due to be told again, and sets its timers.
// It gives the receiver's name. A group that is no longer due makes none. What is held stays back: silenced for good,
// waiting until its route is no longer muted, or inhibited until the alert that inhibits it has ended.
func (db *DB) FlushGroup(ctx context.Context, id string, hold Hold, now time.Time) (receiver string, err error) {
	err = db.write(ctx, "flush group "+id, func(t *tx) error {
		g := flushing{tx: t, id: id, now: now, hold: hold}
		err := g.flush()
		receiver = g.receiver
		return err
	})
	return receiver, err
}

// flushing is one flush of one group, within its transaction.
type flushing struct {
	*tx
	id, route, receiver string
	now                 time.Time
	hold                Hold
	flushAt, repeatAt   time.Time
	interval, repeat    time.Duration
	told                bool
	flushAgain          time.Time // when what a muted route holds back may go out; zero: nothing is
	repeatAgain         time.Time // the same of reminders
}

// flush does nothing where no timer of the group has run out.
func (g *flushing) flush() error {
	for _, step := range []func() error{g.load, g.tell, g.remind, g.rest} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (g *flushing) load() error {
	found, err := g.row(`SELECT route, receiver, flush_at, repeat_at, interval_ms, repeat_ms FROM alert_group WHERE id = ?`, []any{g.id},
		&g.route, &g.receiver, at(&g.flushAt), at(&g.repeatAt), &g.interval, &g.repeat)
	g.interval, g.repeat = g.interval*time.Millisecond, g.repeat*time.Millisecond
	if err == nil && !found {
		err = ErrNotFound
	}
	return err
}

func (g *flushing) due(when time.Time) bool { return !when.IsZero() && !when.After(g.now) }

func (g *flushing) tell() error {
	if !g.due(g.flushAt) {
		return nil
	}
	waiting, err := g.alerts(`SELECT `+alertColumns+` FROM alert_told t JOIN alert a ON a.id = t.alert
		WHERE t.alert_group = ? AND `+waits+`
		ORDER BY CASE a.urgency WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END, a.observed_at, a.id`, g.id)
	if err != nil {
		return err
	}
	free, until, err := g.heldBack(waiting, FirstTold)
	g.flushAgain = until
	if err != nil {
		return err
	}
	if free, err = g.lapse(free); err != nil || len(free) == 0 {
		return err
	}
	g.told = true
	delivery := audit.LongHash(append([]string{"delivery", g.id, g.receiver}, free...)...)
	if err := g.queue(delivery, free, false); err != nil {
		return err
	}
	return g.exec(`UPDATE alert_told SET delivery = ?1 WHERE alert_group = ?2 AND receiver = ?3 AND alert IN (SELECT value FROM json_each(?4))`,
		delivery, g.id, g.receiver, asJSON(free))
}

// heldBack gives the ids of the alerts that nothing keeps back, and the earliest time at which one that is kept back may go
// or is to be looked at again. Of those that are told for the first time it writes what keeps them back.
func (g *flushing) heldBack(alerts []Alert, on Occasion) (free []string, until time.Time, err error) {
	for _, a := range alerts {
		var held Held
		if g.hold != nil {
			held = g.hold(g.route, a, on)
		}
		if held.Inhibitor != "" {
			held.Until = g.now.Add(max(g.interval, leastLook))
		}
		if held.Silence == "" && held.Until.IsZero() {
			free = append(free, a.ID)
			continue
		}
		if held.Silence == "" && (until.IsZero() || held.Until.Before(until)) {
			until = held.Until
		}
		if on != FirstTold || held.Silence == "" && held.Inhibitor == "" {
			continue
		}
		if err := g.exec(`UPDATE alert_told SET silence = ?1, inhibited = iif(?2 = '', inhibited, ?2) WHERE alert = ?3 AND receiver = ?4`,
			held.Silence, held.Inhibitor, a.ID, g.receiver); err != nil {
			return nil, until, err
		}
	}
	return free, until, nil
}

// leastLook is how long at least an inhibited alert waits until it is looked at again.
const leastLook = 30 * time.Second

// lapse leaves out those that were inhibited and of which what they tell has ended meanwhile, or that somebody has taken on:
// there is nothing left to tell.
func (g *flushing) lapse(alerts []string) (free []string, err error) {
	gone := map[string]bool{}
	err = g.rows(`SELECT a.id FROM alert_told t JOIN alert a ON a.id = t.alert WHERE t.alert_group = ? AND t.inhibited <> ''
		AND `+waits+` AND (NOT (`+holds+`) OR EXISTS (SELECT 1 FROM alert_ack k WHERE k.alert = a.id))`,
		[]any{g.id}, func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			gone[id] = true
			return err
		})
	if err != nil {
		return nil, err
	}
	for _, id := range alerts {
		if !gone[id] {
			free = append(free, id)
		} else if err := g.exec(`UPDATE alert_told SET lapsed = 1 WHERE alert = ? AND receiver = ?`, id, g.receiver); err != nil {
			return nil, err
		}
	}
	return free, nil
}

// unanswered are the complaints of a group that were told, are not too old, that nobody has acknowledged, and that have no
// public answer by the organisation that we have seen.
const unanswered = `SELECT ` + alertColumns + ` FROM alert_told t JOIN alert a ON a.id = t.alert
	WHERE t.alert_group = ? AND t.delivery IS NOT NULL AND a.kind IN ` + answerable + ` AND a.observed_at > ? AND NOT ` + answered + `
	AND EXISTS (SELECT 1 FROM comment c WHERE c.id = a.ref)
	AND NOT EXISTS (SELECT 1 FROM alert_ack k WHERE k.alert = a.id) ORDER BY a.observed_at, a.id`

func (g *flushing) remind() error {
	if g.told || !g.due(g.repeatAt) {
		return nil
	}
	left, err := g.alerts(unanswered, g.id, stamp(g.now.Add(-remindFor)))
	if err != nil {
		return err
	}
	again, until, err := g.heldBack(left, Reminded)
	g.repeatAgain = until
	if err != nil || len(again) == 0 {
		return err
	}
	parts := append([]string{"reminder", g.id, g.receiver, stamp(g.repeatAt)}, again...)
	return g.queue(audit.LongHash(parts...), again, true)
}

// rest clears the timers that have run out and starts the next reminder's.
func (g *flushing) rest() error {
	if g.due(g.flushAt) {
		if err := g.exec(`UPDATE alert_group SET flush_at = ?, flushed_at = iif(?, ?, flushed_at) WHERE id = ?`,
			orNull(g.flushAgain), g.told, stamp(g.now), g.id); err != nil {
			return err
		}
	}
	if !g.told && !g.due(g.repeatAt) {
		return nil
	}
	var next time.Time
	if g.repeat > 0 {
		left, err := g.alerts(unanswered, g.id, stamp(g.now.Add(-remindFor)))
		if err != nil {
			return err
		}
		if len(left) > 0 {
			next = g.now.Add(g.repeat)
		}
		if !g.repeatAgain.IsZero() && g.repeatAgain.Before(next) {
			next = g.repeatAgain
		}
	}
	return g.exec(`UPDATE alert_group SET repeat_at = ? WHERE id = ?`, orNull(next), g.id)
}

func (g *flushing) alerts(query string, args ...any) (all []Alert, err error) {
	err = g.rows(query, args, func(r *sql.Rows) error {
		a, err := scanAlert(r)
		all = append(all, a)
		return err
	})
	return all, err
}

func (g *flushing) queue(id string, alerts []string, reminder bool) error {
	return g.exec(`INSERT INTO delivery (id, alert_group, receiver, alerts, state, reminder, doubted, attempts, next_at, last_error,
		recorded_at) VALUES (?,?,?,?,'queued',?,0,0,?,'',?) ON CONFLICT DO NOTHING`,
		id, g.id, g.receiver, asJSON(alerts), reminder, stamp(g.now), stamp(g.now))
}

const deliveryColumns = `id, alert_group, receiver, alerts, state, reminder, doubted, attempts, next_at, last_error, recorded_at, sent_at, carried_by, resolves,
	(SELECT escalates FROM alert_group g WHERE g.id = delivery.alert_group)`

func scanDelivery(r *sql.Rows, d *Delivery) error {
	return r.Scan(&d.ID, &d.Group, &d.Receiver, fromJSON(&d.Alerts), &d.State, &d.Reminder, &d.Doubted, &d.Attempts,
		at(&d.NextAt), &d.LastError, at(&d.RecordedAt), at(&d.SentAt), &d.CarriedBy, &d.Resolves, &d.Escalates)
}

// BeginDelivery writes that an attempt starts, before it does. One that begins where another's end was never written
// (the disk was full) may be a repeat.
func (db *DB) BeginDelivery(ctx context.Context, id string, now time.Time) error {
	return db.write(ctx, "begin delivery "+id, func(t *tx) error {
		return t.exec(`UPDATE delivery SET doubted = max(doubted, state = 'sending'), state = 'sending', attempts = attempts + 1, tried_at = ?
			WHERE id = ?`, stamp(now), id)
	})
}

// DeliveryEnd is how an attempt ended. NextAt is zero where there is no further one.
type DeliveryEnd struct {
	State  DeliveryState
	NextAt time.Time
	Error  string
	Why    Why    // of an attempt that failed, else ""
	Stood  *Stood // where its message stands; nil: nowhere that could be changed
}

// EndDelivery writes how an attempt ended.
func (db *DB) EndDelivery(ctx context.Context, id string, end DeliveryEnd, now time.Time) error {
	var sent any
	if end.State == DeliverySent {
		sent = stamp(now)
	}
	return db.write(ctx, "end delivery "+id, func(t *tx) error {
		if end.Stood != nil {
			if err := t.stand(id, *end.Stood, now); err != nil {
				return err
			}
		}
		err := t.exec(`UPDATE delivery SET state = ?, next_at = ?, last_error = ?, sent_at = ?, doubted = max(doubted, ?) WHERE id = ?`,
			string(end.State), orNull(end.NextAt), end.Error, sent, end.State == DeliveryUncertain, id)
		if err != nil {
			return err
		}
		if err := t.fared(id, end, now); err != nil {
			return err
		}
		return t.endCarried(id, end, sent)
	})
}

// ReopenDeliveries makes uncertain what was being sent when the program was killed: it may have arrived.
func (db *DB) ReopenDeliveries(ctx context.Context, now time.Time) error {
	return db.write(ctx, "reopen deliveries", func(t *tx) error {
		return t.exec(`UPDATE delivery SET state = 'uncertain', doubted = 1, next_at = ?,
			last_error = 'doorknock stopped while sending' WHERE state = 'sending'`, stamp(now))
	})
}

// DeliveryList names which deliveries are wanted.
type DeliveryList string

// The lists.
const (
	AllDeliveries     DeliveryList = "all"
	WaitingDeliveries DeliveryList = "waiting" // an attempt is still to come
	DeadDeliveries    DeliveryList = "dead"    // given up
)

var deliveryLists = map[DeliveryList]string{AllDeliveries: `true`, WaitingDeliveries: `next_at IS NOT NULL`, DeadDeliveries: `state = 'dead' AND carried_by = ''`}

// Deliveries lists the newest deliveries of a list, at most limit. ErrNotFound: there is no such list.
func (db *DB) Deliveries(ctx context.Context, which DeliveryList, limit int) ([]Delivery, error) {
	where, known := deliveryLists[which]
	if !known {
		return nil, fmt.Errorf("list of deliveries %q: %w", which, ErrNotFound)
	}
	return db.deliveries(ctx, where+` ORDER BY recorded_at DESC, rowid DESC LIMIT ?`, limit)
}

// deliveries lists those for which where, a constant with its order, holds.
func (db *DB) deliveries(ctx context.Context, where string, args ...any) ([]Delivery, error) {
	var list []Delivery
	err := db.list(ctx, `SELECT `+deliveryColumns+` FROM delivery WHERE `+where, args, func(r *sql.Rows) error {
		var d Delivery
		err := scanDelivery(r, &d)
		list = append(list, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// DeliveryCounts counts deliveries by state.
func (db *DB) DeliveryCounts(ctx context.Context) (map[DeliveryState]int, error) {
	counts := map[DeliveryState]int{}
	err := db.list(ctx, `SELECT state, count(*) FROM delivery GROUP BY state`, nil, func(r *sql.Rows) error {
		var s DeliveryState
		var n int
		err := r.Scan(&s, &n)
		counts[s] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	return counts, nil
}
