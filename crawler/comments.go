package crawler

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// PageComment is one comment as a page lists it. Author is a person's name: it is read to make the pseudonym, and goes
// nowhere else.
type PageComment struct {
	ID     string // the page's own key
	Author string
	When   When
	Text   string // white space collapsed, paragraphs parted by line breaks
	Parent string // ID of the comment it answers; "" where the page does not nest it
	Root   *html.Node
}

// listings are the beginnings of the ids that a system gives to its comments; a number or a key follows. Themes repeat
// a comment's number in the elements inside it: the outermost is the comment.
var listings = map[string]listing{
	"wordpress": {prefixes: []string{"comment-", "li-comment-", "div-comment-", "comment", "wpd-comm-"}},
	"drupal":    {prefixes: []string{"comment-"}},
	"blogger":   {prefixes: []string{"bc_", "c"}, whole: true},
	"phpbb":     {prefixes: []string{"p"}},
	"xenforo":   {prefixes: []string{"js-post-", "post-"}},
	"vbulletin": {prefixes: []string{"post_", "post", "edit"}},
	"jcomments": {prefixes: []string{"comment-item-"}},
	"invision":  {prefixes: []string{"post_id_", "comment-", "elcomment_"}},
	"smf":       {prefixes: []string{"msg_"}},
	"thrive":    {prefixes: []string{"comment-"}},
	"custom":    {prefixes: []string{"comment-", "comment_", "comment"}},
}

type listing struct {
	prefixes []string
	whole    bool // the key is the whole id, as written
}

// listingOf gives a system's ways; a system that is not in the table is read as a site's own.
func listingOf(system string) listing {
	if l, known := listings[system]; known {
		return l
	}
	return listings["custom"]
}

// key gives the prefix of an element's id and what follows it, "" where the element is no comment.
func (l listing) key(n *html.Node) (prefix, key string) {
	id := strings.ToLower(Attr(n, "id"))
	switch {
	case id == "" && n.Data == "a":
		id = strings.ToLower(Attr(n, "name"))
	case id == "":
		id = strings.ToLower(Attr(n, "data-content"))
	}
	for _, prefix := range l.prefixes {
		rest, ok := strings.CutPrefix(id, prefix)
		number := len(rest) < 24 && strings.Trim(rest, "0123456789") == ""
		switch {
		case !ok || rest == "" || !number && (prefix != "bc_" || Attr(n, "kind") != "b"):
		case l.whole:
			return prefix, Attr(n, "id")
		default:
			return prefix, rest
		}
	}
	return "", ""
}

// IsComment reports whether an element's id is one that sites give to a comment.
func IsComment(n *html.Node) bool {
	_, wordpress := listings["wordpress"].key(n)
	_, custom := listings["custom"].key(n)
	return wordpress != "" || custom != ""
}

