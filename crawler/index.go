package crawler

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// index is what one walk over a page's tree finds. Ids and classes are kept in lower case.
type index struct {
	elements []*html.Node
	tags     map[string][]*html.Node
	ids      map[string]*html.Node
	classes  map[string][]*html.Node
	hidden   map[*html.Node]struct{}
}

func newIndex(root *html.Node) *index {
	x := &index{
		elements: make([]*html.Node, 0, 1024),
		tags:     make(map[string][]*html.Node, 64),
		ids:      make(map[string]*html.Node, 64),
		classes:  make(map[string][]*html.Node, 256),
		hidden:   make(map[*html.Node]struct{}),
	}
	x.walk(root, false)
	return x
}

func (x *index) walk(n *html.Node, hidden bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		h := hidden || hides(c)
		x.add(c, h)
		x.walk(c, h)
	}
}

func (x *index) add(n *html.Node, hidden bool) {
	x.elements = append(x.elements, n)
	x.tags[n.Data] = append(x.tags[n.Data], n)
	if hidden {
		x.hidden[n] = struct{}{}
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "id":
			id := strings.ToLower(a.Val)
			if _, taken := x.ids[id]; !taken {
				x.ids[id] = n
			}
		case "class":
			for class := range strings.FieldsSeq(strings.ToLower(a.Val)) {
				x.classes[class] = append(x.classes[class], n)
			}
		}
	}
}

// hides reports whether an element and all in it are not shown to a reader without scripts.
func hides(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Template, atom.Noscript, atom.Script, atom.Style, atom.Head:
		return true
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "aria-hidden":
			return a.Val == "true"
		case "style":
			v := strings.ReplaceAll(strings.ToLower(a.Val), " ", "")
			if strings.Contains(v, "display:none") || strings.Contains(v, "visibility:hidden") {
				return true
			}
		case "class":
			for class := range strings.FieldsSeq(strings.ToLower(a.Val)) {
				if hidingClasses[class] {
					return true
				}
			}
		}
	}
	return false
}

// hidingClasses are the names by which the common style sheets hide an element from everybody.
var hidingClasses = map[string]bool{
	"hidden": true, "hide": true, "d-none": true, "is-hidden": true, "u-hidden": true, "js-hidden": true,
	"element-hidden": true, "ng-hide": true, "uk-hidden": true,
}

// Elements are all elements in the order of the page.
func (p *Page) Elements() []*html.Node { return p.index().elements }

// Tag gives the elements of a name, in the order of the page.
func (p *Page) Tag(name string) []*html.Node { return p.index().tags[name] }

// ID gives the first element of an id (in lower case), nil where there is none.
func (p *Page) ID(id string) *html.Node { return p.index().ids[id] }

// Class gives the elements of a class (in lower case), in the order of the page.
func (p *Page) Class(class string) []*html.Node { return p.index().classes[class] }

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

// HasAttr reports whether the element carries the attribute, with whatever value.
func HasAttr(n *html.Node, key string) bool {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return true
		}
	}
	return false
}

// TextOf is what a reader without scripts sees of an element, white space collapsed.
func (p *Page) TextOf(n *html.Node) string {
	var b strings.Builder
	if n.Type == html.DocumentNode {
		b.Grow(len(p.Source()) / 8)
	}
	p.write(&b, n)
	return strings.TrimSuffix(b.String(), " ")
}

func (p *Page) write(b *strings.Builder, n *html.Node) {
	if n.Type == html.TextNode {
		writeWords(b, n.Data)
		return
	}
	if n.Type == html.ElementNode && hidesText(n, p) {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.write(b, c)
	}
	if n.Type == html.ElementNode && !inline[n.DataAtom] {
		space(b)
	}
}

func hidesText(n *html.Node, p *Page) bool { return p.Hidden(n) || n.DataAtom == atom.Select }

func writeWords(b *strings.Builder, s string) {
	for s != "" {
		i := strings.IndexAny(s, " \t\r\n\f")
		if i < 0 {
			b.WriteString(s)
			return
		}
		b.WriteString(s[:i])
		space(b)
		s = strings.TrimLeft(s[i:], " \t\r\n\f")
	}
}

func space(b *strings.Builder) {
	if s := b.String(); s != "" && s[len(s)-1] != ' ' {
		b.WriteByte(' ')
	}
}

// inline elements do not part words.
var inline = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.I: true, atom.Em: true, atom.Strong: true, atom.Span: true, atom.Small: true,
	atom.U: true, atom.S: true, atom.Font: true, atom.Abbr: true, atom.Time: true, atom.Sup: true, atom.Sub: true,
	atom.Mark: true, atom.Code: true, atom.Big: true,
}
