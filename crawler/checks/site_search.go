package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// SiteSearch asks whether the site can be searched.
func SiteSearch() crawler.Check {
	return crawler.Check{
		ID:    "site_search",
		Title: "Can the site be searched?",
		Why:   "A page that nobody finds answers nobody.",
		Basis: "practice, in no score: it is a tool of the site",
		Rule: "Open where a page shows a form that searches the site itself: told by its role, its field's type or the names that content systems give its field, and " +
			"sent to the site. A search for homes, jobs, addresses or postcodes is none. A form that a button unfolds is not seen without " +
			"scripts, and proves nothing.",
		Version:   1,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Never:     []audit.State{audit.Restricted},
		Site:      true,
		Words:     []string{"search", "chwilio", "chwiliad"},
		Look:      lookSearch,
		Fold:      foldSite,
	}
}

var searchStems = []string{"search", "chwilio", "chwiliad"}

// searchFields are the names that content systems give the field of their search.
var searchFields = []string{"s", "q", "query", "keys", "search", "search_api_fulltext", "searchword", "searchterm", "search_term", "term", "keyword", "keywords", "k"}

// otherSearches are words of forms that search for something else.
var otherSearches = []string{"propert", "postcode", "post code", "job", "vacanc", "address", "street", "bedroom", "homes to", "home to", "a home", "your home", "location", "news", "event", "document", "contractor", "blog", "shop", "product", "filter", "directory", "staff", "course", "librar", "forum", "cartref"}

func lookSearch(p *crawler.Page) crawler.Look {
	if !speaksOf(p, searchStems) {
		return quietUnless(p, searchStems)
	}
	for _, form := range p.Tag("form") {
		if field := searchField(p, form); field != nil && searchesSite(p, form) {
			return crawler.Look{State: audit.Open, Rule: "search-form", Mark: form}
		}
	}
	if len(p.Class("gcse-search"))+len(p.Class("gcse-searchbox")) > 0 {
		return crawler.Look{Reason: audit.ReasonNeedsJS, System: "google-search"}
	}
	return quietUnless(p, searchStems)
}

// searchField gives the field of a form that may search: a visible one to type in, by its type, its name or the form's role.
func searchField(p *crawler.Page, form *html.Node) *html.Node {
	if p.Hidden(form) {
		return nil
	}
	role := lowerAttr(form, "role") == "search"
	return inside(form, func(n *html.Node) bool {
		if n.Data != "input" || p.Hidden(n) {
			return false
		}
		kind := lowerAttr(n, "type")
		text := kind == "" || kind == "text"
		return kind == "search" || text && (role || slices.Contains(searchFields, lowerAttr(n, "name")) && speaksOfSearch(p, form))
	})
}

// speaksOfSearch reports whether a form speaks of searching: a field named q may ask a question.
func speaksOfSearch(p *crawler.Page, form *html.Node) bool {
	return stemIn(wordsOfForm(p, form), searchStems)
}

// searchesSite reports whether a form is sent to its own site and its words name nothing else to look for. A form that
// speaks of searching nowhere is no search, whatever its field.
func searchesSite(p *crawler.Page, form *html.Node) bool {
	action := crawler.Attr(form, "action")
	if u, ok := p.Resolve(action); action != "" && (!ok || !p.OwnSite(u)) {
		return false
	}
	words := wordsOfForm(p, form)
	return stemIn(words, searchStems) && !stemIn(words, otherSearches) && lowerAttr(form, "method") != "dialog"
}

// wordsOfForm are what a form and its fields are called, in lower case.
func wordsOfForm(p *crawler.Page, form *html.Node) string {
	var b strings.Builder
	add := func(n *html.Node) {
		for _, key := range [...]string{"id", "class", "action", "aria-label", "placeholder", "name", "title", "value", "role", "type"} {
			if v := crawler.Attr(n, key); v != "" && len(v) < 200 {
				b.WriteString(v)
				b.WriteByte(' ')
			}
		}
	}
	add(form)
	for n := range form.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "input" || n.Data == "button" || n.Data == "label" || n.Data == "select") {
			add(n)
		}
	}
	return crawler.Lower(b.String()) + " " + plain(p.ShortText(form))
}
