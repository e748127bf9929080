package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Unanswered is a complaint that was alerted about, or kept for it, and that has no public answer as far as we know.
type Unanswered struct {
	Alert
	Nation   string
	Said     time.Time // latest that it can have been said
	LookedAt time.Time // last look at its channel
}

// complaintsOpen: ?1 is the earliest sight.
const complaintsOpen = `SELECT ` + alertColumns + `, o.nation, coalesce(m.said_max, m.said_at, m.observed_at), c.last_visit_at
		FROM alert a INDEXED BY alert_open JOIN comment m ON m.id = a.ref JOIN channel c ON c.id = a.channel JOIN organisation o ON o.id = a.organisation
		WHERE a.resolved_at IS NULL AND a.kind IN ` + answerable + ` AND a.kind IN ('complaint', 'hazard') AND a.observed_at > ?1 AND c.last_visit_at IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM alert u WHERE u.ref = a.ref AND u.kind = 'unanswered')
		AND NOT EXISTS (SELECT 1 FROM alert_ack k WHERE k.alert = a.id)
		ORDER BY a.channel, a.observed_at, a.id`

// Unanswered lists, by channel, the complaints and dangers (never what says that a person may be in danger) of the last fortnight of which no public answer was seen, that nobody has
// taken on, and of which it was not told that they stay without one.
func (db *DB) Unanswered(ctx context.Context, now time.Time) ([]Unanswered, error) {
	var all []Unanswered
	err := db.list(ctx, complaintsOpen, []any{stamp(now.Add(-remindFor))}, func(r *sql.Rows) error {
		var w Unanswered
		err := r.Scan(append(alertInto(&w.Alert), &w.Nation, at(&w.Said), at(&w.LookedAt))...)
		all = append(all, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list complaints without an answer: %w", err)
	}
	return all, nil
}

// Place gives what an alert about a channel says of it: the organisation's part and the channel's. ErrNotFound: there is none.
func (db *DB) Place(ctx context.Context, channel string) (a Alert, nation string, connected time.Time, err error) {
	f := AlertFacts{Alert: Alert{Channel: channel}}
	if err := db.loadPlace(ctx, &f); err != nil {
		return a, "", connected, fmt.Errorf("load channel %s: %w", channel, err)
	}
	err = db.list(ctx, `SELECT c.organisation, coalesce((SELECT v.started_at FROM visit v WHERE v.channel = c.id ORDER BY v.observed_at LIMIT 1), c.recorded_at)
		FROM channel c WHERE c.id = ?`, []any{channel}, func(r *sql.Rows) error { return r.Scan(&f.Organisation, at(&connected)) })
	if err != nil {
		return a, "", connected, fmt.Errorf("load channel %s: %w", channel, err)
	}
	return f.Alert, f.Nation, connected, nil
}

// Lively lists the channels on which enough was said in the weeks of two times for a post to stand out.
func (db *DB) Lively(ctx context.Context, least int, one, other time.Time) ([]string, error) {
	return db.words(ctx, `SELECT channel FROM comment_week WHERE week IN (?, ?) GROUP BY channel HAVING sum(comments) >= ?`,
		weekOf(audit.Comment{}, one), weekOf(audit.Comment{}, other), least)
}

// Lost is something of a channel that was there, and was not at the last looks.
type Lost struct {
	Channel     string
	Seen        time.Time // last time it was
	First, Last time.Time // the looks without it
	Looks       int
}

// reviewsLost: ?1 is how many looks, ?2 over how many days.
const reviewsLost = `SELECT s.channel, s.seen_at, min(f.observed_at), max(f.observed_at), count(*) AS looks
		FROM state_now s INDEXED BY state_now_reviews JOIN channel c ON c.id = s.channel AND c.listed = 1
		JOIN finding f ON f.channel = s.channel AND f.check_id = 'reviews' AND f.scope = '' AND f.observed_at > s.seen_at
			AND f.state = 'unknown' AND f.reason = 'no_marker'
		WHERE s.check_id = 'reviews' AND s.scope = '' AND s.state = 'open' AND s.last_reason = 'no_marker'
		GROUP BY s.channel HAVING looks >= ?1 AND julianday(max(f.observed_at)) - julianday(min(f.observed_at)) >= ?2
		ORDER BY s.channel`

// ReviewsLost lists the channels that showed reviews, and whose looks since then, so many at least over so long, read the page and
// found none. What is lost may be hidden, or never written again: the state stays as it is.
func (db *DB) ReviewsLost(ctx context.Context, looks int, over time.Duration) ([]Lost, error) {
	return db.lost(ctx, reviewsLost, looks, over.Hours()/24)
}

// pagesLost: all looks since something was seen were told that there is no page.
const pagesLost = `SELECT c.id, l.seen, min(v.observed_at), max(v.observed_at), count(*) AS looks
		FROM (SELECT channel, max(seen_at) AS seen FROM state_now WHERE channel IN (SELECT channel FROM state_now INDEXED BY state_now_missing
			WHERE scope = '' AND last_reason IN ('not_found', 'gone')) GROUP BY channel HAVING seen IS NOT NULL) l
		JOIN channel c ON c.id = l.channel AND c.listed = 1
		JOIN visit v ON v.channel = c.id AND v.observed_at > l.seen
		GROUP BY c.id HAVING looks >= 2 AND looks = sum(EXISTS (SELECT 1 FROM finding f WHERE f.channel = c.id AND f.observed_at = v.observed_at
			AND f.scope = '' AND f.reason IN ('not_found', 'gone'))) ORDER BY c.id`

// PagesLost lists the channels on which something was seen once, and whose last two looks at least were told that the page does
// not exist.
func (db *DB) PagesLost(ctx context.Context) ([]Lost, error) {
	return db.lost(ctx, pagesLost)
}

func (db *DB) lost(ctx context.Context, query string, args ...any) ([]Lost, error) {
	var all []Lost
	err := db.list(ctx, query, args, func(r *sql.Rows) error {
		var l Lost
		err := r.Scan(&l.Channel, at(&l.Seen), at(&l.First), at(&l.Last), &l.Looks)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list what is no longer there: %w", err)
	}
	return all, nil
}

// Talkers lists the organisations on whose channels somebody wrote in a week or later, in order.
func (db *DB) Talkers(ctx context.Context, since time.Time) ([]string, error) {
	return db.words(ctx, `SELECT DISTINCT organisation FROM comment_week WHERE week >= ? ORDER BY organisation`, weekOf(audit.Comment{}, since))
}
