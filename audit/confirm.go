package audit

import (
	"slices"
	"time"
)

// Stage says how far a state has come on the way to the public.
type Stage string

// The stages of a state. Held and published are decided by the store from publish times.
const (
	NeverSeen Stage = ""
	Pending   Stage = "pending"
	Confirmed Stage = "confirmed"
)

// Change is a confirmed difference of state.
type Change struct {
	ID           string    `json:"id"`
	Channel      string    `json:"channel"`
	Check        CheckID   `json:"check"`
	Scope        string    `json:"scope,omitempty"`
	From         State     `json:"from"`
	To           State     `json:"to"`
	FirstFinding string    `json:"first_finding"`
	Finding      string    `json:"finding"`            // the one that confirmed it
	FirstSeen    time.Time `json:"first_seen"`         // observed_at of the first
	ConfirmedAt  time.Time `json:"confirmed_at"`       // observed_at of the confirming one
	LastSeen     time.Time `json:"last_seen,omitzero"` // observed_at of the last look that showed From
	LastHow      How       `json:"last_how,omitempty"` // how that look was made
	How          How       `json:"how,omitempty"`      // how the confirming one was made
}

// Historic reports whether a change is known only from pages that somebody had saved long before: nobody looked between the old
// state and the new, or all of it was over long ago. When it came about is told by its two dates, and it is no news.
func (c Change) Historic(now time.Time, long time.Duration) bool {
	saved := func(h How, gap time.Duration) bool { return h == SavedPage && gap > long }
	return saved(c.LastHow, c.FirstSeen.Sub(c.LastSeen)) || saved(c.How, now.Sub(c.ConfirmedAt))
}

// Standing is the state of one (channel, check, scope) that follows from all its findings.
type Standing struct {
	State     State // the confirmed state; Unknown until there is one
	Finding   *Finding
	Since     time.Time // first sight of the confirmed state
	LastSeen  time.Time // last finding that showed the confirmed state
	Stage     Stage
	Pending   State     // the state being checked; Unknown if none
	PendingAt time.Time // first sight of the pending state
	DueAgain  time.Time // when a second look can confirm it
	Last      *Finding  // the newest finding, unknown ones included
	Changes   []Change
	Witnesses int  // people whose word the state rests on; 0: it was not people who last showed it
	Contested bool // people saw different things, and one more is asked

	Values        Values // that are confirmed with the state: those of two looks, or of the first
	ValuesPending bool   // another set was seen, and waits for a second look
	ValueChanges  []ValueChange
}

// ValueChange is a confirmed difference of the values of a door whose state stayed as it was.
type ValueChange struct {
	ID           string    `json:"id"`
	Channel      string    `json:"channel"`
	Check        CheckID   `json:"check"`
	Scope        string    `json:"scope,omitempty"`
	From         Values    `json:"from"`
	To           Values    `json:"to"`
	Before       string    `json:"before"`        // the last finding that showed the old ones
	FirstFinding string    `json:"first_finding"` // the first that showed the new ones
	Finding      string    `json:"finding"`       // the one that confirmed them
	FirstSeen    time.Time `json:"first_seen"`
	ConfirmedAt  time.Time `json:"confirmed_at"`
}

// Hold is a stretch of time in which a pair of platform and check is in quarantine, from From until before To; a zero To has not come yet.
type Hold struct{ From, To time.Time }

func (s Hold) covers(t time.Time) bool { return !t.Before(s.From) && (s.To.IsZero() || t.Before(s.To)) }

// Confirm folds the findings of one (channel, check, scope) into its standing. It depends only on the set of
// findings: their order in the slice does not matter, and the same finding twice counts once.
//
// A negative state or a change of state is pending until a finding at least after later says the same, or the
// owner's token says it, or two witnesses do (agree.go). Unknown neither confirms nor resets; a third state restarts the clock, and so does another kind
// of restriction: "some posts" seen once is not confirmed by "log in" seen later. The first confirmed
// state is a baseline and no change. A look in a quarantine confirms nothing, neither as a second look nor
// alone; it may still show that a pending state has gone. How much later a look is follows from our clock and from what the
// sites said of it (elapsed). Of looks that were rolled up (Stretches) the two that are kept say what all said.
// (design.md, "From reading to public")
func Confirm(findings []Finding, after time.Duration, quarantine ...Hold) Standing {
	sorted := inOrder(findings)
	f := folding{after: after, quarantine: quarantine}
	f.all(sorted)
	return f.standing
}

// inOrder sorts by time and drops repeats.
func inOrder(findings []Finding) []Finding {
	sorted := slices.Clone(findings)
	slices.SortFunc(sorted, compareFindings)
	return slices.CompactFunc(sorted, func(a, b Finding) bool { return a.ID == b.ID })
}

type folding struct {
	after      time.Duration
	quarantine []Hold
	standing   Standing
	first      *Finding        // first sight of the pending state
	valued     *Finding        // newest finding with the confirmed values
	otherwise  *Finding        // first sight of pending values
	people     []*Finding      // newest answers of witnesses that stand side by side
	bearing    map[string]bool // findings that decided something; nil: not asked for
}

