package crawler

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
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
	"wordpress":  {prefixes: []string{"comment-", "li-comment-", "div-comment-", "comment"}, named: true},
	"drupal":     {prefixes: []string{"comment-"}, named: true},
	"wpdiscuz":   {prefixes: []string{"wpd-comm-", "wc-comm-"}, end: "_"}, // before version 7 the latter; behind it the number of the comment that it answers
	"blogger":    {prefixes: []string{"bc_", "c"}, whole: true},
	"phpbb":      {prefixes: []string{"p"}},
	"xenforo":    {prefixes: []string{"js-post-", "post-"}},
	"vbulletin":  {prefixes: []string{"post_", "post", "edit"}},
	"jcomments":  {prefixes: []string{"comment-item-"}},
	"invision":   {prefixes: []string{"post_id_", "comment-", "elcomment_"}},
	"smf":        {prefixes: []string{"msg_"}, block: "post_wrapper"},
	"mybb":       {prefixes: []string{"post_"}},
	"discourse":  {prefixes: []string{"post_"}},
	"forumotion": {prefixes: []string{"p"}, not: "0"}, // an advertisement among the posts
	"thrive":     {prefixes: []string{"comment-"}},
	"custom":     {prefixes: []string{"comment-", "comment_", "comment"}, named: true},
}

type listing struct {
	prefixes []string
	whole    bool   // the key is the whole id, as written
	end      string // what the number ends with, "" where the id ends with it
	block    string // the class of the element that holds a whole comment, where the id stands on its words alone
	named    bool   // themes and sites give it other names, too: see namedComments
	not      string // the number of what is no comment, "" where every number is one's
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
		if !ok || rest == "" || rest == l.not {
			continue // before its letters are looked at
		}
		number := len(rest) < 24 && strings.Trim(rest, "0123456789") == ""
		switch {
		case !number && (prefix != "bc_" || !blogger):
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
