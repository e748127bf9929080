package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// StairsScheme asks whether the site has a publication scheme.
func StairsScheme() crawler.Check {
	return crawler.Check{
		ID:    "stairs_scheme",
		Title: "Is there a publication scheme that says what information is published and where?",
		Why:   "Who does not know what a landlord publishes cannot ask for the rest.",
		Basis: onDuty,
		Rule: "Open where a page headed by the publication scheme names at least five of its seven classes (decisions and governance, spending, stock, " +
			"performance, services, lists and registers, policies), or of those that the Scottish Information Commissioner's model names, of which seven hold for a social " +
			"landlord (who we are, services, decisions, spending, resources, procurement, performance), and links at least three pieces of information. Restricted (partial) where " +
			"the page says less, or where the scheme is only linked as a document. A page that says that there will be one is none.",
		Version:   2,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"publication scheme", "stairs", "access to information", "freedom of information", "right to know", "foi", "information we publish", "transparency", "guide to information",
			"cynllun cyhoeddi", "rhyddid gwybodaeth", "gwybodaeth"},
		Look: lookScheme,
		Fold: foldSite,
	}
}

var schemeStems = []string{"publication scheme", "publication-scheme", "access to information", "access-to-information", "(stairs)", "information we publish", "guide to information", "cynllun cyhoeddi"}

// schemeClasses are the words of the seven classes, of those of the Information Commissioner's model, too.
var schemeClasses = [][]string{
	{"governance", "decision", "who we are", "llywodraethu"},
	{"spend", "financ", "gwariant"},
	{"stock", "our homes", "asset management"},
	{"performance", "how we are doing", "priorities", "perfformiad"},
	{"services", "gwasanaethau"},
	{"lists", "registers", "rhestrau"},
	{"policies", "procedures", "polisïau"},
}

// scottishClasses are those of the Scottish Information Commissioner's model that hold for a social landlord: it has neither
// commercial publications nor open data.
var scottishClasses = [][]string{
	{"about us", "about the association", "about the co-operative", "about the authority", "about the landlord", "about our", "who we are"},
	{"functions and services", "deliver our"},
	{"take decisions", "make decisions", "what we have decided", "what we decided"},
	{"spend"},
	{"manage our", "resources"},
	{"procure"},
	{"performing", "performance"},
}

func lookScheme(p *crawler.Page) crawler.Look {
	if !speaksOf(p, schemeStems) || toldOnADay(p) {
		return quietUnless(p, schemeStems)
	}
	all := mainStretches(p)
	head := about(p, []string{"publication scheme", "guide to information", "cynllun cyhoeddi"}, nil)
	if head == nil {
		head = about(p, schemeStems, []string{"privacy"})
		if named := holding(all, []string{"publication scheme"}); named == nil || named.level == 0 {
			head = nil // a page on how to ask
		}
	}
	if head == nil {
		return lookSchemeDocument(p, all)
	}
	if holding(all, []string{"will be required to publish", "will have to publish", "will publish our", "will be published here", "are preparing", "coming soon", "are working on"}) != nil {
		return quietUnless(p, schemeStems)
	}
	if max(classesIn(all, schemeClasses), classesIn(all, scottishClasses)) >= 5 && linksTold(p, all, head) >= 3 {
		return crawler.Look{State: audit.Open, Rule: "scheme-with-classes", Mark: head}
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "scheme-named", Mark: head}
}

// classesIn counts the classes that are named in short lines: headings, entries, rows.
func classesIn(all []stretch, classes [][]string) (n int) {
	for _, words := range classes {
		for _, b := range all {
			if len(b.text) < 160 && stemIn(b.lower, words) {
				n++
				break
			}
		}
	}
	return n
}

// linksTold counts the links of the main content that lead to other pages or documents.
func linksTold(p *crawler.Page, all []stretch, head *html.Node) int {
	seen := map[string]bool{}
	for i := range all {
		for _, n := range all[i].links {
			href := lowerAttr(n, "href")
			if n != head && href != "" && href[0] != '#' && !strings.HasPrefix(href, "mailto:") && !strings.HasPrefix(href, "tel:") && !p.Hidden(n) {
				seen[href] = true
			}
		}
	}
	return len(seen)
}

func lookSchemeDocument(p *crawler.Page, all []stretch) crawler.Look {
	for _, l := range mainLinks(p, all, []string{"publication scheme", "publication-scheme", "cynllun cyhoeddi"}) {
		if l.document && !stemIn(l.text, []string{"regulator", "model", "guidance", "government"}) {
			return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "scheme-as-a-document", Mark: l.node}
		}
	}
	return quietUnless(p, schemeStems)
}
