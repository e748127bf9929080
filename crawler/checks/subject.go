package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// about gives the heading, or where there is none the title, by which a page is about one of the subjects and about none of
// those in not, all in lower case. The title holds the site's own name too, which may be that of a subject. News items tell of a subject on one day and are about nothing else.
func about(p *crawler.Page, subjects, not []string) *html.Node {
	if toldOnADay(p) {
		return nil
	}
	headed := false
	for _, n := range p.Tag("h1") {
		if p.Hidden(n) {
			continue
		}
		text := p.ShortText(n)
		if heads(text, subjects, not) {
			return n
		}
		headed = headed || text != ""
	}
	if headed {
		return nil
	}
	for part := range strings.FieldsFuncSeq(p.Title(), partsTitle) {
		if heads(part, subjects, not) {
			return p.Tag("title")[0]
		}
	}
	return nil
}

// partsTitle parts the page's own name from those of its section and site. A hyphen may stand in a word.
func partsTitle(r rune) bool { return r == '|' || r == '–' || r == '—' || r == '»' || r == '·' }

const maxHeading = 120 // bytes; what is longer is a sentence

func heads(text string, subjects, not []string) bool {
	text = plain(text)
	return len(text) < maxHeading && stemIn(text, subjects) && !stemIn(text, not)
}

// plain is a text in lower case with straight apostrophes.
func plain(s string) string { return strings.ReplaceAll(strings.ToLower(s), "’", "'") }

// newsPlaces are stems of the parts of an address under which a site keeps what it told on one day, or asks for staff.
var newsPlaces = []string{"news", "newyddion", "blog", "press-release", "stories", "case-stud", "vacanc", "careers", "jobs", "swyddi"}

func toldOnADay(p *crawler.Page) bool {
	if len(p.Class("single-post")) > 0 {
		return true
	}
	var last string
	for part := range strings.SplitSeq(strings.ToLower(p.URL().Path), "/") {
		dated := len(last) == 4 && isNumber(last) && len(part) == 2 && isNumber(part)
		if dated || stemIn(part, newsPlaces) {
			return true
		}
		last = part
	}
	return false
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// stretch is a part of a page's main content that reads as one line: a heading, a paragraph, a row, an entry.
type stretch struct {
	node  *html.Node
	text  string
	lower string   // text as plain gives it
	level int      // of a heading, 0 for what is none
	cells []string // of a row
}

const maxStretches = 3000

// mainStretches gives the page's main content in the order of the page, without menus, side bars and what is hidden.
func mainStretches(p *crawler.Page) []stretch { return crawler.Memo(p, "stretches", readStretches) }

func readStretches(p *crawler.Page) []stretch {
	w := stretchWalk{p: p}
	w.walk(mainOf(p))
	return w.all
}

func mainOf(p *crawler.Page) *html.Node {
	for _, n := range p.Tag("main") {
		if !p.Hidden(n) {
			return n
		}
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

type stretchWalk struct {
	p   *crawler.Page
	all []stretch
}

func (w *stretchWalk) walk(n *html.Node) {
	for c := n.FirstChild; c != nil && len(w.all) < maxStretches; c = c.NextSibling {
		switch {
		case c.Type != html.ElementNode || w.p.Hidden(c) || besides(c, n.Data == "body"):
		case isUnit(c):
			w.add(c)
		default:
			w.walk(c)
		}
	}
}

func (w *stretchWalk) add(n *html.Node) {
	b := stretch{node: n, text: w.p.ShortText(n)}
	if b.text == "" {
		return
	}
	b.lower = plain(b.text)
	if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
		b.level = int(n.Data[1] - '0')
	}
	if n.Data == "tr" {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Data == "td" || c.Data == "th" {
				b.cells = append(b.cells, w.p.ShortText(c))
			}
		}
	}
	w.all = append(w.all, b)
}

// besides reports whether an element stands beside the main content.
func besides(n *html.Node, inBody bool) bool {
	switch n.Data {
	case "nav", "footer", "aside", "script", "style", "select", "option", "iframe", "svg":
		return true
	case "header":
		return inBody
	}
	role := lowerAttr(n, "role")
	if role == "navigation" || role == "banner" || role == "contentinfo" {
		return true
	}
	for _, name := range names(n) {
		if (stemIn(name, otherPlaces) || strings.Contains(name, "breadcrumb") || strings.Contains(name, "cookie")) && inside(n, tag("h1")) == nil {
			return true
		}
	}
	return false
}

// isUnit reports whether an element is one block: a paragraph, heading or row, or anything that holds no other block.
func isUnit(n *html.Node) bool {
	switch n.Data {
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "caption", "figcaption", "summary", "legend", "button":
		return true
	case "tr":
		return inside(n, isHeading) == nil
	}
	return inside(n, isBlock) == nil
}

func isHeading(n *html.Node) bool {
	return len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6'
}

func isBlock(n *html.Node) bool {
	switch n.Data {
	case "p", "div", "section", "article", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "form", "fieldset", "figure",
		"blockquote", "details", "summary", "main", "nav", "aside", "header", "footer", "address", "caption", "figcaption", "legend", "button":
		return true
	}
	return isHeading(n)
}

// holding gives the first block that holds one of the phrases.
func holding(all []stretch, phrases []string) *stretch {
	for i := range all {
		if stemIn(all[i].lower, phrases) {
			return &all[i]
		}
	}
	return nil
}

// sectionOf gives the heading under which a block stands, nil where it stands under none.
func sectionOf(all []stretch, i int) *stretch {
	for j := i - 1; j >= 0; j-- {
		if all[j].level > 0 {
			return &all[j]
		}
	}
	return nil
}

// mainLink is a link in the main content: its words, its address in lower case, and the block that it stands in.
type mainLink struct {
	node     *html.Node
	text     string // as plain gives it
	href     string
	document bool
	own      bool // leads to the site itself
	block    int
}

// mainLinks gives the links of the main content whose words or address hold one of the stems.
func mainLinks(p *crawler.Page, all []stretch, stems []string) (found []mainLink) {
	for i := range all {
		for n := range linksIn(all[i].node) {
			href, text := lowerAttr(n, "href"), plain(p.ShortText(n))
			if !stemIn(href, stems) && !stemIn(text, stems) || p.Hidden(n) {
				continue
			}
			if u, ok := p.Resolve(crawler.Attr(n, "href")); ok {
				found = append(found, mainLink{n, text, href, isDocument(u.Path), crawler.SameSite(u, p.URL()), i})
			}
		}
	}
	return found
}

// linksIn gives the links in an element, itself or the one around it included.
func linksIn(n *html.Node) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if n.Data == "a" && !yield(n) {
			return
		}
		if up := n.Parent; up != nil && up.Data == "a" && !yield(up) {
			return
		}
		for c := range n.Descendants() {
			if c.Type == html.ElementNode && c.Data == "a" && !yield(c) {
				return
			}
		}
	}
}
