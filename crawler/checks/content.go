package checks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// content is what a page itself says, in the order of the page: its blocks, links and forms. One reading serves all checks,
// those that ask for lines (mainStretches) too. It begins at the element that the page names as its main content, else at
// its body, and leaves out
//   - what is hidden, and scripts, styles, frames, drawings and lists to choose from;
//   - what stands around the content: navigation, foot, side bars, breadcrumbs, cookie notes, newsletters, searches, dialogues,
//     and the head of the site, each told by its element, role, id or class (what is named so and holds the page's first
//     heading is around the content and not beside it);
//   - teasers of other pages;
//   - quotations, and what visitors wrote.
type content struct {
	blocks []block
	links  []contentLink
	forms  []*html.Node
}

// A block is a stretch of the content that stands by itself: a paragraph, a heading, an entry of a list, a cell, or words
// between such.
type block struct {
	n       *html.Node
	text    string // white space collapsed
	lower   string // as plainLower gives it
	heading bool
	row     *html.Node // of the table that it stands in, nil for none; a row with a heading in it is none
	cell    *html.Node
}

type contentLink struct {
	n      *html.Node
	block  int    // the place of the block it stands in
	around string // that block's text, where the link's own is "here" or the like
}

// contentOf walks the page's main part. It is for pages that a sign or a heading has singled out.
func contentOf(p *crawler.Page) content { return crawler.Memo(p, "content", readContent) }

func readContent(p *crawler.Page) content {
	main := mainOf(p)
	size := len(p.Text())
	r := contentReader{page: p, open: block{n: main}, line: make([]byte, 0, size), lower: make([]byte, 0, size)}
	r.found.blocks = make([]block, 0, len(p.Elements())/4)
	r.found.links = make([]contentLink, 0, len(p.Tag("a")))
	r.walk(main)
	r.flush()
	if len(r.found.blocks) == 0 {
		return content{forms: r.found.forms}
	}
	r.cut()
	for i := range r.found.links {
		l := &r.found.links[i]
		l.block = min(l.block, len(r.found.blocks)-1)
		if pointsOnly(p.ShortText(l.n)) {
			l.around = r.found.blocks[l.block].lower
		}
	}
	return r.found
}

// pointing are the words of a link that says nothing by itself.
var pointing = map[string]bool{
	"here": true, "click here": true, "this document": true, "this page": true, "download": true, "pdf": true, "download (pdf)": true, "read it here": true, "download it here": true, "yma": true, "cliciwch yma": true,
}

const longestPointing = len("download it here")

// pointsOnly reports whether a link's text says nothing by itself.
func pointsOnly(text string) bool {
	if len(text) >= 40 {
		return false
	}
	if last := len(text) - 1; last >= longestPointing && smallLetter(text[0]|0x20) && smallLetter(text[last]|0x20) {
		return false // most, whom nothing would be trimmed off
	}
	return pointing[strings.Trim(crawler.Lower(text), " .:>»")]
}

// mainOf is the element that the page names as its main content: the one main element, else one of the usual ids, else all
// of its body.
func mainOf(p *crawler.Page) *html.Node {
	if mains := visible(p, p.Tag("main")); len(mains) == 1 {
		return mains[0]
	}
	for _, id := range [...]string{"main-content", "maincontent", "content", "main"} {
		if n := p.ID(id); n != nil && !p.Hidden(n) && (n.Data == "div" || n.Data == "section" || n.Data == "article") {
			return n
		}
	}
	if all := p.Tag("body"); len(all) > 0 {
		return all[0]
	}
	return p.Root()
}

type contentReader struct {
	page  *crawler.Page
	found content
	open  block    // the element whose own text is being read
	text  []string // of that
	line  []byte   // the texts of all blocks
	lower []byte   // the same in lower case
	from  []cuts   // where they begin
}

