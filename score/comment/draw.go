package comment

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
)

// Why a text was drawn for labelling.
const (
	DrawnWrong  = "wrong"  // somebody said that what the scorer made of it is wrong
	DrawnRandom = "random" // by chance: what the texts here are like
	DrawnNear   = "near"   // the scorer is least sure of it: a label tells most
)

// Candidate is a text that people may label.
type Candidate struct {
	ID, Text, Domain string
	Complaint        float64 // probability, by the scorer
	Wrong            bool    // somebody said that the scorer is wrong
}

// Drawn is a candidate that was chosen.
type Drawn struct {
	Candidate
	Why  string
	Test bool // kept aside: never to be trained on
}

// testOf is the share of the texts drawn by chance that are kept aside, one in so many. Only those are: figures over texts that
// were chosen for being hard would say nothing of texts as they come.
const testOf = 3

// Draw chooses texts for labelling: those said to be wrong, then by turns one by chance and the one nearest to even odds. Of
// texts that differ only in case, blanks and marks it takes one. The same candidates give the same draw, in the same order.
func Draw(all []Candidate, count int) []Drawn {
	var wrong, rest []Candidate
	seen := map[uint64]bool{}
	for _, c := range all {
		key := Fingerprint(c.Text)
		switch {
		case seen[key]:
		case c.Wrong:
			wrong = append(wrong, c)
		default:
			rest = append(rest, c)
		}
		seen[key] = true
	}
	chance := slices.SortedFunc(slices.Values(rest), func(a, b Candidate) int { return cmp.Compare(lot(a.Text, "draw"), lot(b.Text, "draw")) })
	near := slices.SortedStableFunc(slices.Values(chance), func(a, b Candidate) int {
		return cmp.Compare(math.Abs(a.Complaint-isComplaint), math.Abs(b.Complaint-isComplaint))
	})
	d := draw{count: count, taken: map[string]bool{}}
	for _, c := range wrong {
		d.take(c, DrawnWrong)
	}
	for len(d.out) < min(count, len(wrong)+len(rest)) {
		chance, near = d.next(chance, DrawnRandom), d.next(near, DrawnNear)
	}
	return d.out
}

type draw struct {
	out   []Drawn
	count int
	taken map[string]bool
}

// next takes the first candidate that is not taken, and gives those behind it.
func (d *draw) next(of []Candidate, why string) []Candidate {
	for i, c := range of {
		if !d.taken[c.ID] {
			d.take(c, why)
			return of[i+1:]
		}
	}
	return nil
}

func (d *draw) take(c Candidate, why string) {
	if len(d.out) >= d.count {
		return
	}
	d.taken[c.ID] = true
	d.out = append(d.out, Drawn{Candidate: c, Why: why, Test: why == DrawnRandom && lot(c.Text, "test")%testOf == 0})
}

// lot is a number that stands for a text by chance, and is always the same.
func lot(text, of string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(of + strconv.FormatUint(Fingerprint(text), 16))) // it cannot fail
	x := h.Sum64()
	x ^= x >> 33 // the low bits of FNV follow the last letters
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}

// Agreement says how far two people who labelled the same texts agree: Cohen's kappa (1960), which is 0 where they agree as
// often as chance would have it and 1 where they always do, with its 95 % interval by his standard error.
type Agreement struct {
	Texts, Same      int
	Kappa, Low, High float64 // NaN where both gave all texts the same label: chance alone explains that
}

// Agree compares two people's labels of the same texts, in the same order.
func Agree(a, b []bool) Agreement {
	n, same, yesA, yesB := float64(len(a)), 0.0, 0.0, 0.0
	for i := range a {
		same += asFloat(a[i] == b[i])
		yesA += asFloat(a[i])
		yesB += asFloat(b[i])
	}
	out := Agreement{Texts: len(a), Same: int(same)}
	chance := (float64(yesA*yesB) + float64((n-yesA)*(n-yesB))) / (n * n)
	seen := same / n
	out.Kappa = (seen - chance) / (1 - chance)
	wide := 1.96 * math.Sqrt(float64(seen*(1-seen))/n) / (1 - chance)
	out.Low, out.High = out.Kappa-wide, math.Min(1, out.Kappa+wide)
	return out
}

func asFloat(b bool) float64 { return float64(asInt(b)) }
