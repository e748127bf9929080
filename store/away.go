package store

import (
	"context"
	"fmt"
	"time"

	"doorknock/audit"
)

// QueueAway says since when and why the running program cannot reach the queue, and what waits for it. Its zero value: it
// can, or no program runs.
type QueueAway struct {
	Since  time.Time `json:"since,omitzero"`
	Why    string    `json:"why,omitempty"`
	Looks  int       `json:"looks,omitempty"`  // that are due
	Events int       `json:"events,omitempty"` // that are to be scored or told
}

// queueAway is the key in meta under which that is kept while it is so.
const queueAway = "queue_away"

// KeepQueueAway writes since when the queue cannot be reached; the zero time: it can.
func (db *DB) KeepQueueAway(ctx context.Context, since time.Time, why string) error {
	return db.write(ctx, "keep how the queue fares", func(t *tx) error {
		if since.IsZero() {
			return t.exec(`DELETE FROM meta WHERE key = ?`, queueAway)
		}
		return t.exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
			queueAway, fromJSON(QueueAway{Since: since.UTC(), Why: why}))
	})
}

// QueueAway reads it, and counts what waits where there is need to.
func (db *DB) QueueAway(ctx context.Context, now time.Time) (q QueueAway, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = ?)`, queueAway).Scan(fromJSON(&q))
	if err == nil && !q.Since.IsZero() {
		err = db.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM channel WHERE listed = 1 AND due_at <= ?1 AND lane NOT IN (`+resting+`)),
			(SELECT count(*) FROM event WHERE (score_marked_at IS NULL OR alert_marked_at IS NULL) AND announce_at <= ?1)`, db.restingAt(now)...).Scan(&q.Looks, &q.Events)
	}
	if err != nil {
		return q, db.explain(fmt.Errorf("read how the queue fares: %w", err))
	}
	return q, nil
}

// QueueLost says when the queue last began streams anew that had lived, and which. Its zero value: not lately.
type QueueLost struct {
	At      time.Time `json:"at,omitzero"`
	Streams []string  `json:"streams,omitempty"`
}

// queueLost is the key in meta under which that is kept, and tellQueueLost for how long it is told.
const (
	queueLost     = "queue_lost"
	tellQueueLost = 7 * 24 * time.Hour
)

// KeepQueueLost writes that the queue began streams anew.
func (db *DB) KeepQueueLost(ctx context.Context, at time.Time, streams []string) error {
	return db.write(ctx, "keep what the queue lost", func(t *tx) error {
		return t.exec(`INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
			queueLost, fromJSON(QueueLost{At: at.UTC(), Streams: streams}))
	})
}

// QueueLost reads it, where it was in the last week.
func (db *DB) QueueLost(ctx context.Context, now time.Time) (q QueueLost, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE key = ?)`, queueLost).Scan(fromJSON(&q))
	if err != nil {
		return q, db.explain(fmt.Errorf("read what the queue lost: %w", err))
	}
	if now.Sub(q.At) > tellQueueLost {
		return QueueLost{}, nil
	}
	return q, nil
}

// Passed reports what went through the queue as the database knows it: visits ever, and events so lately that their stream still
// keeps them. Pages that somebody saved, and what people saw, come another way.
func (db *DB) Passed(ctx context.Context, now time.Time) (visits, events bool, err error) {
	// An event of which nobody is to be told has its mark from the start; any other by whoever took it from the queue.
	err = db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM visit WHERE how IN (?, ?, ?)),
		EXISTS (SELECT 1 FROM event WHERE recorded_at > ? AND (score_marked_at > recorded_at OR alert_marked_at > recorded_at))`,
		string(audit.Anonymous), string(audit.AppToken), string(audit.PageToken), stamp(now.Add(24*time.Hour-keepEvents))).Scan(&visits, &events)
	if err != nil {
		return false, false, db.explain(fmt.Errorf("read what went through the queue: %w", err))
	}
	return visits, events, nil
}
