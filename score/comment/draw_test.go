package comment

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDraw(t *testing.T) {
	var all []Candidate
	for i := range 1000 {
		all = append(all, Candidate{ID: fmt.Sprint(i), Text: fmt.Sprintf("text number %d", i), Complaint: float64(i) / 1000})
	}
	all[3].Wrong = true
	all = append(all, Candidate{ID: "again", Text: "TEXT number 700!"})
	got := Draw(all, 201)
	if diff := cmp.Diff(got, Draw(all, 201)); diff != "" || len(got) != 201 {
		t.Fatalf("%d drawn, and twice the same but for %s", len(got), diff)
	}
	why, test, far, ids := map[string]int{}, 0, 0.0, map[string]bool{}
	for _, d := range got {
		why[d.Why]++
		if ids[d.ID] || d.ID == "again" {
			t.Errorf("%s is drawn twice", d.ID)
		}
		ids[d.ID] = true
		if d.Test {
			test++
			if d.Why != DrawnRandom {
				t.Errorf("a text for test was chosen, not drawn: %+v", d)
			}
		}
		if d.Why == DrawnNear {
			far = max(far, math.Abs(d.Complaint-0.5))
		}
	}
	if got[0].ID != "3" || got[0].Why != DrawnWrong {
		t.Errorf("first %+v, want what was said to be wrong", got[0])
	}
	if diff := cmp.Diff(map[string]int{DrawnWrong: 1, DrawnRandom: 100, DrawnNear: 100}, why); diff != "" {
		t.Error(diff)
	}
	if far > 0.07 || test < 20 || test > 50 {
		t.Errorf("the nearest lie up to %.2f away, %d are kept aside", far, test)
	}
	if got := Draw(all[:2], 9); len(got) != 2 {
		t.Errorf("of two texts %d were drawn", len(got))
	}
}

// Worked by hand: of ten texts eight the same, five yes by each, so half the same by chance: (0.8 - 0.5) / 0.5.
func TestAgree(t *testing.T) {
	a := []bool{true, true, true, true, true, false, false, false, false, false}
	b := []bool{true, true, true, true, false, true, false, false, false, false}
	got := Agree(a, b)
	if got.Texts != 10 || got.Same != 8 || math.Abs(got.Kappa-0.6) > 1e-9 || math.Abs(got.Low-0.1042) > 1e-3 || got.High != 1 {
		t.Errorf("%+v", got)
	}
	if got := Agree(a, a); got.Kappa != 1 || got.Low != 1 {
		t.Errorf("of one mind: %+v", got)
	}
	if got := Agree([]bool{true}, []bool{true}); !math.IsNaN(got.Kappa) {
		t.Errorf("one label only: %+v", got)
	}
}
