package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

const (
	// A job travels as one message of at most 1 MB: memory of pages beyond this stays at home, and they are read anew.
	pagesLimit  = 384 << 10
	robotsLimit = 128 << 10
)

// Due gives a job for each channel whose time has come, without its memory, the longest due first and at most one a
// lane; none in a lane that asked us to wait or whose requests of the day are used up, and none outside the hours. A
// limit of 0 is no limit. It changes nothing: a channel is due until Record has its visit.
func (db *DB) Due(ctx context.Context, now time.Time, limit int) ([]audit.Job, error) {
	if !db.o.Hours.Open(now) {
		return nil, nil
	}
	if limit <= 0 {
		limit = -1
	}
	var jobs []audit.Job
	// With min() alone among plain columns SQLite takes those from the row that holds the minimum.
	err := db.list(ctx, `SELECT min(c.due_at), `+channelColumns+`, o.name, c.last_visit_at IS NULL
		FROM channel c JOIN organisation o ON o.id = c.organisation
		WHERE c.listed = 1 AND o.listed = 1 AND c.due_at <= ?1 AND c.lane NOT IN (`+resting+`)
		GROUP BY c.lane ORDER BY 1, c.id LIMIT ?4`, append(db.restingAt(now), limit), func(r *sql.Rows) error {
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
	return jobs, nil
}

// resting selects the lanes in which no visit is begun now: ?1 is now, ?2 its day, ?3 the day's cap or NULL. Both halves
// are answered by small indexes, so that nobody's robots.txt is read for it.
const resting = `SELECT lane FROM host_memory WHERE not_before > ?1 UNION ALL SELECT lane FROM host_memory WHERE day = ?2 AND requests >= ?3`

func (db *DB) restingAt(now time.Time) []any {
	var limit any // compared with NULL nothing is used up
	if db.o.DailyCap > 0 {
		limit = db.o.DailyCap
	}
	return []any{stamp(now), now.UTC().Format(time.DateOnly), limit}
}

// Memory gives what earlier visits of a channel and its lane left for the next, as much as one message carries.
func (db *DB) Memory(ctx context.Context, c audit.Channel) (audit.Memory, error) {
	var m audit.Memory
	h := &m.Host
	err := db.list(ctx, `SELECT robots, last_request, not_before, blocked, day, requests, interfaces, control FROM host_memory WHERE lane = ?`, []any{c.Lane}, func(r *sql.Rows) error {
		return r.Scan(fromJSON(&h.Robots), at(&h.LastRequest), at(&h.NotBefore), &h.Blocked, &h.Day, &h.Requests, fromJSON(&h.Interfaces), fromJSON(&h.Control))
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
	if m.Route, err = db.routeOf(ctx, c.ID); err != nil {
		return m, fmt.Errorf("recall the way of channel %s: %w", c.ID, err)
	}
	return m, nil
}

func (db *DB) pagesSeen(ctx context.Context, channel string) (map[string]audit.PageMemory, error) {
	pages, size := make(map[string]audit.PageMemory), 0
	err := db.list(ctx, `SELECT url, etag, last_modified, hash, capture, reader, outline, looked_at, until, moved_from FROM page_seen
		WHERE channel = ? ORDER BY observed_at DESC, url`, []any{channel}, func(r *sql.Rows) error {
		var url, outline string
		var p audit.PageMemory
		if err := r.Scan(&url, &p.ETag, &p.LastModified, &p.Hash, &p.Capture, &p.Reader, &outline, at(&p.At), at(&p.Until), &p.From); err != nil {
			return err
		}
		if size += len(url) + len(outline) + 300; size > pagesLimit {
			return nil
		}
		p.Outline = audit.PackedOutline(outline)
		pages[url] = p
		return nil
	})
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	return pages, nil
}

// setDue moves the channel's next visit to where the rhythm puts it.
func (t *tx) setDue(channel string) (time.Time, error) {
	p, err := t.past(channel)
	if err != nil || p.last.IsZero() {
		return time.Time{}, err
	}
	due, _ := t.db.rhythm().next(p)
	return due, t.exec(`UPDATE channel SET due_at = ? WHERE id = ?`, stamp(due), channel)
}

func (db *DB) rhythm() rhythm { return rhythm{db.o.Interval, db.o.Hours} }

// reader is what past reads with: the transaction that writes, or a reading connection.
type reader interface {
	row(query string, args []any, into ...any) (bool, error)
}

func (t *tx) past(channel string) (past, error) { return pastOf(t, channel) }

func pastOf(r reader, channel string) (past, error) {
	p := past{channel: channel}
	_, err := r.row(`SELECT c.last_visit_at, l.not_before, coalesce(l.blocked, 0),
			(SELECT min(s.due_again) FROM state_now s WHERE s.channel = c.id AND s.due_again > c.last_visit_at),
			(SELECT min(v.observed_at) FROM visit v WHERE v.channel = c.id AND v.how NOT IN ('witness', 'saved_page')),
			(SELECT max(x.observed_at) FROM state_change x WHERE x.channel = c.id AND x.scope = '' AND x.withdrawn_at IS NULL),
			coalesce((SELECT max(w.week) FROM comment_week w WHERE w.channel = c.id), '')
		FROM channel c LEFT JOIN visit l ON l.id = (SELECT id FROM visit WHERE channel = c.id AND how NOT IN ('witness', 'saved_page')
			AND observed_at <= c.last_visit_at ORDER BY observed_at DESC, id DESC LIMIT 1)
		WHERE c.id = ?`, []any{channel},
		at(&p.last), at(&p.notBefore), &p.blocked, at(&p.again), at(&p.first), at(&p.changed), &p.spoken)
	if err != nil || p.last.IsZero() || p.spoken == "" {
		return p, err
	}
	return p, p.hear(r)
}

// hear counts the complaints whose time the page tells. The weeks' sums spare a quiet place the look at its comments.
func (p *past) hear(r reader) error {
	from := p.last.Add(-spikeSpan)
	week := func(t time.Time) string { return weekOf(audit.Comment{}, t) }
	var recent int
	_, err := r.row(`SELECT coalesce(sum(CASE WHEN week >= ?2 THEN complaints END), 0), coalesce(sum(CASE WHEN week < ?2 THEN complaints END), 0)
		FROM comment_week WHERE channel = ?1 AND week >= ?3`, []any{p.channel, week(from), week(from.Add(-spikePast))}, &recent, &p.before)
	if err != nil || recent < spikeLeast {
		return err
	}
	_, err = r.row(`SELECT count(*) FROM comment m JOIN assessment a ON a.comment = m.id WHERE m.channel = ? AND m.week >= ?
			AND m.said_at > ? AND m.said_at <= ? AND m.author_by <> ? AND a.is_complaint = 1`,
		[]any{p.channel, week(from), stamp(from), stamp(p.last), int(audit.AuthorOrganisation)}, &p.complaints)
	return err
}

// A Visiting says when a channel is looked at next, and why then.
type Visiting struct {
	Channel string    `json:"channel"`
	URL     string    `json:"url"`
	Due     time.Time `json:"due"`
	Why     string    `json:"why"`
	Moved   string    `json:"moved,omitempty"` // where its address led at the last look, on another domain
}

// Visitings explains the next visit of each listed channel of an organisation.
func (db *DB) Visitings(ctx context.Context, organisation string) ([]Visiting, error) {
	var all []Visiting
	err := db.list(ctx, `SELECT id, url, due_at, moved_to FROM channel WHERE organisation = ? AND listed = 1 ORDER BY url`, []any{organisation}, func(r *sql.Rows) error {
		var v Visiting
		err := r.Scan(&v.Channel, &v.URL, at(&v.Due), &v.Moved)
		all = append(all, v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list channels of %s: %w", organisation, err)
	}
	for i := range all {
		if all[i].Why, err = db.why(ctx, all[i]); err != nil {
			return nil, fmt.Errorf("explain the next visit of %s: %w", all[i].URL, err)
		}
	}
	return all, nil
}

func (db *DB) why(ctx context.Context, v Visiting) (string, error) {
	p, err := pastOf(glance{ctx, db}, v.Channel)
	if err != nil {
		return "", err
	}
	due, why := db.rhythm().next(p)
	switch {
	case p.last.IsZero():
		return "nobody has looked yet", nil
	case !due.Equal(v.Due): // moved by hand, by other settings, or put off by five minutes at a time
		return "asked for out of turn, or the last try reached nothing outside", nil
	}
	return why, nil
}

// glance reads single rows beside the writer.
type glance struct {
	ctx context.Context
	db  *DB
}

func (g glance) row(query string, args []any, into ...any) (bool, error) {
	err := g.db.read.QueryRowContext(g.ctx, query, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
