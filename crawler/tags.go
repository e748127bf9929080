package crawler

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// tagTable sorts a page's elements by the parser's numbers of their names. It is filled in two steps, so that no name
// needs a list that grows: add each element in the order of the page, then sort.
type tagTable struct {
	slots  [tagSlots]tagSlot
	slot   []uint16 // of each element
	sorted []*html.Node
}

// tagSlots is more than there are numbered names (some 370), so that a free slot is always found.
const tagSlots = 512

type tagSlot struct {
	name    atom.Atom
	from, n int32 // where its elements begin in sorted, and how many there are
}

func (t *tagTable) add(name atom.Atom) {
	i := t.find(name)
	t.slots[i].name = name
	t.slots[i].n++
	t.slot = append(t.slot, uint16(i)) // below tagSlots
}

// find gives the slot of a name, or the free one where it belongs.
func (t *tagTable) find(name atom.Atom) int {
	i := int(uint32(name) * 2654435761 >> 23)
	for t.slots[i].n != 0 && t.slots[i].name != name {
		i = (i + 1) % tagSlots
	}
	return i
}

func (t *tagTable) sort(nodes []*html.Node) {
	from := int32(0)
	var next [tagSlots]int32
	for i := range t.slots {
		t.slots[i].from, next[i] = from, from
		from += t.slots[i].n
	}
	t.sorted = make([]*html.Node, len(nodes))
	for i, n := range nodes {
		at := &next[t.slot[i]]
		t.sorted[*at] = n
		*at++
	}
	t.slot = nil
}

// of gives the elements of a name in the order of the page.
func (t *tagTable) of(name atom.Atom) []*html.Node {
	s := t.slots[t.find(name)]
	return t.sorted[s.from : s.from+s.n : s.from+s.n]
}
