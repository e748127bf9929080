package crawler

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Signs is a set of stretches, in lower case and at least four bytes long, that are looked for in one pass over a page,
// however many they are: one more check costs a page nothing but its own question. Each is looked for by its anchor, the
// four bytes of it that are rarest on pages: few signs of ours are on a page, but half of what they begin with is. Make it
// once, at start.
type Signs struct {
	signs   []sign
	stems   [1 << slotBits]uint16  // those found anywhere: number plus one, where a hash of the stem is or in the next free place
	phrases map[string]int         // by their numbers: found where a word begins
	asked   map[*string]askedList  // by their first elements, the lists that are asked for as a whole
	sieve   func() *sieve          // made when somebody first looks over a page
	anchors [1 << anchorBits]uint8 // not 0 where a hash of an anchor is, for texts too short to fill the processor's memory with a sieve
	fours   [1 << slotBits]uint32  // the anchors themselves, in either case, each where a hash of it is or in the next free place
	slots   [1 << slotBits]uint16  // of each its place in lists
	lists   [][]anchored
}

// sign is a stretch; a phrase counts only where a word begins.
type sign struct {
	text   string
	phrase bool
}

// anchored is a sign as it is compared where its anchor stands: first what of it lies nearest around the anchor, which hardly
// ever agrees where many signs share one, then the whole.
type anchored struct {
	near, mask uint64 // see nearBytes; the mask leaves out those that are not of the sign
	back       int32  // how many bytes before its anchor it begins
	sign       int32
}

const (
	slotBits   = 12
	anchorBits = 12
)

// NewSigns makes a set to be looked for in bodies, or in what a reader sees. A sign shorter than four bytes is a mistake
// of the programmer.
func NewSigns(stems ...string) *Signs {
	s := &Signs{phrases: map[string]int{}, asked: map[*string]askedList{}, lists: make([][]anchored, 1)}
	s.sieve = sync.OnceValue(func() *sieve { return newSieve(&s.fours) })
	return s.WithLists(stems)
}

// stem gives the place of a stem in stems, or the free one where it belongs. Hundreds are asked for on every page.
func (s *Signs) stem(text string) (place uint32, known bool) {
	first, last := fourBytes(text), fourBytes(text[len(text)-4:])
	place = slotHash(first ^ last*31 ^ uint32(len(text)))
	for ; s.stems[place] != 0; place = (place + 1) % (1 << slotBits) {
		if s.signs[s.stems[place]-1].text == text {
			return place, true
		}
	}
	return place, false
}

// number gives the number of a stem; not known is one that is none of the set.
func (s *Signs) number(stem string) (i int, known bool) {
	if len(stem) < 4 {
		return 0, false
	}
	place, known := s.stem(stem)
	return int(s.stems[place]) - 1, known
}

func (s *Signs) add(one sign) {
	back := s.anchorOf(one.text)
	four := fourBytes(one.text[back:]) | foldFour
	s.anchors[anchorHash(four)] = 1
	slot := s.slotOf(four)
	if s.fours[slot] == 0 {
		s.fours[slot], s.slots[slot] = four, uint16(len(s.lists)) // far fewer than there are slots
		s.lists = append(s.lists, nil)
	}
	a := anchored{near: nearBytes(one.text, back), back: int32(back), sign: int32(len(s.signs))} // a sign is a few words
	for i := range 4 {
		if back-4+i >= 0 {
			a.mask |= 0xff << (8 * i)
		}
		if back+4+i < len(one.text) {
			a.mask |= 0xff << (8 * (4 + i))
		}
	}
	list := &s.lists[s.slots[slot]]
	*list = append(*list, a)
	s.signs = append(s.signs, one)
}

// slotOf gives the slot of an anchor, or the free one where it belongs.
func (s *Signs) slotOf(four uint32) uint32 {
	slot := slotHash(four)
	for s.fours[slot] != four && s.fours[slot] != 0 {
		slot = (slot + 1) % (1 << slotBits)
	}
	return slot
}

