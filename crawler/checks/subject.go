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
func plain(s string) string { return strings.ReplaceAll(crawler.Lower(s), "’", "'") }

// newsPlaces are stems of the parts of an address under which a site keeps what it told on one day, or asks for staff.
var newsPlaces = []string{"news", "newyddion", "blog", "press-release", "stories", "case-stud", "vacanc", "careers", "jobs", "swyddi"}

func toldOnADay(p *crawler.Page) bool {
	if len(p.Class("single-post")) > 0 {
		return true
	}
	var last string
	for part := range strings.SplitSeq(crawler.Lower(p.URL().Path), "/") {
		dated := len(last) == 4 && isNumber(last) && len(part) == 2 && isNumber(part)
		if dated || stemIn(part, newsPlaces) {
			return true
		}
		last = part
	}
	return false
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

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
	for segment := range strings.SplitSeq(crawler.Lower(p.URL().Path), "/") {
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
	path := crawler.Lower(p.URL().Path)
	if !stemIn(path, complaintStems) || stemIn(strings.ReplaceAll(path, "-", " "), elsewhere) || retells(path) {
		return nil
	}
	return headed(p, func(string) bool { return true })
}

func retells(heading string) bool {
	lower := plainLower(heading)
	return reports(lower) || namesSelf(lower) || strings.Contains(lower, "handling code") || strings.Contains(lower, "compliance")
}
