package audit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// looks makes the findings of about n looks, six hours apart: long stretches of one state, flickers, changes, silences,
// looks that could not see, witnesses.
func looks(t testing.TB, r *rand.Rand, n int) []Finding {
	t.Helper()
	var all []Finding
	at, state := time.Duration(0), Open
	for range n {
		if r.IntN(20) == 0 {
			state = []State{Open, Restricted, Closed, Absent}[r.IntN(4)]
		}
		s, how := state, Anonymous
		switch r.IntN(15) {
		case 0:
			s = []State{Open, Closed, Absent}[r.IntN(3)] // seen once
		case 1, 2:
			s = Unknown
		case 3:
			how = ByWitness
		case 4:
			if r.IntN(10) == 0 {
				how = PageToken
			}
		}
		at += time.Duration(r.IntN(12)+1) * time.Hour
		if r.IntN(40) == 0 {
			at += 5 * day // nobody looked
		}
		all = append(all, finding(t, at, s, how))
	}
	return all
}

// roll leaves out what the stretches leave out, as the store does.
func roll(t testing.TB, all []Finding, before time.Time, keep func(string) bool, holds ...Hold) []Finding {
	t.Helper()
	gone, runs := map[string]bool{}, map[string]*Run{}
	for _, s := range Stretches(all, before, keep, day, holds...) {
		n := 0
		from := s.First
		for _, x := range s.Between {
			gone[x.ID] = true
			n++
			if x.Run != nil {
				n += x.Run.Looks
			}
		}
		if s.Last.Run != nil {
			n += s.Last.Run.Looks
		}
		runs[s.Last.ID] = &Run{First: from.ID, From: from.ObservedAt, Looks: n}
	}
	var left []Finding
	for _, x := range all {
		if r := runs[x.ID]; r != nil {
			x.Run = r
		}
		if !gone[x.ID] {
			left = append(left, x)
		}
	}
	return left
}

var standings = cmp.Options{cmpopts.EquateComparable(), cmpopts.IgnoreFields(Finding{}, "Run"), cmp.Comparer(func(a, b Verdict) bool { return a.State() == b.State() && a.Kind() == b.Kind() })}

// The fold over what a roll-up leaves is the fold over all findings: rolled up once or month by month, with looks made
// afterwards, and in a quarantine. What must stay stays.
func TestRolledUpFoldsTheSame(t *testing.T) {
	dropped := 0
	for seed := range 400 {
		r := rand.New(rand.NewPCG(7, uint64(seed)))
		all := looks(t, r, 40+r.IntN(300))
		var holds []Hold
		if seed%3 == 0 {
			from := all[r.IntN(len(all))].ObservedAt
			holds = []Hold{{From: from, To: from.Add(time.Duration(r.IntN(20)) * day)}}
		}
		pinned := all[r.IntN(len(all))].ID
		keep := func(id string) bool { return id == pinned }
		left, taken := []Finding{}, 0
		for taken < len(all) { // looks are made, and once in a while old ones are rolled up
			n := min(len(all), taken+1+r.IntN(120))
			left = append(left, all[taken:n]...)
			taken = n
			left = roll(t, left, left[len(left)-1].ObservedAt.Add(-14*day), keep, holds...)
			want, got := Confirm(all[:taken], day, holds...), Confirm(left, day, holds...)
			if diff := cmp.Diff(want, got, standings); diff != "" {
				t.Fatalf("seed %d, after %d looks (-all +rolled up):\n%s", seed, taken, diff)
			}
		}
		dropped += len(all) - len(left)
		total := 0
		for _, x := range left {
			total++
			if x.Run != nil {
				total += x.Run.Looks
			}
		}
		if total != len(all) {
			t.Fatalf("seed %d: %d looks are accounted for of %d", seed, total, len(all))
		}
		for _, c := range Confirm(all, day, holds...).Changes {
			for _, id := range []string{c.FirstFinding, c.Finding, pinned} {
				if !slices.ContainsFunc(left, func(x Finding) bool { return x.ID == id }) {
					t.Fatalf("seed %d: finding %s, on which a change rests, is gone", seed, id)
				}
			}
		}
	}
	if dropped < 10_000 {
		t.Errorf("only %d findings were rolled up", dropped)
	}
}

// Looks that come late and contradict a run that was rolled up around them accuse nobody and undo nothing.
func TestLateLooksInARun(t *testing.T) {
	for seed := range 200 {
		r := rand.New(rand.NewPCG(8, uint64(seed)))
		var all []Finding
		for i := range 120 {
			all = append(all, finding(t, time.Duration(i)*6*time.Hour, Open, Anonymous))
		}
		left := roll(t, all, noon.Add(20*day), func(string) bool { return false })
		want := Confirm(left, day)
		for range 4 {
			left = append(left, finding(t, time.Duration(r.IntN(19*24)+1)*time.Hour+time.Minute, Closed, SavedPage))
		}
		got := Confirm(left, day)
		if diff := cmp.Diff(want, got, standings); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
		if full := Confirm(append(left, all...), day); full.State != got.State || len(full.Changes) != 0 {
			t.Fatalf("seed %d: with every look %v, %v", seed, full.State, full.Changes)
		}
	}
}

func TestStretches(t *testing.T) {
	at := func(hours int, s State) Finding { return finding(t, time.Duration(hours)*time.Hour, s, Anonymous) }
	blocked := func(hours int) Finding {
		f := at(hours, Unknown)
		f.Verdict = UnknownFor(ReasonBlocked)
		return f
	}
	never := func(string) bool { return false }
	type want struct{ First, Last, Between int }
	for name, x := range map[string]struct {
		looks []Finding
		want  []want
	}{
		"three of the same":               {[]Finding{at(0, Open), at(6, Open), at(12, Open)}, []want{{0, 12, 1}}},
		"two have nothing between":        {[]Finding{at(0, Open), at(6, Open)}, nil},
		"a look that could not see":       {[]Finding{at(0, Open), at(6, Unknown), at(12, Open), at(18, Open)}, []want{{0, 18, 1}}},
		"many that could not see":         {[]Finding{at(0, Unknown), at(6, Unknown), at(12, Open), at(18, Unknown)}, []want{{0, 18, 1}}},
		"unknown with a silence":          {[]Finding{at(0, Unknown), at(100, Unknown), at(200, Unknown)}, []want{{0, 200, 1}}},
		"unknown by reason":               {[]Finding{at(0, Unknown), blocked(6), at(12, Unknown), blocked(18), at(24, Unknown)}, []want{{0, 24, 1}}},
		"a silence of three days":         {[]Finding{at(0, Open), at(6, Open), at(12, Open), at(84, Open), at(90, Open), at(96, Open)}, []want{{0, 12, 1}, {84, 96, 1}}},
		"the look that confirms stays":    {[]Finding{at(0, Closed), at(6, Closed), at(24, Closed), at(30, Closed), at(36, Closed)}, []want{{0, 24, 1}, {24, 36, 1}}},
		"what is young stays as it is":    {[]Finding{at(900, Open), at(906, Open), at(912, Open)}, nil},
		"the old part of a run that goes": {[]Finding{at(466, Open), at(472, Open), at(478, Open), at(484, Open)}, []want{{466, 478, 1}}},
	} {
		var got []want
		hours := func(f *Finding) int { return int(f.ObservedAt.Sub(noon).Hours()) }
		for _, s := range Stretches(x.looks, noon.Add(20*day), never, day) {
			got = append(got, want{hours(s.First), hours(s.Last), len(s.Between)})
		}
		if fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}
