package crawler

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// The names of a comment's parts, the surest first.
var (
	textNames = ranked(
		"comment-content", "comment_content", "comment-text", "comment_text", "commenttext", "comment-message", "comment__content", "comment-copy", "format_text", "entry-content",
		"bbwrapper", "messagecontent", "post_message", "postcontent", "content", "postbody", "post_body", "cooked", "comment-entry", "comment_body", "commentbody", "comment-body", "message",
	)
	authorNames = ranked(
		"fn", "comment-author-name", "comment_author", "commentauthor", "comment-author", "comment_author_name", "username", "author-name", "wpd-comment-author", "wc-comment-author", "poster", "user", "author", "comment-user", "name",
	)
	timeNames = ranked(
		"comment-time", "comment_time", "comment-date", "comment_date", "commentdate", "datetime", "comment-timestamp", "wpd-comment-date", "wc-comment-date", "comment-metadata", "commentmetadata", "comment-meta",
		"comment_meta", "comment-meta-data", "date", "time", "timestamp", "posted", "postdate", "postinfo", "submitted", "info", "meta",
	)
)

// ranked gives the place of each name in a list.
func ranked(list ...string) map[string]int {
	rank := make(map[string]int, len(list))
	for i, name := range list {
		rank[name] = i
	}
	return rank
}

// readComment fills in author, time and text from a comment's own elements. words is the one that is known to hold its words;
// nil where it has to be found.
func (p *Page) readComment(c *PageComment, words *html.Node, own []*html.Node) {
	author := cmp.Or(authorIn(own), tagged(own, "cite", "strong", "b"))
	if author != nil {
		if strong := onlyStrong(author); strong != nil {
			author = strong
		}
		c.Author = withoutVerb(strings.TrimRight(cmp.Or(p.ShortText(author), Attr(author, "content")), " ,:"))
	}
	c.When = p.commentTime(own)
	text := cmp.Or(words, property(own, "text", "commentText", "encoded"))
	if text == nil {
		text = named(own, textNames)
	}
	if text == nil {
		text = calledBy(own, textCalls, author, calledBy(own, timeCalls), tagged(own, "time"))
	}
	switch {
	case text != nil:
		c.Text = commentText([]*html.Node{text}, own)
	default:
		c.Text = commentText(paragraphs(own), own)
	}
	c.Text = withoutHead(c.Text, c.Author)
}

// authorIn gives the element that is named as the place of the author's name.
func authorIn(own []*html.Node) *html.Node {
	if n := named(own, authorNames); n != nil {
		return n // as in most systems
	}
	return cmp.Or(calledBy(own, authorCalls), property(own, "author"))
}

// onlyStrong gives the strong element of a line that says more than the name: "by <strong>mo</strong> on Mon 9 Nov".
func onlyStrong(line *html.Node) *html.Node {
	if line.Data != "p" {
		return nil
	}
	for c := line.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "strong" {
			return c
		}
	}
	return nil
}

// withoutVerb takes the "says" off that themes print behind a name.
func withoutVerb(name string) string {
	i := strings.LastIndexByte(name, ' ')
	if i < 0 {
		return name
	}
	switch Lower(name[i+1:]) {
	case "says", "said", "wrote", "sagt", "sagte", "schrieb", "meint", "dijo", "dice", "dit", "meddai":
		return name[:i]
	}
	return name
}

// withoutHead takes a first line off that is not the person's: the name alone, "Ruth says:", or "In reply to Ruth, 3 May 2026".
func withoutHead(text, author string) string {
	line, rest, more := strings.Cut(text, "\n")
	if !more {
		return text
	}
	lower := Lower(line)
	answers := strings.HasPrefix(lower, "response to ") || strings.HasPrefix(lower, "in reply to ") || strings.HasPrefix(lower, "in response to ")
	if answers && len(line) < 120 || line == author || author != "" && strings.HasPrefix(line, author) && strings.HasSuffix(line, ":") && len(line) < len(author)+20 {
		return rest
	}
	return text
}

// bearing gives, for each of the names, the first of the elements that bears it; nil for a name that none bears.
func bearing(own []*html.Node, names map[string]int) []*html.Node {
	first := make([]*html.Node, len(names))
	for _, n := range own[min(1, len(own)):] {
		for i := range n.Attr {
			if key := n.Attr[i].Key; key != "class" && key != "itemprop" {
				continue
			}
			for word := range strings.FieldsSeq(n.Attr[i].Val) {
				if rank, is := names[Lower(word)]; is && first[rank] == nil {
					first[rank] = n
				}
			}
		}
	}
	return first
}

// named gives the first of the elements that bears one of the names, the surest name first.
func named(own []*html.Node, names map[string]int) *html.Node {
	for _, n := range bearing(own, names) {
		if n != nil {
			return n
		}
	}
	return nil
}

// tagged gives the first of the elements of the tags, the surest tag first.
func tagged(own []*html.Node, tags ...string) *html.Node {
	for _, tag := range tags {
		for _, n := range own {
			if n.Data == tag {
				return n
			}
		}
	}
	return nil
}

// The words by which a part of a comment is called in a name of more words, the surest first: "c-comment-card__text",
// "listAuthor", "texto-comentario". Most are the names of other things, too, where the word for a comment does not stand beside them.
var (
	textCalls   = ranked("content", "message", "text", "body", "copy", "texto", "contenido", "inhalt", "nachricht", "tekst", "mensaje")
	authorCalls = ranked("author", "autor", "auteur", "autore", "username", "name", "user", "nick", "nickname", "verfasser", "nombre", "naam") //nolint:misspell // German and Spanish
	timeCalls   = ranked("datetime", "timestamp", "date", "time", "fecha", "hora", "datum", "posted", "published", "uhrzeit", "zeit")
	sureCalls   = ranked("author", "autor", "auteur", "autore", "username", "nickname", "datetime", "timestamp", "date", "time", "fecha", "datum") //nolint:misspell // as above
)

