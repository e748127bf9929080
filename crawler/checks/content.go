package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// A block is a stretch of a page's main content that stands by itself: a paragraph, a heading, an entry of a list, a cell.
type block struct {
	n       *html.Node
	text    string // white space collapsed
	lower   string // in lower case, apostrophes made plain
	heading bool
}

// content is what a page itself says: its blocks, links and forms without menus, head and foot, side bars, teasers of
// other pages, quotations and what visitors wrote.
type content struct {
	blocks []block
	links  []contentLink
	forms  []*html.Node
}

type contentLink struct {
	n      *html.Node
	block  int    // the place of the block it stands in
	around string // that block's text, where the link's own is "here" or the like
}

// contentOf walks the page's main part. It is for pages that a sign or a heading has singled out.
func contentOf(p *crawler.Page) content { return crawler.Memo(p, "content", readContent) }

func readContent(p *crawler.Page) content {
	r := contentReader{page: p, open: mainPart(p)}
	r.walk(r.open)
	r.flush()
	if len(r.found.blocks) == 0 {
		return content{forms: r.found.forms}
	}
	for i := range r.found.links {
		l := &r.found.links[i]
		l.block = min(l.block, len(r.found.blocks)-1)
		if pointing[strings.Trim(strings.ToLower(p.ShortText(l.n)), " .:>»")] {
			l.around = r.found.blocks[l.block].lower
		}
	}
	return r.found
}

// pointing are the words of a link that says nothing by itself.
var pointing = map[string]bool{
	"here": true, "click here": true, "this document": true, "this page": true, "download": true, "pdf": true, "download (pdf)": true, "read it here": true, "download it here": true, "yma": true, "cliciwch yma": true,
}

// mainPart is the one element that the page names as its main content, or else its root.
func mainPart(p *crawler.Page) *html.Node {
	if mains := visible(p, p.Tag("main")); len(mains) == 1 {
		return mains[0]
	}
	return p.Root()
}

type contentReader struct {
	page  *crawler.Page
	found content
	open  *html.Node // the element whose own text is being read
	text  strings.Builder
}

func (r *contentReader) walk(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			r.text.WriteString(c.Data)
		case c.Type != html.ElementNode || r.page.Hidden(c) || aside(c):
		case c.Data == "br":
			r.text.WriteByte(' ')
		case partsText[c.Data]:
			before := r.open
			r.flush()
			r.open = c
			r.note(c)
			r.walk(c)
			r.flush()
			r.open = before
		default:
			r.note(c)
			r.walk(c)
		}
	}
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
	text := strings.Join(strings.Fields(r.text.String()), " ")
	r.text.Reset()
	if text == "" || r.open == nil {
		return
	}
	name := r.open.Data
	r.found.blocks = append(r.found.blocks, block{
		n: r.open, text: text, lower: plainLower(text), heading: len(name) == 2 && name[0] == 'h' && name != "hr",
	})
}

func plainLower(s string) string {
	return softened(strings.ToLower(plainMarks.Replace(s)))
}

var plainMarks = strings.NewReplacer("’", "'", "‘", "'", "\u00a0", " ", "\u2011", "-")

// partsText are the elements that begin a block of their own.
var partsText = map[string]bool{
	"p": true, "div": true, "section": true, "article": true, "main": true, "header": true, "h1": true, "h2": true, "h3": true, "h4": true,
	"h5": true, "h6": true, "ul": true, "ol": true, "li": true, "dl": true, "dt": true, "dd": true, "table": true, "tr": true, "td": true,
	"th": true, "caption": true, "form": true, "fieldset": true, "details": true, "summary": true, "figure": true, "figcaption": true, "address": true,
	"body": true, "hr": true, "button": true, "label": true,
}

// asideNames are stems of the names of what stands around a page's own content.
var asideNames = append([]string{"footer", "breadcrumb", "cookie", "menu", "navigation", "navbar", "newsletter", "site-header", "topbar", "top-bar", "masthead"}, otherPlaces...)

// aside reports whether an element is no part of what the page itself says. What is named like a side bar and holds the
// page's first heading is around the content, not beside it.
func aside(n *html.Node) bool {
	switch n.Data {
	case "nav", "footer", "aside", "blockquote", "script", "style", "select", "iframe":
		return true
	case "header":
		return !within(n, "main", "article") && inside(n, tag("h1")) == nil
	}
	switch lowerAttr(n, "role") {
	case "navigation", "contentinfo", "complementary", "search", "dialog":
		return true
	}
	if crawler.IsComment(n) {
		return true
	}
	for _, name := range names(n) {
		if (personsWords[name] || stemIn(name, asideNames)) && inside(n, tag("h1")) == nil {
			return true
		}
	}
	return false
}

