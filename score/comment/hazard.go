package comment

import (
	"slices"
	"strings"

	"doorknock/audit"
)

// The contexts in which a hazard's words may stand. Only the first is a hazard told of.
const (
	affirmed     = "affirmed"
	negated      = "negated"
	resolved     = "resolved"
	hypothetical = "hypothetical"
	promotional  = "promotional"
)

// contexts are Contexts ready for use.
type contexts struct {
	hypothetical, promotional, own, done, doing, undone, elsewhere phrases
}

var negators = []string{"no", "not", "never", "without", "zero", "nor", "neither", "isn't", "wasn't", "aren't", "don't", "doesn't", "didn't",
	"haven't", "hasn't", "hadn't", "can't", "cannot", "couldn't", "nobody", "free", "dim", "ddim", "heb", "nid"}

// between are words that may stand between a negator and what it denies: "no sign of any damp". Any other word, as in
// "no reply about the damp", breaks the tie.
var between = strings.Fields("a an any more longer the that this real actual visible obvious sign signs trace traces evidence of smell smells " +
	"problem problems issue issues with single bit further have had has been got is was there see seen find found notice noticed or and nor " +
	"speck spot drop hint whiff thing inkling thinking feeling in from our my damp mould mold smoke leaks at all yet") //nolint:misspell // as people write it

// unfinished words before "fixed" say that it is wished for, not done.
var unfinished = strings.Fields("not never still need needs needed needing want wants wanted when will to until till before get getting got should must could please can " +
	"asked waiting wait promised be being unless nobody isn't wasn't hasn't haven't aren't won't doesn't don't didn't cannot can't thought supposed meant told hope hoped hoping supposedly apparently allegedly said say says no none without yet if ever")

// What a text can cost is bounded, since anybody may write a comment of a megabyte that names one danger all through.
const (
	mostSightings = 64   // of one hazard in one text; the first tell what the rest repeat
	horizon       = 1000 // words before and after a sighting that can say in what context it stands
)

// spelt gives the words with their misspellings put right. The offsets stay those of what was written.
func (s *Scorer) spelt(ws []word) []word {
	ws = slices.Clone(ws)
	for i, w := range ws {
		if right, wrong := s.spellings[w.text]; wrong {
			ws[i].text = right
		}
	}
	return ws
}

// hazardsOf gives every hazard whose words stand in the text, in the order of the text.
func (s *Scorer) hazardsOf(text string, ws []word) []audit.Hazard {
	found := []audit.Hazard{}
	at := s.lexicon.find(ws)
	for _, h := range s.hazards {
		for _, at := range h.find(at) {
			context := s.contextOf(ws, at.stretch, at.always)
			start, end := ws[at.from].start, ws[at.to-1].end
			found = append(found, audit.Hazard{ID: h.ID, Kind: h.Kind, Text: text[start:end], Start: start, End: end, Affirmed: context == affirmed, Context: context})
		}
	}
	slices.SortStableFunc(found, func(a, b audit.Hazard) int { return a.Start - b.Start })
	return found
}

type sighting struct {
	stretch
	always bool
}

// find gives where the hazard stands, from what stands where of every set.
func (h hazard) find(all [][]stretch) (found []sighting) {
	not, always := all[h.except], all[h.always] // in the order of the text and none overlapping another
	for _, at := range always {
		if len(found) < mostSightings && !meets(not, at) {
			found = append(found, sighting{at, true})
		}
	}
	for _, at := range all[h.phrases] {
		if len(found) < mostSightings && !meets(not, at) && !meets(always, at) {
			found = append(found, sighting{at, false})
		}
	}
	return found
}

func overlaps(all []stretch, one stretch) bool {
	return slices.ContainsFunc(all, func(s stretch) bool { return s.from < one.to && one.from < s.to })
}

// meets is overlaps for stretches in the order of the text of which none overlaps another.
func meets(all []stretch, one stretch) bool {
	i, _ := slices.BinarySearchFunc(all, one.from, func(s stretch, from int) int {
		if s.to <= from {
			return -1
		}
		return 1
	})
	return i < len(all) && all[i].from < one.to
}

