package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// DeadLetter is work that the queue gave up or refused. The work itself is not in it: a job or visit is done again by
// looking at the channel once more, an event by announcing it once more.
type DeadLetter struct {
	ID         string    `json:"id"`
	Stream     string    `json:"stream"` // JOBS, VISITS, EVENTS
	Consumer   string    `json:"consumer"`
	Ref        string    `json:"ref"`     // job or visit id, event id; "" where it cannot be known
	Channel    string    `json:"channel"` // whose it was, or ""
	URL        string    `json:"url"`     // of that channel
	Reason     string    `json:"reason"`  // "" where the deliveries ran out
	Deliveries int       `json:"deliveries"`
	Times      int       `json:"times"` // how often it was given up
	FirstAt    time.Time `json:"first_at"`
	LastAt     time.Time `json:"last_at"`
	ReplayedAt time.Time `json:"replayed_at,omitzero"`
	Done       bool      `json:"done"` // it has been done since: the channel was visited, the event was dealt with
}

// GivenUp is what the queue's server told of one message.
type GivenUp struct {
	Advisory   string // the server's id of its word
	Stream     string
	Consumer   string
	Ref        string
	Reason     string
	Deliveries int
	At         time.Time
}

// KeepDeadLetter writes what was given up. The same fault again adds to its row, and the same advisory again changes
// nothing. It is fresh where the operator has to be told: for the first time, or again after it was replayed or done.
func (db *DB) KeepDeadLetter(ctx context.Context, g GivenUp) (fresh bool, err error) {
	err = db.write(ctx, "keep dead letter of "+g.Stream, func(t *tx) error {
		about := g.Ref
		if about == "" {
			about = g.Advisory
		}
		id := audit.LongHash("dead letter", g.Stream, g.Consumer, about, g.Reason)
		var before string
		known, err := t.row(`SELECT advisory FROM dead_letter WHERE id = ?`, []any{id}, &before)
		if err != nil || (known && before == g.Advisory) {
			return err
		}
		var open int
		if _, err := t.row(`SELECT count(*) FROM (`+letters+`) WHERE id = ?1 AND replayed_at IS NULL AND NOT done`, []any{id}, &open); err != nil {
			return err
		}
		fresh = open == 0
		channel, err := t.channelOf(g)
		if err != nil {
			return err
		}
		return t.exec(`INSERT INTO dead_letter (id, stream, consumer, ref, channel, reason, deliveries, times, advisory, first_at, last_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET deliveries = deliveries + excluded.deliveries, times = times + 1, advisory = excluded.advisory,
				last_at = max(last_at, excluded.last_at), replayed_at = NULL`,
			id, g.Stream, g.Consumer, g.Ref, channel, g.Reason, g.Deliveries, g.Advisory, stamp(g.At), stamp(g.At))
	})
	return fresh, err
}

// channelOf finds whose work it was. A job's id is made from the channel and its due time, and the channel is due at that
// time until a visit is recorded; a recorded visit has a row.
func (t *tx) channelOf(g GivenUp) (channel string, err error) {
	if g.Ref == "" {
		return "", nil
	}
	found, err := t.row(`SELECT channel FROM event WHERE id = ?1 UNION ALL SELECT channel FROM visit WHERE id = ?1`, []any{g.Ref}, &channel)
	if err != nil || found {
		return channel, err
	}
	err = t.rows(`SELECT id, due_at FROM channel`, nil, func(r *sql.Rows) error {
		var id string
		var due time.Time
		if err := r.Scan(&id, at(&due)); err != nil {
			return err
		}
		if audit.JobID(id, due) == g.Ref {
			channel = id
		}
		return nil
	})
	return channel, err
}

// letters gives the rows of dead_letter with what has become of them. One that held nothing of ours is done once the
// operator has said so.
const letters = `SELECT d.*, coalesce(c.url, '') AS url, CASE
		WHEN d.ref = '' OR (d.stream <> 'EVENTS' AND c.id IS NULL) THEN d.replayed_at IS NOT NULL
		WHEN d.stream = 'EVENTS' THEN NOT EXISTS (SELECT 1 FROM event e
			WHERE e.id = d.ref AND iif(d.consumer = '` + ScoreStage + `', e.score_marked_at, e.alert_marked_at) IS NULL)
		ELSE coalesce(c.last_visit_at > d.last_at, 0) END AS done
	FROM dead_letter d LEFT JOIN channel c ON c.id = d.channel`

// DeadLetters lists what was given up, newest first; without all, only what has not been done since.
func (db *DB) DeadLetters(ctx context.Context, all bool) ([]DeadLetter, error) {
	var list []DeadLetter
	err := db.list(ctx, `SELECT id, stream, consumer, ref, channel, url, reason, deliveries, times, first_at, last_at, replayed_at, done
		FROM (`+letters+`) WHERE ?1 OR NOT done ORDER BY last_at DESC, id`, []any{all}, func(r *sql.Rows) error {
		var d DeadLetter
		err := r.Scan(&d.ID, &d.Stream, &d.Consumer, &d.Ref, &d.Channel, &d.URL, &d.Reason, &d.Deliveries, &d.Times,
			at(&d.FirstAt), at(&d.LastAt), at(&d.ReplayedAt), &d.Done)
		list = append(list, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	return list, nil
}

// Replayed says what was done about a dead letter.
type Replayed string

// What replaying comes to.
const (
	ReplayedEvent   Replayed = "event"   // the event is announced anew
	ReplayedChannel Replayed = "channel" // the channel is due now
	ReplayedNothing Replayed = "nothing" // nothing of ours was in it, or it is gone: there is nothing to do again
	ReplayedBefore  Replayed = "done"    // it had been done since
)

// ReplayDeadLetter has the work of a letter done again from the truth.
func (db *DB) ReplayDeadLetter(ctx context.Context, id string, now time.Time) (r Replayed, err error) {
	err = db.write(ctx, "replay dead letter "+id, func(t *tx) error {
		var stream, ref, channel string
		var done bool
		found, err := t.row(`SELECT stream, ref, channel, done FROM (`+letters+`) WHERE id = ?`, []any{id}, &stream, &ref, &channel, &done)
		switch {
		case err != nil:
			return err
		case !found:
			return ErrNotFound
		case done:
			r = ReplayedBefore
			return nil
		}
		n := 0
		if stream == "EVENTS" {
			r = ReplayedEvent
			n, err = t.count(`UPDATE event SET again_at = ? WHERE id = ? AND announce_at IS NOT NULL`, stamp(now), ref)
		} else {
			r = ReplayedChannel
			n, err = t.dueNow(channel, now)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			r = ReplayedNothing
		}
		return t.exec(`UPDATE dead_letter SET replayed_at = ? WHERE id = ?`, stamp(now), id)
	})
	return r, err
}

// dueNow makes a channel due at once, by an operator's word. A new due time makes a new job, so that one that was given
// up or is waited for does not stand in its way. Only Record moves a due time on.
func (t *tx) dueNow(channel string, now time.Time) (int, error) {
	return t.count(`UPDATE channel SET due_at = ? WHERE id = ? AND listed = 1`, stamp(now), channel)
}
