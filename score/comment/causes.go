package comment

import (
	"maps"
	"slices"
	"strings"

	"doorknock/audit"
)

// CauseFigures say how often the words that weighed most for a complaint are part of what people marked as its cause.
type CauseFigures struct {
	Texts  int     // complaints whose marked cause stands in the text as it is marked, and of which a word spoke for a complaint
	Top    float64 // share of them whose heaviest span for a complaint meets the cause
	Chance float64 // what a span of that length laid anywhere in the text would come to
}

// Causes holds the scorer's reasons against the causes that people marked, by text. The figure needs no fold: no model was
// told of a cause.
func (s *Scorer) Causes(marked map[string]string) CauseFigures {
	var f CauseFigures
	var hit, chance float64
	for _, text := range slices.Sorted(maps.Keys(marked)) { // one order, so that the sums are the same each time
		cause := marked[text]
		at := strings.Index(strings.ToLower(text), strings.ToLower(cause))
		top, any := heaviest(s.Assess(text).Spans)
		if cause == "" || at < 0 || at+len(cause) > len(text) || !any {
			continue
		}
		f.Texts++
		if top.Start < at+len(cause) && top.End > at {
			hit++
		}
		// A span of n bytes begins at one of so many places, and meets the cause from those in reach of it.
		n := top.End - top.Start
		places := len(text) - n + 1
		first, last := max(0, at-n+1), min(places-1, at+len(cause)-1)
		chance += float64(max(0, last-first+1)) / float64(places)
	}
	if f.Texts > 0 {
		f.Top, f.Chance = hit/float64(f.Texts), chance/float64(f.Texts)
	}
	return f
}

// heaviest gives the span that speaks most for a complaint.
func heaviest(all []audit.Span) (top audit.Span, any bool) {
	if len(all) == 0 {
		return top, false
	}
	top = slices.MaxFunc(all, func(a, b audit.Span) int {
		switch {
		case a.Weight < b.Weight:
			return -1
		case a.Weight > b.Weight:
			return 1
		}
		return 0
	})
	return top, top.Weight > 0
}
