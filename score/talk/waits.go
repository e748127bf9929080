package talk

import (
	"cmp"
	"slices"
	"time"
)

// Wait is how long one comment waited for an answer, or for how long it was seen to have none.
type Wait struct {
	For      time.Duration
	Answered bool
}

// Waited is what the waits of many say together. Those that were never answered are kept: each says that its answer takes
// longer than it was watched.
type Waited struct {
	N        int // waits
	Answered int // of them that ended with an answer
	// Median is the time within which half are answered, and Ninety that of nine in ten; nil: fewer were answered in the
	// time they were watched.
	Median, Ninety *time.Duration
}

// slack is what rounding may take from a product of fractions.
const slack = 1e-9

// Estimate makes the Kaplan-Meier estimate of waits: S(t), the share still without an answer after t, is the product over
// all times of an answer up to t of 1 - (answered then) / (still waiting then). A wait that was watched for just as long as
// another took to be answered was still waiting then. Median is the least t at which S is a half or less, Ninety a tenth or less.
func Estimate(waits []Wait) Waited {
	sorted := slices.SortedFunc(slices.Values(waits), func(a, b Wait) int { return cmp.Compare(a.For, b.For) })
	out := Waited{N: len(sorted)}
	left := 1.0
	for i := 0; i < len(sorted); {
		at, answered, j := sorted[i].For, 0, i
		for ; j < len(sorted) && sorted[j].For == at; j++ {
			if sorted[j].Answered {
				answered++
			}
		}
		if answered > 0 {
			left *= 1 - float64(answered)/float64(len(sorted)-i)
			out.Answered += answered
			out.reach(left, at)
		}
		i = j
	}
	return out
}

func (w *Waited) reach(left float64, at time.Duration) {
	if w.Median == nil && left <= 0.5+slack {
		w.Median = &at
	}
	if w.Ninety == nil && left <= 0.1+slack {
		w.Ninety = &at
	}
}
