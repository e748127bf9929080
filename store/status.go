package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Status is what `status` prints and /metrics serves: counts and ages, never content.
type Status struct {
	Organisations int                         `json:"organisations"` // listed
	Channels      int                         `json:"channels"`      // listed
	Confirmed     int                         `json:"confirmed"`     // of them, shown to be the organisation's own
	Never         int                         `json:"never"`         // of them, never visited
	Due           int                         `json:"due"`           // of them, due now; those in a lane that rests are not
	States        map[string]int              `json:"states"`        // confirmed states of whole channels, by word; unknown ones too
	Pending       int                         `json:"pending"`       // states that wait for a second look
	Held          map[string]int              `json:"held"`          // states held from the public, by hold reason; notice periods under "notice"
	Unmarked      map[string]int              `json:"unmarked"`      // events to be dealt with, by consumer
	Texts         int                         `json:"texts"`         // comments whose text is kept
	Rows          map[string]int              `json:"rows"`          // by table
	LastVisit     map[audit.Platform]Freshest `json:"last_visit"`    // by platform: silence must never look like "all is well"
	Quarantines   []Quarantine                `json:"quarantines"`
	Unread        []UnreadPlace               `json:"unread"`       // places that could not be read, look after look
	Moved         []MovedPlace                `json:"moved"`        // places whose address led to another site at the last look
	Dead          map[string]int              `json:"dead_letters"` // given up and not done since, by stream
	Keys          []KeyTrouble                `json:"keys_refused"` // keys of platforms
	Hooks         map[string]int              `json:"hooks"`        // messages that platforms sent by themselves in the last thirty days, by what became of them
	Clock         ClockOff                    `json:"clock"`
	Receivers     []ReceiverState             `json:"receivers"`
	Heartbeat     Heartbeat                   `json:"heartbeat"`
	Queue         QueueAway                   `json:"queue_away,omitzero"`
	QueueLost     QueueLost                   `json:"queue_lost,omitzero"`
	SlowDisk      SlowDisk                    `json:"slow_disk,omitzero"`
	Bytes         int64                       `json:"bytes"` // of the database file, its log aside
}

// Freshest says when a platform was last looked at, and when a look last saw something.
type Freshest struct {
	Visit time.Time `json:"visit,omitzero"`
	Saw   time.Time `json:"saw,omitzero"`
}

// ClockOff says what the visited sites said of our clock in the last day.
type ClockOff struct {
	Visits int           `json:"visits"`        // made while it was wrong by more than five minutes
	Ahead  time.Duration `json:"ahead_ns"`      // at the last of them; less than 0: behind
	Last   time.Time     `json:"last,omitzero"` // when that was, by our clock
}

