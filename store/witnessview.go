package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"doorknock/audit"
)

// Why a place is in the queue of those where a person's look is wanted.
const (
	WantsContested = "contested" // people saw different things
	WantsOneMore   = "one_more"  // one person said so, another is needed
	WantsPicture   = "picture"   // people agree, and none brought anything that others can look at
	WantsApproval  = "approval"  // people whom one person asked agree: the operator says whether they are two
	WantsAgain     = "again"     // the last look is sixty days old or more

	relookAfter = agedWitness        // from when a look is wanted again
	looksWithin = 7 * 24 * time.Hour // as the fold's
)

// A Wanted is one question about one place that needs a person.
type Wanted struct {
	Channel      string         `json:"channel"`
	Organisation string         `json:"organisation"`
	Name         string         `json:"name"`
	Platform     audit.Platform `json:"platform"`
	URL          string         `json:"url"`
	Check        audit.CheckID  `json:"check"`
	Why          string         `json:"why"`
	People       int            `json:"people"` // who looked within the week before the newest look
	Since        time.Time      `json:"since,omitzero"`
}

// wantedQuery lists questions at which people have looked. people, inviters and artefacts are of the week before the newest.
const wantedQuery = `SELECT s.channel, s.organisation, o.name, s.platform, c.url, s.check_id, s.contested, s.pending <> 'unknown', s.state, s.seen_at, s.how, s.pending_at,
		(SELECT count(DISTINCT w.invite) FROM witness w JOIN finding f ON f.visit = w.visit AND f.check_id = s.check_id AND f.state = s.pending
			WHERE w.channel = s.channel AND w.withdrawn_at IS NULL AND w.observed_at >= ?1),
		(SELECT count(DISTINCT w.inviter) FROM witness w JOIN finding f ON f.visit = w.visit AND f.check_id = s.check_id AND f.state = s.pending
			WHERE w.channel = s.channel AND w.withdrawn_at IS NULL AND w.observed_at >= ?1),
		(SELECT count(*) FROM witness w JOIN finding f ON f.visit = w.visit AND f.check_id = s.check_id AND f.state = s.pending
			WHERE w.channel = s.channel AND w.withdrawn_at IS NULL AND w.observed_at >= ?1 AND w.artefact <> '')
	FROM state_now s JOIN channel c ON c.id = s.channel JOIN organisation o ON o.id = s.organisation
	WHERE s.scope = '' AND c.listed = 1 AND o.listed = 1 AND s.check_id IN (` + witnessedList + `)
		AND EXISTS (SELECT 1 FROM witness w WHERE w.channel = s.channel AND w.withdrawn_at IS NULL)
	ORDER BY o.name, c.url, s.check_id`

// Wanted lists where one more person is needed: people disagree, one has said so alone, or the last look is old.
func (db *DB) Wanted(ctx context.Context, now time.Time) ([]Wanted, error) {
	var all []Wanted
	err := db.list(ctx, wantedQuery, []any{stamp(now.Add(-looksWithin))}, func(r *sql.Rows) error {
		var w Wanted
		var contested, pending bool
		var state, how string
		var seen time.Time
		var inviters, artefacts int
		err := r.Scan(&w.Channel, &w.Organisation, &w.Name, &w.Platform, &w.URL, &w.Check, &contested, &pending, &state, at(&seen), &how, at(&w.Since),
			&w.People, &inviters, &artefacts)
		if err != nil {
			return err //nolint:wrapcheck // wrapped below
		}
		switch {
		case contested:
			w.Why = WantsContested
		case pending && w.People < 2:
			w.Why = WantsOneMore
		case pending && inviters < 2:
			w.Why = WantsApproval
		case pending && artefacts == 0:
			w.Why = WantsPicture
		case pending:
			w.Why = WantsOneMore
		case how == string(audit.ByWitness) && now.Sub(seen) >= relookAfter:
			w.Why, w.Since = WantsAgain, seen
		default:
			return nil
		}
		all = append(all, w)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list where people are needed: %w", err)
	}
	return all, nil
}

// Progress is how far a campaign is with one of its places.
type Progress struct {
	Target
	People    int  `json:"people"`    // who have looked, withdrawn looks left out
	Settled   int  `json:"settled"`   // questions that people have settled
	Waiting   int  `json:"waiting"`   // questions that wait for one more person
	Contested bool `json:"contested"` // people saw different things
}

// Progress tells of each place of a campaign how far it is.
func (db *DB) Progress(ctx context.Context, campaign string) ([]Progress, error) {
	c, err := db.Campaign(ctx, campaign)
	if err != nil {
		return nil, err
	}
	all := make([]Progress, 0, len(c.Targets))
	for _, t := range c.Targets {
		p := Progress{Target: t}
		err := db.read.QueryRowContext(ctx, `SELECT (SELECT count(DISTINCT invite) FROM witness WHERE campaign = ?1 AND channel = ?2 AND withdrawn_at IS NULL),
				coalesce(sum(stage = 'confirmed' AND witnesses > 0), 0), coalesce(sum(stage = 'pending'), 0), coalesce(max(contested), 0)
			FROM state_now WHERE channel = ?2 AND scope = '' AND check_id IN (`+witnessedList+`)`, campaign, t.Channel.ID).
			Scan(&p.People, &p.Settled, &p.Waiting, &p.Contested)
		if err != nil {
			return nil, fmt.Errorf("read progress of campaign %s: %w", campaign, err)
		}
		all = append(all, p)
	}
	return all, nil
}

// Agreement is how often two people who looked at the same door within a week saw the same. It is of looks, not of doors,
// and tells no direction.
type Agreement struct {
	Pairs int `json:"pairs"`
	Same  int `json:"same"`
	Looks int `json:"looks"` // that stand
}

// Agreement compares every two people's answers about the same door within a week of each other.
func (p *Public) Agreement(ctx context.Context) (Agreement, error) {
	var a Agreement
	err := p.db.read.QueryRowContext(ctx, `WITH said AS (SELECT w.invite, w.channel, f.check_id, f.state, f.kind, w.observed_at FROM witness w
			JOIN finding f ON f.visit = w.visit WHERE w.withdrawn_at IS NULL AND f.state <> 'unknown')
		SELECT count(*), coalesce(sum(a.state = b.state AND a.kind = b.kind), 0), (SELECT count(*) FROM witness WHERE withdrawn_at IS NULL)
		FROM said a JOIN said b ON b.channel = a.channel AND b.check_id = a.check_id AND a.invite < b.invite
			AND abs(julianday(a.observed_at) - julianday(b.observed_at)) <= 7`).Scan(&a.Pairs, &a.Same, &a.Looks)
	if err != nil {
		return a, fmt.Errorf("compare what people said: %w", err)
	}
	return a, nil
}
