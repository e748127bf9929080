package crawler

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// index is what one walk over a page's tree finds: its elements by name, id and class, which of them are hidden, and the
// page's text. Ids and classes are kept in lower case. Classes are chains through one slice: a page has hundreds of them,
// of which a few are asked for.
type index struct {
	text    textWriter
	nodes   []*html.Node
	tags    tagTable
	own     map[string][]*html.Node // those whose name the parser has no number for
	ids     map[string]*html.Node
	classes map[string]int // class → its place in last
	last    []int          // the last link of each class's chain
	chain   []link
	named   []*html.Node // those by whose names comments are told from one another: see listedID
	typed   []*html.Node // those with a type of schema.org
	hidden  map[*html.Node]struct{}
}

// link is one element of a class; before is the place of the one before it, less than 0 for none.
type link struct {
	node   *html.Node
	before int
}

func newIndex(root *html.Node, size int) *index {
	x := &index{
		text:    textWriter{spaced: true},
		nodes:   make([]*html.Node, 0, size/48+16),
		ids:     make(map[string]*html.Node, 64),
		classes: make(map[string]int, size/512+16),
		chain:   make([]link, 0, size/64+16),
		hidden:  make(map[*html.Node]struct{}),
	}
	x.text.Grow(size/3 + 64)
	x.walk(root, false, false)
	x.tags.sort(x.nodes)
	return x
}

// walk goes through what lies in n. hidden says that nothing of it is shown, silent that none of its words are.
func (x *index) walk(n *html.Node, hidden, silent bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && !silent:
			x.text.words(c.Data)
		case c.Type == html.ElementNode:
			h := x.add(c) || hidden
			if h {
				x.hidden[c] = struct{}{}
			}
			mute := h || silent || c.DataAtom == atom.Select
			block := !mute && !inline(c.DataAtom)
			if block {
				x.text.space() // it ends the word before it, and the one that it ends with
			}
			x.walk(c, h, mute)
			if block {
				x.text.space()
			}
		}
	}
}

// add reports whether the element and all in it are not shown to a reader without scripts.
func (x *index) add(n *html.Node) (hides bool) {
	x.nodes = append(x.nodes, n)
	x.tags.add(n.DataAtom)
	switch n.DataAtom {
	case 0:
		if x.own == nil {
			x.own = make(map[string][]*html.Node)
		}
		x.own[n.Data] = append(x.own[n.Data], n)
	case atom.Template, atom.Noscript, atom.Script, atom.Style, atom.Head:
		hides = true
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		switch a.Key {
		case "name", "data-content":
			if n.DataAtom == atom.A || a.Key != "name" {
				x.named = appendOnce(x.named, n)
			}
		case "itemtype", "typeof":
			x.typed = appendOnce(x.typed, n)
		case "id":
			x.named = appendOnce(x.named, n)
			id := Lower(a.Val)
			if _, taken := x.ids[id]; !taken {
				x.ids[id] = n
			}
		case "class":
			hides = x.addClasses(n, Lower(a.Val)) || hides
		case "hidden":
			hides = true
		case "aria-hidden":
			hides = hides || a.Val == "true"
		case "style":
			hides = hides || hidingStyle(a.Val)
		}
	}
	return hides
}

func (x *index) addClasses(n *html.Node, classes string) (hides bool) {
	for classes != "" {
		var class string
		if class, classes = firstClass(classes); class == "" {
			continue
		}
		at, ok := x.classes[class]
		if !ok {
			at = len(x.last)
			x.classes[class] = at
			x.last = append(x.last, -1)
		}
		x.chain = append(x.chain, link{n, x.last[at]})
		x.last[at] = len(x.chain) - 1
		hides = hides || hidingClass(class)
	}
	return hides
}

// appendOnce adds an element to a list in the order of the page unless it stands at its end already.
func appendOnce(list []*html.Node, n *html.Node) []*html.Node {
	if len(list) > 0 && list[len(list)-1] == n {
		return list
	}
	return append(list, n)
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

// class gives the elements of a class in the order of the page, each once.
func (x *index) class(name string) []*html.Node {
	at, ok := x.classes[name]
	if !ok {
		return nil
	}
	var nodes []*html.Node
	for i := x.last[at]; i >= 0; i = x.chain[i].before {
		if n := x.chain[i].node; len(nodes) == 0 || nodes[len(nodes)-1] != n {
			nodes = append(nodes, n)
		}
	}
	slices.Reverse(nodes)
	return nodes
}

func hidingStyle(style string) bool {
	if len(style) < len("display:none") {
		return false
	}
	style = strings.ReplaceAll(Lower(style), " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

// hidingClass reports whether the common style sheets hide an element by this name from everybody.
func hidingClass(class string) bool {
	switch class {
	case "hidden", "hide", "d-none", "is-hidden", "u-hidden", "js-hidden", "element-hidden", "ng-hide", "uk-hidden":
		return true
	}
	return false
}

// Elements are all elements in the order of the page.
func (p *Page) Elements() []*html.Node { return p.index().nodes }

// Typed are the elements that bear a type in microdata or RDFa, in the order of the page.
func (p *Page) Typed() []*html.Node { return p.index().typed }

// Tag gives the elements of a name, in the order of the page.
func (p *Page) Tag(name string) []*html.Node {
	if a := atom.Lookup([]byte(name)); a != 0 {
		return p.index().tags.of(a)
	}
	return p.index().own[name]
}

// ID gives the first element of an id (in lower case), nil where there is none.
func (p *Page) ID(id string) *html.Node { return p.index().ids[id] }

// Class gives the elements of a class (in lower case), in the order of the page.
func (p *Page) Class(class string) []*html.Node { return p.index().class(class) }

// Hidden reports whether a reader without scripts does not see the element: it or one around it is hidden by the
// markup itself, or is a template, noscript or head.
func (p *Page) Hidden(n *html.Node) bool {
	_, hidden := p.index().hidden[n]
	return hidden
}

// Attr is an attribute's value, "" where the element lacks it.
func Attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val
		}
	}
	return ""
}
