package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// How long is kept what nothing else needs. The settings speak of people's words and of pages' bytes; these are for the
// size of the database, and shorter ones would only hide from the operator what happened.
const (
	// rollAfter is the age at which a look is no longer told look by look: pages then say "last seen" of it.
	rollAfter      = agedCrawl
	keepEvents     = 30 * 24 * time.Hour  // as long as the stream they are announced in
	keepDeliveries = 90 * 24 * time.Hour  // a quarter, for "were we told?"
	keepAlerts     = 400 * 24 * time.Hour // a year and a month, for comparing with the year before
	keepLanes      = keepPages            // memory of a lane to which no listed channel leads

	// tidyRows is the most rows one transaction of tidying deletes: some ten milliseconds, for which a visit may wait.
	tidyRows = 250
)

// Tidied says what Tidy let go.
type Tidied struct {
	Findings int // rolled up into runs
	Captures int // of visits of which no finding is left
	Files    int
	Visits   int
	Rows     int // of events, deliveries, alerts, lanes
}

// Tidy rolls up old findings into runs, lets go of what then holds up no finding, and of old events, deliveries, alerts
// and lanes. It works in small transactions, so that recording goes on, and may be cut off anywhere and run again: rows go
// first, and drop is told of a file when no row names it any more. Changes, corrections, the findings of a state that
// stands and all they rest on are never let go.
func (db *DB) Tidy(ctx context.Context, now time.Time, drop func(file string) error) (Tidied, error) {
	var out Tidied
	channels, err := db.words(ctx, `SELECT id FROM channel ORDER BY id`)
	if err != nil {
		return out, fmt.Errorf("list channels to tidy: %w", err)
	}
	for _, channel := range channels {
		err := errors.Join(db.rollChannel(ctx, channel, now, &out), db.releaseVisits(ctx, channel, now, drop, &out), db.thinListings(ctx, channel, now, &out))
		if err != nil {
			return out, fmt.Errorf("tidy channel %s: %w", channel, err)
		}
	}
	return out, db.clearRows(ctx, now, &out)
}

// words lists the texts that a query of one column gives.
func (db *DB) words(ctx context.Context, query string, args ...any) ([]string, error) {
	var all []string
	err := db.list(ctx, query, args, func(r *sql.Rows) error {
		var word string
		err := r.Scan(&word)
		all = append(all, word)
		return err
	})
	return all, err
}

// releaseVisits lets go of the captures of old visits of which no finding is left, unless something kept rests on them,
// and then of the visits themselves; the first and the newest visit of a channel stay, and those by which missedSince tells since
// when it was not read.
func (db *DB) releaseVisits(ctx context.Context, channel string, now time.Time, drop func(string) error, out *Tidied) error {
	before := stamp(now.Add(-max(db.o.RetainCaptures, rollAfter)))
	old, err := db.releasable(ctx, channel, before)
	if err != nil || len(old) == 0 {
		return err
	}
	for len(old) > 0 {
		n := min(len(old), tidyRows)
		files, err := db.releaseCaptures(ctx, channel, old[:n])
		if err != nil {
			return err
		}
		for _, file := range files { // after the commit: no row names a file that is not there
			if err := drop(file); err != nil {
				return err
			}
		}
		out.Captures, out.Files, old = out.Captures+n, out.Files+len(files), old[n:]
	}
	return db.repeat(ctx, "let go of visits", &out.Visits, `DELETE FROM visit WHERE id IN (SELECT v.id FROM visit v
		WHERE v.channel = ?1 AND v.observed_at < ?2 AND NOT EXISTS (SELECT 1 FROM finding WHERE visit = v.id)
			AND NOT EXISTS (SELECT 1 FROM capture WHERE visit = v.id) AND NOT EXISTS (SELECT 1 FROM comment WHERE visit = v.id)
			AND v.due_at IS NOT (SELECT missed_at FROM channel WHERE id = ?1) AND NOT (v.got = 1 AND v.observed_at = (SELECT max(observed_at) FROM visit WHERE channel = ?1 AND got = 1))
			AND v.observed_at > (SELECT min(observed_at) FROM visit WHERE channel = ?1)
			AND v.observed_at < (SELECT max(observed_at) FROM visit WHERE channel = ?1 AND how = v.how) LIMIT ?3)`, channel, before)
}

// release is a capture that may go.
type release struct{ id, visit, file string }

// releasable lists the captures of old visits without findings on which nothing rests that is kept: no finding, no memory
// of a page, no proof of whose the place is, and no capture that repeats it.
func (db *DB) releasable(ctx context.Context, channel, before string) ([]release, error) {
	var old []release
	err := db.list(ctx, `SELECT c.id, c.visit, c.file FROM visit v JOIN capture c ON c.visit = v.id
		WHERE v.channel = ? AND v.observed_at < ? AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.visit = v.id) ORDER BY v.observed_at, c.id`,
		[]any{channel, before}, func(r *sql.Rows) error {
			var x release
			err := r.Scan(&x.id, &x.visit, &x.file)
			old = append(old, x)
			return err
		})
	if err != nil || len(old) == 0 {
		return nil, err
	}
	rests, err := db.words(ctx, `SELECT evidence ->> 'capture' FROM finding WHERE channel = ?1 AND evidence IS NOT NULL
		UNION SELECT j.value FROM finding f, json_each(f.evidence, '$.captures') j WHERE f.channel = ?1 AND f.evidence IS NOT NULL
		UNION SELECT capture FROM page_seen WHERE channel = ?1
		UNION SELECT confirmed_by ->> 'capture' FROM channel WHERE id = ?1 AND confirmed_by IS NOT NULL
		UNION SELECT c.unchanged FROM visit v JOIN capture c ON c.visit = v.id WHERE v.channel = ?1 AND c.unchanged <> ''`, channel)
	if err != nil {
		return nil, fmt.Errorf("list what findings rest on: %w", err)
	}
	needed := make(map[string]bool, len(rests))
	for _, id := range rests {
		needed[id] = true
	}
	var free []release
	for _, x := range old {
		if !needed[x.id] {
			free = append(free, x)
		}
	}
	return free, nil
}

