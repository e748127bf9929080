package crawler

import (
	"hash/maphash"
	"slices"

	"golang.org/x/net/html"
)

// classTable sorts a page's elements by their classes, of which a page has hundreds on thousands of elements, and a few are
// asked for: each class is a chain through one slice, and an element its number in the order of the page.
type classTable struct {
	slots []int32 // of each class its number plus one, where the hash of its name is or in the next free place
	names []className
	chain []link
}

// className is a class in lower case.
type className struct {
	name  string
	hash  uint64
	last  int32 // the last link of its chain
	hides bool
}

// link is one element of a class; before is the place of the one before it, less than 0 for none.
type link struct{ node, before int32 }

func newClassTable(size int) classTable {
	return classTable{slots: make([]int32, 512), names: make([]className, 0, 128), chain: make([]link, 0, size/128+16)}
}

// add notes the classes of an element, which are in lower case, and reports whether one of them hides it.
func (t *classTable) add(node int, classes string) (hides bool) {
	for classes != "" {
		var class string
		if class, classes = firstClass(classes); class != "" {
			hides = t.link(node, class) || hides
		}
	}
	return hides
}

// firstClass cuts the first class off a list of them; "" where the list begins with space.
func firstClass(classes string) (class, rest string) {
	for i := range len(classes) {
		if isSpace(classes[i]) {
			return classes[:i], classes[i+1:]
		}
	}
	return classes, ""
}

func (t *classTable) link(node int, class string) (hides bool) {
	slot, hash := t.slot(class)
	if t.slots[slot] == 0 {
		t.names = append(t.names, className{name: class, hash: hash, last: -1, hides: hidingClass(class)})
		t.slots[slot] = int32(len(t.names)) // a body has at most some megabytes
		if 2*len(t.names) > len(t.slots) {
			t.grow()
		}
		return t.chained(&t.names[len(t.names)-1], node)
	}
	return t.chained(&t.names[t.slots[slot]-1], node)
}

func (t *classTable) chained(c *className, node int) (hides bool) {
	t.chain = append(t.chain, link{int32(node), c.last})
	c.last = int32(len(t.chain) - 1)
	return c.hides
}

// classSeed keeps a page from choosing classes of one hash.
var classSeed = maphash.MakeSeed()

// slot gives the slot of a class, or the free one where it belongs.
func (t *classTable) slot(class string) (slot int, hash uint64) {
	hash = maphash.String(classSeed, class)
	for slot = t.begin(hash); t.slots[slot] != 0; slot = t.next(slot) {
		if c := &t.names[t.slots[slot]-1]; c.hash == hash && c.name == class {
			break
		}
	}
	return slot, hash
}

func (t *classTable) begin(hash uint64) int { return int(hash) & (len(t.slots) - 1) }

func (t *classTable) next(slot int) int { return (slot + 1) & (len(t.slots) - 1) }

func (t *classTable) grow() {
	t.slots = make([]int32, 4*len(t.slots))
	for i := range t.names {
		slot := t.begin(t.names[i].hash)
		for t.slots[slot] != 0 {
			slot = t.next(slot)
		}
		t.slots[slot] = int32(i + 1)
	}
}

// of gives those of a page's elements that are of a class, in their order, each once.
func (t *classTable) of(class string, nodes []*html.Node) (all []*html.Node) {
	slot, _ := t.slot(class)
	if t.slots[slot] == 0 {
		return nil
	}
	for i := t.names[t.slots[slot]-1].last; i >= 0; i = t.chain[i].before {
		if n := nodes[t.chain[i].node]; len(all) == 0 || all[len(all)-1] != n {
			all = append(all, n)
		}
	}
	slices.Reverse(all)
	return all
}

// numbers appends the numbers of the elements of a class.
func (t *classTable) numbers(c *className, all []int32) []int32 {
	for i := c.last; i >= 0; i = t.chain[i].before {
		all = append(all, t.chain[i].node)
	}
	return all
}

// hidingClass reports whether the common style sheets hide an element by this name from everybody.
func hidingClass(class string) bool {
	switch class {
	case "hidden", "hide", "d-none", "is-hidden", "u-hidden", "js-hidden", "element-hidden", "ng-hide", "uk-hidden":
		return true
	}
	return false
}
