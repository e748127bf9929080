package crawler

import (
	"slices"
	"strings"
	"sync/atomic"
)

// Signs is a set of stretches, in lower case and at least four bytes long, that are looked for in one pass over a page,
// however many they are: one more check costs a page nothing but its own question. Make it once, at start.
type Signs struct {
	signs   []sign
	stems   map[string]int        // found anywhere
	phrases map[string]int        // found where a word begins
	first   [1 << firstBits]byte  // not 0 where a shorter hash of a sign's first four bytes is: a byte is asked sooner than a bit
	begins  signBitSet            // the hashes of those four bytes, for texts too short to fill the processor's memory with first
	goesOn  signBitSet            // the hashes of the first six; of a shorter sign that of its four
	slots   [1 << slotBits]uint16 // a shorter hash of them → place in lists, 0 for none
	lists   [][]signGroup
}

// sign is a stretch; a phrase counts only where a word begins.
type sign struct {
	text   string
	phrase bool
}

// signGroup are the signs that begin with the same eight bytes, or with as many of them as they have.
type signGroup struct {
	first, mask uint64
	signs       []signEnd
}

// signEnd is a sign of a group with the eight bytes that follow those of the group.
type signEnd struct {
	next, mask uint64
	long       bool // it goes on after them
	phrase     bool
	sign       int
}

// signBitSet holds hashes.
type signBitSet [1 << signBits / 64]uint64

func (b *signBitSet) set(hash uint32)        { b[hash/64] |= 1 << (hash % 64) }
func (b *signBitSet) has(hash uint32) uint64 { return b[hash/64] >> (hash % 64) & 1 }

const (
	signBits  = 16
	slotBits  = 12
	firstBits = 15
)

// NewSigns makes a set to be looked for in bodies, or in what a reader sees. A sign shorter than four bytes is a mistake
// of the programmer.
func NewSigns(stems ...string) *Signs {
	s := &Signs{stems: make(map[string]int, len(stems)), phrases: map[string]int{}, lists: make([][]signGroup, 1)}
	for _, stem := range stems {
		s.add(s.stems, sign{text: stem})
	}
	return s
}

// WithPhrases adds stretches that count only where a word begins.
func (s *Signs) WithPhrases(list ...string) *Signs {
	for _, phrase := range list {
		s.add(s.phrases, sign{text: phrase, phrase: true})
	}
	return s
}

func (s *Signs) add(known map[string]int, one sign) {
	if _, twice := known[one.text]; twice {
		return
	}
	known[one.text] = len(s.signs)
	hash := signHash(fourBytes(one.text) | foldFour)
	s.begins.set(hash)
	s.first[firstHash(fourBytes(one.text)|foldFour)] = 1
	if first, _ := firstEight(one.text); len(one.text) < 6 {
		s.goesOn.set(hash)
	} else {
		s.goesOn.set(longHash(first))
	}
	slot := &s.slots[slotHash(fourBytes(one.text)|foldFour)]
	if *slot == 0 {
		*slot = uint16(len(s.lists)) // at most as many as there are slots
		s.lists = append(s.lists, nil)
	}
	list := &s.lists[*slot]
	first, mask := firstEight(one.text)
	i := slices.IndexFunc(*list, func(g signGroup) bool { return g.first == first && g.mask == mask })
	if i < 0 {
		i = len(*list)
		*list = append(*list, signGroup{first: first, mask: mask})
	}
	end := signEnd{phrase: one.phrase, sign: len(s.signs), long: len(one.text) > 16}
	if len(one.text) > 8 {
		end.next, end.mask = firstEight(one.text[8:])
	}
	(*list)[i].signs = append((*list)[i].signs, end)
	s.signs = append(s.signs, one)
}

// firstEight gives the first bytes of a text as a number, with the mask that leaves out those it has not.
func firstEight(text string) (first, mask uint64) {
	for i := range min(len(text), 8) {
		first |= uint64(text[i]) << (8 * i)
		mask |= 0xff << (8 * i)
	}
	return first, mask
}

// foldFour makes letters of either case the same in four bytes at once. Other characters fall together, too: what is
// found by its hash is compared byte by byte.
const foldFour = 0x20202020

func signHash(four uint32) uint32 { return four * 2654435761 >> (32 - signBits) }

func slotHash(four uint32) uint32 { return four * 2654435761 >> (32 - slotBits) }

func firstHash(four uint32) uint32 { return four * 2654435761 >> (32 - firstBits) }

// longHash is a hash of the first six of eight bytes, in either case.
func longHash(eight uint64) uint32 {
	return uint32((eight | foldFour<<32 | foldFour) << 16 * 0x9e3779b97f4a7c15 >> (64 - signBits))
}

