package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// EditionFacts is what the public may know of one week, as a digest needs it.
type EditionFacts struct {
	Overview Overview      // as it stands now
	Changes  []ShownChange // published in the week, and those withdrawn in it; oldest first
	// Sites is, by the id of a site's change of its whole, what the organisation's other sites said of the question then.
	Sites     map[string][]audit.State
	Names     map[string]string
	Comments  int // said in the week, the organisations' own left out
	Assessed  int
	Complaint int      // read as complaints
	Answered  int      // of these, with a public answer by the organisation that was seen
	Before    WeekTalk // the same of the week before
	Visits    int      // looks that ended in the week, at all organisations
}

// WeekTalk is what was said in one week, and answered.
type WeekTalk struct{ Comments, Assessed, Complaint, Answered int }

// EditionAsk says which week an edition tells of, and of whom.
type EditionAsk struct {
	Week, Before string // ISO names of the week and of the one before, by which comments are counted
	From, To     time.Time
	Asked        []Asked
	Only         []string // ids of organisations; nil: all
}

// Edition reads the facts of the week. Changes and comments are those of the organisations asked for; the overview is of all.
func (p *Public) Edition(ctx context.Context, ask EditionAsk) (EditionFacts, error) {
	var f EditionFacts
	var err error
	if f.Overview, err = p.Overview(ctx, ask.Asked); err != nil {
		return f, err
	}
	only := any(nil)
	if ask.Only != nil {
		only = asJSON(ask.Only)
	}
	f.Changes, err = p.changes(ctx, `reread = 0 AND history = 0 AND ((published_at >= ?2 AND published_at < ?3) OR (withdrawn_at >= ?2 AND withdrawn_at < ?3))
		AND (?4 IS NULL OR organisation IN (SELECT value FROM json_each(?4))) ORDER BY published_at, id`, stamp(ask.From), stamp(ask.To), only)
	if err != nil {
		return f, err
	}
	f.Sites = map[string][]audit.State{}
	for _, c := range f.Changes {
		if c.Scope != "" {
			continue
		}
		if f.Sites[c.ID], err = p.db.otherSites(ctx, c.Change, true, p.now); err != nil {
			return f, err
		}
	}
	if f.Names, err = p.names(ctx); err != nil {
		return f, err
	}
	said, err := p.talk(ctx, ask.Week, only)
	if err != nil {
		return f, err
	}
	f.Comments, f.Assessed, f.Complaint, f.Answered = said.Comments, said.Assessed, said.Complaint, said.Answered
	if f.Before, err = p.talk(ctx, ask.Before, only); err != nil {
		return f, err
	}
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*) FROM visit v JOIN channel c ON c.id = v.channel
		WHERE c.listed = 1 AND v.observed_at >= ? AND v.observed_at < ?`, stamp(ask.From), stamp(ask.To)).Scan(&f.Visits)
	if err != nil {
		return f, fmt.Errorf("count visits: %w", err)
	}
	return f, nil
}

func (p *Public) talk(ctx context.Context, week string, only any) (t WeekTalk, err error) {
	weeks, err := p.weeks(ctx, `week = ?1 AND (?2 IS NULL OR organisation IN (SELECT value FROM json_each(?2)))`, week, only)
	if err != nil {
		return t, err
	}
	for _, w := range weeks {
		t.Comments += w.Comments - w.ByOrganisation
		t.Assessed += w.Assessed
		t.Complaint += w.Complaints
	}
	t.Answered, err = p.answered(ctx, week, only)
	return t, err
}

// names gives every listed organisation's name by id.
func (p *Public) names(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	err := p.db.list(ctx, `SELECT id, name FROM organisation WHERE listed = 1`, nil, func(r *sql.Rows) error {
		var id, name string
		err := r.Scan(&id, &name)
		names[id] = name
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	return names, nil
}

// answered counts the week's comments read as complaints under which the organisation was seen to answer, on
// confirmed channels of listed organisations as the weekly counts are.
func (p *Public) answered(ctx context.Context, week string, only any) (n int, err error) {
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*) FROM comment c JOIN assessment a ON a.comment = c.id
			JOIN channel h ON h.id = c.channel JOIN organisation o ON o.id = h.organisation
		WHERE c.week = ?1 AND a.is_complaint = 1 AND c.author_by <> ?2 AND h.listed = 1 AND h.confirmed = 1 AND o.listed = 1
			AND (?3 IS NULL OR o.id IN (SELECT value FROM json_each(?3)))
			AND EXISTS (SELECT 1 FROM comment r WHERE r.parent = c.id AND r.channel = c.channel AND r.author_by = ?2)`,
		week, audit.AuthorOrganisation, only).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count answered complaints: %w", err)
	}
	return n, nil
}
