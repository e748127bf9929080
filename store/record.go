package store

import (
	"context"
	"fmt"
	"time"

	"doorknock/audit"
)

// clockAhead is how far in the future a visit may lie. One from a crawler whose clock is wrong by more would outshine
// every true look until that time has come.
const clockAhead = 10 * time.Minute

// Recording is one visit with the findings its readings were folded to.
type Recording struct {
	Visit    audit.Visit
	Findings []audit.Finding
	Repeats  []Repeat   // findings of Visit.Same that stand for this visit too
	Witness  *Witnessed // of a person's look
	Now      time.Time  // when it is recorded; zero: now
}

// Recorded says what a recording brought.
type Recorded struct {
	Duplicate   bool // a visit of this job was there already; nothing was changed
	Offline     bool // the visit reached nothing; only the channel's due time was moved
	NewComments int
	Changes     []audit.Change // confirmed by this visit
	Events      []audit.Event  // to be announced now
	Due         time.Time      // the channel's next visit
}

// Record commits a visit and all that follows from it in one transaction: captures, findings, states, changes,
// comments, summaries, memory, events and the next due time. The first recorded visit of a job wins: another is a
// Duplicate and changes nothing. The order in which visits arrive does not matter.
func (db *DB) Record(ctx context.Context, r Recording) (Recorded, error) {
	var out Recorded
	v := trimmed(r.Visit)
	if v.ID == "" || v.ObservedAt.IsZero() || !v.How.Valid() {
		return out, fmt.Errorf("record visit %q: it has no id, time or way of seeing", v.ID)
	}
	if r.Now.IsZero() {
		r.Now = db.o.Now()
	}
	if ahead := v.ObservedAt.Sub(r.Now); ahead > clockAhead {
		return out, fmt.Errorf("record visit %s: its crawler's clock is %v ahead of ours; set both by network time", v.ID, ahead.Round(time.Second))
	}
	err := db.write(ctx, "record visit "+v.ID, func(t *tx) error {
		rec := &recorder{tx: t, visit: v, now: ms(r.Now), out: &out, is: map[string]string{}, twins: map[string][]string{}}
		return rec.record(r)
	})
	if err != nil {
		return Recorded{}, err
	}
	return out, nil
}

// HasVisit reports whether a visit of this id is recorded.
func (db *DB) HasVisit(ctx context.Context, id string) (bool, error) {
	var n int
	if err := db.read.QueryRowContext(ctx, `SELECT count(*) FROM visit WHERE id = ?`, id).Scan(&n); err != nil {
		return false, fmt.Errorf("look for visit %s: %w", id, err)
	}
	return n > 0, nil
}

// trimmed is the visit with its times as rows hold them, so that what is compared before and after is the same.
func trimmed(v audit.Visit) audit.Visit {
	v.ObservedAt, v.StartedAt = ms(v.ObservedAt), ms(v.StartedAt)
	return v
}

// recorder is one recording in its transaction.
type recorder struct {
	*tx
	visit   audit.Visit
	now     time.Time
	channel audit.Channel // as the store has it
	out     *Recorded
	holds   map[audit.CheckID][]audit.Hold // of the channel's platform; nil: not asked for
	publish map[time.Time]bool             // when states of this visit begin or stop to count without being a change
	// correcting says that states are folded anew after corrections: whatever comes of it is no news.
	correcting bool
	fresh      [][]any             // rows of new comments that are not written yet
	states     [][]any             // rows of states that wait to be written together; nil: each is written at once
	is         map[string]string   // ids under which comments of this visit are kept, where they are others
	twins      map[string][]string // other addresses of posts, by post
}

