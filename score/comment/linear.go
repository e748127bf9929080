package comment

import (
	"math"
	"slices"
)

// linear is the mean of two logistic regressions over the same features of a text.
type linear struct {
	all      []weight // by key
	slots    []int32  // where a key's weight is, by the key's low bits; -1 none
	constant float64
}

// weight is what one feature says.
type weight struct {
	key    uint64
	rarity float32 // log of the texts over those that have it
	plain  float32 // for rarity times 1+log(times), of a row of length one
	bayes  float32 // for its being there, of a row of length one; words only
}

// hit is a feature of a text that the model knows.
type hit struct {
	at       int32 // in linear.all
	from, to int32 // tokens
	words    bool
}

// index makes the table by which keys are found.
func (m *linear) index() {
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

func (m *linear) find(key uint64) int32 {
	for k := int(key) & (len(m.slots) - 1); ; k = (k + 1) & (len(m.slots) - 1) {
		if i := m.slots[k]; i < 0 || m.all[i].key == key {
			return i
		}
	}
}

// hits are the features of a text that the model knows, those of one key side by side.
func (m *linear) hits(fs []feature) []hit {
	hits := make([]hit, 0, len(fs))
	for _, f := range fs {
		if i := m.find(f.key); i >= 0 {
			hits = append(hits, hit{i, int32(f.from), int32(f.to), f.words})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return int(a.at - b.at) })
	return hits
}

// sums gives the sum of what a text's features say, and to each hit its share of it, in the line's units. The shares
// and what the text as a whole says make up the sum exactly, but for the rounding of floats.
func (m *linear) sum(hits []hit, share func(hit, float64)) float64 {
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
	if times == 1 { // as nearly all are: their logarithm is nought
		return float64(w.rarity)
	}
	return float64(float64(w.rarity) * (1 + math.Log(float64(times))))
}

func (m *linear) runs(hits []hit, each func([]hit)) {
	for i := 0; i < len(hits); {
		k := i + 1
		for k < len(hits) && hits[k].at == hits[i].at {
			k++
		}
		each(hits[i:k])
		i = k
	}
}

func (m *linear) logit(text string) float64 { return m.sum(m.hits(features(tokens(text))), nil) }