// releaseCaptures deletes rows and gives the files that no row names any more. A capture that a visit recorded meanwhile
// came to remember stays.
func (db *DB) releaseCaptures(ctx context.Context, channel string, all []release) ([]string, error) {
	var files []string
	err := db.write(ctx, "let go of captures", func(t *tx) error {
		files = nil
		touched := map[release]bool{}
		for _, x := range all {
			n, err := t.count(`DELETE FROM capture WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM page_seen WHERE capture = ?1)`, x.id)
			if err != nil {
				return fmt.Errorf("capture %s of channel %s: %w", x.id, channel, err)
			}
			if n > 0 && x.file != "" {
				touched[release{visit: x.visit, file: x.file}] = true
			}
		}
		for x := range touched {
			var left int
			if _, err := t.row(`SELECT count(*) FROM capture WHERE visit = ? AND file = ?`, []any{x.visit, x.file}, &left); err != nil {
				return err
			}
			if left == 0 {
				files = append(files, x.file)
			}
		}
		return nil
	})
	return files, err
}

// clearRows lets go of old rows that nothing refers to.
func (db *DB) clearRows(ctx context.Context, now time.Time, out *Tidied) error {
	ago := func(d time.Duration) string { return stamp(now.Add(-d)) }
	// The events of changes stay as long as the changes, or a change that comes to stand again would not be announced.
	return errors.Join(
		db.repeat(ctx, "let go of events", &out.Rows, `DELETE FROM event WHERE rowid IN (SELECT rowid FROM event WHERE kind <> 'change'
			AND recorded_at < ?1 AND score_marked_at IS NOT NULL AND alert_marked_at IS NOT NULL LIMIT ?2)`, ago(keepEvents)),
		db.repeat(ctx, "let go of deliveries", &out.Rows, `DELETE FROM delivery WHERE rowid IN (SELECT rowid FROM delivery
			WHERE recorded_at < ?1 AND next_at IS NULL AND state IN ('sent', 'dead') LIMIT ?2)`, ago(keepDeliveries)),
		db.repeat(ctx, "let go of what was told", &out.Rows, `DELETE FROM alert_told WHERE rowid IN (SELECT rowid FROM alert_told
			WHERE alert IN (SELECT id FROM alert WHERE recorded_at < ?1) LIMIT ?2)`, ago(keepAlerts)),
		db.repeat(ctx, "let go of alerts", &out.Rows, `DELETE FROM alert WHERE rowid IN (SELECT rowid FROM alert WHERE recorded_at < ?1
			AND NOT EXISTS (SELECT 1 FROM alert_told WHERE alert = alert.id) LIMIT ?2)`, ago(keepAlerts)),
		db.repeat(ctx, "let go of what Slack was told", &out.Rows, `DELETE FROM slack_told WHERE seq IN (SELECT seq FROM slack_told
			WHERE alert NOT IN (SELECT id FROM alert) LIMIT ?)`),
		db.repeat(ctx, "let go of threads", &out.Rows, `DELETE FROM slack_subject WHERE rowid IN (SELECT s.rowid FROM slack_subject s WHERE NOT EXISTS
			(SELECT 1 FROM slack_told t WHERE t.receiver = s.receiver AND t.subject = s.subject) LIMIT ?)`),
		db.repeat(ctx, "let go of messages", &out.Rows, `DELETE FROM slack_message WHERE rowid IN (SELECT rowid FROM slack_message
			WHERE recorded_at < ?1 AND id NOT IN (SELECT root FROM slack_subject) LIMIT ?2)`, ago(keepAlerts)),
		db.repeat(ctx, "let go of comments that never came", &out.Rows, `DELETE FROM unheard WHERE comment IN (SELECT comment FROM unheard WHERE recorded_at < ?1 LIMIT ?2)`, ago(rollAfter)),
		db.repeat(ctx, "let go of stretches without network", &out.Rows, `DELETE FROM unreached WHERE (channel, due_at) IN (SELECT channel, due_at FROM unreached u WHERE until < ?1
			AND until <= (SELECT g.observed_at FROM visit g WHERE g.channel = u.channel AND g.got = 1 ORDER BY g.observed_at DESC LIMIT 1) LIMIT ?2)`, ago(rollAfter)),
		db.repeat(ctx, "let go of lanes", &out.Rows, `DELETE FROM host_memory WHERE lane IN (SELECT lane FROM host_memory WHERE observed_at < ?1
			AND lane NOT IN (SELECT lane FROM channel WHERE listed = 1) LIMIT ?2)`, ago(keepLanes)),
	)
}

// repeat runs a deletion whose last argument is its limit until it finds nothing more, a transaction each time.
func (db *DB) repeat(ctx context.Context, doing string, total *int, query string, args ...any) error {
	for {
		var n int
		err := db.write(ctx, doing, func(t *tx) (err error) {
			n, err = t.count(query, append(args, tidyRows)...)
			return err
		})
		if err != nil {
			return err
		}
		if *total += n; n < tidyRows {
			return nil
		}
	}
}
