package store

import (
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

// settle brings the state that f speaks of up to date. The state is the fold over all findings; two cases that the fold
// would answer alike, and which are nearly all, are answered without reading the history again: the newest look could
// not see, or it saw what is confirmed and nothing else is pending. Either is one statement, which finds no row in any
// other case.
func (r *recorder) settle(f findingRow) error {
	saw := r.sawTheSame
	if f.Verdict.State() == audit.Unknown {
		saw = r.sawNothing
	}
	if f.How == audit.ByWitness { // what one person says stands beside what others said
		saw = func(findingRow) (int, error) { return 0, nil }
	}
	if n, err := saw(f); err != nil || n > 0 {
		return err
	}
	was, err := r.standing(f.Channel, f.Check, f.Scope)
	if err != nil {
		return err
	}
	if !was.held { // the door's first look: it is its whole history
		f.ClockOff = r.visit.ClockOff.Truncate(time.Second)
		return r.fold(f.Finding, was, []audit.Finding{f.Finding})
	}
	return r.refold(f.Finding, was)
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
func (r *recorder) sawNothing(f findingRow) (int, error) {
	return r.count(`UPDATE state_now SET last_finding = ?1, last_at = ?2, last_reason = ?3, observed_at = ?2, recorded_at = ?4,
			system = CASE finding WHEN '' THEN ?5 ELSE system END, count_seen = CASE finding WHEN '' THEN ?6 ELSE count_seen END,
			count_claimed = CASE finding WHEN '' THEN ?7 ELSE count_claimed END, of_posts = CASE finding WHEN '' THEN ?8 ELSE of_posts END
		WHERE channel = ?9 AND check_id = ?10 AND scope = ?11 AND last_at < ?2`,
		f.ID, f.at, string(f.Verdict.Reason()), stamp(r.now), f.System, f.Count, f.CountClaimed, f.of, f.Channel, string(f.Check), f.Scope)
}

func (r *recorder) sawTheSame(f findingRow) (int, error) {
	v := f.Verdict
	return r.count(`UPDATE state_now SET kind = ?1, finding = ?2, evidence = ?3, how = ?4, seen_at = ?5, last_finding = ?2, last_at = ?5, last_reason = '', witnesses = 0,
			system = ?6, count_seen = ?7, count_claimed = ?8, of_posts = ?9, observed_at = ?5, recorded_at = ?10
		WHERE channel = ?11 AND check_id = ?12 AND scope = ?13 AND last_at < ?5 AND state = ?14 AND pending = 'unknown' AND NOT named_pending AND named IS ?15`,
		string(v.Kind()), f.ID, f.evidence, string(f.How), f.at, f.System, f.Count, f.CountClaimed, f.of, stamp(r.now),
		f.Channel, string(f.Check), f.Scope, v.State().String(), f.named)
}

// saveState writes the whole row from the fold.
func (r *recorder) saveState(key audit.Finding, s audit.Standing, published time.Time, hold string) error {
	shown := s.Finding
	if shown == nil {
		shown = &audit.Finding{System: s.Last.System, Count: s.Last.Count, CountClaimed: s.Last.CountClaimed, Of: s.Last.Of}
	}
	lastReason := ""
	if s.Last.Verdict.State() == audit.Unknown {
		lastReason = string(s.Last.Verdict.Reason())
	}
	return r.exec(`INSERT OR REPLACE INTO state_now
		(channel, check_id, scope, organisation, platform, state, kind, finding, evidence, how, since, seen_at, stage,
			pending, pending_at, due_again, last_finding, last_at, last_reason, system, count_seen, count_claimed, of_posts,
			observed_at, recorded_at, published_at, hold_reason, named, named_pending, witnesses, contested)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		key.Channel, string(key.Check), key.Scope, r.channel.Organisation, string(r.channel.Platform),
		s.State.String(), string(shown.Verdict.Kind()), shown.ID, evidenceColumn(shown.Verdict.Evidence()), string(shown.How),
		orNull(s.Since), orNull(s.LastSeen), string(s.Stage), s.Pending.String(), orNull(s.PendingAt), orNull(s.DueAgain),
		s.Last.ID, stamp(s.Last.ObservedAt), lastReason, shown.System, shown.Count, shown.CountClaimed, ofColumn(shown.Of),
		stamp(s.Last.ObservedAt), stamp(r.now), orNull(published), hold, valuesColumn(s.Values), s.ValuesPending, s.Witnesses, s.Contested)
}