func (r *recorder) record(of Recording) error {
	found, err := r.row(`SELECT `+channelColumns+` FROM channel c WHERE c.id = ?`, []any{r.visit.Channel.ID}, channelInto(&r.channel)...)
	if err != nil {
		return fmt.Errorf("channel %s: %w", r.visit.Channel.ID, err)
	}
	if !found {
		return fmt.Errorf("channel %s: %w", r.visit.Channel.ID, ErrNotFound)
	}
	if r.visit.Offline {
		return r.offline()
	}
	isNew, err := r.saveVisit()
	if err != nil || !isNew {
		r.out.Duplicate = !isNew
		return err
	}
	r.publish = make(map[time.Time]bool)
	steps := []struct {
		name string
		do   func() error
	}{
		{"captures", r.saveCaptures},
		{"witness", func() error { return r.saveWitness(of.Witness) }},
		{"pages", r.savePages},
		{"route", func() error { return r.saveRoute(len(of.Findings)) }},
		{"lane", r.saveLane},
		{"site", r.confirmSite},
		{"findings", func() error { return r.saveFindings(of.Findings) }},
		{"findings that stand", func() error { return r.repeat(of.Repeats) }},
		{"objections", r.objected},
		{"posts", r.savePosts},
		{"comments", r.saveComments},
		{"listings", r.saveListings},
		{"state event", r.saveStateEvents},
		{"due time", func() (err error) { r.out.Due, err = r.setDue(r.channel.ID); return err }},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (r *recorder) saveVisit() (isNew bool, err error) {
	v := r.visit
	n, err := r.count(`INSERT INTO visit
		(id, channel, how, due_at, started_at, observed_at, recorded_at, first, light, moved, requests, unchanged, new_comments,
			blocked, not_before, coverage, clock_off_s, source, unread, got)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, coalesce((SELECT coverage FROM visit WHERE id = ?), ?), ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		v.ID, r.channel.ID, string(v.How), orNull(v.Due), stamp(v.StartedAt), stamp(v.ObservedAt), stamp(r.now),
		v.First, v.Light, v.Moved, len(v.Captures), len(v.Unchanged), v.Memory.Host.Blocked, orNull(v.Memory.Host.NotBefore),
		sameAs(v), asJSON(gaps(v.Coverage)), int64(v.ClockOff/time.Second), sourceColumn(v.Source), string(v.Unread), r.gotColumn())
	if err != nil || n == 0 {
		return false, err
	}
	if !r.ours() {
		return true, nil // somebody else looked: our own next look is due as before
	}
	return true, r.exec(`UPDATE channel SET last_visit_at = max(?1, coalesce(last_visit_at, '')), moved_to = iif(last_visit_at > ?1, moved_to, ?2),
		unread = iif(last_visit_at > ?1, unread, ?4), missed_at = `+channelMissed+` WHERE id = ?3`, stamp(v.ObservedAt), v.Moved, r.channel.ID, string(v.Unread))
}

func sourceColumn(s *audit.Source) any {
	if s == nil {
		return nil
	}
	return asJSON(s)
}

// ours reports whether it was our own crawler that looked.
func (r *recorder) ours() bool {
	return r.visit.How != audit.ByWitness && r.visit.How != audit.SavedPage && !r.visit.Told
}

// saveCaptures keeps each request's envelope and, for a page that a later visit may find unchanged, its readings.
func (r *recorder) saveCaptures() error {
	readings := make(map[string]audit.Readings)
	for _, page := range r.visit.Memory.Pages {
		readings[page.Capture] = audit.Readings{}
	}
	for _, x := range r.visit.Readings {
		if _, remembered := readings[x.Capture]; remembered {
			readings[x.Capture] = append(readings[x.Capture], x)
		}
	}
	rows := make([][]any, len(r.visit.Captures))
	for i, c := range r.visit.Captures {
		var kept any
		if of, ok := readings[c.ID]; ok {
			kept = asJSON(of)
		}
		rows[i] = []any{c.ID, r.visit.ID, r.channel.ID, c.URL, c.Status, string(c.Reason), c.Type, c.Hash, c.Bytes, c.File, c.Offset,
			c.Sealed, c.Key, c.Unchanged, c.Took, kept, askedColumn(c), orNull(c.Modified), madeFromColumn(c), c.Picture, stamp(c.At), stamp(r.now)}
	}
	return r.insert(`INSERT INTO capture (id, visit, channel, url, status, reason, type, hash, bytes, file, file_offset,
			sealed, seal_key, unchanged, took_s, readings, asked, modified, made_from, picture, observed_at, recorded_at)`,
		`(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, `ON CONFLICT (id) DO NOTHING`, rows)
}

// saveLane keeps what the crawler learnt of the lane, unless a newer visit has told already. Somebody else who looked
// knows nothing of it.
func (r *recorder) saveLane() error {
	if !r.ours() {
		return nil
	}
	h := r.visit.Memory.Host
	return r.exec(`INSERT INTO host_memory
		(lane, robots, last_request, not_before, blocked, day, requests, interfaces, control, observed_at, recorded_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (lane) DO UPDATE SET robots = excluded.robots, last_request = excluded.last_request,
			not_before = excluded.not_before, blocked = excluded.blocked, day = excluded.day, requests = excluded.requests,
			interfaces = excluded.interfaces, control = excluded.control,
			observed_at = excluded.observed_at, recorded_at = excluded.recorded_at
		WHERE excluded.observed_at >= host_memory.observed_at`,
		r.channel.Lane, asJSON(h.Robots), orNull(h.LastRequest), orNull(h.NotBefore), h.Blocked, h.Day, h.Requests,
		asJSON(h.Interfaces), asJSON(h.Control), stamp(r.visit.ObservedAt), stamp(r.now))
}