// longKey gives what follows "comment" in the id of a comment whose site numbers by long keys: "x-comment_13160-f2b6".
func longKey(n *html.Node) string {
	id := strings.ToLower(Attr(n, "id"))
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
// one is read as a site's own.
func (p *Page) Comments(system string) []PageComment {
	roots, keys := p.commentRoots(listingOf(system))
	all := make([]PageComment, 0, len(roots))
	for i, root := range roots {
		if isPing(root) {
			continue
		}
		c := PageComment{ID: keys[i], Root: root}
		if parent := slices.IndexFunc(roots, func(other *html.Node) bool { return other != root && other == nearestOf(root, roots) }); parent >= 0 {
			c.Parent = keys[parent]
		}
		p.readComment(&c, extent(root, roots))
		all = append(all, c)
	}
	return all
}

// commentRoots are the outermost elements of each comment: by ids with numbers, else by ids with long keys, else by class.
func (p *Page) commentRoots(l listing) (roots []*html.Node, keys []string) {
	var prefixes []string
	for _, n := range p.Elements() {
		prefix, key := l.key(n)
		if key == "" || slices.Contains(keys, key) {
			continue
		}
		if i := slices.Index(roots, nearestOf(n, roots)); i >= 0 && prefixes[i] != prefix && !nested(n, roots[i]) {
			continue // another name of the comment around it
		}
		roots, keys, prefixes = append(roots, n), append(keys, key), append(prefixes, prefix)
	}
	if len(roots) > 0 || !slices.Contains(l.prefixes, "comment_") {
		return roots, keys
	}
	for _, n := range p.Elements() {
		if key := longKey(n); key != "" && !slices.Contains(keys, key) {
			roots, keys = append(roots, n), append(keys, key)
		}
	}
	if len(roots) > 0 {
		return roots, keys
	}
	return p.classedComments()
}

// classedComments are the visible elements of the first class that comments bear. Their keys are made of their words.
func (p *Page) classedComments() (roots []*html.Node, keys []string) {
	for _, name := range itemNames {
		for _, n := range p.Class(name) {
			if !p.Hidden(n) && nearestOf(n, roots) == nil && n.Data != "body" {
				roots, keys = append(roots, n), append(keys, audit.Hash("comment", p.TextOf(n)))
			}
		}
		if len(roots) > 0 {
			break
		}
	}
	return roots, keys
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

// nearestOf is the nearest of the roots around a node, not itself.
func nearestOf(n *html.Node, roots []*html.Node) *html.Node {
	for e := n.Parent; e != nil; e = e.Parent {
		if slices.Contains(roots, e) {
			return e
		}
	}
	return nil
}

// extent are a comment's own elements in page order: those in its root, or beside it where the root only heads them (a
// dt before its dd, an anchor before its block), without those of the comments inside it.
func extent(root *html.Node, roots []*html.Node) (own []*html.Node) {
	var add func(*html.Node)
	add = func(n *html.Node) {
		if n.Type == html.ElementNode {
			own = append(own, n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if !slices.Contains(roots, c) && !startsThread(c) {
				add(c)
			}
		}
	}
	add(root)
	if root.Data != "dt" && (root.Data != "a" || root.FirstChild != nil && root.FirstChild.NextSibling != nil) {
		return own
	}
	for s := root.NextSibling; s != nil && !slices.Contains(roots, s); s = s.NextSibling {
		if !startsThread(s) {
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
	for _, a := range n.Attr {
		if a.Key != "class" && a.Key != "id" {
			continue
		}
		for name := range strings.FieldsSeq(strings.ToLower(a.Val)) {
			if name == "children" || name == "comment-replies" || name == "replies" || name == "respond" || name == "comment-reply" && n.Data == "form" {
				return true
			}
		}
	}
	return n.Data == "form"
}

// isPing reports whether an element is, or lies in, a pingback or trackback.
func isPing(n *html.Node) bool {
	for e, depth := n, 0; e != nil && depth < 3; e, depth = e.Parent, depth+1 {
		for name := range strings.FieldsSeq(strings.ToLower(Attr(e, "class") + " " + Attr(e, "id"))) {
			if name == "pingback" || name == "trackback" || name == "pings" || name == "pinglist" {
				return true
			}
		}
	}
	return false
}

// The names of a comment's parts, the surest first.
var (
	textNames = []string{
		"comment-content", "comment_content", "comment-text", "comment_text", "commenttext", "comment-message", "comment__content", "comment-copy", "format_text",
		"bbwrapper", "messagecontent", "post_message", "postcontent", "content", "postbody", "post_body", "cooked", "comment-entry", "comment_body", "commentbody", "comment-body", "message",
	}
	authorNames = []string{
		"fn", "comment-author-name", "comment_author", "commentauthor", "comment-author", "comment_author_name", "username", "author-name", "poster", "user", "author", "comment-user", "name",
	}
	timeNames = []string{
		"comment-time", "comment_time", "comment-date", "comment_date", "commentdate", "datetime", "comment-timestamp", "comment-metadata", "commentmetadata", "comment-meta",
		"comment_meta", "comment-meta-data", "date", "time", "timestamp", "posted", "postdate", "submitted", "info", "meta",
	}
)

// readComment fills in author, time and text from a comment's own elements.
func (p *Page) readComment(c *PageComment, own []*html.Node) {
	author := named(own, authorNames, "cite", "strong", "b")
	if author != nil {
		c.Author = withoutVerb(strings.TrimRight(p.ShortText(author), " ,:"))
	}
	c.When = p.commentTime(own)
	text := named(own, textNames)
	switch {
	case text != nil:
		c.Text = commentText([]*html.Node{text}, own)
	default:
		c.Text = commentText(paragraphs(own), own)
	}
	c.Text = withoutHead(c.Text, c.Author)
}

// withoutVerb takes the "says" off that themes print behind a name.
func withoutVerb(name string) string {
	i := strings.LastIndexByte(name, ' ')
	if i < 0 {
		return name
	}
	switch strings.ToLower(name[i+1:]) {
	case "says", "said", "wrote", "sagt", "sagte", "schrieb", "meint", "dijo", "dice", "dit", "meddai":
		return name[:i]
	}
	return name
}

// withoutHead takes a first line off that is not the person's: "Ruth says:", or "In reply to Ruth, 3 May 2026".
func withoutHead(text, author string) string {
	line, rest, more := strings.Cut(text, "\n")
	if !more {
		return text
	}
	lower := strings.ToLower(line)
	answers := strings.HasPrefix(lower, "response to ") || strings.HasPrefix(lower, "in reply to ") || strings.HasPrefix(lower, "in response to ")
	if answers && len(line) < 120 || author != "" && strings.HasPrefix(line, author) && strings.HasSuffix(line, ":") && len(line) < len(author)+20 {
		return rest
	}
	return text
}

// Listed counts the comments that the page shows, and the pingbacks and trackbacks among them apart.
func (p *Page) Listed(system string) (comments, pings int) {
	roots, _ := p.commentRoots(listingOf(system))
	for _, root := range roots {
		if isPing(root) {
			pings++
		}
	}
	return len(roots) - pings, pings
}

// named gives the first of the elements that bears one of the names, the surest name first, else the first of the tags.
func named(own []*html.Node, list []string, tags ...string) *html.Node {
	for _, name := range list {
		for _, n := range own {
			for word := range strings.FieldsSeq(strings.ToLower(Attr(n, "class") + " " + Attr(n, "itemprop"))) {
				if word == name && n != own[0] {
					return n
				}
			}
		}
	}
	for _, tag := range tags {
		for _, n := range own {
			if n.Data == tag {
				return n
			}
		}
	}
	return nil
}

// commentTime reads the time that a machine is told, else the words in the place for it, else any short words that say a day.
func (p *Page) commentTime(own []*html.Node) When {
	dayFirst := strings.HasSuffix(p.URL().Hostname(), ".uk") || strings.HasPrefix(p.language(), "en-gb") || p.language() != "" && !strings.HasPrefix(p.language(), "en")
	read := func(s string) When { return ReadWhen(strings.Join(strings.Fields(s), " "), p.Answer.At, dayFirst) }
	for _, n := range own {
		for _, key := range [...]string{"datetime", "content", "title"} {
			if n.Data != "time" && n.Data != "abbr" && Attr(n, "itemprop") == "" {
				break
			}
			if w := read(Attr(n, key)); !w.IsZero() {
				return w
			}
		}
	}
	for _, name := range timeNames {
		if n := named(own, []string{name}); n != nil {
			for _, part := range append([]*html.Node{n}, elementsIn(n)...) {
				if w := read(p.ShortText(part)); !w.IsZero() {
					return w
				}
			}
		}
	}
	for _, n := range own {
		if s := directText(n); len(s) > 5 && len(s) < 60 {
			if w := read(s); !w.IsZero() {
				return w
			}
		}
	}
	return When{}
}

func (p *Page) language() string {
	for _, n := range p.Tag("html") {
		return strings.ToLower(Attr(n, "lang"))
	}
	return ""
}

func elementsIn(n *html.Node) (all []*html.Node) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			all = append(all, c)
		}
	}
	return all
}

// directText is the text that lies in an element itself and not in those inside it.
func directText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// paragraphs are the p elements among a comment's own, or all of it where there is none.
func paragraphs(own []*html.Node) (all []*html.Node) {
	for _, n := range own {
		if n.Data == "p" {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return own[:1]
	}
	return all
}

// commentText is the words of the given elements as far as they are the comment's own, each block on a line.
func commentText(parts, own []*html.Node) string {
	mine := make(map[*html.Node]bool, len(own))
	for _, n := range own {
		mine[n] = true
	}
	var b strings.Builder
	var add func(*html.Node)
	add = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
			return
		case n.Type != html.ElementNode || !mine[n] || apart(n):
			return
		case n.Data == "br" || n.Data == "p" || n.Data == "div" || n.Data == "li" || n.Data == "blockquote":
			b.WriteByte('\n')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			add(c)
		}
		if n.Data == "p" || n.Data == "div" {
			b.WriteByte('\n')
		}
	}
	for _, n := range parts {
		add(n)
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// apart are the parts of a comment's block that are not its words: who and when, links to answer, scripts.
func apart(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "noscript", "template", "form", "button", "footer", "header", "svg", "time":
		return true
	}
	for name := range strings.FieldsSeq(strings.ToLower(Attr(n, "class"))) {
		switch name {
		case "reply", "comment-reply-link", "comment-meta", "commentmetadata", "comment-author", "control-links", "comment-actions", "says", "comment-awaiting-moderation",
			"comment-footer", "comment-header", "comment-date", "comment-tools", "avatar", "date", "edit-link", "comment-edit-link", "screen-reader-text", "bbcodeblock", "quote":
			return true
		}
	}
	return false
}