// may reports whether a sign may begin with eight bytes, of which the first four begin one.
func (s *Signs) may(eight uint64) bool {
	return s.goesOn.has(longHash(eight))|s.goesOn.has(signHash(uint32(eight)|foldFour)) != 0
}

// seenSigns is what a set found in one text: the place of each sign's first occurrence plus one, 0 where it does not
// occur, and the signs that occur.
type seenSigns struct {
	set   *Signs
	at    []int32
	found []int
	next  *seenSigns
}

// find goes over a text once. It takes eight bytes at a time, in which four signs may begin, and one branch tells that
// none of them does: this loop goes over every byte of every page.
func (s *Signs) find(text string) *seenSigns {
	seen := &seenSigns{set: s, at: make([]int32, len(s.signs))}
	slots := s.slots // those of which all signs are found are emptied: a page says the same words again and again
	first := &s.first
	i := 0
	for ; i+12 <= len(text); i += 4 {
		eight := eightBytes(text[i:i+8]) | foldFour<<32 | foldFour
		if first[firstHash(uint32(eight))]|first[firstHash(uint32(eight>>8))]|first[firstHash(uint32(eight>>16))]|first[firstHash(uint32(eight>>24))] == 0 {
			continue
		}
		for at := i; at < i+4; at++ {
			if first[firstHash(uint32(eight))] != 0 {
				if slot := &slots[slotHash(uint32(eight))]; *slot != 0 && s.may(eightBytes(text[at:at+8])) && seen.match(text, at, s.lists[*slot]) {
					*slot = 0
				}
			}
			eight >>= 8
		}
	}
	for ; i+4 <= len(text); i++ {
		seen.match(text, i, s.groups(uint64(fourBytes(text[i:i+4]))))
	}
	return seen
}

// any tells whether one of the signs may begin in the first four of eight bytes in lower case.
func (b *signBitSet) any(eight uint64) uint64 {
	return b.has(signHash(uint32(eight))) | b.has(signHash(uint32(eight>>8))) | b.has(signHash(uint32(eight>>16))) | b.has(signHash(uint32(eight>>24)))
}

// match notes the signs of a list that begin at a place, and reports whether that was the last of them.
func (seen *seenSigns) match(text string, at int, list []signGroup) (last bool) {
	eight, inWord := seen.set.around(text, at)
	before := len(seen.found)
	for i := range list {
		if g := &list[i]; eight&g.mask == g.first {
			seen.matchGroup(text, at, g, inWord)
		}
	}
	return len(seen.found) > before && seen.all(list)
}

// matchGroup notes the signs of a group whose first bytes stand at a place.
func (seen *seenSigns) matchGroup(text string, at int, g *signGroup, inWord bool) {
	next := nextEight(text, at)
	for i := range g.signs {
		s := &g.signs[i]
		if next&s.mask != s.next || s.phrase && inWord || seen.at[s.sign] != 0 || !seen.set.goes(text, at, s) {
			continue
		}
		seen.at[s.sign] = int32(at) + 1 // a body has at most some megabytes
		seen.found = append(seen.found, s.sign)
	}
}

// all reports whether every sign of a list is found.
func (seen *seenSigns) all(list []signGroup) bool {
	for _, g := range list {
		if slices.ContainsFunc(g.signs, func(e signEnd) bool { return seen.at[e.sign] == 0 }) {
			return false
		}
	}
	return true
}

// goes reports whether a sign of which all but what follows sixteen bytes was compared stands at a place.
func (s *Signs) goes(text string, at int, e *signEnd) bool {
	return !e.long || hasPrefixFold(text[at:], s.signs[e.sign].text)
}

// nextEight gives the bytes after the first eight of a place in lower case, fewer at the end of the text.
func nextEight(text string, at int) uint64 {
	if at+16 <= len(text) {
		return lowerEight(eightBytes(text[at+8 : at+16]))
	}
	next, _ := firstEight(text[min(at+8, len(text)):])
	return lowerEight(next)
}

// groups gives the signs that may begin with eight bytes in lower case.
func (s *Signs) groups(eight uint64) []signGroup {
	return s.lists[s.slots[slotHash(uint32(eight)|foldFour)]]
}

