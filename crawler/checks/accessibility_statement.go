package checks

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// AccessibilityStatement asks whether the site says how usable it is for disabled people.
func AccessibilityStatement() crawler.Check {
	return crawler.Check{
		ID:    "accessibility_statement",
		Title: "Is there a dated accessibility statement for the web site?",
		Why:   "Who cannot use a part of the site needs to know what is known about it, and whom to tell.",
		Basis: onDuty,
		Rule: "Open where a page headed by accessibility speaks of the web site, of its standard (WCAG) or of reading aids, and says when it was made or reviewed. " +
			"Restricted (partial) where no date stands in it. Pages on accessible homes or buildings are none.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words:     []string{"accessib", "hygyrch"},
		Look:      lookStatement,
		Fold:      foldSite,
	}
}

var statementStems = []string{"accessib", "hygyrch"}

// siteWords and aidWords are what a statement on a web site speaks of.
var (
	siteWords = []string{"website", "web site", "this site", "web page", "webpage", "wefan", "gwefan"}
	aidWords  = []string{"wcag", "web content accessibility", "screen reader", "assistive", "keyboard", "conformance", "compliant with", "zoom in", "darllenydd sgrin", "canllawiau hygyrchedd"}
)

func lookStatement(p *crawler.Page) crawler.Look {
	if !speaksOf(p, statementStems) {
		return quietUnless(p, statementStems)
	}
	head := about(p, []string{"accessibility statement", "datganiad hygyrchedd"}, nil)
	if head == nil {
		head = about(p, statementStems, []string{"homes", "housing", "building", "adapt", "propert", "transport", "fund", "policy"})
	}
	if head == nil {
		return quietUnless(p, statementStems)
	}
	all := mainStretches(p)
	if holding(all, siteWords) == nil || holding(all, aidWords) == nil {
		return quietUnless(p, statementStems)
	}
	for i, b := range all {
		tells := stemIn(b.lower, []string{"prepared", "reviewed", "updated", "published", "tested", "last ", "review date", "date of", "paratow", "adolyg", "diweddar"})
		if !tells && i > 0 && all[i-1].level > 0 {
			tells = stemIn(all[i-1].lower, []string{"preparation", "reviewed", "updated", "date"})
		}
		if tells && !p.Answer.At.IsZero() && !newestDay(b.text, p.Answer.At).IsZero() {
			return crawler.Look{State: audit.Open, Rule: "dated-statement", Mark: head}
		}
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "statement-without-date", Mark: head}
}
