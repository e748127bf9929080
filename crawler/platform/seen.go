package platform

import (
	"hash/maphash"

	"doorknock/audit"
)

// seenLinks are the links that a walk has taken in. A site's menu stands on all of its pages: each link is held once, and
// the texts of the page that repeats it are let go with the page.
type seenLinks struct {
	at  map[uint64]int32 // by hash of the link; where it is another's, one further
	all []seen
}

// seen says how near and by which page a link was seen, at best.
type seen struct {
	link   audit.Link
	depth  int
	follow bool
	added  bool // the walk has looked at it
	names  bool // its text holds a check's words
	tells  bool // its text or its address does
}

// take gives where in all a link is, and whether it was seen before.
func (s *seenLinks) take(l audit.Link) (at int32, again bool) {
	for h := maphash.String(textSeed, l.URL) ^ 3*maphash.String(textSeed, l.Text); ; h++ {
		i, taken := s.at[h]
		if !taken {
			i = int32(len(s.all))
			s.at[h], s.all = i, append(s.all, seen{link: l})
			return i, false
		}
		if s.all[i].link == l {
			return i, true
		}
	}
}
