package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// answerable are the kinds of alert about a comment that the organisation's public answer resolves.
const answerable = `('complaint', 'hazard', 'unanswered', 'private')`

// answered says of an alert a that the organisation has answered in public: by the rule of the figures about replies, or, since
// that was last asked, by a comment of its own below.
const answered = `(a.resolved_at IS NOT NULL OR EXISTS (SELECT 1 FROM comment r WHERE r.parent = a.ref AND r.author_by = 2))`

// openFor is how long after it was seen an alert is watched for an answer.
const openFor = 60 * 24 * time.Hour

// tellFor is how long after an answer was seen it is still told: as long as the alert itself may take to be delivered, and a
// muted route's weekend.
const tellFor = 8 * 24 * time.Hour

// Answer is the organisation's public answer to what an alert told.
type Answer struct {
	Alert   string // its id
	Comment string // of the answer
}

// ReplyFacts is the public answer to a comment, as an alert needs it.
type ReplyFacts struct {
	Said   time.Time // earliest the page allows; zero: not known
	Latest time.Time // latest, where that is another; zero: it is not
	Beside bool      // it stands beside the comment in its list, not under it
	Manner audit.Manner
}

// OpenAlert is an alert that a public answer would resolve.
type OpenAlert struct{ ID, Comment string }

// alertsOpen: ?1 is the time of the last look for answers, ?2 the earliest sight.
const alertsOpen = `SELECT a.channel, a.id, a.ref FROM alert a INDEXED BY alert_open
		WHERE a.resolved_at IS NULL AND a.kind IN ` + answerable + ` AND a.observed_at > ?2
		AND (EXISTS (SELECT 1 FROM comment r WHERE r.channel = a.channel AND r.author_by = 2 AND r.recorded_at >= ?1)
			OR a.recorded_at >= ?1 AND EXISTS (SELECT 1 FROM comment r WHERE r.channel = a.channel AND r.author_by = 2))
		ORDER BY a.channel, a.observed_at, a.id`