// calledBy gives the first of the elements in one of whose classes a word calls the part, the surest word first; those that hold
// one of others are not meant.
func calledBy(own []*html.Node, words map[string]int, others ...*html.Node) *html.Node {
	first := make([]*html.Node, len(words))
	for _, n := range own[min(1, len(own)):] {
		class := Attr(n, "class")
		if class == "" || n.FirstChild == nil || slices.ContainsFunc(others, func(o *html.Node) bool { return o != nil && holdsNode(n, o) }) {
			continue
		}
		for name := range strings.FieldsSeq(class) {
			if rank := called(nameWords(name), words); rank >= 0 && first[rank] == nil {
				first[rank] = n
			}
		}
	}
	for _, n := range first {
		if n != nil {
			return n
		}
	}
	return nil
}

// called gives the rank of the word by which a name of more words calls a part, -1 for none: its last, or the one before the
// word for a comment.
func called(name []string, words map[string]int) int {
	last := len(name) - 1
	if last < 1 {
		return -1
	}
	at := lastCommentWord(name)
	if at == last {
		last--
	}
	rank, is := words[name[last]]
	if _, sure := sureCalls[name[last]]; !is || at < 0 && !sure {
		return -1
	}
	return rank
}

// holdsNode reports whether an element is one around another, or that itself.
func holdsNode(around, n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if e == around {
			return true
		}
	}
	return false
}

// property gives the first of the elements that holds one of schema.org's properties, in microdata or in RDFa.
func property(own []*html.Node, names ...string) *html.Node {
	for _, n := range own[1:] {
		for _, key := range [...]string{"itemprop", "property"} {
			for name := range strings.FieldsSeq(Attr(n, key)) {
				if slices.Contains(names, name[strings.LastIndexByte(name, ':')+1:]) {
					return n
				}
			}
		}
	}
	return nil
}

// commentTime reads the time that a machine is told, else the words in the place for it, else any short words that say a day.
func (p *Page) commentTime(own []*html.Node) When {
	dayFirst := p.dayFirst()
	read := func(s string) When { return ReadWhen(oneLine(s), p.Answer.At, dayFirst) }
	if n := property(own, "datePublished", "dateCreated", "commentTime", "created"); n != nil {
		if w := read(cmp.Or(Attr(n, "content"), Attr(n, "datetime"))); !w.IsZero() {
			return w
		}
	}
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
	for _, n := range bearing(own, timeNames) {
		if w := p.timeIn(n, read); !w.IsZero() {
			return w
		}
	}
	if w := p.timeIn(calledBy(own, timeCalls), read); !w.IsZero() {
		return w
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

// timeIn reads what the place for a time, if there is one, says: in its title first, for what is shown may be "3 days ago".
func (p *Page) timeIn(place *html.Node, read func(string) When) When {
	if place == nil {
		return When{}
	}
	if w := read(Attr(place, "title")); !w.IsZero() {
		return w
	}
	for _, part := range append([]*html.Node{place}, elementsIn(place)...) {
		if w := read(p.ShortText(part)); !w.IsZero() {
			return w
		}
	}
	return When{}
}

// dayFirst reports whether 01/02/2026 is in February on this page.
func (p *Page) dayFirst() bool {
	language := p.language()
	return strings.HasSuffix(p.URL().Hostname(), ".uk") || strings.HasPrefix(language, "en-gb") || language != "" && !strings.HasPrefix(language, "en")
}

func (p *Page) language() string {
	for _, n := range p.Tag("html") {
		return Lower(Attr(n, "lang"))
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

// directText is the text that lies in an element itself and not in those inside it, white space collapsed.
func directText(n *html.Node) string {
	text := ""
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type != html.TextNode:
		case text == "":
			text = trimLeft(c.Data) // in most elements it is all there is
		default:
			text += c.Data
		}
	}
	return oneLine(text)
}

// oneLine is a text with its white space collapsed.
func oneLine(s string) string {
	if s = strings.TrimSpace(s); collapsed(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
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

// linksToItself reports whether a heading is nothing but the link to its own comment.
func linksToItself(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "a" && slices.Contains(strings.Fields(Attr(c, "class")), "permalink") {
			return true
		}
	}
	return false
}

// leadsToAnswer reports whether a link is named as a button, or as one to answer.
func leadsToAnswer(a *html.Node) bool {
	for name := range strings.FieldsSeq(Attr(a, "class")) {
		for _, word := range nameWords(name) {
			switch word {
			case "button", "btn", "reply", "answer":
				return true
			}
		}
	}
	return false
}

// apart are the parts of a comment's block that are not its words: who and when, links to answer, scripts.
func apart(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "noscript", "template", "form", "button", "footer", "header", "svg", "time":
		return true
	case "h2", "h3", "h4": // a subject, which Drupal makes of the comment's first words where its author gave none
		return linksToItself(n)
	case "a":
		if leadsToAnswer(n) {
			return true
		}
	}
	for name := range strings.FieldsSeq(Lower(Attr(n, "class"))) {
		switch name {
		case "reply", "comment-reply-link", "comment-meta", "commentmetadata", "comment-author", "control-links", "comment-actions", "says", "comment-awaiting-moderation",
			"comment-footer", "comment-header", "comment-date", "comment-tools", "avatar", "date", "edit-link", "comment-edit-link", "screen-reader-text", "bbcodeblock", "quote":
			return true
		}
	}
	return false
}
