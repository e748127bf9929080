package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// EditionFacts is what the public may know of one week or month, as a digest needs it.
type EditionFacts struct {
	Overview Overview           // as it stands now
	Changes  []ShownChange      // published since then, and those withdrawn since; oldest first
	Said     []ShownValueChange // of what places say beside their states, published in that time; oldest first, without sentences
	// Sites is, by the id of a site's change of its whole, what the organisation's other sites said of the question then.
	Sites  map[string][]audit.State
	Names  map[string]string
	Talk   []WeekTalk // of each week that was asked for
	Before []WeekTalk // of those before
	Visits int        // looks that ended in that time
}

// WeekTalk is what was said in one week, and answered.
type WeekTalk struct {
	Week      string
	Comments  int // the organisations' own left out
	Assessed  int
	Complaint int // read as complaints
	Answered  int // of these, with a public answer by the organisation that was seen
}

// EditionAsk says of which time an edition tells, and of whom.
type EditionAsk struct {
	Weeks, Before []string  // ISO names of the weeks by which comments are counted, and of those before
	Since         time.Time // from when on changes are listed; no later than From
	From, To      time.Time
	Asked         []Asked
	Only          []string // ids of organisations; nil: all
}

// Edition reads the facts of that time, of the organisations asked for.
func (p *Public) Edition(ctx context.Context, ask EditionAsk) (EditionFacts, error) {
	var f EditionFacts
	var err error
	if f.Overview, err = p.Overview(ctx, ask.Asked, ask.Only); err != nil {
		return f, err
	}
	f.Changes, err = p.changes(ctx, `reread = 0 AND history = 0 AND ((published_at >= ?2 AND published_at < ?3) OR (withdrawn_at >= ?2 AND withdrawn_at < ?3))
		AND `+ofThose+` ORDER BY published_at, id`, stamp(ask.Since), stamp(ask.To), those(ask.Only))
	if err != nil {
		return f, err
	}
	f.Said, err = p.valueChanges(ctx, `v.scope = '' AND v.published_at >= ?2 AND v.published_at < ?3 AND (?4 IS NULL OR v.organisation IN (SELECT value FROM json_each(?4)))
		ORDER BY v.published_at, v.id`, stamp(ask.From), stamp(ask.To), those(ask.Only))
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
	if f.Talk, err = p.talk(ctx, ask.Weeks, ask.Only); err != nil {
		return f, err
	}
	if f.Before, err = p.talk(ctx, ask.Before, ask.Only); err != nil {
		return f, err
	}
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*) FROM channel c CROSS JOIN visit v ON v.channel = c.id
		WHERE c.listed = 1 AND v.observed_at >= ?1 AND v.observed_at < ?2 AND (?3 IS NULL OR c.organisation IN (SELECT value FROM json_each(?3)))`,
		stamp(ask.From), stamp(ask.To), those(ask.Only)).Scan(&f.Visits)
	if err != nil {
		return f, fmt.Errorf("count visits: %w", err)
	}
	return f, nil
}

func (p *Public) talk(ctx context.Context, weeks []string, only []string) ([]WeekTalk, error) {
	all := make([]WeekTalk, 0, len(weeks))
	for _, week := range weeks {
		t := WeekTalk{Week: week}
		counts, err := p.weeks(ctx, `week = ?1 AND (?2 IS NULL OR organisation IN (SELECT value FROM json_each(?2)))`, week, those(only))
		if err != nil {
			return nil, err
		}
		for _, w := range counts {
			t.Comments += w.Comments - w.ByOrganisation
			t.Assessed += w.Assessed
			t.Complaint += w.Complaints
		}
		if t.Answered, err = p.answered(ctx, week, those(only)); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// OpenDoors lists the doors of some questions that were confirmed open at organisations as a whole and seen not long ago, by
// organisation. What is being checked is not among them.
func (p *Public) OpenDoors(ctx context.Context, checks []audit.CheckID, only []string) ([]Shown, error) {
	return p.states(ctx, `check_id IN (SELECT value FROM json_each(?2)) AND state = 'open' AND scope = '' AND NOT checking AND seen_at > ?3 AND `+ofThose+` ORDER BY organisation, channel`,
		asJSON(checks), stamp(p.now.Add(-agedCrawl)), those(only))
}

// Deadline is a day that an operator's people look at: the end of a notice to an organisation, or comments that our method
// reads as complaints and to which no public answer was seen, by when they were made. It is for the operator alone: that a
// notice runs says already what was seen.
type Deadline struct {
	Organisation string
	At           time.Time // the end of the notice, or when the comment was made
	Notice       bool
}

// Deadlines lists the notices that run now, and the complaints without an answer that were made since a time.
func (db *DB) Deadlines(ctx context.Context, since, now time.Time) ([]Deadline, error) {
	var all []Deadline
	err := db.list(ctx, `SELECT DISTINCT s.organisation, s.published_at, 1 FROM state_now s JOIN organisation o ON o.id = s.organisation
			WHERE o.listed = 1 AND s.hold_reason = '' AND s.published_at > ?2
		UNION ALL SELECT c.organisation, coalesce(c.said_at, c.observed_at), 0 FROM comment c JOIN assessment a ON a.comment = c.id
			JOIN channel h ON h.id = c.channel JOIN organisation o ON o.id = c.organisation
			WHERE a.is_complaint = 1 AND c.author_by <> ?3 AND h.listed = 1 AND h.confirmed = 1 AND o.listed = 1 AND coalesce(c.said_at, c.observed_at) >= ?1
				AND NOT EXISTS (SELECT 1 FROM comment r WHERE r.parent = c.id AND r.channel = c.channel AND r.author_by = ?3)
		ORDER BY 2, 1`, []any{stamp(since), stamp(now), audit.AuthorOrganisation}, func(r *sql.Rows) error {
		var d Deadline
		err := r.Scan(&d.Organisation, at(&d.At), &d.Notice)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list deadlines: %w", err)
	}
	return all, nil
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

// KeepEdition keeps the facts that an edition was written from, by its name such as 2026-W47, the first time; later ones
// change nothing.
func (db *DB) KeepEdition(ctx context.Context, name string, facts any, now time.Time) error {
	return db.write(ctx, "keep edition "+name, func(t *tx) error {
		return t.exec(`INSERT INTO edition (id, week, body, recorded_at) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`,
			audit.LongHash("edition", name), name, asJSON(facts), stamp(now))
	})
}

// KeptEdition reads the facts of an edition that was kept into facts. ErrNotFound: none was.
func (db *DB) KeptEdition(ctx context.Context, name string, facts any) error {
	var body string
	err := db.read.QueryRowContext(ctx, `SELECT body FROM edition WHERE week = ?`, name).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), facts)
	}
	if err != nil {
		return fmt.Errorf("read edition %s: %w", name, err)
	}
	return nil
}
