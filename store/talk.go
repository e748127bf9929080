package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Talk is what figures about an organisation's talk are made from. It is no count itself, and goes to no page as it is.
type Talk struct {
	Said      []audit.Said              // in order of their ids
	Shown     []audit.Shown             // what each method showed of them, in order of time
	Posts     []audit.Posted            // newest sight first
	Platforms map[string]audit.Platform // by channel
	Promised  audit.Values              // published values of the check rules_promise; nil: none
	Since     time.Time                 // first sight of them
	// Read is since when all comments are here: what was asked for, or the beginning of a later week where more than MostSaid were
	// made since; where so many were made in the newest week, none is here.
	Read time.Time
}

// MostSaid is how many comments are read at most, of an organisation or of one channel: some 40 MB for the moment.
const MostSaid = 50_000

// before is for how much longer comments and posts are read than figures are told of: what is unusual is told by the posts before.
const before = 280 // days

// Talk reads what was said on an organisation's confirmed places since a day, and what is needed of the time before it.
func (p *Public) Talk(ctx context.Context, organisation string, since time.Time) (Talk, error) {
	out := Talk{Platforms: map[string]audit.Platform{}}
	channels, err := p.db.Channels(ctx, organisation)
	if err != nil {
		return out, err
	}
	var own []string
	for _, c := range channels {
		if c.Confirmed {
			own, out.Platforms[c.ID] = append(own, c.ID), c.Platform
		}
	}
	if out.Read, err = p.db.readable(ctx, own, since.AddDate(0, 0, -before)); err != nil {
		return out, fmt.Errorf("count the talk of %s: %w", organisation, err)
	}
	for _, channel := range own {
		if err := p.db.talkOf(ctx, channel, since, &out); err != nil {
			return out, fmt.Errorf("read the talk on channel %s: %w", channel, err)
		}
	}
	out.Promised, out.Since, err = p.promised(ctx, organisation)
	return out, err
}

// readable gives since when all comments of some channels can be read: since older, or since the beginning of the first week after which
// no more than MostSaid were made. A part of a week is no measure: what was answered in it might be there, and the answer not.
func (db *DB) readable(ctx context.Context, channels []string, older time.Time) (time.Time, error) {
	var over string
	n, most := 0, cmp.Or(db.mostSaid, MostSaid)
	err := db.list(ctx, `SELECT m.week, count(*) FROM json_each(?1) j JOIN comment m ON m.channel = j.value AND m.week >= ?2 GROUP BY m.week ORDER BY m.week DESC`,
		[]any{asJSON(orEmpty(channels)), weekOf(audit.Comment{}, older)}, func(r *sql.Rows) error {
			var week string
			var more int
			err := r.Scan(&week, &more)
			if n += more; n > most && over == "" {
				over = week
			}
			return err
		})
	if err != nil || over == "" {
		return older, err
	}
	return endOf(over)
}

