package crawler

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// PageComment is one comment as a page lists it. Author is a person's name: it is read to make the pseudonym, and goes
// nowhere else.
type PageComment struct {
	ID     string // the page's own key
	Native bool   // ID is the system's number of the comment, and not made of its words or its place in the page
	Author string
	When   When
	Text   string     // white space collapsed, paragraphs parted by line breaks
	Parent string     // ID of the comment it answers; "" where the page does not nest it
	Anchor string     // where in the page it stands; "" where the page does not say
	Root   *html.Node // nil where only data in the page tells of it
}

// listings are the beginnings of the ids that a system gives to its comments; a number or a key follows. Themes repeat
// a comment's number in the elements inside it: the outermost is the comment.
var listings = map[string]listing{
	"wordpress":  {prefixes: []string{"comment-", "li-comment-", "div-comment-", "comment"}},
	"drupal":     {prefixes: []string{"comment-"}},
	"wpdiscuz":   {prefixes: []string{"wpd-comm-"}, end: "_"}, // and behind it the number of the comment that it answers
	"blogger":    {prefixes: []string{"bc_", "c"}, whole: true},
	"phpbb":      {prefixes: []string{"p"}},
	"xenforo":    {prefixes: []string{"js-post-", "post-"}},
	"vbulletin":  {prefixes: []string{"post_", "post", "edit"}},
	"jcomments":  {prefixes: []string{"comment-item-"}},
	"invision":   {prefixes: []string{"post_id_", "comment-", "elcomment_"}},
	"smf":        {prefixes: []string{"msg_"}, block: "post_wrapper"},
	"mybb":       {prefixes: []string{"post_"}},
	"discourse":  {prefixes: []string{"post_"}},
	"forumotion": {prefixes: []string{"p"}},
	"thrive":     {prefixes: []string{"comment-"}},
	"custom":     {prefixes: []string{"comment-", "comment_", "comment"}},
}

type listing struct {
	prefixes []string
	whole    bool   // the key is the whole id, as written
	end      string // what the number ends with, "" where the id ends with it
	block    string // the class of the element that holds a whole comment, where the id stands on its words alone
}

// listingOf gives a system's ways; a system that is not in the table is read as a site's own.
func listingOf(system string) listing { return listings[listingName(system)] }

func listingName(system string) string {
	if system == "jetpack" { // it replaces WordPress's form, and leaves the list
		return "wordpress"
	}
	if _, known := listings[system]; known {
		return system
	}
	return "custom"
}

// key gives the prefix of an element's id and what follows it, "" where the element is no comment.
func (l listing) key(n *html.Node) (prefix, key string) {
	id := listedID(n)
	if id == "" {
		return "", ""
	}
	return l.keyIn(id, Attr(n, "kind") == "b")
}

// keyIn gives the prefix of a name and what follows it: a number, or any key where blogger says that this is a comment.
func (l listing) keyIn(name string, blogger bool) (prefix, key string) {
	id := Lower(name)
	for _, prefix := range l.prefixes {
		rest, ok := strings.CutPrefix(id, prefix)
		if l.end != "" {
			rest, _, _ = strings.Cut(rest, l.end)
		}
		number := len(rest) < 24 && strings.Trim(rest, "0123456789") == ""
		switch {
		case !ok || rest == "" || !number && (prefix != "bc_" || !blogger):
		case l.whole:
			return prefix, name
		default:
			return prefix, rest
		}
	}
	return "", ""
}

// listedID is the attribute by which sites tell one comment from another.
func listedID(n *html.Node) string {
	if len(n.Attr) == 0 {
		return ""
	}
	if id := Attr(n, "id"); id != "" {
		return id
	}
	if n.Data == "a" {
		return Attr(n, "name")
	}
	return Attr(n, "data-content")
}

// IsComment reports whether an element's id is one that sites give to a comment.
func IsComment(n *html.Node) bool {
	id := listedID(n)
	if id == "" || id[len(id)-1] < '0' || id[len(id)-1] > '9' {
		return false
	}
	_, wordpress := listings["wordpress"].key(n)
	_, custom := listings["custom"].key(n)
	return wordpress != "" || custom != ""
}

