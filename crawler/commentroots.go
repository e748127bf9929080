package crawler

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// roots are the outermost elements of a page's comments, with the page's own key of each.
type roots struct {
	order []*html.Node
	seen  []*html.Node // those of order that are no pingbacks
	key   map[*html.Node]string
	words map[*html.Node]*html.Node // the element inside a root that bears the number and holds the words, where it is not the root
	taken map[string]bool           // the keys
	made  map[string]bool           // the keys that are made of the comments' words
}

func newRoots() *roots {
	return &roots{key: map[*html.Node]string{}, words: map[*html.Node]*html.Node{}, taken: map[string]bool{}, made: map[string]bool{}}
}

func (r *roots) add(n *html.Node, key string) {
	if r.taken[key] {
		return
	}
	r.order = append(r.order, n)
	r.key[n], r.taken[key] = key, true
}

// is reports whether a node is a root.
func (r *roots) is(n *html.Node) bool {
	_, is := r.key[n]
	return is
}

// around is the nearest root around a node, not itself.
func (r *roots) around(n *html.Node) *html.Node {
	for e := n.Parent; e != nil; e = e.Parent {
		if r.is(e) {
			return e
		}
	}
	return nil
}

// parent gives the key of the comment that one answers: the one around it, or the one before the block in which Drupal sets
// the answers in.
func (r *roots) parent(root *html.Node) string {
	if a := r.around(root); a != nil {
		return r.key[a]
	}
	for e := root.Parent; e != nil; e = e.Parent {
		if !setIn(e) {
			continue
		}
		for s := e.PrevSibling; s != nil; s = s.PrevSibling {
			if key := r.key[s]; key != "" {
				return key
			}
		}
		return ""
	}
	return ""
}

// setIn reports whether an element is the block into which Drupal sets the answers to the comment before it.
func setIn(n *html.Node) bool {
	return n.Data == "div" && slices.Contains(strings.Fields(Attr(n, "class")), "indented")
}

// commentRoots finds the comments by their ids and classes, or by schema.org's type where more elements bear that. They
// are found once a page: how many there are, when they were written and what they say are asked apart.
func (p *Page) commentRoots(system string) *roots {
	return Memo(p, "comments "+listingName(system), func(p *Page) *roots {
		l := listingOf(system)
		r := p.namedRoots(l)
		if typed := p.typedComments(l); len(typed.order) > len(r.order) {
			r = typed
		}
		r.seen = slices.DeleteFunc(slices.Clone(r.order), func(n *html.Node) bool {
			return isPing(n) || listingName(system) == "wordpress" && quotesAPage(n)
		})
		return r
	})
}

// namedRoots finds the comments by ids with numbers, else by ids with long keys, else by class.
func (p *Page) namedRoots(l listing) *roots {
	r := newRoots()
	prefixes := map[*html.Node]string{}
	for _, n := range p.index().named {
		prefix, key := l.key(n)
		if key == "" {
			continue
		}
		if o := r.around(n); o != nil && prefixes[o] != prefix && !nested(n, o) {
			continue // another name of the comment around it
		}
		block := n
		if l.block != "" {
			block = blockOf(n, l.block)
			r.words[block] = n
		}
		prefixes[block] = prefix
		r.add(block, key)
	}
	if len(r.order) > 0 || !l.named {
		return r
	}
	for _, n := range p.index().named {
		key := longKey(n)
		if o := r.around(n); key == "" || o != nil && strings.HasPrefix(key, r.key[o]) {
			continue // none, or a part that is named after the comment around it
		}
		r.add(n, key)
	}
	if len(r.order) == 0 {
		p.addNumbered(r)
	}
	if len(r.order) > 0 {
		return r
	}
	found := p.namedComments()
	if slices.Contains(l.prefixes, "comment_") { // a site's own
		if classed := p.classed(); len(classed) > len(found) {
			found = classed
		}
	}
	p.addAllMade(r, found)
	return r
}

// blockOf gives the nearest element around n that bears a class, n itself where none does.
func blockOf(n *html.Node, class string) *html.Node {
	for e := n.Parent; e != nil; e = e.Parent {
		if slices.Contains(strings.Fields(Attr(e, "class")), class) {
			return e
		}
	}
	return n
}

