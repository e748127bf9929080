package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"doorknock/audit"
)

// Ages after which a statement is shown as "last seen", and after which it counts as unknown. A witness's look keeps longer.
const (
	agedCrawl    = 14 * 24 * time.Hour
	staleCrawl   = 45 * 24 * time.Hour
	agedWitness  = 60 * 24 * time.Hour
	staleWitness = 120 * 24 * time.Hour
)

// Public is the gate: every public read goes through its states, changes and weeks, which show published rows only.
// What is pending or held reads as being checked, and no column tells in which direction.
type Public struct {
	db  *DB
	now time.Time
}

// Public gives what the public may see at that time.
func (db *DB) Public(now time.Time) *Public { return &Public{db: db, now: now.UTC()} }

// Shown is what the public may know of one (channel, check, scope).
type Shown struct {
	Organisation string
	Channel      string
	Platform     audit.Platform
	URL          string // of the channel
	Check        audit.CheckID
	Scope        string
	State        audit.State
	Kind         audit.Kind
	Reason       audit.Reason // of unknown
	Since        time.Time    // first sight of the state
	SeenAt       time.Time    // last sight of it
	How          audit.How
	Finding      string
	Evidence     json.RawMessage // audit.Evidence; nil for unknown
	System       string
	Count        *int
	CountClaimed *int
	Of           *audit.Of
	Values       audit.Values // confirmed with the state; of others that wait for their notice nothing is told
	Checking     bool         // a second look or a notice period is awaited
	Aged         bool         // say "last seen"
	Was          audit.State  // where Reason is stale: the dated statement
	LastAt       time.Time    // newest look
	LastReason   audit.Reason // why the newest look saw nothing; "" if it saw
	Witnesses    int          // people whose word the state rests on
	Contested    bool         // people saw different things: being checked, with that reason
}

// Verdict makes the verdict of what is shown, through the constructor.
func (s Shown) Verdict() (audit.Verdict, error) {
	c := verdictColumns{state: s.State.String(), reason: string(s.Reason), kind: string(s.Kind)}
	if s.Evidence != nil && s.State != audit.Unknown {
		if err := json.Unmarshal(s.Evidence, &c.evidence); err != nil {
			return audit.Verdict{}, fmt.Errorf("read evidence: %w", err)
		}
	}
	return c.verdict()
}

// gate blanks, inside the database, every column of a row that is not published. ?1 is now. Conditions of callers are put
// upon its result, so that nobody can ask for what is blank.
const gate = `WITH
	visible AS (SELECT s.*, c.url AS url, s.state <> 'unknown' AND s.published_at IS NOT NULL AND s.published_at <= ?1 AND s.hold_reason = '' AS seen
		FROM state_now s JOIN channel c ON c.id = s.channel JOIN organisation o ON o.id = c.organisation
		WHERE c.listed = 1 AND o.listed = 1),
	shown AS (SELECT organisation, channel, platform, url, check_id, scope,
		iif(seen, state, 'unknown') AS state, iif(seen, kind, '') AS kind,
		pending <> 'unknown' OR (state <> 'unknown' AND NOT seen) AS checking,
		iif(seen, since, NULL) AS since, iif(seen, seen_at, NULL) AS seen_at, iif(seen, how, '') AS how,
		iif(seen, finding, '') AS finding, iif(seen, evidence, NULL) AS evidence,
		iif(seen OR (state = 'unknown' AND pending = 'unknown'), system, '') AS system,
		iif(seen, count_seen, NULL) AS count_seen, iif(seen, count_claimed, NULL) AS count_claimed, iif(seen, of_posts, NULL) AS of_posts,
		iif(seen AND named IS NOT NULL, coalesce((SELECT v.from_named FROM value_change v WHERE v.channel = visible.channel AND v.check_id = visible.check_id
			AND v.scope = visible.scope AND v.withdrawn_at IS NULL AND NOT (v.hold_reason = '' AND coalesce(v.published_at <= ?1, 0))
			ORDER BY v.observed_at LIMIT 1), named), NULL) AS named,
		last_at, last_reason, iif(seen, witnesses, 0) AS witnesses, contested
		FROM visible)
	SELECT organisation, channel, platform, url, check_id, scope, state, kind, checking, since, seen_at, how, finding, evidence,
		system, count_seen, count_claimed, of_posts, named, last_at, last_reason, witnesses, contested FROM shown WHERE `

