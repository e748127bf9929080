package audit

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const day = 24 * time.Hour

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// finding makes one finding of one door, at a time after noon, in a state.
func finding(t testing.TB, after time.Duration, s State, how How) Finding {
	t.Helper()
	at := noon.Add(after)
	visit := JobID("channel", at)
	return Finding{ID: FindingID(visit, "comments", ""), Visit: visit, Channel: "channel", Check: "comments", Verdict: verdict(t, s), How: how, ObservedAt: at}
}

func verdict(t testing.TB, s State) Verdict {
	t.Helper()
	if s == Unknown {
		return UnknownFor(ReasonTimeout)
	}
	e := &Evidence{Type: Marker, Rule: "test", Version: 1, Length: 1, Excerpt: "x"}
	k := Kind("")
	if s == Restricted {
		k = KindLogin
	}
	if s == Absent {
		e.Type = Absence
	}
	v, err := NewVerdict(s, "", k, e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConfirm(t *testing.T) {
	type look struct {
		after time.Duration
		state State
		how   How
	}
	type change struct{ From, To State }
	cases := []struct {
		name    string
		looks   []look
		state   State
		stage   Stage
		pending State
		changes []change
	}{
		{"nothing was ever seen", nil, Unknown, NeverSeen, Unknown, nil},
		{"unknown alone says nothing", []look{{0, Unknown, Anonymous}, {day, Unknown, Anonymous}}, Unknown, NeverSeen, Unknown, nil},
		{"a first open door is a baseline at once", []look{{0, Open, Anonymous}}, Open, Confirmed, Unknown, nil},
		{"a first closed door waits for a second look", []look{{0, Closed, Anonymous}}, Unknown, Pending, Closed, nil},
		{"a second look too soon confirms nothing", []look{{0, Closed, Anonymous}, {23 * time.Hour, Closed, Anonymous}}, Unknown, Pending, Closed, nil},
		{"two looks a day apart make a baseline, and no change", []look{{0, Closed, Anonymous}, {day, Closed, Anonymous}}, Closed, Confirmed, Unknown, nil},
		{"a change needs its second look", []look{{0, Open, Anonymous}, {day, Closed, Anonymous}}, Open, Pending, Closed, nil},
		{"a change confirmed", []look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {2 * day, Closed, Anonymous}}, Closed, Confirmed, Unknown, []change{{Open, Closed}}},
		{"a door that opens is a change too", []look{{0, Closed, Anonymous}, {day, Closed, Anonymous}, {2 * day, Open, Anonymous}}, Closed, Pending, Open, nil},
		{"and is confirmed alike", []look{{0, Closed, Anonymous}, {day, Closed, Anonymous}, {2 * day, Open, Anonymous}, {3 * day, Open, Anonymous}}, Open, Confirmed, Unknown, []change{{Closed, Open}}},
		{"unknown between two looks does not reset", []look{{0, Closed, Anonymous}, {12 * time.Hour, Unknown, Anonymous}, {day, Closed, Anonymous}}, Closed, Confirmed, Unknown, nil},
		{"unknown does not confirm", []look{{0, Closed, Anonymous}, {day, Unknown, Anonymous}}, Unknown, Pending, Closed, nil},
		{"a third state restarts the clock", []look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {2 * day, Restricted, Anonymous}}, Open, Pending, Restricted, nil},
		{"a flicker that comes back is nothing", []look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {36 * time.Hour, Open, Anonymous}, {2 * day, Closed, Anonymous}}, Open, Pending, Closed, nil},
		{"the owner's token says it at once", []look{{0, Closed, PageToken}}, Closed, Confirmed, Unknown, nil},
		{"the owner's token confirms a change at once", []look{{0, Open, PageToken}, {time.Hour, Closed, PageToken}}, Closed, Confirmed, Unknown, []change{{Open, Closed}}},
		{"never was never is closed", []look{{0, Absent, Anonymous}, {day, Closed, Anonymous}}, Unknown, Pending, Closed, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var findings []Finding
			for _, l := range c.looks {
				findings = append(findings, finding(t, l.after, l.state, l.how))
			}
			got := Confirm(findings, day)
			if got.State != c.state || got.Stage != c.stage || got.Pending != c.pending {
				t.Errorf("got %v %q pending %v, want %v %q pending %v", got.State, got.Stage, got.Pending, c.state, c.stage, c.pending)
			}
			var changes []change
			for _, x := range got.Changes {
				changes = append(changes, change{x.From, x.To})
			}
			if diff := cmp.Diff(c.changes, changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if (got.Stage == Pending) != (!got.DueAgain.IsZero()) {
				t.Errorf("stage %q with due again %v", got.Stage, got.DueAgain)
			}
		})
	}
}