// classed gives the visible elements of the first class that comments bear. What is the only one of its class and no item of a
// list need not be a comment: it has to say who wrote it, or when.
func (p *Page) classed() []*html.Node {
	for _, name := range itemNames {
		r := newRoots()
		for _, n := range p.Class(name) {
			if holdsComment(n) && !p.Hidden(n) && r.around(n) == nil && saysMoreThanLinks(n, r) {
				r.add(n, strconv.Itoa(len(r.order)))
			}
		}
		if len(r.order) > 1 || len(r.order) == 1 && (r.order[0].Data == "li" || p.isSaid(r.order[0], newRoots())) {
			return r.order
		}
	}
	return nil
}

// addMade adds an element that has no key of its own: it is made of its words, and of how many said the same before.
func (r *roots) addMade(n *html.Node, words string, said map[string]int) {
	key := audit.Hash("comment", words, strconv.Itoa(said[words]))
	said[words]++
	r.made[key] = true
	r.add(n, key)
}

// addAllMade adds elements none of which has a key of its own.
func (p *Page) addAllMade(r *roots, all []*html.Node) {
	said := map[string]int{}
	for _, n := range all {
		r.addMade(n, p.TextOf(n), said)
	}
}

// saysMoreThanLinks reports whether words stand in an element outside its links, headings and forms: a row of links to
// comment, to share and to discuss is no comment, whatever its class, and neither is the box to write one.
func saysMoreThanLinks(n *html.Node, r *roots) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.ContainsFunc(c.Data, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			return true
		case c.Type == html.ElementNode && !saysForSite(c.Data) && !r.is(c) && saysMoreThanLinks(c, r):
			return true
		}
	}
	return false
}

// saysForSite reports whether what stands in an element of a tag is the site's, and no person's.
func saysForSite(tag string) bool {
	switch tag {
	case "a", "form", "script", "style", "h1", "h2", "h3", "h4", "h5", "h6":
		return true
	}
	return false
}

// nested reports whether a list, or a place for answers, lies between an element and one around it.
func nested(n, around *html.Node) bool {
	for e := n.Parent; e != nil && e != around; e = e.Parent {
		if e.Data == "ol" || e.Data == "ul" || e.Data == "dl" || startsThread(e) {
			return true
		}
	}
	return false
}

// extent are a comment's own elements in page order: those in its root, or beside it where the root only heads them (a
// dt before its dd, an anchor before its block), without those of the comments inside it.
func (r *roots) extent(root *html.Node) (own []*html.Node) {
	var add func(*html.Node)
	add = func(n *html.Node) {
		own = append(own, n)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && !r.is(c) && !startsThread(c) {
				add(c)
			}
		}
	}
	add(root)
	if root.Data != "dt" && (root.Data != "a" || root.FirstChild != nil && root.FirstChild.NextSibling != nil) {
		return own
	}
	for s := root.NextSibling; s != nil && !r.is(s); s = s.NextSibling {
		if s.Type == html.ElementNode && !startsThread(s) {
			add(s)
		}
	}
	return own
}

// startsThread reports whether an element holds the answers to a comment, or the form to write one.
func startsThread(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	if n.Data == "form" {
		return true
	}
	for _, a := range n.Attr {
		if a.Key != "class" && a.Key != "id" || !threadSigns.In(a.Val) { // most elements, told by their letters
			continue
		}
		for name := range strings.FieldsSeq(Lower(a.Val)) {
			if name == "children" || name == "comment-replies" || name == "replies" || name == "respond" {
				return true
			}
		}
		if setIn(n) {
			return true
		}
	}
	return false
}

var threadSigns = NewSigns("children", "replies", "respond", "indented")

// isPing reports whether an element is, or lies in, a pingback or trackback.
func isPing(n *html.Node) bool {
	for e, depth := n, 0; e != nil && depth < 3; e, depth = e.Parent, depth+1 {
		for name := range strings.FieldsSeq(Lower(Attr(e, "class") + " " + Attr(e, "id"))) {
			if name == "pingback" || name == "trackback" || name == "pings" || name == "pinglist" {
				return true
			}
		}
	}
	return false
}

// quotesAPage reports whether all that a comment says stands between the two marks that WordPress sets around what it quotes
// of a page that links here. Themes need not say that it is a pingback.
func quotesAPage(root *html.Node) bool {
	opened := false
	for c := range root.Descendants() {
		if c.Type != html.TextNode {
			continue
		}
		text := strings.TrimSpace(c.Data)
		opened = opened || strings.HasPrefix(text, "[…]") || strings.HasPrefix(text, "[...]")
		if opened && len(text) > len("[…]") && (strings.HasSuffix(text, "[…]") || strings.HasSuffix(text, "[...]")) {
			return true
		}
	}
	return false
}