func (s *Scorer) contextOf(ws []word, at stretch, always bool) string {
	first := max(0, at.from-horizon)
	ws, at = ws[first:min(len(ws), at.to+horizon)], stretch{at.from - first, at.to - first, at.own}
	from, to := sentenceOf(ws, at)
	before, after, whole := ws[from:at.from], ws[at.to:to], ws[from:to]
	if ws[at.from].asked { // "Boiler broken? Read more on our website"
		whole = ws[from:nextSentence(ws, at)]
	}
	switch {
	case !always && (denied(ws, at) || !at.own && deniedWithin(ws, at)):
		return negated
	case s.over(ws, at, from, to):
		return resolved
	case s.context.promotional.in(whole) && !s.context.own.in(whole):
		return promotional
	case s.supposed(before) || (s.context.promotional.in(ws) && !s.context.own.in(ws) && s.context.hypothetical.in(after)):
		return hypothetical
	}
	return affirmed
}

// sentenceOf gives the bounds of the sentence around a stretch.
func sentenceOf(ws []word, at stretch) (from, to int) {
	for from = at.from; from > 0 && ws[from-1].sentence == ws[at.from].sentence; from-- {
	}
	for to = at.to; to < len(ws) && ws[to].sentence == ws[at.to-1].sentence; to++ {
	}
	return from, to
}

// nextSentence gives the end of the sentence after the one that a stretch ends in.
func nextSentence(ws []word, at stretch) int {
	end := at.to
	for end < len(ws) && ws[end].sentence <= ws[at.to-1].sentence+1 {
		end++
	}
	return end
}

// denied reports whether a negator belongs to the words: only what may stand between is between.
func denied(ws []word, at stretch) bool {
	for i := at.from - 1; i >= 0 && ws[i].clause == ws[at.from].clause && at.from-i <= 7; i-- {
		if ws[i].comma {
			return false // "No, mould again" denies something else
		}
		if slices.Contains(negators, ws[i].text) {
			return true
		}
		if !slices.Contains(between, ws[i].text) {
			return false
		}
	}
	return false
}

// intent are words that may stand between a negator and what it denies within a phrase: "the wall is not going to fall".
var intent = strings.Fields("going to gonna about be been being any a actually really")

// deniedWithin reports whether a negator before the last word of a phrase that has none of its own denies that word.
func deniedWithin(ws []word, at stretch) bool {
	for i := at.to - 2; i > at.from; i-- {
		if slices.Contains(negators, ws[i].text) {
			return true
		}
		if !slices.Contains(intent, ws[i].text) {
			return false
		}
	}
	return false
}

// over reports whether the text says that the danger is past: done with, or thanked for, and not back since.
func (s *Scorer) over(ws []word, at stretch, from, to int) bool {
	if s.context.doing.in(ws[from:to]) && !s.context.undone.in(ws[from:]) {
		return true
	}
	// The word may stand in the next sentence: "We had a leak. All sorted now."
	end := nextSentence(ws, at)
	for _, d := range s.context.done.find(ws[from:end]) {
		i, j := from+d.from, from+d.to
		if i >= at.from && j <= at.to || ws[i].asked || wished(ws, i) || slices.ContainsFunc(ws[i:j], negates) {
			continue
		}
		if !s.context.undone.in(ws[j:]) {
			return true
		}
	}
	return false
}

// negates reports whether a word denies: "the damp hasn't gone".
func negates(w word) bool { return slices.Contains(negators, w.text) }

// wished reports whether the word at i is one that is hoped for or denied.
func wished(ws []word, i int) bool {
	for k := i - 1; k >= 0 && k >= i-5 && ws[k].clause == ws[i].clause; k-- {
		if slices.Contains(unfinished, ws[k].text) {
			return true
		}
	}
	return false
}

// supposed reports whether the words before make it a case thought of. "I wonder if there is a leak" is not one.
func (s *Scorer) supposed(before []word) bool {
	for i := range before {
		if i > 0 && slices.Contains([]string{"know", "wonder", "wondering", "sure", "see", "check", "ask", "asked", "asking", "worried", "think"}, before[i-1].text) {
			continue
		}
		if s.context.hypothetical.longest(before, i) > 0 {
			return true
		}
	}
	return false
}