// bears notes that a finding decided something.
func (f *folding) bears(x *Finding) {
	if f.bearing != nil {
		f.bearing[x.ID] = true
	}
}

func (f *folding) all(sorted []Finding) {
	rolled := slices.ContainsFunc(sorted, func(x Finding) bool { return x.Run != nil })
	for i := range sorted {
		if x := &sorted[i]; rolled && inRun(sorted, x) {
			f.standing.Last = x
			continue
		}
		f.add(&sorted[i])
	}
}

func (f *folding) add(x *Finding) {
	s := &f.standing
	s.Last = x
	if x.How == ByWitness {
		f.bears(x) // what a person said is never rolled up
	}
	state := x.Verdict.State()
	if state == Unknown {
		return
	}
	if x.How == ByWitness {
		f.witness(x)
		return
	}
	if s.Stage != NeverSeen && s.State != Unknown && state == s.State {
		s.Finding, s.LastSeen = x, x.ObservedAt
		f.values(x)
		f.clear()
		return
	}
	if f.first == nil || s.Pending != state || f.first.Verdict.Kind() != x.Verdict.Kind() {
		f.bears(x)
		f.first, s.Pending, s.PendingAt = x, state, x.ObservedAt
		s.Stage = Pending
	}
	between := elapsed(f.first, x)
	s.DueAgain = x.ObservedAt.Add(f.after - between)
	if f.held(x) {
		return
	}
	baselineOpen := s.State == Unknown && !state.Negative()
	if x.How == PageToken || baselineOpen || (x != f.first && between >= f.after) {
		f.people = nil // what people said before is answered
		f.confirm(x, state)
	}
}

// elapsed is the time between two looks: the least that is certain. Where our clock was set between them, what it says and
// what the clocks of the sites say differ; the lesser counts, so that neither can make a second look of one that came too soon.
func elapsed(first, x *Finding) time.Duration {
	ours := x.ObservedAt.Sub(first.ObservedAt)
	return min(ours, ours-(x.ClockOff-first.ClockOff))
}

func (f *folding) confirm(x *Finding, state State) {
	s := &f.standing
	f.bears(x)
	if s.State != Unknown {
		s.Changes = append(s.Changes, Change{
			ID:      ChangeID(x.Channel, x.Check, x.Scope, s.State, state, f.first.ID),
			Channel: x.Channel, Check: x.Check, Scope: x.Scope, From: s.State, To: state,
			FirstFinding: f.first.ID, Finding: x.ID, FirstSeen: f.first.ObservedAt, ConfirmedAt: x.ObservedAt,
			LastSeen: s.LastSeen, LastHow: s.Finding.How, How: x.How,
		})
	}
	s.State, s.Finding, s.Since, s.LastSeen = state, x, f.first.ObservedAt, x.ObservedAt
	f.take(x)
	f.clear()
}

// values confirms what the door's values are as its state is confirmed: by a second look at least after later. Where one of
// the two looks has none, or another version of the rule read it, there is nothing to compare, and it begins anew. Figures
// that move with every post are taken as they come.
func (f *folding) values(x *Finding) {
	s := &f.standing
	was, is := f.valued.Values, x.Values
	switch {
	case is.Lasting().Equal(was.Lasting()), len(was) == 0, len(is) == 0, version(f.valued) != version(x):
		f.take(x)
		return
	case f.otherwise == nil || !f.otherwise.Values.Lasting().Equal(is.Lasting()):
		f.bears(x)
		f.otherwise, s.ValuesPending = x, true
	}
	if x.How != PageToken && (x == f.otherwise || elapsed(f.otherwise, x) < f.after) || f.held(x) {
		return
	}
	f.bears(f.valued)
	f.bears(x)
	s.ValueChanges = append(s.ValueChanges, ValueChange{
		ID:      ValueChangeID(x.Channel, x.Check, x.Scope, was, is, f.otherwise.ID),
		Channel: x.Channel, Check: x.Check, Scope: x.Scope, From: was, To: is, Before: f.valued.ID,
		FirstFinding: f.otherwise.ID, Finding: x.ID, FirstSeen: f.otherwise.ObservedAt, ConfirmedAt: x.ObservedAt,
	})
	f.take(x)
}

// take makes a finding's values the confirmed ones.
func (f *folding) take(x *Finding) {
	f.valued, f.otherwise = x, nil
	f.standing.Values, f.standing.ValuesPending = x.Values, false
}

func version(x *Finding) int {
	if e := x.Verdict.Evidence(); e != nil {
		return e.Version
	}
	return 0
}

func (f *folding) held(x *Finding) bool {
	return slices.ContainsFunc(f.quarantine, func(q Hold) bool { return q.covers(x.ObservedAt) })
}

func (f *folding) clear() {
	f.first = nil
	f.standing.Stage = Confirmed
	f.standing.Pending, f.standing.PendingAt, f.standing.DueAgain = Unknown, time.Time{}, time.Time{}
	f.standing.Witnesses, f.standing.Contested = 0, false
}
