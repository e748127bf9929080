package comment

import (
	"math"
	"slices"
)

// Linear is the trained model of a complaint: the mean of two logistic regressions over the same features, then a line
// over it and the points of the hand-set words, which makes the probabilities true. It may be used from many goroutines.
type Linear struct {
	name      string
	all       []weight // by key
	slots     []int32  // where a key's weight is, by the key's low bits; -1 none
	constant  float64
	line      line
	threshold float64
	trained   []uint64 // fingerprints of the texts it was made from, ascending
	rules     *Scorer  // the hand-set words of a complaint, no dangers
}

// weight is what one feature says.
type weight struct {
	key    uint64
	rarity float32 // log of the texts over those that have it
	plain  float32 // for rarity times 1+log(times), of a row of length one
	bayes  float32 // for its being there, of a row of length one; words only
}

// said is what a text comes to: the sum of its features' weights, and the points of the hand-set words in it.
type said struct{ sum, points float64 }

// line turns what a text comes to into the logit of a probability.
type line struct{ slope, points, shift float64 }

func (l line) logit(t said) float64 {
	return float64(l.slope*t.sum) + float64(l.points*t.points) + l.shift
}

func (l line) probability(t said) float64 { return logistic(l.logit(t)) }

// hit is a feature of a text that the model knows.
type hit struct {
	at       int32 // in Linear.all
	from, to int32 // tokens
	words    bool
}

// index makes the table by which keys are found.
func (m *Linear) index() {
	size := 1
	for size < 2*len(m.all)+1 {
		size *= 2
	}
	m.slots = make([]int32, size)
	for i := range m.slots {
		m.slots[i] = -1
	}
	for i, w := range m.all {
		k := int(w.key) & (size - 1)
		for m.slots[k] >= 0 {
			k = (k + 1) & (size - 1)
		}
		m.slots[k] = int32(i)
	}
}

func (m *Linear) find(key uint64) int32 {
	for k := int(key) & (len(m.slots) - 1); ; k = (k + 1) & (len(m.slots) - 1) {
		if i := m.slots[k]; i < 0 || m.all[i].key == key {
			return i
		}
	}
}

// hits are the features of a text that the model knows, those of one key side by side.
func (m *Linear) hits(ts []token) []hit {
	fs := features(ts)
	hits := make([]hit, 0, len(fs))
	for _, f := range fs {
		if i := m.find(f.key); i >= 0 {
			hits = append(hits, hit{i, int32(f.from), int32(f.to), f.words})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return int(a.at - b.at) })
	return hits
}

// sums gives the sum of what a text's features say, and to each hit its share of it, in the line's units. The shares
// and what the text as a whole says make up the sum exactly, but for the rounding of floats.
func (m *Linear) sum(hits []hit, share func(hit, float64)) float64 {
	length, kinds := 0.0, 0.0
	m.runs(hits, func(same []hit) {
		v := value(m.all[same[0].at], len(same))
		length += float64(v * v)
		if same[0].words {
			kinds++
		}
	})
	length, kinds = math.Sqrt(math.Max(length, 1e-9)), math.Sqrt(math.Max(kinds, 1))
	z := m.constant
	m.runs(hits, func(same []hit) {
		w := m.all[same[0].at]
		says := float64(float64(w.plain)*value(w, len(same))) / length
		if same[0].words {
			says += float64(w.bayes) / kinds
		}
		says /= 2
		z += says
		if share != nil {
			for _, h := range same {
				share(h, says/float64(len(same)))
			}
		}
	})
	return z
}

func value(w weight, times int) float64 {
	return float64(float64(w.rarity) * (1 + math.Log(float64(times))))
}

func (m *Linear) runs(hits []hit, each func([]hit)) {
	for i := 0; i < len(hits); {
		k := i + 1
		for k < len(hits) && hits[k].at == hits[i].at {
			k++
		}
		each(hits[i:k])
		i = k
	}
}

// Probability says how likely a text is a complaint, 0 to 1.
func (m *Linear) Probability(text string) float64 {
	points, _ := m.rules.points(words(text), nil)
	return m.line.probability(said{m.logit(text), points})
}

func (m *Linear) logit(text string) float64 { return m.sum(m.hits(tokens(text)), nil) }