// OpenAlerts lists, by channel, the alerts without an answer on channels where since a time the organisation wrote
// something that was recorded, or such an alert was.
func (db *DB) OpenAlerts(ctx context.Context, since, now time.Time) (map[string][]OpenAlert, error) {
	open := map[string][]OpenAlert{}
	err := db.list(ctx, alertsOpen, []any{stamp(since), stamp(now.Add(-openFor))}, func(r *sql.Rows) error {
		var channel string
		var a OpenAlert
		err := r.Scan(&channel, &a.ID, &a.Comment)
		open[channel] = append(open[channel], a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list alerts without an answer: %w", err)
	}
	return open, nil
}

// TalkOn reads what was said on one channel from older on, as far as it can be read, and what each look showed of it since a time.
func (db *DB) TalkOn(ctx context.Context, channel string, older, since time.Time) (out Talk, err error) {
	if out.Read, err = db.readable(ctx, []string{channel}, older); err == nil {
		err = db.talkOf(ctx, channel, since, &out)
	}
	if err != nil {
		return out, fmt.Errorf("read the talk on channel %s: %w", channel, err)
	}
	return out, nil
}

// Resolve writes that alerts have their answer. One that has one keeps it.
func (db *DB) Resolve(ctx context.Context, answers []Answer, now time.Time) error {
	return db.write(ctx, "resolve alerts", func(t *tx) error {
		for _, a := range answers {
			n, err := t.count(`UPDATE alert SET resolved_at = ?, resolved_by = ? WHERE id = ? AND resolved_at IS NULL`, stamp(now), a.Comment, a.Alert)
			if err == nil && n > 0 {
				err = t.restate([]string{a.Alert}, now)
			}
			if err != nil {
				return fmt.Errorf("alert %s: %w", a.Alert, err)
			}
		}
		return nil
	})
}

// answeredSince are the alerts of a group that have their answer, and were delivered to a receiver that was not told of the answer.
const answeredSince = `SELECT ` + alertColumns + ` FROM alert a JOIN alert_told t ON t.alert = a.id JOIN delivery d ON d.id = t.delivery
	WHERE a.resolved_at > ?1 AND t.alert_group = ?2 AND ` + news + ` ORDER BY a.observed_at, a.id`

// news: the alert was delivered, and by a message that was written before its answer was seen: a later one says so itself.
const news = `t.resolution IS NULL AND d.state = 'sent' AND a.resolved_at > strftime('%Y-%m-%dT%H:%M:%fZ', d.tried_at, '-5 seconds')`

// groupsAnswered: ?1 is the earliest answer, ?2 the receivers, ?3 now.
const groupsAnswered = `SELECT DISTINCT g.id FROM alert a INDEXED BY alert_resolved JOIN alert_told t ON t.alert = a.id JOIN delivery d ON d.id = t.delivery
		JOIN alert_group g ON g.id = t.alert_group
		WHERE a.resolved_at > ?1 AND ` + news + ` AND t.receiver IN (SELECT value FROM json_each(?2))
		AND NOT EXISTS (SELECT 1 FROM delivery p WHERE p.alert_group = g.id AND p.resolves = 1
			AND p.recorded_at > strftime('%Y-%m-%dT%H:%M:%fZ', ?3, '-' || (g.interval_ms / 1000.0) || ' seconds'))
		ORDER BY g.id`

// TellResolved queues, for each of the named receivers that has an alert whose answer was seen, one message a group that says
// so, and gives the receivers that have one to send. A group whose last such message is younger than its interval waits, and
// what is held back is left for later. An alert that was not delivered is not told of.
func (db *DB) TellResolved(ctx context.Context, receivers []string, hold Hold, now time.Time) (due []string, err error) {
	since := stamp(now.Add(-tellFor))
	groups, err := db.words(ctx, groupsAnswered, since, asJSON(append([]string{}, receivers...)), stamp(now))
	if err != nil {
		return nil, fmt.Errorf("list groups with answers to tell: %w", err)
	}
	for _, id := range groups {
		g := flushing{id: id, now: now, hold: hold}
		err := db.write(ctx, "tell answers of group "+id, func(t *tx) error {
			g.tx, g.told = t, false
			return g.resolve(since)
		})
		if err != nil {
			return due, err
		}
		if g.told {
			due = append(due, g.receiver)
		}
	}
	return due, nil
}

// AnswersUntold gives when the newest answer was seen of which one of the named receivers is still to be told; zero: of none.
func (db *DB) AnswersUntold(ctx context.Context, receivers []string, now time.Time) (seen time.Time, err error) {
	err = db.list(ctx, `SELECT max(a.resolved_at) FROM alert a INDEXED BY alert_resolved JOIN alert_told t ON t.alert = a.id JOIN delivery d ON d.id = t.delivery
		WHERE a.resolved_at > ?1 AND `+news+` AND t.receiver IN (SELECT value FROM json_each(?2))`, []any{stamp(now.Add(-tellFor)), asJSON(append([]string{}, receivers...))},
		func(r *sql.Rows) error { return r.Scan(at(&seen)) })
	if err != nil {
		return seen, fmt.Errorf("look for answers to tell: %w", err)
	}
	return seen, nil
}

func (g *flushing) resolve(since string) error {
	if err := g.load(); err != nil {
		return err
	}
	answered, err := g.alerts(answeredSince, since, g.id)
	if err != nil {
		return err
	}
	free, _, err := g.heldBack(answered, Resolved)
	if err != nil || len(free) == 0 {
		return err
	}
	g.told = true
	id := audit.LongHash(append([]string{"resolved", g.id, g.receiver}, free...)...)
	return errors.Join(g.queue(id, free, false),
		g.exec(`UPDATE delivery SET resolves = 1 WHERE id = ?`, id),
		g.exec(`UPDATE alert_told SET resolution = ?1 WHERE alert_group = ?2 AND receiver = ?3 AND alert IN (SELECT value FROM json_each(?4))`,
			id, g.id, g.receiver, asJSON(free)))
}

// loadAnswer fills in the answer that resolved an alert; one that was erased since leaves only when it was seen.
func (db *DB) loadAnswer(ctx context.Context, f *AlertFacts) error {
	var answer string
	err := db.list(ctx, `SELECT resolved_at, resolved_by FROM alert WHERE id = ?`, []any{f.ID}, func(r *sql.Rows) error {
		return r.Scan(at(&f.ResolvedAt), &answer)
	})
	if err != nil || answer == "" {
		return err
	}
	return db.list(ctx, `SELECT r.said_at, r.said_max, r.manner, coalesce(r.parent = c.parent, 0)
		FROM comment r LEFT JOIN comment c ON c.id = ?2 WHERE r.id = ?1`, []any{answer, f.Ref}, func(r *sql.Rows) error {
		f.Reply = &ReplyFacts{}
		return r.Scan(at(&f.Reply.Said), at(&f.Reply.Latest), &f.Reply.Manner, &f.Reply.Beside)
	})
}
