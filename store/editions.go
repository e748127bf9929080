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
	Complaint int // read as complaints
	Answered  int // of these, with a public answer by the organisation that was seen
	Visits    int // looks that ended in the week
}

// Edition reads the facts of the week from up to to; week is its ISO name, by which comments are counted.
func (p *Public) Edition(ctx context.Context, week string, from, to time.Time, asked []Asked) (EditionFacts, error) {
	var f EditionFacts
	var err error
	if f.Overview, err = p.Overview(ctx, asked); err != nil {
		return f, err
	}
	f.Changes, err = p.changes(ctx, `reread = 0 AND history = 0 AND ((published_at >= ? AND published_at < ?) OR (withdrawn_at >= ? AND withdrawn_at < ?))
		ORDER BY published_at, id`, stamp(from), stamp(to), stamp(from), stamp(to))
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
	weeks, err := p.weeks(ctx, `week = ?`, week)
	if err != nil {
		return f, err
	}
	for _, w := range weeks {
		f.Comments += w.Comments - w.ByOrganisation
		f.Assessed += w.Assessed
		f.Complaint += w.Complaints
	}
	if f.Answered, err = p.answered(ctx, week); err != nil {
		return f, err
	}
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*) FROM visit v JOIN channel c ON c.id = v.channel
		WHERE c.listed = 1 AND v.observed_at >= ? AND v.observed_at < ?`, stamp(from), stamp(to)).Scan(&f.Visits)
	if err != nil {
		return f, fmt.Errorf("count visits: %w", err)
	}
	return f, nil
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
func (p *Public) answered(ctx context.Context, week string) (n int, err error) {
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*) FROM comment c JOIN assessment a ON a.comment = c.id
			JOIN channel h ON h.id = c.channel JOIN organisation o ON o.id = h.organisation
		WHERE c.week = ? AND a.is_complaint = 1 AND c.author_by <> ? AND h.listed = 1 AND h.confirmed = 1 AND o.listed = 1
			AND EXISTS (SELECT 1 FROM comment r WHERE r.parent = c.id AND r.channel = c.channel AND r.author_by = ?)`,
		week, audit.AuthorOrganisation, audit.AuthorOrganisation).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count answered complaints: %w", err)
	}
	return n, nil
}
