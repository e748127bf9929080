package checks

import (
	"time"

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
			"Restricted (partial) where no date stands in it, and (old) where the newest is more than a year past: the regulations want the statement kept under regular " +
			"review, and the government's guidance on them asks for a review at least once a year. Pages on accessible homes or buildings are none.",
		Version:   2,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words:     []string{"accessib", "hygyrch"},
		Look:      lookStatement,
		Fold:      foldDated,
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
	switch day := statementDay(all, p.Answer.At); {
	case day.IsZero():
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "statement-without-date", Mark: head}
	case day.AddDate(1, 0, 0).Before(p.Answer.At.Truncate(24 * time.Hour)):
		return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "old-statement", Mark: head}
	default:
		return crawler.Look{State: audit.Open, Rule: "dated-statement", Mark: head, Until: day.AddDate(1, 0, 1)}
	}
}

// regulationsDay is the day on which the regulations began to hold. Statements name it as the day from which documents must be
// accessible, in the words of the government's sample, and say nothing of themselves by it.
var regulationsDay = time.Date(2018, time.September, 23, 0, 0, 0, 0, time.UTC)

// statementDay gives the newest day on which a statement says that it was made, tested or reviewed; the zero time where it names none.
func statementDay(all []stretch, at time.Time) (newest time.Time) {
	if at.IsZero() {
		return newest
	}
	for i, b := range all {
		tells := stemIn(b.lower, []string{"prepared", "reviewed", "updated", "published", "tested", "last ", "review date", "date of", "paratow", "adolyg", "diweddar"})
		if !tells && i > 0 && all[i-1].level > 0 {
			tells = stemIn(all[i-1].lower, []string{"preparation", "reviewed", "updated", "date"})
		}
		if !tells {
			continue
		}
		if day := newestDay(b.text, at); day.After(newest) && !day.Equal(regulationsDay) {
			newest = day
		}
	}
	return newest
}
