package score_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/score"
)

func inputs(states ...audit.State) (in []score.Input) {
	for _, s := range states {
		in = append(in, score.Input{Check: "comments", State: s, Counts: true})
	}
	return in
}

const (
	u = audit.Unknown
	o = audit.Open
	r = audit.Restricted
	c = audit.Closed
	a = audit.Absent
)

func TestDoor(t *testing.T) {
	none := -1.0
	for _, test := range []struct {
		name              string
		in                []score.Input
		value             float64
		band              string
		known, applicable int
	}{
		{"nothing applies", nil, none, "", 0, 0},
		{"nothing is known", inputs(u, u), none, "", 0, 2},
		{"all open", inputs(o, o, o), 100, "A", 3, 3},
		{"all closed or absent", inputs(c, a), 0, "E", 2, 2},
		{"restricted is half", inputs(r), 50, "C", 1, 1},
		{"exactly 80", inputs(o, o, o, o, c), 80, "A", 5, 5},
		{"under 80", inputs(o, o, o, c), 75, "B", 4, 4},
		{"exactly 60", inputs(o, o, o, c, c), 60, "B", 5, 5},
		{"exactly 40", inputs(o, o, c, c, c), 40, "C", 5, 5},
		{"exactly 20", inputs(o, c, c, c, a), 20, "D", 5, 5},
		{"coverage of exactly 60 %", inputs(o, o, o, u, u), 100, "A", 3, 5},
		{"coverage under 60 %", inputs(o, o, u, u), 100, "", 2, 4},
		{"what does not count", append(inputs(o), score.Input{State: c}, score.Input{State: u}), 100, "A", 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := audit.Score{Part: score.PartDoor, Band: test.band, Known: test.known, Applicable: test.applicable, Method: score.Method}
			if test.value != none {
				want.Value = &test.value
			}
			if diff := cmp.Diff(want, score.Door(test.in)); diff != "" {
				t.Errorf("Door() (-want +got):\n%s", diff)
			}
			want.Part = score.PartDuties
			var inForce []audit.CheckID
			of := slices.Clone(test.in)
			for i := range of { // each a check of its own: a duty counts once
				if of[i].Check = audit.CheckID(fmt.Sprintf("duty_%d", i)); of[i].Counts {
					inForce = append(inForce, of[i].Check)
				}
			}
			if diff := cmp.Diff(want, score.Duties(inForce, of)); diff != "" {
				t.Errorf("Duties() (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDutiesInForce: what binds and nobody looked at is unknown, and what does not bind is in no sum.
func TestDutiesInForce(t *testing.T) {
	inForce := []audit.CheckID{"complaints_page", "complaints_policy", "tsm_results", "minutes", "stairs_scheme"}
	in := []score.Input{
		{Check: "complaints_page", State: o, Counts: true}, {Check: "complaints_policy", State: r, Counts: true}, {Check: "tsm_results", State: u, Counts: true},
		{Check: "minutes", State: a, Counts: true},
		{Check: "forum", State: c, Counts: true}, {Check: "site_search", State: o, Counts: true}, // no duties
	}
	want := 50.0 // 100 × (1 + ½ + 0) / 3
	got := score.Duties(inForce, in)
	if diff := cmp.Diff(audit.Score{Part: score.PartDuties, Value: &want, Band: "C", Known: 3, Applicable: 5, Method: score.Method}, got); diff != "" {
		t.Errorf("Duties() (-want +got):\n%s", diff)
	}
}

// What must hold for any answers: an unknown changes only the coverage, what does not count changes nothing, order
// changes nothing, and a better answer never lowers the value.
func TestProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var in []score.Input
		for range random.IntN(12) {
			in = append(in, score.Input{Check: "forum", State: audit.State(random.IntN(5)), Counts: random.IntN(4) > 0})
		}
		before := score.Door(in)
		if v := before.Value; v != nil && (*v < 0 || *v > 100) {
			t.Fatalf("%v: value %v", in, *v)
		}
		more := score.Door(append(slices.Clip(in), score.Input{Check: "events", Counts: true}))
		if diff := cmp.Diff(before.Value, more.Value); diff != "" || more.Known != before.Known || more.Applicable != before.Applicable+1 {
			t.Fatalf("%v: an unknown changed more than coverage: %s", in, diff)
		}
		if more.Band != "" && more.Band != before.Band {
			t.Fatalf("%v: an unknown made band %q of %q", in, more.Band, before.Band)
		}
		beside := score.Door(append(slices.Clip(in), score.Input{Check: "events", State: c}))
		if diff := cmp.Diff(before, beside); diff != "" {
			t.Fatalf("%v: what does not count changed the score: %s", in, diff)
		}
		random.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		if diff := cmp.Diff(before, score.Door(in)); diff != "" {
			t.Fatalf("%v: order changed the score: %s", in, diff)
		}
		for i := range in {
			if in[i].State == u {
				continue
			}
			better := append([]score.Input(nil), in...)
			better[i].State = o
			if v := score.Door(better).Value; before.Value != nil && *v < *before.Value {
				t.Fatalf("%v: opening door %d lowered %v to %v", in, i, *before.Value, *v)
			}
		}
	}
}