// endOf is the Monday after a week such as 2026-W47.
func endOf(week string) (time.Time, error) {
	var year, n int
	if _, err := fmt.Sscanf(week, "%d-W%d", &year, &n); err != nil {
		return time.Time{}, fmt.Errorf("read week %q: %w", week, err)
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // always in week 1
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	return monday.AddDate(0, 0, 7*n), nil
}

// talkOf adds what was said on one channel: comments and posts from out.Read on, listings since. A post under several addresses
// is one: by audit.Post.Same. What tells of a danger never counts as spam: nothing that may need somebody is left out for a label.
func (db *DB) talkOf(ctx context.Context, channel string, since time.Time, out *Talk) error {
	is, err := db.postsOf(ctx, channel, out.Read, out)
	if err != nil {
		return fmt.Errorf("posts: %w", err)
	}
	err = db.list(ctx, `SELECT m.id, m.post, m.parent, m.author_by, m.said_at, m.said_max, m.observed_at,
			a.comment IS NOT NULL, coalesce(a.is_complaint, 0), coalesce(a.threat >= ?1, 0),
			coalesce(a.spam >= ?4 AND NOT EXISTS (SELECT 1 FROM json_each(a.hazards) WHERE json_extract(value, '$.affirmed')), 0),
			EXISTS (SELECT 1 FROM comment_version v WHERE v.comment = m.id), m.hidden_at IS NOT NULL, m.removed_at IS NOT NULL, m.manner
		FROM comment m LEFT JOIN assessment a ON a.comment = m.id WHERE m.channel = ?2 AND m.week >= ?3 ORDER BY m.id`,
		[]any{audit.ThreatFrom, channel, weekOf(audit.Comment{}, out.Read), audit.SpamFrom}, func(r *sql.Rows) error {
			s := audit.Said{Channel: channel}
			err := r.Scan(&s.ID, &s.Post, &s.Parent, &s.By, at(&s.From), at(&s.To), at(&s.Seen), &s.Assessed, &s.Complaint, &s.Threat, &s.Spam, &s.Edited, &s.Hidden, &s.Removed, &s.Manner)
			s.Post, s.Watched = cmp.Or(is[s.Post], s.Post), s.Seen
			out.Said = append(out.Said, s)
			return err
		})
	if err != nil {
		return fmt.Errorf("comments: %w", err)
	}
	err = db.list(ctx, `SELECT capture, method, post, complete, since, comments, listed, first_at, last_at, looks
		FROM listing WHERE channel = ? AND last_at >= ? ORDER BY first_at, capture, post`, []any{channel, stamp(since)}, func(r *sql.Rows) error {
		s := audit.Shown{Channel: channel}
		err := r.Scan(&s.Capture, &s.Method, &s.Post, &s.Complete, at(&s.Since), fromJSON(&s.Comments), &s.Listed, at(&s.First), at(&s.Last), &s.Looks)
		s.Post = cmp.Or(is[s.Post], s.Post)
		out.Shown = append(out.Shown, s)
		return err
	})
	if err != nil {
		return fmt.Errorf("listings: %w", err)
	}
	return nil
}

// postsOf adds the posts of a channel that were seen since a time, each once, as its newest address has it; it gives the
// identity of each address.
func (db *DB) postsOf(ctx context.Context, channel string, since time.Time, out *Talk) (is map[string]string, err error) {
	is, known := map[string]string{}, map[string]bool{}
	err = db.list(ctx, `SELECT id, url, title, posted_at, native, observed_at FROM post WHERE channel = ? AND observed_at >= ? ORDER BY observed_at DESC, id`,
		[]any{channel, stamp(since)}, func(r *sql.Rows) error {
			x := audit.Posted{Channel: channel}
			err := r.Scan(&x.ID, &x.URL, &x.Title, at(&x.Published), &x.Native, at(&x.Seen))
			one := x.Same(channel)
			is[x.ID], x.ID = one, one
			if !known[one] {
				known[one] = true
				out.Posts = append(out.Posts, x)
			}
			return err
		})
	return is, err
}

// rulesPromise is the check that reads what a page of rules promises.
const rulesPromise = "rules_promise"

// Promised gives the published values of what an organisation promises, and since when it was seen to; nil where it states nothing.
func (p *Public) Promised(ctx context.Context, organisation string) (audit.Values, time.Time, error) {
	return p.promised(ctx, organisation)
}

// promised gives the values that the public sees of what is promised, and since when they were seen so: of several sites
// those of the one that stands for the organisation.
func (p *Public) promised(ctx context.Context, organisation string) (audit.Values, time.Time, error) {
	shown, err := p.states(ctx, `organisation = ? AND check_id = ? AND scope = ''`, organisation, rulesPromise)
	if err != nil {
		return nil, time.Time{}, err
	}
	sites := make([]audit.SiteAnswer, len(shown))
	for i, s := range shown {
		sites[i] = audit.SiteAnswer{State: s.State, Checking: s.Checking}
	}
	best := audit.BestSite(sites)
	if best < 0 || len(shown[best].Values) == 0 {
		return nil, time.Time{}, nil
	}
	s, changed := shown[best], time.Time{}
	err = p.db.read.QueryRowContext(ctx, `SELECT max(first_seen) FROM value_change WHERE channel = ? AND check_id = ? AND scope = ''
		AND withdrawn_at IS NULL AND hold_reason = '' AND published_at <= ?`, s.Channel, rulesPromise, stamp(p.now)).Scan(at(&changed))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read since when %s promises an answer: %w", organisation, err)
	}
	if changed.Before(s.Since) {
		changed = s.Since
	}
	return s.Values, changed, nil
}
