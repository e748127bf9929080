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

// grouping is comments by their ids and by the place that they stand in. It is made in one pass, and each thread is found without
// going through all that stands beside its beginning: there may be a hundred thousand comments on one post.
type grouping struct {
	byID   map[string]*audit.Said
	under  map[[2]string][]*audit.Said // by post and parent, where there is a parent
	beside map[[2]string]*others       // by post and parent
}

// others are the comments at one place that are not the public's.
type others struct {
	own     []*audit.Said // the organisation's that are dated, by their dates
	unknown []time.Time   // dates of those by nobody knows whom, in order
	undated int
}

func gather(said []audit.Said) grouping {
	g := grouping{byID: make(map[string]*audit.Said, len(said)), under: map[[2]string][]*audit.Said{}, beside: map[[2]string]*others{}}
	for i := range said {
		s := &said[i]
		g.byID[s.ID] = s
		k := [2]string{s.Post, s.Parent}
		if s.Parent != "" {
			g.under[k] = append(g.under[k], s)
		}
		if s.By == audit.AuthorPublic {
			continue
		}
		if g.beside[k] == nil {
			g.beside[k] = &others{}
		}
		g.beside[k].add(s)
	}
	for _, o := range g.beside {
		slices.SortStableFunc(o.own, func(a, b *audit.Said) int { return a.From.Compare(b.From) })
		slices.SortFunc(o.unknown, time.Time.Compare)
	}
	return g
}

func (o *others) add(s *audit.Said) {
	switch {
	case s.From.IsZero():
		o.undated++
	case s.By == audit.AuthorOrganisation:
		o.own = append(o.own, s)
	default:
		o.unknown = append(o.unknown, s.From)
	}
}

// after gives the organisation's first comment that is not older than s, which stands among them, and whether it is in doubt if there is
// none: somebody wrote later of whom nobody knows whether they are the organisation, or nobody knows which of two came first.
func (o *others) after(s audit.Said) (answer *audit.Said, doubt bool) {
	itself := 0
	if s.By != audit.AuthorPublic {
		itself = 1
	}
	if s.From.IsZero() {
		return nil, len(o.own)+len(o.unknown)+o.undated > itself
	}
	i, _ := slices.BinarySearchFunc(o.own, s.From, func(c *audit.Said, at time.Time) int { return c.From.Compare(at) })
	if i < len(o.own) {
		answer = o.own[i]
	}
	u, _ := slices.BinarySearchFunc(o.unknown, s.From, time.Time.Compare)
	return answer, o.undated > 0 || len(o.unknown)-u > itself
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
		s = *above
	}
	return false
}

func (g grouping) thread(s audit.Said) Thread {
	t := Thread{Begins: s}
	doubt := false
	for _, c := range g.below(s) {
		switch {
		case c.By == audit.AuthorUnknown:
			doubt = true
		case c.By == audit.AuthorOrganisation && (t.Answer == nil || c.Began().Before(t.Answer.Began())):
			t.Answer = c
		}
	}
	if o := g.beside[[2]string{s.Post, s.Parent}]; o != nil {
		c, unsure := o.after(s)
		doubt = doubt || unsure
		if c != nil && (t.Answer == nil || c.Began().Before(t.Answer.Began())) {
			t.Answer, t.ByPlace = c, true
		}
	}
	t.Untold = doubt && t.Answer == nil
	return t
}

// below lists all that stands under a comment, however deep. Each stands under one other, so that only itself can come again.
func (g grouping) below(s audit.Said) (all []*audit.Said) {
	under := func(c *audit.Said) {
		for _, u := range g.under[[2]string{c.Post, c.ID}] {
			if u.ID != s.ID {
				all = append(all, u)
			}
		}
	}
	under(&s)
	for i := 0; i < len(all); i++ {
		under(all[i])
	}
	return all
}
