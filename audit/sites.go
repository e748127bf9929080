package audit

import "slices"

// SiteAnswer is what one of an organisation's sites says of a question that is asked of its sites as a whole.
type SiteAnswer struct {
	State    State
	Checking bool // something was seen there that is not published
}

// BestSite says which of several sites answers for the organisation, as an index; -1 where there are none. A resident
// finds what any of the sites has, so an open one answers for all. Anything less is said only of sites that were all
// seen: what one of them has in part, another may have whole. Hence one that could not be seen comes next, and then one
// that is being checked; and nothing is absent but where all of them say so. Of equal answers the first stands.
func BestSite(sites []SiteAnswer) int {
	best := -1
	for i, s := range sites {
		if best < 0 || s.rank() < sites[best].rank() {
			best = i
		}
	}
	return best
}

func (s SiteAnswer) rank() int {
	switch {
	case s.Checking:
		return 2
	case s.State == Open:
		return 0
	case s.State == Restricted:
		return 3
	case s.State == Closed:
		return 4
	case s.State == Absent:
		return 5
	}
	return 1
}

// OverSites keeps of each question that several sites answer the one answer that stands for the organisation, in the
// place of the question's first. of gives an answer's question, "" for one that is a place's own and is kept as it is.
func OverSites[T any](answers []T, of func(T) (question string, answer SiteAnswer)) []T {
	groups := map[string][]int{}
	for i, a := range answers {
		if q, _ := of(a); q != "" {
			groups[q] = append(groups[q], i)
		}
	}
	kept := make([]T, 0, len(answers))
	for i, a := range answers {
		q, _ := of(a)
		switch group := groups[q]; {
		case q == "":
			kept = append(kept, a)
		case group[0] == i:
			sites := make([]SiteAnswer, len(group))
			for j, at := range group {
				_, sites[j] = of(answers[at])
			}
			kept = append(kept, answers[group[BestSite(sites)]])
		}
	}
	return kept
}

// ChangesOverSites reports whether a site's change from one state to another changes what the organisation's sites say
// together. Of its other sites those that could not be seen are left out: they told nobody anything before, either.
func ChangesOverSites(from, to State, others []State) bool {
	seen := slices.DeleteFunc(slices.Clone(others), func(s State) bool { return s == Unknown })
	together := func(own State) State {
		all := make([]SiteAnswer, 0, len(seen)+1)
		for _, s := range append([]State{own}, seen...) {
			if s != Unknown {
				all = append(all, SiteAnswer{State: s})
			}
		}
		if i := BestSite(all); i >= 0 {
			return all[i].State
		}
		return Unknown
	}
	return together(from) != together(to)
}