func (r *contentReader) walk(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			r.text = append(r.text, c.Data)
		case c.Type != html.ElementNode || r.page.Hidden(c) || leftOut(c):
		case c.Data == "br":
			r.text = append(r.text, " ")
		case partsText(c):
			r.walkPart(c)
		default:
			r.note(c)
			r.walk(c)
		}
	}
}

func (r *contentReader) walkPart(n *html.Node) {
	r.flush()
	before := r.open
	r.open.n, r.open.heading = n, isHeading(n)
	switch n.Data {
	case "tr":
		if r.open.row, r.open.cell = n, nil; inside(n, isHeading) != nil {
			r.open.row = nil // a table that is there for the looks
		}
	case "td", "th":
		r.open.cell = n
	}
	r.note(n)
	r.walk(n)
	r.flush()
	r.open = before
}

func (r *contentReader) note(n *html.Node) {
	switch n.Data {
	case "a":
		r.found.links = append(r.found.links, contentLink{n: n, block: len(r.found.blocks)})
	case "form":
		r.found.forms = append(r.found.forms, n)
	}
}

func (r *contentReader) flush() {
	from := cuts{len(r.line), len(r.lower)}
	r.line = appendCollapsed(r.line, r.text)
	r.text = r.text[:0]
	if len(r.line) == from.text {
		return
	}
	r.lower = appendPlainLower(r.lower, r.line[from.text:])
	r.found.blocks = append(r.found.blocks, r.open)
	r.from = append(r.from, from)
}

// cuts are where a block's text begins among those of all, and where its lower case does.
type cuts struct{ text, lower int }

// cut gives the blocks their texts, which are stretches of one.
func (r *contentReader) cut() {
	text, lower := string(r.line), string(r.lower)
	end := cuts{len(text), len(lower)}
	for i := len(r.from) - 1; i >= 0; i-- {
		from := r.from[i]
		b := &r.found.blocks[i]
		b.text, b.lower = text[from.text:end.text], lower[from.lower:end.lower]
		end = from
	}
}

// appendCollapsed joins the parts of a text, its white space collapsed. Words of ASCII with one blank between them go in one
// piece.
func appendCollapsed(line []byte, parts []string) []byte {
	begin, gap := len(line), false // gap: before the next letter
	for _, s := range parts {
		for i := 0; i < len(s); {
			from := i
			for i < len(s) && (solid(s[i]) || s[i] == ' ' && i > from && i+1 < len(s) && solid(s[i+1])) {
				i++
			}
			if i == from {
				c, size := utf8.DecodeRuneInString(s[i:])
				i += size
				if unicode.IsSpace(c) {
					gap = true
					continue
				}
			}
			if gap && len(line) > begin {
				line = append(line, ' ')
			}
			gap = false
			line = append(line, s[from:i]...)
		}
	}
	return line
}

// solid reports whether a byte is a character of ASCII that is no white space.
func solid(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

func isHeading(n *html.Node) bool {
	return len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'
}

// plainLower is a text in lower case with straight apostrophes, plain blanks and hyphens, and no soft breaks.
func plainLower(s string) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf {
		i++
	}
	if i == len(s) {
		return crawler.Lower(s)
	}
	return string(appendPlainLower(make([]byte, 0, len(s)), []byte(s)))
}

func appendPlainLower(lower, text []byte) []byte {
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower = append(lower, c)
			i++
			continue
		}
		c, size := utf8.DecodeRune(text[i:])
		i += size
		switch c {
		case '’', '‘':
			lower = append(lower, '\'')
		case '\u00a0':
			lower = append(lower, ' ')
		case '\u2011':
			lower = append(lower, '-')
		case '\u00ad', '\u200b', '\u2060':
		default:
			lower = utf8.AppendRune(lower, unicode.ToLower(c))
		}
	}
	return lower
}

// partsText reports whether an element begins a block of its own.
func partsText(n *html.Node) bool {
	switch n.Data {
	case "p", "div", "section", "article", "main", "header", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td",
		"th", "caption", "form", "fieldset", "legend", "details", "summary", "figure", "figcaption", "address", "body", "hr", "button", "label":
		return true
	}
	return false
}