// headed gives the heading or title by which the page is about what is asked for. A long one is a headline, and a page
// among the news tells of something rather than being it.
func headed(p *crawler.Page, about func(lower string) bool) *html.Node {
	if isNews(p) {
		return nil
	}
	for _, n := range p.Tag("h1") {
		if !p.Hidden(n) && saysAbout(p.ShortText(n), about) {
			return n
		}
	}
	title := p.Title()
	for _, cut := range [...]string{" | ", " - ", " – ", " — ", " :: ", " » ", " · "} {
		title = strings.ReplaceAll(title, cut, "\n")
	}
	for part := range strings.SplitSeq(title, "\n") {
		if titles := p.Tag("title"); saysAbout(part, about) && len(titles) > 0 {
			return titles[0]
		}
	}
	return nil
}

func saysAbout(heading string, about func(lower string) bool) bool {
	lower := plainLower(heading)
	return len(lower) < 100 && len(strings.Fields(lower)) <= 12 && !stemIn(lower, elsewhere) && about(lower)
}

// elsewhere are words of a heading that is not about a landlord's complaints or pages: of a council's other services, of
// neighbours, of its staff.
var elsewhere = []string{
	"social care", "adult care", "children", "school", "planning", "parking", "licens", "councillor", "taxi", "trading standards", "food", "business",
	"neighbour", "noise", "anti-social", "antisocial", "police", "nhs", "data protection", "freedom of information", "privacy", "contractor",
	"staff", "employee", "colleague", "upheld", "election", "highway", "waste", "recycling", "pollution", "gofal cymdeithasol", "ysgol", "cynllunio", "sŵn",
}

var newsSegments = map[string]bool{
	"news": true, "blog": true, "blogs": true, "newyddion": true, "press": true, "press-releases": true, "media-centre": true, "latest-news": true, "latest": true,
	"stories": true, "case-studies": true, "articles": true, "our-news": true, "news-and-events": true, "news-and-views": true, "news-articles": true,
}

// isNews reports whether a page is an item of the news or lies among them: it was asked for as a post, or its address or
// the classes of its body say so.
func isNews(p *crawler.Page) bool {
	if p.Answer.Request.Post != nil {
		return true
	}
	for segment := range strings.SplitSeq(strings.ToLower(p.URL().Path), "/") {
		if newsSegments[segment] || len(segment) == 4 && strings.HasPrefix(segment, "20") && isNumber(segment) {
			return true
		}
	}
	bodies := p.Tag("body")
	return len(bodies) > 0 && (hasName(bodies[0], "single-post") || hasName(bodies[0], "page-node-type-news") || hasName(bodies[0], "node-type-news"))
}

// complaintsHead gives the heading by which a page is the landlord's own on how to complain: the heading says so, or its
// address does. A page that goes through the Code, or reports, quotes much of which it says nothing itself.
func complaintsHead(p *crawler.Page) *html.Node {
	if !speaksOf(p, complaintStems) || retells(p.Title()) {
		return nil
	}
	for _, n := range p.Tag("h1") {
		if retells(p.ShortText(n)) {
			return nil
		}
	}
	if head := headed(p, func(s string) bool { return stemIn(s, complaintStems) }); head != nil {
		return head
	}
	path := strings.ToLower(p.URL().Path)
	if !stemIn(path, complaintStems) || stemIn(strings.ReplaceAll(path, "-", " "), elsewhere) || retells(path) {
		return nil
	}
	return headed(p, func(string) bool { return true })
}

func retells(heading string) bool {
	lower := plainLower(heading)
	return reports(lower) || namesSelf(lower) || strings.Contains(lower, "handling code") || strings.Contains(lower, "compliance")
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
	u, ok := p.Resolve(crawler.Attr(l.n, "href"))
	return ok && (isDocument(u.Path) || strings.Contains(strings.ToLower(p.ShortText(l.n)), "pdf"))
}

// documents gives the first document of the content that is accepted by its words, nil where there is none.
func (c content) document(p *crawler.Page, want func(words string) bool) *html.Node {
	for _, l := range c.links {
		if l.isDocument(p) && want(l.words(p)) {
			return l.n
		}
	}
	return nil
}

var sentenceEnds = strings.NewReplacer(". ", "\n", "? ", "\n", "! ", "\n", "; ", "\n")