func fourBytes(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
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

// signsSeen remembers, for one page, what each of the few sets found.
type signsSeen struct{ first atomic.Pointer[seenSigns] }

// of looks for a set where nobody did yet. Two who ask at once may both look: they find the same.
func (seen *signsSeen) of(s *Signs, text func() string) *seenSigns {
	first := seen.first.Load()
	for e := first; e != nil; e = e.next {
		if e.set == s {
			return e
		}
	}
	found := s.find(text())
	for found.next = first; !seen.first.CompareAndSwap(found.next, found); {
		found.next = seen.first.Load()
	}
	return found
}

// In reports whether a text in either case holds one of the stems, or begins a word with one of the phrases. It is for the
// short texts of elements and attributes.
func (s *Signs) In(text string) bool {
	i := 0
	for ; i+8 <= len(text); i += 4 {
		if s.begins.any(eightBytes(text[i:i+8])|foldFour<<32|foldFour) != 0 && s.anyFrom(text, i, i+4) {
			return true
		}
	}
	return s.anyFrom(text, i, len(text)-3)
}

func (s *Signs) anyFrom(text string, from, to int) bool {
	for i := from; i < to; i++ {
		if s.begins.has(signHash(fourBytes(text[i:i+4])|foldFour)) != 0 && s.at(text, i) {
			return true
		}
	}
	return false
}

func (s *Signs) at(text string, at int) bool {
	eight, inWord := s.around(text, at)
	if !s.may(eight) {
		return false
	}
	for _, g := range s.groups(eight) {
		if eight&g.mask != g.first {
			continue
		}
		next := nextEight(text, at)
		for i := range g.signs {
			if e := &g.signs[i]; next&e.mask == e.next && (!e.phrase || !inWord) && s.goes(text, at, e) {
				return true
			}
		}
	}
	return false
}

// around gives the eight bytes at a place in lower case, fewer at the end of the text, and whether the place lies in a word.
func (s *Signs) around(text string, at int) (eight uint64, inWord bool) {
	if at+8 <= len(text) {
		eight = eightBytes(text[at : at+8])
	} else {
		eight, _ = firstEight(text[at:])
	}
	return lowerEight(eight), at > 0 && letter(text[at-1])
}

// Sign gives the bytes of the body, as they are spelt there, where a sign first stands; "" where it does not. A sign
// that is not of the set costs a search of its own.
func (p *Page) Sign(s *Signs, sign string) string {
	at := p.signAt(s, sign)
	if at < 0 {
		return ""
	}
	return p.Source()[at : at+len(sign)]
}

// AfterSign gives what follows in the body where a sign first stands, as it is spelt there.
func (p *Page) AfterSign(s *Signs, sign string) string {
	at := p.signAt(s, sign)
	if at < 0 {
		return ""
	}
	return p.Source()[at+len(sign):]
}

// signAt is where in the body a sign first stands, less than 0 where it does not.
func (p *Page) signAt(s *Signs, sign string) int {
	i, known := s.stems[sign]
	if !known {
		p.strays.Store(sign, nil)
		return strings.Index(p.Lower(), sign)
	}
	return int(p.signs.of(s, p.Source).at[i]) - 1
}

// SaysAny reports whether one of the phrases of a set that are wanted stands in the page's LowerText.
func (p *Page) SaysAny(s *Signs, wanted map[string]bool) bool {
	for _, i := range p.signs.of(s, p.LowerText).found {
		if one := s.signs[i]; one.phrase && wanted[one.text] {
			return true
		}
	}
	return false
}

// SaysTimes counts the places of the page's LowerText where a word begins with one of the phrases of a set that are wanted.
func (p *Page) SaysTimes(s *Signs, wanted map[string]bool) (n int) {
	text := p.LowerText()
	for _, i := range p.signs.of(s, p.LowerText).found {
		one := s.signs[i]
		if !one.phrase || !wanted[one.text] {
			continue
		}
		for at := 0; ; at += len(one.text) {
			next := strings.Index(text[at:], one.text)
			if next < 0 {
				break
			}
			if at += next; at == 0 || !letter(text[at-1]) {
				n++
			}
		}
	}
	return n
}

// Says reports whether a stretch stands anywhere in the page's LowerText. One that is no stem of the set costs a search
// of its own.
func (p *Page) Says(s *Signs, stretch string) bool {
	i, known := s.stems[stretch]
	if !known {
		p.strays.Store(stretch, nil)
		return strings.Contains(p.LowerText(), stretch)
	}
	return p.signs.of(s, p.LowerText).at[i] != 0
}

// Strays are the stretches asked of the page, in Sign or Says, that were not of the set: each cost a search of its own.
func (p *Page) Strays() (all []string) {
	p.strays.Range(func(stretch, _ any) bool {
		all = append(all, stretch.(string))
		return true
	})
	slices.Sort(all)
	return all
}
