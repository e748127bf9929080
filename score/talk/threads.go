package talk

import (
	"cmp"
	"slices"
	"time"

	"doorknock/audit"
)

// exactly is how far the earliest and the latest time of a comment may lie apart for its wait to be measured. What is
// dated by its day alone says nothing about hours.
const exactly = 10 * time.Minute

// Thread is what a member of the public began to say, and the organisation's first answer to it.
type Thread struct {
	Begins audit.Said
	Answer *audit.Said // nil: none was seen
	// ByPlace says that the answer stands beside the comment or below it in the list, not under it: that it answers this
	// one is our reading, in the organisation's favour.
	ByPlace bool
	// Untold says that whether it was answered cannot be told: somebody wrote there of whom nobody knows whether they are
	// the organisation, or the order of the list is not known.
	Untold bool
}

// Wait gives how long it waited, and whether that can be told: both times have to be exact.
func (t Thread) Wait() (from, to time.Time, answered, ok bool) {
	if t.Untold || !exact(t.Begins) {
		return from, to, false, false
	}
	from, to = t.Begins.From, t.Begins.Watched
	if t.Answer != nil {
		if !exact(*t.Answer) {
			return from, to, false, false
		}
		to = t.Answer.From
	}
	return from, to, t.Answer != nil, !to.Before(from)
}

func exact(s audit.Said) bool {
	return !s.From.IsZero() && (s.To.IsZero() || s.To.Sub(s.From) <= exactly)
}

// Threads finds what the public began to say: the comments of the public above which nobody of the public stands. What is
// labelled spam begins nothing. An answer is the organisation's earliest comment below it, or the earliest later one beside it.
func Threads(said []audit.Said) []Thread {
	said = slices.SortedFunc(slices.Values(said), func(a, b audit.Said) int {
		return cmp.Or(a.Began().Compare(b.Began()), cmp.Compare(a.ID, b.ID))
	})
	g := gather(said)
	var all []Thread
	for _, s := range said {
		if s.By == audit.AuthorPublic && !s.Spam && g.begins(s) {
			all = append(all, g.thread(s))
		}
	}
	return all
}

// ThreadsOf finds the organisation's first answer to each of some comments of the public, by the same rule; they may stand
// below others of the public.
func ThreadsOf(said []audit.Said, wanted map[string]bool) []Thread {
	g := gather(said)
	var all []Thread
	for _, s := range said {
		if wanted[s.ID] && s.By != audit.AuthorOrganisation {
			all = append(all, g.thread(s))
		}
	}
	return all
}

// grouping is comments by their ids and by the place that they stand in.
type grouping struct {
	byID   map[string]audit.Said
	beside map[[2]string][]audit.Said // by post and parent, in order of time
}

func gather(said []audit.Said) grouping {
	g := grouping{byID: map[string]audit.Said{}, beside: map[[2]string][]audit.Said{}}
	for _, s := range said {
		g.byID[s.ID] = s
		k := [2]string{s.Post, s.Parent}
		g.beside[k] = append(g.beside[k], s)
	}
	return g
}

// begins reports whether nobody of the public, and nobody unknown, stands above a comment. Of one that answers something
// that was never seen, nobody knows.
func (g grouping) begins(s audit.Said) bool {
	for range len(g.byID) { // a ring of parents ends here
		if s.Parent == "" {
			return true
		}
		above, seen := g.byID[s.Parent]
		if !seen || above.By != audit.AuthorOrganisation {
			return false
		}
		s = above
	}
	return false
}

func (g grouping) thread(s audit.Said) Thread {
	t := Thread{Begins: s}
	doubt := false
	take := func(c audit.Said, byPlace bool) {
		switch {
		case c.By == audit.AuthorUnknown:
			doubt = true
		case c.By == audit.AuthorOrganisation && (t.Answer == nil || c.Began().Before(t.Answer.Began())):
			t.Answer, t.ByPlace = &c, byPlace
		}
	}
	for _, c := range g.below(s) {
		take(c, false)
	}
	for _, c := range g.beside[[2]string{s.Post, s.Parent}] {
		switch {
		case c.ID == s.ID || c.By == audit.AuthorPublic:
		case s.From.IsZero() || c.From.IsZero():
			doubt = true // which of the two came first is not known
		case !c.From.Before(s.From):
			take(c, true)
		}
	}
	t.Untold = doubt && t.Answer == nil
	return t
}

// below lists all that stands under a comment, however deep.
func (g grouping) below(s audit.Said) []audit.Said {
	var all []audit.Said
	seen := map[string]bool{s.ID: true}
	for next := []audit.Said{s}; len(next) > 0; next = next[1:] {
		for _, c := range g.beside[[2]string{next[0].Post, next[0].ID}] {
			if !seen[c.ID] {
				seen[c.ID] = true
				all, next = append(all, c), append(next, c)
			}
		}
	}
	return all
}
