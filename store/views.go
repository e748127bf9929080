package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
)

// Asked is one kind of door: one question on one platform.
type Asked struct {
	Platform audit.Platform
	Check    audit.CheckID
	Counts   bool       // in the Door score
	Shown    bool       // in the counts that a page shows
	Site     bool       // asked of an organisation's sites as a whole: several of them are one door
	Of       audit.Whom // the organisations to which it is a question; a limited one is asked of sites only
}

// shownChecking is the word of a door at which something was seen that is not published: no direction is given.
const shownChecking = "checking"

// doorsSeen counts over the gate: each row is a door at which somebody has looked, as one word. ?1 is now, ?2 and ?3 are
// the times before which a look, and a witness's look, is too old, ?4 the organisations that are looked at, or NULL for all;
// the kinds of door asked for follow.
const doorsSeen = `door AS (SELECT organisation, channel, platform, check_id, last_reason,
		CASE WHEN checking THEN 'checking' WHEN state = 'unknown' THEN 'unknown'
			WHEN seen_at <= iif(how = 'witness', ?3, ?2) THEN 'stale' ELSE state END AS word
		FROM (` + gate + `scope = '' AND ` + ofThose + `))`

// ofThose limits rows with an organisation to those of ?4.
const ofThose = `(?4 IS NULL OR organisation IN (SELECT value FROM json_each(?4)))`

// those is a list of organisations as a value of ofThose; nil: all.
func those(only []string) any {
	if only == nil {
		return nil
	}
	return asJSON(only)
}

// asked gives the WITH clause of doorsSeen and of the kinds of door, and their values.
func (p *Public) asked(asked []Asked, only []string) (with string, args []any) {
	args = []any{stamp(p.now), stamp(p.now.Add(-staleCrawl)), stamp(p.now.Add(-staleWitness)), those(only)}
	values := make([]string, 0, len(asked))
	for _, a := range asked {
		values = append(values, `(?, ?, ?, ?)`)
		args = append(args, string(a.Platform), string(a.Check), a.Counts, a.Shown)
	}
	if len(values) == 0 {
		values = []string{`('', '', 0, 0)`} // VALUES takes no empty list; no channel is of platform ''
	}
	return `WITH ` + doorsSeen + `, asked (platform, check_id, counts, shows) AS (VALUES ` + strings.Join(values, ", ") + `) `, args
}

// Tally counts doors by what the public may see of them. Unknown holds those at which nobody has looked.
type Tally struct{ Open, Restricted, Closed, Absent, Unknown, Checking int }

// Total is the number of doors.
func (t Tally) Total() int {
	return t.Open + t.Restricted + t.Closed + t.Absent + t.Unknown + t.Checking
}

func (t *Tally) add(shown string, n int) {
	switch shown {
	case "open":
		t.Open += n
	case "restricted":
		t.Restricted += n
	case "closed":
		t.Closed += n
	case "absent":
		t.Absent += n
	case shownChecking:
		t.Checking += n
	default:
		t.Unknown += n
	}
}

// Overview is what was seen of everybody.
type Overview struct {
	Organisations, Seen int // listed; with at least one visit
	Doors               Tally
	Reasons             []ReasonCount // of the doors that could not be seen, most frequent first
	LastLook            time.Time
}

// ReasonCount says how many doors could not be seen for one reason.
type ReasonCount struct {
	Reason audit.Reason
	N      int
}

