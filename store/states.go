package store

import (
	"database/sql"
	"fmt"
	"slices"
	"time"

	"doorknock/audit"
)

// standing is a row of state_now as far as folding needs it.
type standing struct {
	state, pending audit.State
	lastAt         time.Time
	publishedAt    time.Time
	hold           string
	held           bool // there is a row
}

func (t *tx) standing(channel string, c audit.CheckID, scope string) (standing, error) {
	var s standing
	var state, pending string
	found, err := t.row(`SELECT state, pending, last_at, published_at, hold_reason FROM state_now WHERE channel = ? AND check_id = ? AND scope = ?`,
		[]any{channel, string(c), scope}, &state, &pending, at(&s.lastAt), at(&s.publishedAt), &s.hold)
	if err != nil || !found {
		return s, err
	}
	s.held = true
	if s.state, err = audit.ParseState(state); err != nil {
		return s, err
	}
	s.pending, err = audit.ParseState(pending)
	return s, err
}

// settleAll brings the states that a visit's findings speak of up to date. A state is the fold over all its findings; two
// cases that the fold would answer alike, and which are nearly all, are answered without reading the history again: the
// newest look could not see, or it saw what is confirmed and nothing else is pending. Each is one statement for the whole
// visit, which finds no row in any other case.
func (r *recorder) settleAll(findings []audit.Finding) error {
	known, err := r.knownPlace()
	if err != nil {
		return err
	}
	if !known {
		return r.settleFirst(findings)
	}
	settled := 0
	if r.visit.How != audit.ByWitness { // what one person says stands beside what others said
		if settled, err = r.settleAlike(findings); err != nil {
			return fmt.Errorf("settle what is as it was: %w", err)
		}
	}
	if settled == len(findings) {
		return nil
	}
	rest, err := r.unsettled(settled)
	if err != nil {
		return fmt.Errorf("list what is to be settled: %w", err)
	}
	for _, f := range findings {
		if rest != nil && !rest[f.ID] {
			continue
		}
		if err := r.settle(f); err != nil {
			return fmt.Errorf("settle %s %s: %w", f.Check, f.Scope, err)
		}
	}
	return nil
}

// settleAlike brings the states up to date that the findings leave as they are, and says how many.
func (r *recorder) settleAlike(findings []audit.Finding) (settled int, err error) {
	unseen := func(f audit.Finding) bool { return f.Verdict.State() == audit.Unknown }
	if settled, err = r.sawTheSame(); err != nil || !slices.ContainsFunc(findings, unseen) {
		return settled, err
	}
	n, err := r.sawNothing()
	return settled + n, err
}

// unsettled gives the visit's findings which are not the newest word of their states; nil where no state was settled: all.
func (r *recorder) unsettled(settled int) (map[string]bool, error) {
	if settled == 0 {
		return nil, nil
	}
	rest := map[string]bool{}
	err := r.rows(`SELECT f.id FROM finding f WHERE f.visit = ? AND NOT EXISTS (SELECT 1 FROM state_now s
		WHERE s.channel = f.channel AND s.check_id = f.check_id AND s.scope = f.scope AND s.last_finding = f.id)`, []any{r.visit.ID}, func(row *sql.Rows) error {
		var id string
		err := row.Scan(&id)
		rest[id] = true
		return err
	})
	return rest, err
}

// knownPlace reports whether any state of the channel was ever written.
func (r *recorder) knownPlace() (known bool, err error) {
	if _, err = r.row(`SELECT EXISTS (SELECT 1 FROM state_now WHERE channel = ?)`, []any{r.channel.ID}, &known); err != nil {
		return false, fmt.Errorf("look for states of the channel: %w", err)
	}
	return known, nil
}

// settleFirst makes the states of a place of which there were none: each finding is a whole history, and their rows are
// written together.
func (r *recorder) settleFirst(findings []audit.Finding) error {
	r.states = make([][]any, 0, len(findings))
	for _, f := range findings {
		if err := r.foldFirst(f); err != nil {
			return fmt.Errorf("settle %s %s: %w", f.Check, f.Scope, err)
		}
	}
	return r.saveStates()
}

// foldFirst makes a door's state from its first look.
func (r *recorder) foldFirst(f audit.Finding) error {
	f.ClockOff = r.visit.ClockOff.Truncate(time.Second)
	return r.fold(f, standing{}, []audit.Finding{f})
}

// settle makes the state that a finding speaks of from its history.
func (r *recorder) settle(f audit.Finding) error {
	was, err := r.standing(f.Channel, f.Check, f.Scope)
	if err != nil {
		return err
	}
	if !was.held {
		return r.foldFirst(f)
	}
	return r.refold(f, was)
}

// refold makes the state of key's (channel, check, scope) from the whole history.
func (r *recorder) refold(f audit.Finding, was standing) error {
	all, err := r.history(f.Channel, f.Check, f.Scope)
	if err != nil {
		return err
	}
	return r.fold(f, was, all)
}

