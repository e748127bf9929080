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
	tells  bool // holds a check's words
}

// take gives what is known of a link, and whether it was seen before. It is good until the next link is taken.
func (s *seenLinks) take(l audit.Link) (of *seen, again bool) {
	for h := maphash.String(textSeed, l.URL) ^ 3*maphash.String(textSeed, l.Text); ; h++ {
		i, taken := s.at[h]
		if !taken {
			s.at[h] = int32(len(s.all))
			s.all = append(s.all, seen{link: l})
			return &s.all[len(s.all)-1], false
		}
		if s.all[i].link == l {
			return &s.all[i], true
		}
	}
}
