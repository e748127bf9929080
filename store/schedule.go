package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"doorknock/audit"
)

const (
	offlineAgain  = 5 * time.Minute    // a visit that reached nothing outside is tried again after this
	blockedWeekly = 7 * 24 * time.Hour // after three blocked visits in a row we ask once a week
	blockedLimit  = 3
	// A job travels as one message of at most 1 MB: memory of pages beyond this stays at home, and they are read anew.
	pagesLimit  = 384 << 10
	robotsLimit = 128 << 10
)

// Due gives a job for each channel whose time has come, the longest due first, at most one a lane and none in a lane
// that asked us to wait. A limit of 0 is no limit. It changes nothing: a channel is due until Record has its visit.
func (db *DB) Due(ctx context.Context, now time.Time, limit int) ([]audit.Job, error) {
	if limit <= 0 {
		limit = -1
	}
	var jobs []audit.Job
	// With min() alone among plain columns SQLite takes those from the row that holds the minimum.
	err := db.list(ctx, `SELECT min(c.due_at), `+channelColumns+`, o.name, c.last_visit_at IS NULL
		FROM channel c JOIN organisation o ON o.id = c.organisation LEFT JOIN host_memory h ON h.lane = c.lane
		WHERE c.listed = 1 AND o.listed = 1 AND c.due_at <= ?1 AND (h.not_before IS NULL OR h.not_before <= ?1)
		GROUP BY c.lane ORDER BY 1, c.id LIMIT ?2`, []any{stamp(now), limit}, func(r *sql.Rows) error {
		j := audit.Job{V: 1}
		into := append([]any{at(&j.Due)}, channelInto(&j.Channel)...)
		err := r.Scan(append(into, &j.OrganisationName, &j.First)...)
		j.ID = audit.JobID(j.Channel.ID, j.Due)
		jobs = append(jobs, j)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list due channels: %w", err)
	}
	for i := range jobs {
		if jobs[i].Memory, err = db.Memory(ctx, jobs[i].Channel); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// Memory gives what earlier visits of a channel and its lane left for the next, as much as one message carries.
func (db *DB) Memory(ctx context.Context, c audit.Channel) (audit.Memory, error) {
	var m audit.Memory
	h := &m.Host
	err := db.list(ctx, `SELECT robots, last_request, not_before, blocked, day, requests FROM host_memory WHERE lane = ?`, []any{c.Lane}, func(r *sql.Rows) error {
		return r.Scan(fromJSON(&h.Robots), at(&h.LastRequest), at(&h.NotBefore), &h.Blocked, &h.Day, &h.Requests)
	})
	if err != nil {
		return m, fmt.Errorf("recall lane %s: %w", c.Lane, err)
	}
	for host, robots := range h.Robots {
		if len(robots.Body) > robotsLimit {
			delete(h.Robots, host)
		}
	}
	if m.Pages, err = db.pagesSeen(ctx, c.ID); err != nil {
		return m, fmt.Errorf("recall pages of channel %s: %w", c.ID, err)
	}
	return m, nil
}

func (db *DB) pagesSeen(ctx context.Context, channel string) (map[string]audit.PageMemory, error) {
	pages, size := make(map[string]audit.PageMemory), 0
	err := db.list(ctx, `SELECT url, etag, last_modified, hash, capture, reader, outline, looked_at FROM page_seen
		WHERE channel = ? ORDER BY observed_at DESC, url`, []any{channel}, func(r *sql.Rows) error {
		var url, outline string
		var p audit.PageMemory
		if err := r.Scan(&url, &p.ETag, &p.LastModified, &p.Hash, &p.Capture, &p.Reader, &outline, at(&p.At)); err != nil {
			return err
		}
		if size += len(url) + len(outline) + 300; size > pagesLimit {
			return nil
		}
		err := json.Unmarshal([]byte(outline), &p.Outline)
		pages[url] = p
		return err
	})
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	return pages, nil
}

// setDue moves the channel's next visit. The time follows from what is recorded alone, in whatever order it arrived:
// the newest look, the lane's mood, and the earliest pending state that a second look can confirm.
func (t *tx) setDue(c audit.Channel) (time.Time, error) {
	var last, notBefore, again time.Time
	var blocked int
	_, err := t.row(`SELECT c.last_visit_at, h.not_before, coalesce(h.blocked, 0),
			(SELECT min(s.due_again) FROM state_now s WHERE s.channel = c.id AND s.due_again > c.last_visit_at)
		FROM channel c LEFT JOIN host_memory h ON h.lane = c.lane WHERE c.id = ?`, []any{c.ID},
		at(&last), at(&notBefore), &blocked, at(&again))
	if err != nil || last.IsZero() {
		return time.Time{}, err
	}
	due := nextDue(c.ID, last, t.db.o.Interval, blocked, again, notBefore)
	return due, t.exec(`UPDATE channel SET due_at = ? WHERE id = ?`, stamp(due), c.ID)
}

// nextDue is the interval after the last look, longer for a lane that blocks us and sooner for a second look at a
// pending state. The jitter of ±10 % comes from the channel's id, so that channels spread and the same history makes
// the same time.
func nextDue(channel string, last time.Time, interval time.Duration, blocked int, again, notBefore time.Time) time.Time {
	wait := interval
	switch {
	case blocked >= blockedLimit:
		wait = max(wait, blockedWeekly)
	case blocked > 0:
		wait <<= blocked
	}
	due := last.Add(wait + time.Duration(jitter(channel)*float64(wait)))
	if !again.IsZero() && again.Before(due) && blocked < blockedLimit {
		due = again
	}
	if notBefore.After(due) {
		due = notBefore
	}
	return ms(due)
}

// jitter is between -0.1 and 0.1.
func jitter(channel string) float64 {
	b, err := hex.DecodeString(audit.Hash("jitter", channel))
	if err != nil {
		return 0
	}
	return float64(binary.BigEndian.Uint64(b))/(1<<64)*0.2 - 0.1
}
