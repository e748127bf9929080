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

// reasons gives the logit of a text, what each token added to it, and what remains: the constant and what the text as a
// whole shows. They make up the logit exactly, but for the rounding of floats. The share of what stands in several tokens
// is cut into equal parts. points and where say what the hand-set words come to.
func (m *Linear) reasons(ts []token, points float64, where []audit.Span) (logit float64, each []float64, rest float64) {
	each = make([]float64, len(ts))
	rest = m.line.shift + float64(m.line.slope*m.constant)
	z := m.sum(m.hits(ts), func(h hit, says float64) {
		says *= m.line.slope
		if h.from == h.to {
			rest += says
		}
		for i := h.from; i < h.to; i++ {
			each[i] += says / float64(h.to-h.from)
		}
	})
	rest += float64(m.line.points * points)
	for _, w := range where {
		from, _ := slices.BinarySearchFunc(ts, w.Start, func(t token, at int) int { return cmp.Compare(t.end, at+1) })
		to := from
		for to < len(ts) && ts[to].start < w.End {
			to++
		}
		for i := from; i < to; i++ {
			part := float64(m.line.points*w.Weight) / float64(to-from)
			each[i] += part
			rest -= part
		}
	}
	return m.line.logit(said{z, points}), each, rest
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