// anchorOf gives where in a sign its rarest four bytes stand, those before others by which another is looked for already.
func (s *Signs) anchorOf(text string) (back int) {
	least := 0
	for i := 0; i+4 <= len(text); i++ {
		four, common := text[i:i+4], 0
		for _, c := range []byte(four) {
			common += commonness(c)
		}
		folded := fourBytes(four) | foldFour
		common += fourWeights[folded]
		if s.fours[s.slotOf(folded)] != 0 {
			common -= 200
		}
		if i == 0 || common < least {
			back, least = i, common
		}
	}
	return back
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

func slotHash(four uint32) uint32 { return four * 2654435761 >> (32 - slotBits) }

func anchorHash(four uint32) uint32 { return four * 2654435761 >> (32 - anchorBits) }

// seenSigns is what a set found in one text: the place of each sign's first occurrence plus one, 0 where it does not
// occur, and the signs that occur.
type seenSigns struct {
	set   *Signs
	at    []int32
	found []int
	mask  mask // of found
	done  mask // lists of which all signs are found: a page says the same words again and again
	next  *seenSigns
}

// find goes over a text once.
func (s *Signs) find(text string) *seenSigns { return s.findIn(text, (*spared)(nil).speaking(text)) }

// findIn goes over the given stretches of a text, by their places, in order.
func (s *Signs) findIn(text string, stretches iter.Seq2[int, string]) *seenSigns {
	seen := &seenSigns{set: s, at: make([]int32, len(s.signs)), done: make(mask, len(s.lists)/64+1)}
	for at, stretch := range stretches {
		seen.over(text[:at+len(stretch)], at)
	}
	seen.mask = maskOf(seen.found)
	return seen
}

// over goes over a text from a place on. It takes eight bytes at a time, in which four anchors may begin, and one branch tells
// that none of them does: this loop goes over every byte of every page.
func (seen *seenSigns) over(text string, i int) {
	s := seen.set
	sieve := s.sieve()
	holes, factor := &sieve.holes, sieve.factor
	for ; i+8 <= len(text); i += 4 {
		eight := eightBytes(text[i:i+8]) | foldFour<<32 | foldFour
		if holes[sieveHash(uint32(eight), factor)]|holes[sieveHash(uint32(eight>>8), factor)]|holes[sieveHash(uint32(eight>>16), factor)]|holes[sieveHash(uint32(eight>>24), factor)] == 0 {
			continue
		}
		anchors := sieve.let(uint32(eight)) | sieve.let(uint32(eight>>8))<<1 | sieve.let(uint32(eight>>16))<<2 | sieve.let(uint32(eight>>24))<<3
		for ; anchors != 0; anchors &= anchors - 1 {
			nth := bits.TrailingZeros32(anchors)
			if list := s.slots[s.slotOf(uint32(eight>>(8*nth)))]; list != 0 && !seen.done.has(int(list)) && seen.match(text, i+nth, s.lists[list]) {
				seen.done.add(int(list))
			}
		}
	}
	for ; i+4 <= len(text); i++ {
		seen.match(text, i, s.anchoredBy(text[i:i+4]))
	}
}

// anchoredBy gives the signs that may have four bytes as their anchor.
func (s *Signs) anchoredBy(four string) []anchored {
	return s.lists[s.slots[s.slotOf(fourBytes(four)|foldFour)]]
}

// match notes the signs of a list whose anchor stands at a place, and reports whether that was the last of them.
func (seen *seenSigns) match(text string, anchor int, list []anchored) (last bool) {
	before, near := len(seen.found), nearBytes(text, anchor)
	for i := range list {
		if a := &list[i]; near&a.mask == a.near && seen.at[a.sign] == 0 && seen.set.stands(text, anchor, a) {
			seen.at[a.sign] = int32(anchor) - a.back + 1 // a body has at most some megabytes
			seen.found = append(seen.found, int(a.sign))
		}
	}
	return len(seen.found) > before && seen.all(list)
}

// all reports whether every sign of a list is found.
func (seen *seenSigns) all(list []anchored) bool {
	return !slices.ContainsFunc(list, func(a anchored) bool { return seen.at[a.sign] == 0 })
}

// stands reports whether the whole sign stands where its anchor does.
func (s *Signs) stands(text string, anchor int, a *anchored) bool {
	at, one := anchor-int(a.back), &s.signs[a.sign]
	return at >= 0 && hasPrefixFold(text[at:], one.text) && (!one.phrase || at == 0 || !letter(text[at-1]))
}

// nearBytes are the four bytes before an anchor and the four after it in lower case, 0 where the text has none.
func nearBytes(text string, anchor int) uint64 {
	if anchor >= 4 && anchor+8 <= len(text) {
		return lowerEight(uint64(fourBytes(text[anchor-4:anchor])) | uint64(fourBytes(text[anchor+4:anchor+8]))<<32)
	}
	before, _ := firstEight(text[max(anchor-4, 0):anchor])
	after, _ := firstEight(text[anchor+4 : min(anchor+8, len(text))])
	return lowerEight(before<<(8*max(4-anchor, 0)) | after<<32)
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

// Found is what Find found in a text.
type Found struct {
	text string
	seen *seenSigns
}

// Find looks for the signs in a text that is in lower case and no page's body or text: see Page.Sign and Page.Says for those.
func (s *Signs) Find(text string) *Found {
	if !s.In(text) { // as hardly any address does
		return &Found{text, &seenSigns{set: s}}
	}
	return &Found{text, s.find(text)}
}

// Holds reports whether a stretch stands anywhere in the text. One that is no stem of the set costs a search of its own.
func (f *Found) Holds(stretch string) bool {
	i, known := f.seen.set.number(stretch)
	if !known {
		return strings.Contains(f.text, stretch)
	}
	return f.seen.mask.has(i)
}

// signsSeen remembers, for one page, what each of the few sets found.
type signsSeen struct{ first atomic.Pointer[seenSigns] }

// of looks for a set where nobody did yet. Two who ask at once may both look: they find the same.
func (seen *signsSeen) of(s *Signs, find func(*Signs) *seenSigns) *seenSigns {
	first := seen.first.Load()
	for e := first; e != nil; e = e.next {
		if e.set == s {
			return e
		}
	}
	found := find(s)
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
		eight := eightBytes(text[i:i+8]) | foldFour<<32 | foldFour
		if s.mayAnchor(uint32(eight))|s.mayAnchor(uint32(eight>>8))|s.mayAnchor(uint32(eight>>16))|s.mayAnchor(uint32(eight>>24)) != 0 && s.anyFrom(text, i, i+4) {
			return true
		}
	}
	return s.anyFrom(text, i, len(text)-3)
}

func (s *Signs) mayAnchor(four uint32) uint8 { return s.anchors[anchorHash(four)] }

func (s *Signs) anyFrom(text string, from, to int) bool {
	for anchor := from; anchor < to; anchor++ {
		four := fourBytes(text[anchor:anchor+4]) | foldFour
		if s.mayAnchor(four) == 0 {
			continue
		}
		list, near := s.lists[s.slots[s.slotOf(four)]], nearBytes(text, anchor)
		for i := range list {
			if near&list[i].mask == list[i].near && s.stands(text, anchor, &list[i]) {
				return true
			}
		}
	}
	return false
}

// findInSource looks for a set in the body but for what only says how the page looks: the rules of a style sheet name classes
// that the page may not have.
func (p *Page) findInSource(s *Signs) *seenSigns {
	return s.findIn(p.Source(), p.index().spared.speaking(p.Source()))
}

func (p *Page) findInText(s *Signs) *seenSigns { return s.find(p.LowerText()) }

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
	i, known := s.number(sign)
	if !known {
		p.strays.Store(sign, nil)
		return strings.Index(p.Lower(), sign)
	}
	return int(p.signs.of(s, p.findInSource).at[i]) - 1
}

// Says reports whether a stretch stands anywhere in the page's LowerText. One that is no stem of the set costs a search
// of its own.
func (p *Page) Says(s *Signs, stretch string) bool {
	i, known := s.number(stretch)
	if !known {
		p.strays.Store(stretch, nil)
		return strings.Contains(p.LowerText(), stretch)
	}
	return p.signs.of(s, p.findInText).at[i] != 0
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