// Overview counts the doors of the listed organisations; only limits them, nil: all.
func (p *Public) Overview(ctx context.Context, asked []Asked, only []string) (Overview, error) {
	var o Overview
	var err error
	if o.LastLook, err = p.LastLook(ctx); err != nil {
		return o, err
	}
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(EXISTS (
			SELECT 1 FROM channel c WHERE c.organisation = o.id AND c.listed = 1 AND c.last_visit_at IS NOT NULL)), 0)
		FROM organisation o WHERE o.listed = 1 AND (?1 IS NULL OR o.id IN (SELECT value FROM json_each(?1)))`, those(only)).Scan(&o.Organisations, &o.Seen)
	if err != nil {
		return o, fmt.Errorf("count organisations: %w", err)
	}
	doors, err := p.doorsListed(ctx, asked, only)
	if err != nil {
		return o, err
	}
	reasons := map[audit.Reason]int{}
	with, args := p.asked(asked, only)
	err = p.db.list(ctx, with+`SELECT word, last_reason, count(*) FROM door JOIN asked USING (platform, check_id)
		GROUP BY word, last_reason`, args, func(r *sql.Rows) error {
		var word, reason string
		var n int
		if err := r.Scan(&word, &reason, &n); err != nil {
			return err //nolint:wrapcheck // wrapped below
		}
		o.Doors.add(word, n)
		switch word {
		case "unknown":
			reasons[audit.Reason(reason)] += n
		case "stale":
			reasons[audit.ReasonStale] += n
		}
		return nil
	})
	if err != nil {
		return o, fmt.Errorf("count doors: %w", err)
	}
	several, err := p.severalSites(ctx, asked, only)
	if err != nil {
		return o, err
	}
	for _, group := range several {
		doors -= o.fold(group, reasons)
	}
	if unseen := doors - o.Doors.Total(); unseen > 0 {
		o.Doors.Unknown += unseen
		reasons[audit.ReasonNotLooked] += unseen
	}
	o.Reasons = byFrequency(reasons)
	return o, nil
}

// fold makes one door of those of an organisation's sites, and says how many fewer there are then. Doors at which nobody
// has looked are not counted yet.
func (o *Overview) fold(group []siteDoor, reasons map[audit.Reason]int) (fewer int) {
	count := func(d siteDoor, n int) {
		switch {
		case d.unseen:
			return
		case d.word == "unknown":
			reasons[audit.Reason(d.reason)] += n
		case d.word == "stale":
			reasons[audit.ReasonStale] += n
		}
		o.Doors.add(d.word, n)
	}
	for _, d := range group {
		count(d, -1)
	}
	count(best(group), 1)
	return len(group) - 1
}

// doorsListed is the number of doors there are: every question asked of every listed place it is asked of.
func (p *Public) doorsListed(ctx context.Context, asked []Asked, only []string) (n int, err error) {
	with, args := p.asked(asked, only)
	err = p.db.read.QueryRowContext(ctx, with+`SELECT count(*) FROM channel c JOIN organisation o ON o.id = c.organisation
		JOIN asked a ON a.platform = c.platform WHERE c.listed = 1 AND o.listed = 1 AND `+ofThose, args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count doors listed: %w", err)
	}
	err = p.db.list(ctx, `SELECT o.nation, o.sector, count(*) FROM channel c JOIN organisation o ON o.id = c.organisation
		WHERE c.listed = 1 AND o.listed = 1 AND c.platform = 'web' AND (?1 IS NULL OR o.id IN (SELECT value FROM json_each(?1)))
		GROUP BY 1, 2`, []any{those(only)}, func(r *sql.Rows) error {
		var nation, sector string
		var sites, not int
		err := r.Scan(&nation, &sector, &sites)
		for _, a := range asked {
			if !a.Of.Holds(audit.Organisation{Nation: nation, Sector: sector}) {
				not++
			}
		}
		n -= sites * not
		return err //nolint:wrapcheck // wrapped below
	})
	if err != nil {
		return 0, fmt.Errorf("count doors listed: %w", err)
	}
	return n, nil
}

// LookedIn reports whether anybody was looked at in a time.
func (p *Public) LookedIn(ctx context.Context, from, to time.Time) (looked bool, err error) {
	err = p.db.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM channel c CROSS JOIN visit v ON v.channel = c.id AND v.observed_at >= ? AND v.observed_at < ?)`, stamp(from), stamp(to)).Scan(&looked)
	if err != nil {
		return false, fmt.Errorf("read whether anybody looked: %w", err)
	}
	return looked, nil
}

// LastLook is when anybody was last looked at; zero: never.
func (p *Public) LastLook(ctx context.Context) (t time.Time, err error) {
	err = p.db.read.QueryRowContext(ctx, `SELECT max(last_visit_at) FROM channel WHERE listed = 1`).Scan(at(&t))
	if err != nil {
		return t, fmt.Errorf("read the last look: %w", err)
	}
	return t, nil
}

func byFrequency(reasons map[audit.Reason]int) []ReasonCount {
	var all []ReasonCount
	for r, n := range reasons {
		if n > 0 {
			all = append(all, ReasonCount{r, n})
		}
	}
	slices.SortFunc(all, func(a, b ReasonCount) int {
		return cmp.Or(-cmp.Compare(a.N, b.N), strings.Compare(string(a.Reason), string(b.Reason)))
	})
	return all
}

