package talk

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const h = time.Hour

func span(hours float64) *time.Duration {
	d := time.Duration(hours * float64(time.Hour))
	return &d
}

// TestEstimate: each case is worked by hand beside it.
func TestEstimate(t *testing.T) {
	yes := func(hours ...time.Duration) (all []Wait) {
		for _, x := range hours {
			all = append(all, Wait{x * h, true})
		}
		return all
	}
	no := func(hours ...time.Duration) (all []Wait) {
		for _, x := range hours {
			all = append(all, Wait{x * h, false})
		}
		return all
	}
	cases := []struct {
		name string
		in   []Wait
		want Waited
	}{
		{"nobody", nil, Waited{}},
		{"one, answered", yes(3), Waited{N: 1, Answered: 1, Median: span(3), Ninety: span(3)}},
		{"one, never answered", no(3), Waited{N: 1}},
		// All answered: S is 3/4, 2/4, 1/4, 0 at 1, 2, 3, 4. A half is reached at 2, a tenth at 4.
		{"all answered", yes(4, 2, 1, 3), Waited{N: 4, Answered: 4, Median: span(2), Ninety: span(4)}},
		// Six wait, answered at 1, 3, 5; still waiting at 2, 4, 6.
		// S(1) = 5/6. At 3 four still wait: S(3) = 5/6 x 3/4 = 15/24 = 0.625. At 5 two: S(5) = 0.625 x 1/2 = 0.3125.
		{"half unanswered", slices.Concat(yes(1, 3, 5), no(2, 4, 6)), Waited{N: 6, Answered: 3, Median: span(5)}},
		// Dropping the unanswered would say a median of 1. Kept: S(1) = 9/10, S(2) = 8/10, then nobody is answered.
		{"mostly unanswered", slices.Concat(yes(1, 2), no(50, 50, 50, 50, 50, 50, 50, 50)), Waited{N: 10, Answered: 2}},
		// Two answered at 2 with three waiting, one of them only until 2: it still waited then. S(2) = 1/3.
		{"a tie", slices.Concat(yes(2, 2), no(2)), Waited{N: 3, Answered: 2, Median: span(2)}},
		// 3/4 x 2/3 is a half, which the binary fractions miss: the median is reached there.
		{"a half by rounding", slices.Concat(yes(1, 2), no(3, 3)), Waited{N: 4, Answered: 2, Median: span(2)}},
		// Freireich's 21 patients under 6-MP, in weeks: the textbook's example. S(22) = 0.538, S(23) = 0.448: the median is 23.
		{"the textbook", slices.Concat(yes(6, 6, 6, 7, 10, 13, 16, 22, 23), no(6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)),
			Waited{N: 21, Answered: 9, Median: span(23)}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, Estimate(c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		turned := slices.Clone(c.in)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(turned), func(i, j int) { turned[i], turned[j] = turned[j], turned[i] })
		if diff := cmp.Diff(c.want, Estimate(turned)); diff != "" {
			t.Errorf("%s, in another order (-want +got):\n%s", c.name, diff)
		}
	}
}