// fold makes the state of f's (channel, check, scope) from all its findings.
func (r *recorder) fold(f audit.Finding, was standing, all []audit.Finding) error {
	holds, err := r.holdsOf(f.Check)
	if err != nil {
		return err
	}
	now := audit.Confirm(all, r.db.o.ConfirmAfter, holds...)
	if now.Last == nil { // all that was said of it is withdrawn
		now.Last = &audit.Finding{ObservedAt: r.now, Verdict: audit.UnknownFor(audit.ReasonNotLooked)}
	}
	var fresh, withdrawn bool
	if was.held || len(now.Changes)+len(now.ValueChanges) > 0 {
		if fresh, withdrawn, err = r.saveChanges(f, now.Changes); err != nil {
			return err
		}
		if err := r.saveValueChanges(f, now.ValueChanges); err != nil {
			return err
		}
	}
	published, hold := was.publishedAt, was.hold
	if now.State != was.state || fresh || withdrawn {
		published, hold, err = r.publication(f.Check, now.State, withdrawn || r.correcting)
		if err != nil {
			return err
		}
		r.counts(published, was.state, fresh && !r.correcting)
	}
	r.doubts(f, was, now.Pending)
	if err := r.saveState(f, now, published, hold); err != nil {
		return err
	}
	if f.Scope == "" && now.Pending != audit.Unknown && now.State != audit.Unknown && now.Pending != was.pending {
		return r.watchFleet(f.Check)
	}
	return nil
}

// sawNothing leaves what is confirmed or pending as it is. Where nothing was ever seen, the newest look says what there is.
func (r *recorder) sawNothing() (int, error) {
	return r.count(`UPDATE state_now SET last_finding = f.id, last_at = f.observed_at, last_reason = f.reason, observed_at = f.observed_at, recorded_at = ?3,
			system = CASE finding WHEN '' THEN f.system ELSE state_now.system END, count_seen = CASE finding WHEN '' THEN f.count_seen ELSE state_now.count_seen END,
			count_claimed = CASE finding WHEN '' THEN f.count_claimed ELSE state_now.count_claimed END, of_posts = CASE finding WHEN '' THEN f.of_posts ELSE state_now.of_posts END
		FROM finding f WHERE f.visit = ?1 AND f.channel = ?2 AND f.state = 'unknown'
			AND state_now.channel = ?2 AND state_now.check_id = f.check_id AND state_now.scope = f.scope AND last_at < f.observed_at`,
		r.visit.ID, r.channel.ID, stamp(r.now))
}

func (r *recorder) sawTheSame() (int, error) {
	return r.count(`UPDATE state_now SET kind = f.kind, finding = f.id, evidence = f.evidence, how = f.how, seen_at = f.observed_at,
			last_finding = f.id, last_at = f.observed_at, last_reason = '', witnesses = 0, system = f.system, count_seen = f.count_seen,
			count_claimed = f.count_claimed, of_posts = f.of_posts, observed_at = f.observed_at, recorded_at = ?3
		FROM finding f WHERE f.visit = ?1 AND f.channel = ?2 AND f.state <> 'unknown'
			AND state_now.channel = ?2 AND state_now.check_id = f.check_id AND state_now.scope = f.scope AND last_at < f.observed_at
			AND state_now.state = f.state AND pending = 'unknown' AND NOT named_pending AND state_now.named IS f.named`,
		r.visit.ID, r.channel.ID, stamp(r.now))
}

// saveState writes the whole row from the fold, or has it wait while those of a first look are gathered.
func (r *recorder) saveState(key audit.Finding, s audit.Standing, published time.Time, hold string) error {
	shown := s.Finding
	if shown == nil {
		shown = &audit.Finding{System: s.Last.System, Count: s.Last.Count, CountClaimed: s.Last.CountClaimed, Of: s.Last.Of}
	}
	lastReason := ""
	if s.Last.Verdict.State() == audit.Unknown {
		lastReason = string(s.Last.Verdict.Reason())
	}
	row := []any{key.Channel, string(key.Check), key.Scope, r.channel.Organisation, string(r.channel.Platform),
		s.State.String(), string(shown.Verdict.Kind()), shown.ID, evidenceColumn(shown.Verdict.Evidence()), string(shown.How),
		orNull(s.Since), orNull(s.LastSeen), string(s.Stage), s.Pending.String(), orNull(s.PendingAt), orNull(s.DueAgain),
		s.Last.ID, stamp(s.Last.ObservedAt), lastReason, shown.System, shown.Count, shown.CountClaimed, ofColumn(shown.Of),
		stamp(s.Last.ObservedAt), stamp(r.now), orNull(published), hold, valuesColumn(s.Values), s.ValuesPending, s.Witnesses, s.Contested}
	together := r.states != nil
	if r.states = append(r.states, row); together {
		return nil
	}
	return r.saveStates()
}

// saveStates writes the rows that wait.
func (r *recorder) saveStates() error {
	rows := r.states
	r.states = nil
	return r.insert(`INSERT OR REPLACE INTO state_now
		(channel, check_id, scope, organisation, platform, state, kind, finding, evidence, how, since, seen_at, stage,
			pending, pending_at, due_again, last_finding, last_at, last_reason, system, count_seen, count_claimed, of_posts,
			observed_at, recorded_at, published_at, hold_reason, named, named_pending, witnesses, contested)`,
		`(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, "", rows)
}