// Place is one listed channel of an organisation.
type Place struct {
	ID       string
	Platform audit.Platform
	URL      string
	Proved   bool // shown to be the organisation's own
}

// Door is one question about one place, as the public may see it.
type Door struct {
	Channel    string
	Platform   audit.Platform
	URL        string
	Check      audit.CheckID
	State      audit.State  // Unknown where it is being checked
	Checking   bool         // something was seen and is not published: no direction is given
	Reason     audit.Reason // of Unknown, where it is not being checked
	Kind       audit.Kind
	How        audit.How
	System     string
	Finding    string // the newest that shows the state; "" for an unknown
	At         string // address of the page whose bytes show it; "" for an unknown or a proof of absence
	Since      time.Time
	SeenAt     time.Time
	LookedAt   time.Time    // newest look, whatever it saw
	LastReason audit.Reason // the newest look could not tell, though State stands
	Count      *int         // comments or reviews that are listed
	Claimed    *int         // that are stated
	Of         *audit.Of
	Values     audit.Values // confirmed with State
	Aged       bool         // say "last seen"
	Was        audit.State  // where Reason is stale: the dated statement
	Witnesses  int          // people whose word State rests on
	Contested  bool         // it is being checked because people saw different things
}

// OrganisationView is one organisation with its places and doors.
type OrganisationView struct {
	audit.Organisation
	Places   []Place
	Doors    []Door // at which somebody has looked
	Comments int    // by the public since the day asked for, on places shown to be the organisation's own
}

// Organisation reads one listed organisation; comments are counted from the week of since.
func (p *Public) Organisation(ctx context.Context, id string, since time.Time) (OrganisationView, error) {
	var v OrganisationView
	err := p.db.read.QueryRowContext(ctx, `SELECT `+organisationColumns+` FROM organisation o WHERE o.id = ? AND o.listed = 1`, id).
		Scan(organisationInto(&v.Organisation)...)
	if err != nil {
		return v, fmt.Errorf("read organisation %s: %w", id, notFound(err))
	}
	channels, err := p.db.Channels(ctx, id)
	if err != nil {
		return v, err
	}
	for _, c := range channels {
		v.Places = append(v.Places, Place{c.ID, c.Platform, c.URL, c.Confirmed})
	}
	if v.Doors, err = p.doors(ctx, id); err != nil {
		return v, err
	}
	weeks, err := p.weeks(ctx, `organisation = ? AND week >= ?`, id, weekOf(audit.Comment{Time: since}, since))
	for _, w := range weeks {
		v.Comments += w.Comments - w.ByOrganisation
	}
	if err != nil {
		return v, err
	}
	return v, nil
}

func (p *Public) doors(ctx context.Context, organisation string) ([]Door, error) {
	shown, err := p.states(ctx, `organisation = ? AND scope = ''`, organisation)
	if err != nil {
		return nil, fmt.Errorf("read doors of %s: %w", organisation, err)
	}
	all := make([]Door, 0, len(shown))
	for _, s := range shown {
		all = append(all, doorOf(s))
	}
	return all, nil
}

// doorOf is a state as pages show it: while it is being checked, no state at all.
func doorOf(s Shown) Door {
	d := Door{Channel: s.Channel, Platform: s.Platform, URL: s.URL, Check: s.Check, LookedAt: s.LastAt}
	if s.Checking {
		d.Checking, d.Contested = true, s.Contested
		return d
	}
	d.State, d.Kind, d.Reason, d.How, d.System, d.Of = s.State, s.Kind, s.Reason, s.How, s.System, s.Of
	d.Values, d.Count, d.Claimed = s.Values, s.Count, s.CountClaimed
	d.Witnesses = s.Witnesses
	d.Since, d.SeenAt, d.Finding, d.Aged, d.Was = s.Since, s.SeenAt, s.Finding, s.Aged, s.Was
	if s.State != audit.Unknown {
		d.LastReason = s.LastReason
	}
	var e audit.Evidence
	if json.Unmarshal(s.Evidence, &e) == nil && e.Type == audit.Marker && s.State != audit.Unknown {
		d.At = e.URL
	}
	return d
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
