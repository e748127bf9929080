package crawler

import (
	"strings"
	"sync"
)

// Signs is a set of stretches, in lower case and at least four bytes long, that are looked for in one pass over a page's
// body, however many they are. Make it once, at start.
type Signs struct {
	known  map[string]bool
	begins [1 << signBits]bool // hashes of the first four bytes
	starts map[uint32][]string // first four bytes → the signs that begin so
}

const signBits = 13

// NewSigns makes a set. A sign shorter than four bytes is a mistake of the programmer.
func NewSigns(list ...string) *Signs {
	s := &Signs{known: make(map[string]bool, len(list)), starts: make(map[uint32][]string, len(list))}
	for _, sign := range list {
		if s.known[sign] {
			continue
		}
		s.known[sign] = true
		four := uint32(sign[0]) | uint32(sign[1])<<8 | uint32(sign[2])<<16 | uint32(sign[3])<<24
		s.begins[signHash(four)] = true
		s.starts[four] = append(s.starts[four], sign)
	}
	return s
}

func signHash(four uint32) uint32 { return four * 2654435761 >> (32 - signBits) }

// find gives the place of the first occurrence of each sign that occurs, letters of either case alike.
func (s *Signs) find(text string) map[string]int {
	found := map[string]int{}
	var four uint32
	for i := range len(text) {
		four = four>>8 | uint32(toLower[text[i]])<<24
		if !s.begins[signHash(four)] {
			continue
		}
		at := i - 3
		for _, sign := range s.starts[four] {
			if at < 0 || !hasPrefixFold(text[at:], sign) {
				continue
			}
			if _, seen := found[sign]; !seen {
				found[sign] = at
			}
		}
	}
	return found
}

// hasPrefixFold reports whether the text begins with the prefix, which is in lower case.
func hasPrefixFold(text, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if toLower[text[i]] != prefix[i] {
			return false
		}
	}
	return true
}

// signsSeen remembers, for one page, what each set found.
type signsSeen struct {
	sync.Mutex
	by map[*Signs]map[string]int
}

// Sign gives the bytes of the body, as they are spelt there, where a sign first stands; "" where it does not. A sign
// that is not of the set costs a search of its own.
func (p *Page) Sign(s *Signs, sign string) string {
	at, ok := p.signAt(s, sign)
	if !ok {
		return ""
	}
	return p.Source()[at : at+len(sign)]
}

func (p *Page) signAt(s *Signs, sign string) (int, bool) {
	if !s.known[sign] {
		at := strings.Index(p.Lower(), sign)
		return at, at >= 0
	}
	p.signs.Lock()
	defer p.signs.Unlock()
	found, ok := p.signs.by[s]
	if !ok {
		found = s.find(p.Source())
		if p.signs.by == nil {
			p.signs.by = make(map[*Signs]map[string]int, 2)
		}
		p.signs.by[s] = found
	}
	at, ok := found[sign]
	return at, ok
}