// longKey gives what follows "comment" in the id of a comment whose site numbers by long keys: "x-comment_13160-f2b6".
func longKey(n *html.Node) string {
	id := Lower(Attr(n, "id"))
	i := max(strings.LastIndex(id, "comment-"), strings.LastIndex(id, "comment_"))
	if i < 0 || len(id)-i > 90 {
		return ""
	}
	key := id[i+len("comment-"):]
	if strings.Trim(key, "0123456789abcdef-_") != "" || digitsIn(key) < 6 {
		return ""
	}
	return key
}

func digitsIn(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// itemNames are the classes of a comment on sites that give it no id.
var itemNames = []string{"submitted-comment", "single-comment", "comment-item", "user-comment", "comment-wrapper", "comment-container", "comment"}

// Comments lists the comments that the page shows, in page order, without pingbacks. system says by whose ways: an unknown
// one is read as a site's own. Where the page's data in schema.org's words lists more than its markup, they are the data's.
func (p *Page) Comments(system string) []PageComment {
	shown := p.shownComments(p.commentRoots(system))
	return moreOf(shown, p.dataComments(listingOf(system)))
}

// Times are the When of what Comments lists, without a comment's words read.
func (p *Page) Times(system string) []When {
	r := p.commentRoots(system)
	if told := p.dataComments(listingOf(system)); len(told) > len(r.seen) {
		return timesOf(moreOf(p.shownComments(r), told))
	}
	all := make([]When, 0, len(r.order))
	for _, root := range r.seen {
		all = append(all, p.commentTime(r.extent(root)))
	}
	return all
}

func timesOf(all []PageComment) (times []When) {
	for _, c := range all {
		times = append(times, c.When)
	}
	return times
}

func (p *Page) shownComments(r *roots) []PageComment {
	all := make([]PageComment, 0, len(r.order))
	for _, root := range r.seen {
		c := PageComment{ID: r.key[root], Root: root, Anchor: Attr(cmp.Or(r.words[root], root), "id"), Parent: r.parent(root)}
		c.Native = !r.made[c.ID] && !strings.HasPrefix(c.ID, "bc_")
		p.readComment(&c, r.words[root], r.extent(root))
		all = append(all, c)
	}
	return all
}

// moreOf gives the longer of two lists of a page's comments, and of one that both have by its number what the markup says:
// that marks whose it is.
func moreOf(shown, told []PageComment) []PageComment {
	if len(told) <= len(shown) {
		return shown
	}
	for i, c := range told {
		if j := slices.IndexFunc(shown, func(s PageComment) bool { return s.Native && c.Native && s.ID == c.ID }); j >= 0 {
			told[i] = shown[j]
		}
	}
	return told
}

// Listed counts the comments that the page shows, and the pingbacks and trackbacks among them apart.
func (p *Page) Listed(system string) (comments, pings int) {
	r := p.commentRoots(system)
	shown := len(r.seen)
	return max(shown, len(p.dataComments(listingOf(system)))), len(r.order) - shown
}

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
	if len(r.order) > 0 || !slices.Contains(l.prefixes, "comment_") {
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
		p.addClassed(r)
	}
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

// addClassed takes the visible elements of the first class that comments bear. Their keys are made of their words, and of
// how many said the same before.
func (p *Page) addClassed(r *roots) {
	said := map[string]int{}
	for _, name := range itemNames {
		for _, n := range p.Class(name) {
			if p.Hidden(n) || n.Data == "body" || r.around(n) != nil || !saysMoreThanLinks(n) {
				continue
			}
			words := p.TextOf(n)
			key := audit.Hash("comment", words, strconv.Itoa(said[words]))
			r.made[key] = true
			r.add(n, key)
			said[words]++
		}
		if len(r.order) > 0 {
			return
		}
	}
}

// saysMoreThanLinks reports whether words stand in an element outside its links: a row of links to comment, to share and to
// discuss is no comment, whatever its class.
func saysMoreThanLinks(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.ContainsFunc(c.Data, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }):
			return true
		case c.Type == html.ElementNode && c.Data != "a" && saysMoreThanLinks(c):
			return true
		}
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
