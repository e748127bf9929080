package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// keepAsks is for how long it is remembered that something was asked: far longer than Slack sends anything again.
const keepAsks = 7 * 24 * time.Hour

// SlackAsk is what a person, or Slack itself, asked through an app.
type SlackAsk struct {
	ID       string // Hash(receiver, Slack's own trigger or event id)
	Receiver string
	Body     string // JSON, the asker's
	At       time.Time
}

// SlackAskID names what was asked: the same of Slack's ids, the same ask.
func SlackAskID(receiver, slackID string) string { return audit.LongHash("slack", receiver, slackID) }

// TakeSlackAsk writes what was asked, before it is answered. It reports false where the same was asked before.
func (db *DB) TakeSlackAsk(ctx context.Context, a SlackAsk) (isNew bool, err error) {
	err = db.write(ctx, "take what was asked in Slack", func(t *tx) error {
		n, err := t.count(`INSERT INTO slack_ask (id, receiver, body, outcome, recorded_at) VALUES (?,?,?,'',?) ON CONFLICT DO NOTHING`,
			a.ID, a.Receiver, a.Body, stamp(a.At))
		isNew = n > 0
		return err
	})
	return isNew, err
}

// SlackAsks lists what was asked of a receiver's app and is not done, oldest first.
func (db *DB) SlackAsks(ctx context.Context, receiver string) ([]SlackAsk, error) {
	var all []SlackAsk
	err := db.list(ctx, `SELECT id, receiver, body, recorded_at FROM slack_ask WHERE receiver = ? AND done_at IS NULL ORDER BY recorded_at, rowid`,
		[]any{receiver}, func(r *sql.Rows) error {
			var a SlackAsk
			err := r.Scan(&a.ID, &a.Receiver, &a.Body, at(&a.At))
			all = append(all, a)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list what was asked in Slack: %w", err)
	}
	return all, nil
}

// EndSlackAsk writes what became of what was asked, and forgets who asked what. It is counted among the hooks.
func (db *DB) EndSlackAsk(ctx context.Context, id, outcome string, now time.Time) error {
	return db.write(ctx, "end what was asked in Slack", func(t *tx) error {
		n, err := t.count(`UPDATE slack_ask SET done_at = ?2, outcome = ?3, body = '' WHERE id = ?1 AND done_at IS NULL`, id, stamp(now), outcome)
		if err != nil || n == 0 {
			return err
		}
		if err := t.countHooks(map[string]int{outcome: 1}, now); err != nil {
			return err
		}
		return t.exec(`DELETE FROM slack_ask WHERE done_at IS NOT NULL AND recorded_at < ?`, stamp(now.Add(-keepAsks)))
	})
}

// SlackApp is a receiver's app as it was last known.
type SlackApp struct {
	Receiver string
	Team     string    // Slack's id of the workspace
	Trouble  string    // why nothing comes in or goes out, in Slack's word; "" while it works
	Since    time.Time // of the trouble, or of its end
}

// SlackApp gives what is known of a receiver's app; an empty team where nothing is.
func (db *DB) SlackApp(ctx context.Context, receiver string) (SlackApp, error) {
	app := SlackApp{Receiver: receiver}
	err := db.list(ctx, `SELECT team, trouble, since FROM slack_app WHERE receiver = ?`, []any{receiver}, func(r *sql.Rows) error {
		return r.Scan(&app.Team, &app.Trouble, at(&app.Since))
	})
	if err != nil {
		return app, fmt.Errorf("read the Slack app of %s: %w", receiver, err)
	}
	return app, nil
}

// SetSlackApp writes how an app is. Trouble that goes on, in whatever word, keeps the time at which it began.
func (db *DB) SetSlackApp(ctx context.Context, a SlackApp) error {
	return db.write(ctx, "write how the Slack app of "+a.Receiver+" is", func(t *tx) error {
		return t.exec(`INSERT INTO slack_app (receiver, team, trouble, since) VALUES (?1,?2,?3,?4) ON CONFLICT (receiver) DO UPDATE SET
			since = iif((trouble = '') = (?3 = ''), since, ?4), trouble = ?3, team = iif(?2 = '', team, ?2)`, a.Receiver, a.Team, a.Trouble, stamp(a.Since))
	})
}

// SlackSubscription is a Slack channel that gets alerts beside the routes of the settings.
type SlackSubscription struct {
	ID       string
	Receiver string // whose app posts into the channel
	Channel  string // Slack's id
	Label    string // organisation or sector
	Value    string
	Author   string
	At       time.Time
}

// Subscribe writes a subscription. It reports false where it was in force before; the same ask once more, as after a crash, is as
// new as it was.
func (db *DB) Subscribe(ctx context.Context, s SlackSubscription) (isNew bool, err error) {
	id := audit.LongHash("slack subscription", s.Receiver, s.Channel, s.Label, s.Value)
	err = db.write(ctx, "subscribe a Slack channel", func(t *tx) error {
		n, err := t.count(`INSERT INTO slack_subscription (id, receiver, channel, label, value, author, recorded_at) VALUES (?1,?2,?3,?4,?5,?6,?7)
			ON CONFLICT (id) DO UPDATE SET ended_at = NULL, author = ?6, recorded_at = ?7 WHERE ended_at IS NOT NULL`,
			id, s.Receiver, s.Channel, s.Label, s.Value, s.Author, stamp(s.At))
		if isNew = n > 0; isNew || err != nil {
			return err
		}
		_, err = t.row(`SELECT recorded_at = ? AND author = ? FROM slack_subscription WHERE id = ?`, []any{stamp(s.At), s.Author, id}, &isNew)
		return err
	})
	return isNew, err
}

// Unsubscribe ends the subscriptions of a Slack channel to a value, "" for all of them, and says how many.
func (db *DB) Unsubscribe(ctx context.Context, receiver, channel, value string, now time.Time) (n int, err error) {
	err = db.write(ctx, "end subscriptions of a Slack channel", func(t *tx) error {
		n, err = t.count(`UPDATE slack_subscription SET ended_at = ?4 WHERE receiver = ?1 AND channel = ?2 AND ?3 IN ('', value) AND ended_at IS NULL`,
			receiver, channel, value, stamp(now))
		return err
	})
	return n, err
}

// SlackSubscriptions lists those in force, the oldest first.
func (db *DB) SlackSubscriptions(ctx context.Context) ([]SlackSubscription, error) {
	var all []SlackSubscription
	err := db.list(ctx, `SELECT id, receiver, channel, label, value, author, recorded_at FROM slack_subscription WHERE ended_at IS NULL ORDER BY recorded_at, id`,
		nil, func(r *sql.Rows) error {
			var s SlackSubscription
			err := r.Scan(&s.ID, &s.Receiver, &s.Channel, &s.Label, &s.Value, &s.Author, at(&s.At))
			all = append(all, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list subscriptions of Slack channels: %w", err)
	}
	return all, nil
}

// Wrong is somebody's word that an alert is wrong. It changes no state: whoever labels comments and mends rules reads it.
type Wrong struct {
	Alert  string    `json:"alert"`
	Kind   AlertKind `json:"kind"`
	Ref    string    `json:"ref"` // the comment, or the finding that confirmed the change
	Author string    `json:"author"`
	At     time.Time `json:"at"`
}

// SayWrong keeps that somebody calls an alert wrong; the first time stands. ErrNotFound: there is no such alert.
func (db *DB) SayWrong(ctx context.Context, alert, author string, now time.Time) error {
	return db.write(ctx, "say that alert "+alert+" is wrong", func(t *tx) error {
		var ref string
		found, err := t.row(`SELECT coalesce((SELECT c.finding FROM state_change c WHERE c.id = a.ref AND a.kind = 'change'), a.ref) FROM alert a WHERE a.id = ?`,
			[]any{alert}, &ref)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("alert %s: %w", alert, ErrNotFound)
		}
		return t.exec(`INSERT INTO alert_wrong (alert, author, ref, recorded_at) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`, alert, author, ref, stamp(now))
	})
}

// SaidWrong lists the alerts that people called wrong since a time, oldest first.
func (db *DB) SaidWrong(ctx context.Context, since time.Time) ([]Wrong, error) {
	var all []Wrong
	err := db.list(ctx, `SELECT w.alert, coalesce(a.kind, ''), w.ref, w.author, w.recorded_at FROM alert_wrong w LEFT JOIN alert a ON a.id = w.alert
		WHERE w.recorded_at >= ? ORDER BY w.recorded_at, w.alert, w.author`, []any{stamp(since)}, func(r *sql.Rows) error {
		var w Wrong
		err := r.Scan(&w.Alert, &w.Kind, &w.Ref, &w.Author, at(&w.At))
		all = append(all, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list alerts that were called wrong: %w", err)
	}
	return all, nil
}
