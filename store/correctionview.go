package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
)

// ShownCorrection is a newer reading of looks of one door (or one post) that the public had seen otherwise.
type ShownCorrection struct {
	Organisation, OrganisationName string
	Channel                        string
	Platform                       audit.Platform
	URL                            string // of the place
	Check                          audit.CheckID
	Scope                          string
	From, To                       audit.State
	FromRule, ToRule               string // "" for unknown
	FromVersion, ToVersion         int
	Looks                          int          // that are read otherwise
	ObservedAt                     time.Time    // the newest of them
	Old, By                        string       // its two findings
	At                             time.Time    // when it was put in force
	Was, Is                        audit.Values // what the two findings read beside their states
}

// shownCorrections is the gate of corrections: ?1 is now. One that speaks for a state which is being checked or has not
// come out yet is not shown before that state is.
const shownCorrections = `SELECT x.*, c.url AS url, o.name AS name FROM correction x JOIN channel c ON c.id = x.channel JOIN organisation o ON o.id = c.organisation
	JOIN state_now s ON s.channel = x.channel AND s.check_id = x.check_id AND s.scope = x.scope
	WHERE c.listed = 1 AND o.listed = 1 AND x.shown = 1 AND x.settled_at IS NOT NULL AND x.hold_reason = '' AND x.published_at <= ?1
		AND NOT (x.to_state <> 'unknown' AND s.pending = x.to_state AND s.pending_at <= x.observed_at)
		AND NOT (x.to_state <> 'unknown' AND s.state = x.to_state AND s.since <= x.observed_at AND NOT (s.hold_reason = '' AND coalesce(s.published_at <= ?1, 0)))`

// Corrections lists published corrections, newest first: of one organisation, or of all where it is "".
func (p *Public) Corrections(ctx context.Context, organisation string, limit int) ([]ShownCorrection, error) {
	var all []ShownCorrection
	// With max() alone among plain columns SQLite takes those from the row that holds the maximum.
	err := p.db.list(ctx, `SELECT organisation, name, channel, platform, url, check_id, scope, from_state, to_state, from_rule, to_rule, from_version,
			to_version, count(*), max(observed_at), finding, by_finding, settled_at,
			(SELECT named FROM finding f WHERE f.id = finding), (SELECT named FROM finding f WHERE f.id = by_finding)
		FROM (`+shownCorrections+`) WHERE ?2 = '' OR organisation = ?2
		GROUP BY channel, check_id, scope, from_state, to_state, from_rule, from_version, to_rule, to_version, settled_at
		ORDER BY settled_at DESC, organisation, channel, check_id, scope LIMIT ?3`, []any{stamp(p.now), organisation, limit}, func(r *sql.Rows) error {
		var c ShownCorrection
		var from, to string
		err := r.Scan(&c.Organisation, &c.OrganisationName, &c.Channel, &c.Platform, &c.URL, &c.Check, &c.Scope, &from, &to, &c.FromRule, &c.ToRule,
			&c.FromVersion, &c.ToVersion, &c.Looks, at(&c.ObservedAt), &c.Old, &c.By, at(&c.At), fromJSON(&c.Was), fromJSON(&c.Is))
		if err != nil {
			return err
		}
		c.From, err = audit.ParseState(from)
		c.To, err = parseAlso(to, err)
		all = append(all, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	return all, nil
}

func parseAlso(word string, before error) (audit.State, error) {
	s, err := audit.ParseState(word)
	return s, errors.Join(before, err)
}

// Undone lists published changes that were withdrawn, the newest withdrawal first.
func (p *Public) Undone(ctx context.Context, organisation string, limit int) ([]PublicChange, error) {
	shown, err := p.changes(ctx, `withdrawn_at IS NOT NULL AND (?2 = '' OR organisation = ?2) ORDER BY withdrawn_at DESC, id LIMIT ?3`, organisation, limit)
	if err != nil {
		return nil, err
	}
	all := make([]PublicChange, 0, len(shown))
	for _, c := range shown {
		named, err := p.named(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, named)
	}
	return all, nil
}

// Quarantines lists the questions that are held at present. No direction is in it.
func (p *Public) Quarantines(ctx context.Context) ([]Quarantine, error) { return p.db.Quarantines(ctx) }

// FindingCorrection says what has become of a finding whose bytes are read otherwise today.
type FindingCorrection struct {
	Checking bool      // the newer answer is not published yet: no direction is given
	By       string    // the finding that took its place; "" where it is being checked
	At       time.Time // when that was put in force
}

// corrected gives the correction of a finding that the public had seen; nil where there is none.
func (p *Public) corrected(ctx context.Context, finding string) (*FindingCorrection, error) {
	var c FindingCorrection
	err := p.db.read.QueryRowContext(ctx, `SELECT by_finding, settled_at FROM (`+shownCorrections+`) WHERE finding = ?2`, stamp(p.now), finding).Scan(&c.By, at(&c.At))
	if err == nil {
		return &c, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read correction of finding %s: %w", finding, err)
	}
	var n int
	err = p.db.read.QueryRowContext(ctx, `SELECT count(*) FROM correction WHERE finding = ? AND shown = 1 AND settled_at IS NOT NULL`, finding).Scan(&n)
	if err != nil {
		return nil, fmt.Errorf("read correction of finding %s: %w", finding, err)
	}
	if n == 0 {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return &FindingCorrection{Checking: true}, nil
}

// corrects gives the finding that a published one took the place of, "" where it is a first reading.
func (p *Public) corrects(ctx context.Context, finding string) (string, error) {
	var old string
	err := p.db.read.QueryRowContext(ctx, `SELECT finding FROM (`+shownCorrections+`) WHERE by_finding = ?2`, stamp(p.now), finding).Scan(&old)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read what finding %s corrects: %w", finding, err)
	}
	return old, nil
}
