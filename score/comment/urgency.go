package comment

import (
	"slices"

	"doorknock/audit"
)

var urgencies = []string{None, Normal, High, Urgent}

// dangers leaves out what is no danger of a home: such words are for or against a complaint as others are.
func dangers(all []audit.Hazard) []audit.Hazard {
	return slices.DeleteFunc(slices.Clone(all), func(h audit.Hazard) bool { return h.Kind != Danger })
}

// worded are the dangers that a rule's words tell of, which a complaint's words are not to be counted in once more.
func worded(all []audit.Hazard) []audit.Hazard {
	return slices.DeleteFunc(dangers(all), func(h audit.Hazard) bool { return h.Whole })
}

// told gives the first place of each danger that is affirmed: to say a thing twice makes it no surer.
func told(all []audit.Hazard) []audit.Hazard {
	var first []audit.Hazard
	for _, h := range dangers(all) {
		if h.Affirmed && !slices.ContainsFunc(first, func(f audit.Hazard) bool { return f.ID == h.ID }) {
			first = append(first, h)
		}
	}
	return first
}

// urgency combines what the rules and the second reading ask for with the complaint: one that is sure, or by or about
// somebody vulnerable, is high, another one normal.
func (s *Scorer) urgency(a audit.Assessment, ws []word) string {
	most := slices.Index(urgencies, a.Urgency)
	raise := func(u string) { most = max(most, slices.Index(urgencies, u)) }
	switch {
	case a.Complaint >= highComplaint, a.IsComplaint && s.vulnerable.in(ws):
		raise(High)
	case a.IsComplaint:
		raise(Normal)
	}
	return urgencies[most]
}

// ruled is the urgency that the affirmed rules ask for, raised where a word of their lists stands in the text. What is told
// of some other place is never more than normal.
func (s *Scorer) ruled(all []audit.Hazard, ws []word) string {
	most := 0
	raise := func(u string) { most = max(most, slices.Index(urgencies, u)) }
	for _, found := range all {
		if !found.Affirmed {
			continue
		}
		rule := s.hazards[slices.IndexFunc(s.hazards, func(h hazard) bool { return h.ID == found.ID })]
		raise(rule.Urgency)
		if slices.ContainsFunc(rule.raisedBy, func(list phrases) bool { return list.in(ws) }) {
			raise(rule.Raised)
		}
	}
	if s.context.elsewhere.in(ws) {
		most = min(most, slices.Index(urgencies, Normal))
	}
	return urgencies[most]
}
