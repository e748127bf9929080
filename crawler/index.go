package crawler

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// index is what one walk over a page's tree finds: its elements by name, id and class, which of them are hidden, and the
// page's text. Ids and classes are kept in lower case.
type index struct {
	text    textWriter
	nodes   []*html.Node
	tags    tagTable
	own     map[string][]*html.Node // those whose name the parser has no number for
	ids     map[string]*html.Node
	classes classTable
	named   []*html.Node // those by whose names comments are told from one another: see listedID
	typed   []*html.Node // those with a type of schema.org
	remarks []*html.Node // what stands between <!-- and -->
	hidden  map[*html.Node]struct{}
	spared  *spared
}

// newIndex goes over a tree of a text of so many bytes, and puts in it what the parser was spared.
func newIndex(root *html.Node, size int, spared *spared) *index {
	x := &index{
		text:    textWriter{spaced: true},
		nodes:   make([]*html.Node, 0, size/128+16), // real pages have one in 160 bytes, of which 11 are text
		ids:     make(map[string]*html.Node, 64),
		classes: newClassTable(size),
		hidden:  make(map[*html.Node]struct{}, size/1024),
		spared:  spared,
	}
	x.text.Grow(size/12 + 64)
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
		case c.Type == html.CommentNode:
			x.remarks = append(x.remarks, c)
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
	case atom.Script, atom.Style:
		hides = true
		x.spared.putText(n)
	case atom.Template, atom.Noscript, atom.Head:
		hides = true
	}
	for i := range n.Attr {
		a := &n.Attr[i]
		if a.Val != "" && a.Val[0] == standIn {
			x.spared.putValue(n, a)
		}
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
			hides = x.classes.add(len(x.nodes)-1, Lower(a.Val)) || hides
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

// appendOnce adds an element to a list in the order of the page unless it stands at its end already.
func appendOnce(list []*html.Node, n *html.Node) []*html.Node {
	if len(list) > 0 && list[len(list)-1] == n {
		return list
	}
	return append(list, n)
}

func hidingStyle(style string) bool {
	if len(style) < len("display:none") || strings.IndexByte(style, 'y') < 0 && strings.IndexByte(style, 'Y') < 0 {
		return false // neither display nor visibility
	}
	style = strings.ReplaceAll(Lower(style), " ", "")
	return strings.Contains(style, "display:none") || strings.Contains(style, "visibility:hidden")
}

// Elements are all elements in the order of the page.
func (p *Page) Elements() []*html.Node { return p.index().nodes }

// Remarks are what stands between <!-- and -->, in the order of the page.
func (p *Page) Remarks() []*html.Node { return p.index().remarks }

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
func (p *Page) Class(class string) []*html.Node { x := p.index(); return x.classes.of(class, x.nodes) }

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