// The standing follows from the set of findings, whatever order they arrived in and however often.
// TestConfirmKinds: a restriction is confirmed only by a second look at the same restriction.
func TestConfirmKinds(t *testing.T) {
	some := func(after time.Duration) Finding {
		x := finding(t, after, Restricted, Anonymous)
		v, err := NewVerdict(Restricted, "", KindSomePosts, x.Verdict.Evidence())
		if err != nil {
			t.Fatal(err)
		}
		x.Verdict = v
		return x
	}
	day := 24 * time.Hour
	looks := []Finding{some(0), finding(t, day, Restricted, Anonymous)}
	if s := Confirm(looks, day); s.State != Unknown || s.Stage != Pending {
		t.Errorf("two kinds, a look each: %v %v", s.State, s.Stage)
	}
	if s := Confirm(append(looks, finding(t, 2*day, Restricted, Anonymous)), day); s.State != Restricted || s.Finding.Verdict.Kind() != KindLogin {
		t.Errorf("the second kind seen twice: %v %v", s.State, s.Stage)
	}
}

func TestConfirmOrderDoesNotMatter(t *testing.T) {
	states := []State{Unknown, Open, Restricted, Closed, Absent}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 500 {
		var findings []Finding
		var at time.Duration
		for range 1 + rng.IntN(12) {
			at += time.Duration(1+rng.IntN(30)) * time.Hour
			findings = append(findings, finding(t, at, states[rng.IntN(len(states))], Anonymous))
		}
		want := Confirm(findings, day)
		shuffled := append(append([]Finding{}, findings...), findings[rng.IntN(len(findings))])
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		got := Confirm(shuffled, day)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Verdict{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("round %d: the same findings in another order (-want +got):\n%s", round, diff)
		}
	}
}

// No list of findings makes a negative state without two looks that far apart.
func TestConfirmNeverAccusesOnOneLook(t *testing.T) {
	rng, negative := rand.New(rand.NewPCG(3, 9)), 0
	for round := range 20_000 {
		var findings []Finding
		step := time.Duration(rng.IntN(40)) * time.Hour
		for i := range rng.IntN(12) {
			findings = append(findings, finding(t, time.Duration(i)*step, State(rng.IntN(5)), Anonymous))
		}
		got := Confirm(findings, day)
		if !got.State.Negative() {
			continue
		}
		negative++
		of := func(x Finding) bool { return x.Verdict.State() == got.State }
		first := slices.IndexFunc(findings, of)
		slices.Reverse(findings)
		last := findings[slices.IndexFunc(findings, of)].ObservedAt
		if apart := last.Sub(findings[len(findings)-1-first].ObservedAt); apart < day {
			t.Fatalf("round %d: %v confirmed on looks %v apart", round, got.State, apart)
		}
	}
	if negative < 2000 {
		t.Errorf("%d rounds ended in a negative state", negative)
	}
}

// What is seen while a question is held for the whole fleet confirms nothing; what is still so afterwards is.
func TestConfirmInQuarantine(t *testing.T) {
	held := []Hold{{noon.Add(2 * day), noon.Add(5 * day)}}
	type look struct {
		after time.Duration
		state State
		how   How
	}
	for name, c := range map[string]struct {
		looks          []look
		state, pending State
		changes        int
	}{
		"a second look in it":          {[]look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {3 * day, Closed, Anonymous}}, Open, Closed, 0},
		"seen and seen again in it":    {[]look{{0, Open, Anonymous}, {2 * day, Closed, Anonymous}, {4 * day, Closed, Anonymous}}, Open, Closed, 0},
		"as before again in it":        {[]look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {3 * day, Open, Anonymous}, {6 * day, Open, Anonymous}}, Open, Unknown, 0},
		"still so after it":            {[]look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {3 * day, Closed, Anonymous}, {5 * day, Closed, Anonymous}}, Closed, Unknown, 1},
		"confirmed before it":          {[]look{{0, Open, Anonymous}, {12 * time.Hour, Closed, Anonymous}, {37 * time.Hour, Closed, Anonymous}, {3 * day, Closed, Anonymous}}, Closed, Unknown, 1},
		"the owner's token in it":      {[]look{{0, Open, Anonymous}, {3 * day, Closed, PageToken}}, Open, Closed, 0},
		"a first open door in it":      {[]look{{3 * day, Open, Anonymous}}, Unknown, Open, 0},
		"and the same door after it":   {[]look{{3 * day, Open, Anonymous}, {6 * day, Open, Anonymous}}, Open, Unknown, 0},
		"a third state in it":          {[]look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {3 * day, Absent, Anonymous}, {6 * day, Closed, Anonymous}}, Open, Closed, 0},
		"an end that has not come yet": {[]look{{0, Open, Anonymous}, {day, Closed, Anonymous}, {30 * day, Closed, Anonymous}}, Open, Closed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			spans := held
			if name == "an end that has not come yet" {
				spans = []Hold{{From: noon.Add(2 * day)}}
			}
			var findings []Finding
			for _, l := range c.looks {
				findings = append(findings, finding(t, l.after, l.state, l.how))
			}
			got := Confirm(findings, day, spans...)
			if got.State != c.state || got.Pending != c.pending || len(got.Changes) != c.changes {
				t.Errorf("state %v, pending %v, %d changes; want %v, %v, %d", got.State, got.Pending, len(got.Changes), c.state, c.pending, c.changes)
			}
		})
	}
}
