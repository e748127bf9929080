package comment

import (
	"cmp"
	"math"
	"slices"

	"doorknock/audit"
)

// Why a text was told as it was is shown by the tokens that moved it most.
const (
	mostReasons   = 12
	leastOfReason = 0.05
)

// reasons gives what each token of a text added to the logit of the tier that answered, and what remains: the constant,
// what the text as a whole shows, and its meaning. They make up the logit exactly, but for the rounding of floats. The share of what stands in
// several tokens is cut into equal parts. where says which words were hand-set.
func (m *Trained) reasons(ts []token, hits []hit, s said, where []audit.Span, by *tier) (each []float64, rest float64) {
	each = make([]float64, len(ts))
	rest = by.line.shift + float64(by.line.slope*m.linear.constant) + float64(by.line.meaning*s.meaning)
	m.linear.sum(hits, func(h hit, says float64) {
		says *= by.line.slope
		if h.from == h.to {
			rest += says
		}
		for i := h.from; i < h.to; i++ {
			each[i] += says / float64(h.to-h.from)
		}
	})
	rest += float64(by.line.points * s.points)
	for _, w := range where {
		from, _ := slices.BinarySearchFunc(ts, w.Start, func(t token, at int) int { return cmp.Compare(t.end, at+1) })
		to := from
		for to < len(ts) && ts[to].start < w.End {
			to++
		}
		for i := from; i < to; i++ {
			part := float64(by.line.points*w.Weight) / float64(to-from)
			each[i] += part
			rest -= part
		}
	}
	return each, rest
}

// spans are the tokens that moved the logit most, in the order of the text.
func spans(ts []token, each []float64) []audit.Span {
	out := []audit.Span{}
	for i, w := range each {
		if math.Abs(w) >= leastOfReason {
			out = append(out, audit.Span{Start: ts[i].start, End: ts[i].end, Weight: math.Round(w*1e4) / 1e4})
		}
	}
	slices.SortStableFunc(out, func(a, b audit.Span) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	out = out[:min(len(out), mostReasons)]
	slices.SortFunc(out, func(a, b audit.Span) int { return a.Start - b.Start })
	return out
}
