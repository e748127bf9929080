package store

import (
	"fmt"
	"slices"
	"strings"

	"doorknock/audit"
)

// missedSince gives since when a channel had not been read at some time, though it should have been: the least due time of our
// looks that got nothing, after the last that got something, and NULL where there is none. It is made of rows, so that the order
// in which they came does not matter. channel is an expression for the channel's id, and before one for the time, exclusive; ""
// is now.
//
// Of a stretch without network (table unreached) into which a look falls that got something, only what is after that look counts.
func missedSince(channel, before string) string {
	until := func(column string) string {
		if before == "" {
			return ""
		}
		return ` AND ` + column + ` < ` + before
	}
	lastGot := `coalesce((SELECT g.observed_at FROM visit g WHERE g.channel = ` + channel + ` AND g.got = 1` + until("g.observed_at") + ` ORDER BY g.observed_at DESC LIMIT 1), '')`
	return `(SELECT min(since) FROM (
		SELECT m.due_at AS since FROM visit m INDEXED BY visit_missed WHERE m.channel = ` + channel + ` AND m.got = 0 AND m.observed_at > ` + lastGot + until("m.observed_at") + `
		UNION ALL SELECT max(u.due_at, ` + lastGot + `) FROM unreached u WHERE u.channel = ` + channel + ` AND u.until > ` + lastGot + until("u.due_at") + `))`
}

var (
	channelMissed = missedSince("channel.id", "")
	visitMissed   = missedSince("v.channel", "v.observed_at")
)

// gotSomething reports whether the place could be read at all: one page of it at least, robots.txt apart.
func gotSomething(v audit.Visit) bool {
	return len(v.Unchanged) > 0 || v.Same != nil || slices.ContainsFunc(v.Captures, func(c audit.Capture) bool {
		return c.Reason == "" && !strings.HasSuffix(c.URL, "/robots.txt")
	})
}

// gotColumn is what saveVisit notes of it: nothing of a look that is not ours, and of one that no job asked for and that
// got nothing, since no time says from when on it was missed.
func (r *recorder) gotColumn() any {
	switch got := gotSomething(r.visit); {
	case !r.ours(), !got && r.visit.Due.IsZero():
		return nil
	default:
		return got
	}
}

// offline moves the due time by a little and writes nothing else but that the place was missed: from a machine without
// network there is nothing to say about anybody. A job whose channel has moved on is a duplicate.
func (r *recorder) offline() error {
	due := stamp(r.visit.Due)
	r.out.Offline = true
	r.out.Due = ms(r.now.Add(min(offlineAgain, r.db.o.Interval)))
	n, err := r.count(`UPDATE channel SET due_at = ? WHERE id = ? AND due_at = ?`, stamp(r.out.Due), r.channel.ID, due)
	if err != nil || n == 0 {
		r.out.Duplicate = n == 0
		return err
	}
	n, err = r.count(`UPDATE unreached SET next_at = ?, until = ? WHERE channel = ? AND next_at = ?`,
		stamp(r.out.Due), stamp(r.visit.ObservedAt), r.channel.ID, due)
	if err == nil && n == 0 {
		err = r.exec(`INSERT INTO unreached (channel, due_at, next_at, until) VALUES (?, ?, ?, ?)
			ON CONFLICT (channel, due_at) DO UPDATE SET next_at = excluded.next_at, until = max(until, excluded.until)`, r.channel.ID, due, stamp(r.out.Due), stamp(r.visit.ObservedAt))
	}
	if err != nil {
		return fmt.Errorf("note that nothing was reached: %w", err)
	}
	return r.exec(`UPDATE channel SET missed_at = `+channelMissed+` WHERE id = ?`, r.channel.ID)
}