// asideSigns are stems of the names of what stands around a page's own content.
var asideSigns = crawler.NewSigns(append([]string{"footer", "breadcrumb", "cookie", "menu", "navigation", "navbar", "newsletter", "site-header", "topbar", "top-bar", "masthead"}, otherPlaces...)...)

// leftOut reports whether an element is no part of what the page itself says.
func leftOut(n *html.Node) bool {
	switch n.Data {
	case "nav", "footer", "aside", "blockquote", "script", "style", "select", "iframe", "svg":
		return true
	case "header":
		return !within(n, "main", "article") && inside(n, tag("h1")) == nil
	}
	if len(n.Attr) == 0 {
		return false
	}
	switch lowerAttr(n, "role") {
	case "navigation", "contentinfo", "complementary", "search", "dialog":
		return true
	case "banner":
		return inside(n, tag("h1")) == nil
	}
	return crawler.IsComment(n) || namedAside(n) && inside(n, tag("h1")) == nil
}

func namedAside(n *html.Node) bool {
	for i := range n.Attr {
		if n.Attr[i].Key != "id" && n.Attr[i].Key != "class" {
			continue
		}
		if asideSigns.In(n.Attr[i].Val) {
			return true
		}
		if !commentSigns.In(n.Attr[i].Val) {
			continue // as all persons' words are
		}
		for name := range strings.FieldsSeq(crawler.Lower(n.Attr[i].Val)) {
			if personsWords[name] {
				return true
			}
		}
	}
	return false
}

// sentences are the sentences of a block in lower case.
func sentences(b block) []string {
	return strings.FieldsFunc(sentenceEnds.Replace(b.lower), func(r rune) bool { return r == '\n' })
}

// inBlocks gives the first block that is accepted, nil where none is.
func (c content) inBlocks(want func(block) bool) *html.Node {
	if i := slices.IndexFunc(c.blocks, want); i >= 0 {
		return c.blocks[i].n
	}
	return nil
}

// words are what a link says of where it leads: its text, its title and the name of the file, in lower case, the name's
// dashes and underlines as blanks beside it.
func (l contentLink) words(p *crawler.Page) string {
	href := lowerAttr(l.n, "href")
	file := href[strings.LastIndexByte(href, '/')+1:]
	return plainLower(p.ShortText(l.n) + " " + l.around + " " + crawler.Attr(l.n, "title") + " " + file + " " + fileMarks.Replace(file))
}

var fileMarks = strings.NewReplacer("-", " ", "_", " ", "%20", " ")

// isDocument reports whether a link leads to a document: by its address or by its own words.
func (l contentLink) isDocument(p *crawler.Page) bool {
	href := crawler.Attr(l.n, "href")
	named := strings.Contains(crawler.Lower(p.ShortText(l.n)), "pdf")
	if !named && !isDocument(href) && !strings.ContainsAny(href, "%\t\r\n") && !crawler.Memo(p, "base is a document", baseIsDocument) {
		return false // most, without resolving their addresses: what is spelt so in the path is spelt so in one of the two
	}
	u, ok := p.Resolve(href)
	return ok && (named || isDocument(u.Path))
}

// baseIsDocument reports whether the address beside which the page's links are read leads to a document itself.
func baseIsDocument(p *crawler.Page) bool {
	u, ok := p.Resolve("#")
	return !ok || isDocument(u.Path)
}

// named is what names a link's target: itself, or the block around a link called "here".
func (c content) named(l contentLink) *html.Node {
	if l.around != "" {
		return c.blocks[l.block].n
	}
	return l.n
}

// documents gives the first document of the content that is accepted by its words, nil where there is none.
func (c content) document(p *crawler.Page, want func(words string) bool) *html.Node {
	for _, l := range c.links {
		if l.isDocument(p) && want(l.words(p)) {
			return c.named(l)
		}
	}
	return nil
}

var sentenceEnds = strings.NewReplacer(". ", "\n", "? ", "\n", "! ", "\n", "; ", "\n")
