package web

import (
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/store"
)

// valueChangeView is a change of what is said beside a state, as the timeline lists it: no change of state.
type valueChangeView struct {
	Organisation, Name     string // "" on the organisation's own page
	Title, Place           string
	Rows                   []valueRow
	Words                  []wordChange
	More                   int
	FirstSeen, ConfirmedAt string
	Before, Finding        string
}

// valueRow is one value that is another now; Is says that it is no longer said where it is gone.
type valueRow struct{ Name, Was, Is string }

// wordChange is a sentence that went, one that came, or one in the place of another.
type wordChange struct{ Was, Is string }

const shownSentences = 12

func (s *site) valueChangeView(c store.ShownValueChange) valueChangeView {
	v := valueChangeView{
		Title: s.check(c.Check).Title, Place: s.place(c.Platform, c.URL), Rows: s.valueRows(c.From, c.To), Words: reworded(c.Was, c.Is),
		FirstSeen: s.words.clock(c.FirstSeen), ConfirmedAt: s.words.clock(c.ConfirmedAt), Before: c.Before, Finding: c.Finding,
	}
	if more := len(v.Words) - shownSentences; more > 0 {
		v.Words, v.More = v.Words[:shownSentences], more
	}
	return v
}

// valueRows compares two sets of values by what pages call them.
func (s *site) valueRows(from, to audit.Values) []valueRow {
	none := s.words.say("value.none")
	var rows []valueRow
	add := func(name, was, is string) {
		if i := slices.IndexFunc(rows, func(r valueRow) bool { return r.Name == name }); i >= 0 {
			rows[i].Is = is
			return
		}
		rows = append(rows, valueRow{name, was, is})
	}
	for _, v := range s.values(from) {
		add(v.Name, v.Says, none)
	}
	for _, v := range s.values(to) {
		add(v.Name, none, v.Says)
	}
	return slices.DeleteFunc(rows, func(r valueRow) bool { return r.Was == r.Is })
}

// reworded compares the sentences of two wordings. A sentence that came stands beside the one that went whose words it has
// most of; the order of sentences is no difference.
func reworded(was, is []string) []wordChange {
	gone := slices.DeleteFunc(slices.Clone(was), func(x string) bool { return slices.Contains(is, x) })
	come := slices.DeleteFunc(slices.Clone(is), func(x string) bool { return slices.Contains(was, x) })
	changes := make([]wordChange, 0, len(gone)+len(come))
	for _, old := range gone {
		best, share := -1, 0.5
		for i, x := range come {
			if n := common(old, x); n > share {
				best, share = i, n
			}
		}
		change := wordChange{Was: audit.Untrusted(old).Text()}
		if best >= 0 {
			change.Is = audit.Untrusted(come[best]).Text()
			come = slices.Delete(come, best, best+1)
		}
		changes = append(changes, change)
	}
	for _, x := range come {
		changes = append(changes, wordChange{Is: audit.Untrusted(x).Text()})
	}
	return changes
}

// common is the share of the longer sentence's words that both have.
func common(a, b string) float64 {
	words, others := strings.Fields(strings.ToLower(a)), strings.Fields(strings.ToLower(b))
	longer, n := max(len(words), len(others), 1), 0
	for _, w := range words {
		if i := slices.Index(others, w); i >= 0 {
			n++
			others = slices.Delete(others, i, i+1)
		}
	}
	return float64(n) / float64(longer)
}
