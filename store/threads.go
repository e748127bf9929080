package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Posting is where a message stands at a receiver that can change it.
type Posting struct {
	Channel string // the channel's id
	Stamp   string // the message's name in its channel
}

// Standing is a message of ours that stands at a receiver, with others in its thread or in the thread of another.
type Standing struct {
	ID       string
	Receiver string
	At       Posting
	Root     bool      // it stands by itself
	Edits    int       // failed attempts to bring it up to date
	Due      time.Time // when it is to be brought up to date; zero: nothing is new, or it was not asked
}

// Stood is what a delivery left standing: written with its end, so that what comes later finds it.
type Stood struct {
	Channel string // as the settings name it
	At      Posting
	Root    string // id of the message in whose thread it stands; "": by itself
	Told    []Subjected
}

// Subjected is an alert with its subject.
type Subjected struct{ Alert, Subject string }

// SubjectNow is what was told of one subject in one message and its thread.
type SubjectNow struct {
	Subject       string
	First, Newest string // alerts; the same where only one was told
	Ack           Ack    // zero: nobody has taken on what was told last
}

// Ack is that somebody has taken an alert on.
type Ack struct {
	By, Note string
	At       time.Time
}

// Threads gives the messages in whose threads a receiver was told of subjects, by subject. Those in another channel than
// the settings name now are left out.
func (db *DB) Threads(ctx context.Context, receiver, channel string, subjects []string) (map[string]Standing, error) {
	found := map[string]Standing{}
	err := db.list(ctx, `SELECT s.subject, m.id, m.receiver, m.place, m.stamp, m.edits FROM slack_subject s JOIN slack_message m ON m.id = s.root
		WHERE s.receiver = ?1 AND m.channel = ?2 AND s.subject IN (SELECT value FROM json_each(?3))`,
		[]any{receiver, channel, asJSON(orEmpty(subjects))}, func(r *sql.Rows) error {
			var subject string
			var s Standing
			err := r.Scan(&subject, &s.ID, &s.Receiver, &s.At.Channel, &s.At.Stamp, &s.Edits)
			found[subject] = s
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("look for the threads at %s: %w", receiver, err)
	}
	return found, nil
}

// SubjectsOf lists what a message and its thread tell of, in the order in which it was told first.
func (db *DB) SubjectsOf(ctx context.Context, root string) ([]SubjectNow, error) {
	var all []SubjectNow
	err := db.list(ctx, `SELECT s.subject, f.alert, n.alert, coalesce(k.author, ''), coalesce(k.note, ''), k.recorded_at
		FROM (SELECT s.receiver, s.subject, min(t.seq) AS first, max(t.seq) AS newest FROM slack_subject s
			JOIN slack_told t ON t.receiver = s.receiver AND t.subject = s.subject WHERE s.root = ? GROUP BY s.receiver, s.subject) s
		JOIN slack_told f ON f.seq = s.first JOIN slack_told n ON n.seq = s.newest
		LEFT JOIN alert_ack k ON k.alert = (SELECT t.alert FROM slack_told t JOIN alert_ack l ON l.alert = t.alert JOIN alert a ON a.id = n.alert
			WHERE t.receiver = s.receiver AND t.subject = s.subject AND l.recorded_at >= a.recorded_at ORDER BY l.recorded_at DESC LIMIT 1)
		ORDER BY s.first`, []any{root}, func(r *sql.Rows) error {
		var n SubjectNow
		err := r.Scan(&n.Subject, &n.First, &n.Newest, &n.Ack.By, &n.Ack.Note, at(&n.Ack.At))
		all = append(all, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what message %s tells of: %w", root, err)
	}
	return all, nil
}

// AlertsOf lists the alerts that a message tells.
func (db *DB) AlertsOf(ctx context.Context, message string) ([]string, error) {
	return db.words(ctx, `SELECT j.value FROM slack_message m, json_each(m.alerts) j WHERE m.id = ? ORDER BY j.key`, message)
}

// SplitDelivery makes one delivery of each part of a delivery's alerts: they belong into different threads. The first part
// stays the delivery's own. What may have arrived already stays in doubt.
func (db *DB) SplitDelivery(ctx context.Context, d Delivery, parts [][]string) error {
	return db.write(ctx, "split delivery "+d.ID, func(t *tx) error {
		for i, alerts := range parts {
			id := d.ID
			if i > 0 {
				id = audit.LongHash(append([]string{"part of delivery", d.ID}, alerts...)...)
			}
			err := t.exec(`INSERT INTO delivery (id, alert_group, receiver, alerts, state, reminder, resolves, doubted, attempts, next_at, last_error, recorded_at, tried_at)
				SELECT ?1, alert_group, receiver, ?2, state, reminder, resolves, doubted, attempts, next_at, last_error, recorded_at, tried_at FROM delivery WHERE id = ?3
				ON CONFLICT (id) DO UPDATE SET alerts = excluded.alerts`, id, asJSON(alerts), d.ID)
			if err != nil {
				return fmt.Errorf("part %d: %w", i, err)
			}
			if err := t.exec(`UPDATE alert_told SET delivery = iif(delivery = ?2, ?1, delivery), resolution = iif(resolution = ?2, ?1, resolution)
				WHERE ?2 IN (delivery, resolution) AND alert IN (SELECT value FROM json_each(?3))`, id, d.ID, asJSON(alerts)); err != nil {
				return fmt.Errorf("part %d: %w", i, err)
			}
		}
		return nil
	})
}

// stand writes where a delivery's message stands, and of what it tells.
func (t *tx) stand(delivery string, s Stood, now time.Time) error {
	var receiver string
	if _, err := t.row(`SELECT receiver FROM delivery WHERE id = ?`, []any{delivery}, &receiver); err != nil {
		return err
	}
	id := audit.LongHash("message", receiver, s.At.Channel, s.At.Stamp)
	root := s.Root
	if root == "" {
		root = id
	}
	err := t.exec(`INSERT INTO slack_message (id, receiver, channel, place, stamp, root, delivery, alerts, edits, recorded_at)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, id, alerts, 0, ?8 FROM delivery WHERE id = ?7 ON CONFLICT DO NOTHING`,
		id, receiver, s.Channel, s.At.Channel, s.At.Stamp, root, delivery, stamp(now))
	if err != nil {
		return fmt.Errorf("message: %w", err)
	}
	for _, a := range s.Told {
		err := t.exec(`INSERT INTO slack_told (receiver, subject, alert) VALUES (?,?,?) ON CONFLICT DO NOTHING`, receiver, a.Subject, a.Alert)
		if err != nil {
			return fmt.Errorf("alert %s: %w", a.Alert, err)
		}
		err = t.exec(`INSERT INTO slack_subject (receiver, subject, root) VALUES (?,?,?) ON CONFLICT DO UPDATE SET root = excluded.root`, receiver, a.Subject, root)
		if err != nil {
			return fmt.Errorf("subject %s: %w", a.Subject, err)
		}
	}
	return t.overtaken(delivery, root, now)
}

// overtaken has a message brought up to date of which somebody took an alert on, or for which somebody began a silence, while it
// was under way: people see it, and press its buttons, before we know where it stands. It was composed a moment before the attempt.
func (t *tx) overtaken(delivery, root string, now time.Time) error {
	err := t.exec(`UPDATE slack_message SET edit_at = ?3, edits = 0 WHERE id = ?2 AND EXISTS (
		SELECT 1 FROM delivery d WHERE d.id = ?1 AND (
			EXISTS (SELECT 1 FROM silence s WHERE s.recorded_at > strftime('%Y-%m-%dT%H:%M:%fZ', d.tried_at, '-5 seconds'))
			OR EXISTS (SELECT 1 FROM json_each(d.alerts) j JOIN alert_ack k ON k.alert = j.value
				WHERE k.recorded_at > strftime('%Y-%m-%dT%H:%M:%fZ', d.tried_at, '-5 seconds'))))`, delivery, root, stamp(now))
	if err != nil {
		return fmt.Errorf("what overtook it: %w", err)
	}
	return nil
}

// dueAnew is a time at which a message is due that is not the one that it was due at: whoever is bringing it up to date knows by that
// that something became new meanwhile, whatever the clocks of the two say.
const dueAnew = `iif(edit_at IS ?1, strftime('%Y-%m-%dT%H:%M:%fZ', ?1, '+0.001 seconds'), ?1)`

// restate has the messages brought up to date that tell of the alerts' subjects: something is new that no message tells.
func (t *tx) restate(alerts []string, now time.Time) error {
	return t.exec(`UPDATE slack_message SET edit_at = `+dueAnew+`, edits = 0 WHERE id IN (SELECT s.root FROM slack_told t
		JOIN slack_subject s ON s.receiver = t.receiver AND s.subject = t.subject WHERE t.alert IN (SELECT value FROM json_each(?2)))`,
		stamp(now), asJSON(orEmpty(alerts)))
}

// Restate has the messages brought up to date that tell of an alert's subject, as somebody has silenced it.
func (db *DB) Restate(ctx context.Context, alert string, now time.Time) error {
	return db.write(ctx, "have the messages about alert "+alert+" brought up to date", func(t *tx) error { return t.restate([]string{alert}, now) })
}

// NextEdit gives the message of a receiver that is due to be brought up to date, or nil and when the next one is (zero: none).
func (db *DB) NextEdit(ctx context.Context, receiver string, now time.Time) (*Standing, time.Time, error) {
	var s *Standing
	err := db.list(ctx, `SELECT id, receiver, place, stamp, edits, edit_at FROM slack_message WHERE receiver = ? AND edit_at IS NOT NULL
		ORDER BY edit_at, id LIMIT 1`, []any{receiver}, func(r *sql.Rows) error {
		s = &Standing{}
		return r.Scan(&s.ID, &s.Receiver, &s.At.Channel, &s.At.Stamp, &s.Edits, at(&s.Due))
	})
	switch {
	case err != nil:
		return nil, time.Time{}, fmt.Errorf("read the next message to bring up to date at %s: %w", receiver, err)
	case s == nil:
		return nil, time.Time{}, nil
	case s.Due.After(now):
		return nil, s.Due, nil
	}
	return s, s.Due, nil
}

// EndEdit writes how bringing a message up to date ended that NextEdit gave: again at next, or zero for not before there is something
// new. What became new since NextEdit gave it stays due.
func (db *DB) EndEdit(ctx context.Context, m Standing, next time.Time) error {
	return db.write(ctx, "end edit of message "+m.ID, func(t *tx) error {
		return t.exec(`UPDATE slack_message SET edit_at = ?2, edits = iif(?2 IS NULL, 0, edits + 1) WHERE id = ?1 AND edit_at = ?3`,
			m.ID, orNull(next), stamp(m.Due))
	})
}

// Unfollow forgets that a message is there: it was taken away. What comes of its subjects is a new message.
func (db *DB) Unfollow(ctx context.Context, id string) error {
	return db.write(ctx, "forget message "+id, func(t *tx) error {
		if err := t.exec(`DELETE FROM slack_subject WHERE root = ?`, id); err != nil {
			return err
		}
		return t.exec(`UPDATE slack_message SET edit_at = NULL WHERE id = ?`, id)
	})
}