// Status counts. It reads a few indexes; the row counts of large tables cost milliseconds per million.
func (db *DB) Status(ctx context.Context, now time.Time) (Status, error) {
	s := Status{Rows: map[string]int{}, LastVisit: map[audit.Platform]Freshest{}, Unmarked: map[string]int{}}
	err := db.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM organisation WHERE listed = 1), count(*),
			coalesce(sum(confirmed), 0), coalesce(sum(last_visit_at IS NULL), 0),
			coalesce(sum(due_at <= ?1 AND lane NOT IN (`+resting+`)), 0),
			(SELECT count(*) FROM state_now WHERE pending <> 'unknown'), (SELECT count(*) FROM comment WHERE text IS NOT NULL),
			(SELECT count(*) FROM event WHERE score_marked_at IS NULL AND announce_at <= ?1),
			(SELECT count(*) FROM event WHERE alert_marked_at IS NULL AND announce_at <= ?1),
			(SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)
		FROM channel WHERE listed = 1`, db.restingAt(now)...).Scan(&s.Organisations, &s.Channels, &s.Confirmed, &s.Never, &s.Due, &s.Pending, &s.Texts,
		counter{s.Unmarked, ScoreStage}, counter{s.Unmarked, AlertStage}, &s.Bytes)
	if err != nil {
		return s, fmt.Errorf("count for status: %w", err)
	}
	if s.States, err = db.counts(ctx, `SELECT state, count(*) FROM state_now WHERE scope = '' GROUP BY 1`); err != nil {
		return s, err
	}
	if s.Held, err = db.counts(ctx, `SELECT iif(hold_reason = '', 'notice', hold_reason), count(*) FROM state_now
		WHERE state <> 'unknown' AND (hold_reason <> '' OR published_at > ?) GROUP BY 1`, stamp(now)); err != nil {
		return s, err
	}
	if err := db.freshest(ctx, s.LastVisit); err != nil {
		return s, err
	}
	if err := db.countRows(ctx, s.Rows); err != nil {
		return s, err
	}
	if s.Receivers, err = db.Receivers(ctx); err != nil {
		return s, err
	}
	if s.Heartbeat, err = db.Heartbeat(ctx); err != nil {
		return s, err
	}
	if s.SlowDisk, err = db.SlowDisk(ctx, now); err != nil {
		return s, err
	}
	if s.QueueLost, err = db.QueueLost(ctx, now); err != nil {
		return s, err
	}
	if s.Queue, err = db.QueueAway(ctx, now); err != nil {
		return s, err
	}
	if s.Keys, err = db.keyTroubles(ctx); err != nil {
		return s, err
	}
	if s.Hooks, err = db.Hooks(ctx, now); err != nil {
		return s, err
	}
	if s.Clock, err = db.clockOff(ctx, now); err != nil {
		return s, err
	}
	if s.Dead, err = db.counts(ctx, `SELECT stream, count(*) FROM (`+letters+`) WHERE NOT done GROUP BY 1`); err != nil {
		return s, err
	}
	if s.Unread, err = db.unreadPlaces(ctx, now); err != nil {
		return s, err
	}
	if s.Moved, err = db.movedPlaces(ctx); err != nil {
		return s, err
	}
	s.Quarantines, err = db.Quarantines(ctx)
	return s, err
}

// counter scans a number into a map.
type counter struct {
	into map[string]int
	key  string
}

// Scan takes SQLite's integer.
func (c counter) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("a count is a %T", v)
	}
	c.into[c.key] = int(n)
	return nil
}

func (db *DB) counts(ctx context.Context, query string, args ...any) (map[string]int, error) {
	all := make(map[string]int)
	err := db.list(ctx, query, args, func(r *sql.Rows) error {
		var key string
		var n int
		err := r.Scan(&key, &n)
		all[key] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count for status: %w", err)
	}
	return all, nil
}

func (db *DB) freshest(ctx context.Context, into map[audit.Platform]Freshest) error {
	err := db.list(ctx, `SELECT c.platform, max(c.last_visit_at), (SELECT max(s.seen_at) FROM state_now s WHERE s.platform = c.platform)
		FROM channel c GROUP BY 1`, nil, func(r *sql.Rows) error {
		var p audit.Platform
		var f Freshest
		err := r.Scan(&p, at(&f.Visit), at(&f.Saw))
		into[p] = f
		return err
	})
	if err != nil {
		return fmt.Errorf("read last visits: %w", err)
	}
	return nil
}

// clockOff looks a day back, and a day ahead for what was recorded before our clock was set back.
func (db *DB) clockOff(ctx context.Context, now time.Time) (ClockOff, error) {
	var c ClockOff
	err := db.list(ctx, `SELECT clock_off_s, observed_at FROM visit WHERE clock_off_s <> 0 AND recorded_at BETWEEN ? AND ? ORDER BY rowid`,
		[]any{stamp(now.Add(-24 * time.Hour)), stamp(now.Add(24 * time.Hour))}, func(r *sql.Rows) error {
			var seconds int64
			err := r.Scan(&seconds, at(&c.Last))
			c.Ahead = time.Duration(seconds) * time.Second
			c.Visits++
			return err
		})
	if err != nil {
		return c, fmt.Errorf("read what sites said of our clock: %w", err)
	}
	return c, nil
}

// countRows counts every table that the schema has, so that a new one is never forgotten.
func (db *DB) countRows(ctx context.Context, into map[string]int) error {
	var tables []string
	err := db.list(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%' ORDER BY name`, nil,
		func(r *sql.Rows) error {
			var name string
			err := r.Scan(&name)
			tables = append(tables, name)
			return err
		})
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for _, table := range tables {
		if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM "`+table+`"`).Scan(counter{into, table}); err != nil {
			return fmt.Errorf("count rows of %s: %w", table, err)
		}
	}
	return nil
}