// states gives the rows that where selects: constant words of ours with ? for values, then ORDER BY and LIMIT if wanted.
func (p *Public) states(ctx context.Context, where string, args ...any) ([]Shown, error) {
	var all []Shown
	err := p.db.list(ctx, gate+where, append([]any{stamp(p.now)}, args...), func(r *sql.Rows) error {
		s, err := p.scan(r)
		all = append(all, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read states: %w", err)
	}
	return all, nil
}

func (p *Public) scan(r *sql.Rows) (Shown, error) {
	var s Shown
	var state string
	var evidence sql.NullString
	err := r.Scan(&s.Organisation, &s.Channel, &s.Platform, &s.URL, &s.Check, &s.Scope, &state, &s.Kind, &s.Checking,
		at(&s.Since), at(&s.SeenAt), &s.How, &s.Finding, &evidence, &s.System, &s.Count, &s.CountClaimed, fromJSON(&s.Of), fromJSON(&s.Values),
		at(&s.LastAt), &s.LastReason, &s.Witnesses, &s.Contested)
	if err != nil {
		return s, err
	}
	if evidence.Valid {
		s.Evidence = json.RawMessage(evidence.String)
	}
	if s.State, err = audit.ParseState(state); err != nil || (s.State != audit.Unknown && s.Evidence == nil) {
		return s, fmt.Errorf("%s %s of channel %s: %w", s.Check, state, s.Channel, audit.ErrNoEvidence)
	}
	s.age(p.now)
	return s, nil
}

// age gives an unknown its reason and lets an old statement lapse.
func (s *Shown) age(now time.Time) {
	aged, stale := agedCrawl, staleCrawl
	if s.How == audit.ByWitness {
		aged, stale = agedWitness, staleWitness
	}
	switch old := now.Sub(s.SeenAt); {
	case s.State == audit.Unknown && s.Checking:
		s.Reason = audit.ReasonIncomplete // a second look is missing
	case s.State == audit.Unknown:
		s.Reason = s.LastReason
	case old >= stale:
		s.Was, s.State, s.Kind, s.Reason, s.Aged = s.State, audit.Unknown, "", audit.ReasonStale, true
	case old >= aged:
		s.Aged = true
	}
}

// ShownChange is a published change; one that was withdrawn after it was published stays, as a correction.
type ShownChange struct {
	audit.Change
	Organisation string
	Platform     audit.Platform
	PublishedAt  time.Time
	WithdrawnAt  time.Time // zero: it stands
	Correction   string
	Reread       bool      // found by a newer reading of old bytes: no news, and never announced
	History      bool      // known from saved pages, long after, or made by a clock that was set back: no news either
	FirstHow     audit.How // how its first sight was made
}

// changes gives published changes: where as in states, over organisation, channel, platform, check_id, scope,
// observed_at, published_at.
func (p *Public) changes(ctx context.Context, where string, args ...any) ([]ShownChange, error) {
	var all []ShownChange
	err := p.db.list(ctx, `WITH shown AS (SELECT x.* FROM state_change x JOIN channel c ON c.id = x.channel JOIN organisation o ON o.id = c.organisation
			WHERE c.listed = 1 AND o.listed = 1 AND x.hold_reason = '' AND x.published_at <= ?1
				AND (x.withdrawn_at IS NULL OR x.withdrawn_at > x.published_at))
		SELECT id, organisation, channel, platform, check_id, scope, from_state, to_state, first_finding, finding, first_seen,
			observed_at, published_at, withdrawn_at, correction, reread, last_seen, last_how, history,
			coalesce((SELECT f.how FROM finding f WHERE f.id = shown.finding), ''), coalesce((SELECT f.how FROM finding f WHERE f.id = shown.first_finding), '')
		FROM shown WHERE `+where, append([]any{stamp(p.now)}, args...), func(r *sql.Rows) error {
		c, err := scanChange(r)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return all, nil
}

func scanChange(r *sql.Rows) (ShownChange, error) {
	var c ShownChange
	var from, to string
	err := r.Scan(&c.ID, &c.Organisation, &c.Channel, &c.Platform, &c.Check, &c.Scope, &from, &to, &c.FirstFinding, &c.Finding,
		at(&c.FirstSeen), at(&c.ConfirmedAt), at(&c.PublishedAt), at(&c.WithdrawnAt), &c.Correction, &c.Reread,
		at(&c.LastSeen), &c.LastHow, &c.History, &c.How, &c.FirstHow)
	if err != nil {
		return c, err
	}
	if c.From, err = audit.ParseState(from); err != nil {
		return c, err
	}
	c.To, err = audit.ParseState(to)
	return c, err
}

// Week is the count of one channel's comments in one ISO week.
type Week struct {
	Organisation   string
	Channel        string
	Week           string
	Comments       int
	ByOrganisation int
	Assessed       int
	Complaints     int
}

// weeks gives the weekly counts of confirmed channels: where over organisation, channel, week.
func (p *Public) weeks(ctx context.Context, where string, args ...any) ([]Week, error) {
	var all []Week
	err := p.db.list(ctx, `WITH shown AS (SELECT w.* FROM comment_week w JOIN channel c ON c.id = w.channel JOIN organisation o ON o.id = c.organisation
			WHERE c.listed = 1 AND o.listed = 1 AND c.confirmed = 1)
		SELECT organisation, channel, week, comments, by_organisation, assessed, complaints FROM shown WHERE `+where, args, func(r *sql.Rows) error {
		var w Week
		err := r.Scan(&w.Organisation, &w.Channel, &w.Week, &w.Comments, &w.ByOrganisation, &w.Assessed, &w.Complaints)
		all = append(all, w)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read weeks: %w", err)
	}
	return all, nil
}
