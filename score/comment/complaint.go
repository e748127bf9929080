package comment

import (
	"slices"

	"doorknock/audit"
)

// The probability that a text is a complaint is the logistic function of the sum of these points. They were set by
// hand and looked at on a public set of complaints; nothing was learnt from comments of tenants.
const (
	basePoints   = -0.6
	hazardPoints = 1.6 // of each affirmed hazard: whoever tells of a danger asks for something to be done
	mostPoints   = 6.0 // of one side, so that no heap of words is surer than this
)

// complaintTerm is a row of words that speaks for or against a complaint.
type complaintTerm struct {
	points  float64
	praise  bool // a negator before it turns it round: "not happy"
	phrases []string
}

type term struct {
	points float64
	praise bool
	found  int // its set of the scorer's words
}

var complaintTerms = []complaintTerm{
	{1.9, false, []string{"complain|complained|complaining|complaint|complaints", "unacceptable", "disgrace|disgraceful|disgusting|disgusted", "appalling|appalled", "shocking", "shambles",
		"still waiting", "still no", "still not|hasn't|haven't|isn't|doesn't", "not good enough", "fed up", "sick of", "let down", "fuming", "cwyn|cwyno", "gwarthus|warthus"}},
	{1.8, false, []string{"ignored|ignoring|ignore", "no|not + reply|response|answer|replied|responded|answered", "nobody + come|came|called|cares|care|turned|replied|answers|answering", "no one + come|came|called|cares|care|turned|replied|answers|answering",
		"missed appointment", "didn't turn|show|come|call", "third|fourth|fifth time", "chased|chasing", "pathetic", "ridiculous", "joke", "useless", "terrible|awful|dreadful|horrendous|atrocious", "worst",
		"rude", "failed|failing|fail|fails", "waste of", "angry|annoyed|annoying|frustrated|frustrating|frustration|furious", "disappointed|disappointing|disappointment", "poor|poorly", "lied|lies|lying", "rip off|ripped"}},
	{1.3, false, []string{"ombudsman", "compensation", "solicitor", "refund", "broken|broke", "not working|work|fixed|received|had|been|happy", "doesn't|don't|won't|isn't|can't|cannot|couldn't work|working|load|open|log|get|use|access", "never + work*|come|came|reply|replied|received|again|call|called|get|got",
		"overcharged|overcharging", "on hold", "days|weeks|months|years|hours late|later|ago|now|and", "waited|waiting", "when will", "why is|are|has|have|do|does|did|can't|am|won't|would", "sort it|this out", "what is|are you|going doing|on", "how long", "dangerous|unsafe", "wtf", "worse", "hopeless", "incompetent"}},
	{0.7, false, []string{"problem*|issue*", "repair*", "delay*", "late", "wrong", "error*", "months|weeks", "again", "cancelled|canceled", "missing", "damaged", "lost", "nothing", "nobody", "trying|tried to", "supposed to", "leak*", "refus*", "charged", "stuck", "bad", "help", "your service|customer|website|app"}},
	{-1.3, true, []string{"great", "brilliant*", "amazing*", "lovely", "excellent*", "fantastic*", "wonderful*", "helpful", "happy", "awesome", "fab|fabulous", "best", "good", "nice|nicely", "love|loved|loving", "impressed", "pleased", "beautiful", "enjoy*", "gwych", "hapus"}},
	{-1.2, false, []string{"thank|thanks|thx|ty|cheers|diolch", "well done", "congratulations|congrats|llongyfarchiadau", "welcome", "happy birthday|christmas", "looking forward", "proud", "glad", "can't wait", "follow us|me", "check out", "join us", "dm us", "let us know", "sorry to hear"}},
}

// points sums what the terms say, with the stretches they stand in. Words count once, for the first term that has
// them, and not at all where a hazard has them; more than three stretches of one term add nothing.
func (s *Scorer) points(ws []word, hazards []audit.Hazard) (float64, []audit.Span) {
	spans := []audit.Span{}
	against, forIt := 0.0, 0.0
	var used []stretch
	found := s.words.find(ws)
	for _, t := range s.terms {
		n := 0
		for _, at := range found[t.found] {
			if n == 3 || overlaps(used, at) || inHazard(hazards, ws[at.from].start, ws[at.to-1].end) {
				continue
			}
			n, used = n+1, append(used, at)
			p := t.points
			if t.praise && turned(ws, at.from) {
				p = -p
			}
			if p > 0 {
				forIt += p
			} else {
				against += p
			}
			spans = append(spans, audit.Span{Start: ws[at.from].start, End: ws[at.to-1].end, Weight: p})
		}
	}
	return basePoints + min(forIt, mostPoints) + max(against, -mostPoints), spans
}

func inHazard(all []audit.Hazard, start, end int) bool {
	return slices.ContainsFunc(all, func(h audit.Hazard) bool { return h.Start < end && start < h.End })
}

// turned reports whether a negator stands within the two words before i.
func turned(ws []word, i int) bool {
	for k := i - 1; k >= 0 && k >= i-2 && ws[k].clause == ws[i].clause; k-- {
		if slices.Contains(negators, ws[k].text) {
			return true
		}
	}
	return false
}
