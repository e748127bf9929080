package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// likely is from which probability on a label of the scorer counts.
const likely = 0.5

// Talk is what figures about an organisation's talk are made from. It is no count itself, and goes to no page as it is.
type Talk struct {
	Said      []audit.Said              // in order of their ids
	Platforms map[string]audit.Platform // by channel
	Promised  audit.Values              // published values of the check rules_promise; nil: none
	Since     time.Time                 // first sight of them
}

// Talk reads what was said on an organisation's confirmed places since the ISO week of a day.
func (p *Public) Talk(ctx context.Context, organisation string, since time.Time) (Talk, error) {
	out := Talk{Platforms: map[string]audit.Platform{}}
	channels, err := p.db.Channels(ctx, organisation)
	if err != nil {
		return out, err
	}
	for _, c := range channels {
		out.Platforms[c.ID] = c.Platform
	}
	if out.Said, err = p.said(ctx, organisation, since); err != nil {
		return out, err
	}
	out.Promised, out.Since, err = p.promised(ctx, organisation)
	return out, err
}

// said lists comments without their words. Watched is the last look at a comment's post.
func (p *Public) said(ctx context.Context, organisation string, since time.Time) ([]audit.Said, error) {
	var all []audit.Said
	err := p.db.list(ctx, `SELECT m.id, m.channel, m.post, m.parent, m.author_by, m.said_at, m.said_max, m.observed_at,
			max(m.observed_at, coalesce(b.observed_at, '')), a.comment IS NOT NULL, coalesce(a.is_complaint, 0), coalesce(a.threat >= ?1, 0),
			coalesce(a.spam >= ?1, 0)
		FROM channel c JOIN organisation o ON o.id = c.organisation JOIN comment m ON m.channel = c.id
			LEFT JOIN post b ON b.id = m.post LEFT JOIN assessment a ON a.comment = m.id
		WHERE c.organisation = ?2 AND c.listed = 1 AND o.listed = 1 AND c.confirmed = 1 AND m.week >= ?3 ORDER BY m.id`,
		[]any{likely, organisation, weekOf(audit.Comment{Time: since}, since)}, func(r *sql.Rows) error {
			var s audit.Said
			err := r.Scan(&s.ID, &s.Channel, &s.Post, &s.Parent, &s.By, at(&s.From), at(&s.To), at(&s.Seen), at(&s.Watched), &s.Assessed,
				&s.Complaint, &s.Threat, &s.Spam)
			all = append(all, s)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list what was said to %s: %w", organisation, err)
	}
	return all, nil
}

// rulesPromise is the check that reads what a page of rules promises.
const rulesPromise = "rules_promise"

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
