package crawler

import (
	"slices"
	"strings"
	"sync"
)

// Signs is a set of stretches, in lower case and at least four bytes long, that are looked for in one pass over a page,
// however many they are: one more check costs a page nothing but its own question. Make it once, at start.
type Signs struct {
	known  map[string]bool
	words  bool
	begins [1 << signBits]uint16 // hash of a stretch's first four bytes → place in lists plus one, 0 for none
	lists  [][]string
}

const signBits = 13

// NewSigns makes a set to be looked for in bodies. A sign shorter than four bytes is a mistake of the programmer.
func NewSigns(list ...string) *Signs {
	s := &Signs{known: make(map[string]bool, len(list))}
	for _, sign := range list {
		if s.known[sign] {
			continue
		}
		s.known[sign] = true
		begin := &s.begins[signHash(fourBytes(sign))]
		if *begin == 0 {
			s.lists = append(s.lists, nil)
			*begin = uint16(len(s.lists)) // at most one for each hash
		}
		s.lists[*begin-1] = append(s.lists[*begin-1], sign)
	}
	return s
}

// NewPhrases makes a set to be looked for in what a reader sees, where a word begins.
func NewPhrases(list ...string) *Signs {
	s := NewSigns(list...)
	s.words = true
	return s
}

// foldFour makes letters of either case the same in four bytes at once. Other characters fall together, too: what is
// found by its hash is compared byte by byte.
const foldFour = 0x20202020

func signHash(four uint32) uint32 { return (four | foldFour) * 2654435761 >> (32 - signBits) }

// find gives the place of the first occurrence of each sign that occurs, letters of either case alike. It takes eight
// bytes at a time, in which four signs may begin, and one branch tells that none of them does: this loop goes over every
// byte of every page.
func (s *Signs) find(text string) map[string]int {
	found := map[string]int{}
	i := 0
	for ; i+8 <= len(text); i += 4 {
		eight := eightBytes(text[i : i+8])
		if s.begins[signHash(uint32(eight))]|s.begins[signHash(uint32(eight>>8))]|
			s.begins[signHash(uint32(eight>>16))]|s.begins[signHash(uint32(eight>>24))] != 0 {
			s.matchFrom(text, i, i+4, found)
		}
	}
	s.matchFrom(text, i, len(text)-3, found)
	return found
}

func (s *Signs) matchFrom(text string, from, to int, found map[string]int) {
	for i := from; i < to; i++ {
		if begin := s.begins[signHash(fourBytes(text[i:i+4]))]; begin != 0 {
			s.match(text, i, s.lists[begin-1], found)
		}
	}
}

func fourBytes(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func eightBytes(s string) uint64 { return uint64(fourBytes(s)) | uint64(fourBytes(s[4:]))<<32 }

func (s *Signs) match(text string, at int, signs []string, found map[string]int) {
	if s.words && at > 0 && letter(text[at-1]) {
		return
	}
	for _, sign := range signs {
		if !hasPrefixFold(text[at:], sign) {
			continue
		}
		if _, seen := found[sign]; !seen {
			found[sign] = at
		}
	}
}

func letter(c byte) bool { return toLower[c] >= 'a' && toLower[c] <= 'z' || c >= 0x80 }

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

func (seen *signsSeen) of(s *Signs, text func() string) map[string]int {
	seen.Lock()
	defer seen.Unlock()
	found, ok := seen.by[s]
	if !ok {
		found = s.find(text())
		if seen.by == nil {
			seen.by = make(map[*Signs]map[string]int, 2)
		}
		seen.by[s] = found
	}
	return found
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
	at, ok := p.signs.of(s, p.Source)[sign]
	return at, ok
}

// Said gives the phrases of a set that stand in the page's LowerText, in the order of the text.
func (p *Page) Said(s *Signs) []string {
	found := p.signs.of(s, p.LowerText)
	said := make([]string, 0, len(found))
	for phrase := range found {
		said = append(said, phrase)
	}
	slices.SortFunc(said, func(a, b string) int { return found[a] - found[b] })
	return said
}

// SaysAny reports whether one of the phrases of a set that are wanted stands in the page's LowerText.
func (p *Page) SaysAny(s *Signs, wanted map[string]bool) bool {
	for phrase := range p.signs.of(s, p.LowerText) {
		if wanted[phrase] {
			return true
		}
	}
	return false
}

// Says reports whether a stretch stands anywhere in the page's LowerText. One that is not of the set costs a search of its
// own.
func (p *Page) Says(s *Signs, stretch string) bool {
	if !s.known[stretch] {
		return strings.Contains(p.LowerText(), stretch)
	}
	_, said := p.signs.of(s, p.LowerText)[stretch]
	return said
}
