package checks

import (
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// Involve asks whether residents are told how to take part, and what came of it.
func Involve() crawler.Check {
	return crawler.Check{
		ID:    "involve",
		Title: "Does the site say how residents can take part, and what came of it?",
		Why:   "People stop speaking where they never hear what changed.",
		Basis: "practice, in the Door: whether one can take part, and is told what came of it",
		Rule: "Open where a page headed by taking part, not a news item, names at least two ways and shows results (\"you said, we did\"), or where " +
			"a page headed by such results lists them. Restricted (partial) where ways are named without results. The words in a menu are no results.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Site:    true,
		Words: []string{"get involved", "getting involved", "involve", "have your say", "your voice", "your say", "scrutiny", "engagement", "participation", "participate", "you said", "customer voice", "resident voice", "tenant voice",
			"tenants panel", "residents panel", "influence", "cymryd rhan", "dweud eich dweud", "dywedoch", "cyfranogi"},
		Look: lookInvolve,
		Fold: foldSite,
	}
}

var involveStems = []string{
	"get involved", "getting involved", "involvement", "involved", "have your say", "having your say", "your voice", "scrutiny", "resident engagement", "tenant engagement", "customer engagement", "participation",
	"you said", "customer voice", "resident voice", "tenant voice", "influence our", "cymryd rhan", "dweud eich dweud", "dywedoch", "cyfranogi",
}

// results are the headings of what came of taking part.
var results = []string{"you said, we did", "you said we did", "you said - we did", "you said – we did", "you said… we did", "you said... we did", "you said, we", "what changed because", "what has changed", "what you've changed",
	"what we've changed", "difference you", "your feedback in action", "dywedoch chi"}

// waysToTakePart are what residents can take part in, a kind each.
var waysToTakePart = [][]string{
	{"panel"}, {"scrutiny"}, {"forum"}, {"survey"}, {"focus group"}, {"mystery shop"}, {"residents' association", "tenants' association", "residents association", "tenants association", "residents' group", "tenants' group"},
	{"board member", "join the board", "join our board", "tenant board"}, {"committee"}, {"estate walk", "walkabout", "estate inspection"}, {"inspector"}, {"consultation"}, {"facebook group"}, {"reading group", "editorial"}, {"complaints group", "complaint panel"},
	{"panel tenantiaid"}, {"arolwg"}, {"fforwm"},
}

func lookInvolve(p *crawler.Page) crawler.Look {
	if !speaksOf(p, involveStems) {
		return quietUnless(p, involveStems)
	}
	head := about(p, involveStems, []string{"vacanc", "volunteer", "fundrais", "parents", "polic", "report 20", "strategy 20"})
	if head == nil {
		return quietUnless(p, involveStems)
	}
	all := mainStretches(p)
	told, kinds := resultsTold(all), waysIn(all)
	switch {
	case told && (kinds >= 2 || about(p, results, nil) != nil):
		return crawler.Look{State: audit.Open, Rule: "ways-and-results", Mark: head}
	case kinds >= 2:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "ways-only", Mark: head}
	}
	return quietUnless(p, involveStems)
}

// waysIn counts the kinds of taking part that are named in the text of the page.
func waysIn(all []stretch) (n int) {
	for _, words := range waysToTakePart {
		for _, b := range all {
			if stemIn(b.lower, words) {
				n++
				break
			}
		}
	}
	return n
}

// resultsTold reports whether a heading of results, or a line that begins with one, is followed by what came of it: at least
// two lines, or one long one. A promise of results is none.
func resultsTold(all []stretch) bool {
	for i, b := range all {
		if !stemIn(b.lower, results) || !startsPart(b) {
			continue
		}
		lines, letters := 0, 0
		for _, after := range all[i+1:] {
			if b.level > 0 && after.level > 0 && after.level <= b.level {
				break
			}
			if strings.Contains(after.lower, "coming soon") || strings.Contains(after.lower, "check back") || strings.Contains(after.lower, "will publish") || strings.Contains(after.lower, "will share") {
				return false
			}
			if after.level == 0 && len(after.text) >= 30 {
				lines, letters = lines+1, letters+len(after.text)
			}
		}
		if lines >= 2 || letters >= 250 {
			return true
		}
	}
	return false
}

// startsPart reports whether a line is the head of what follows: a heading, or a short line that is no link.
func startsPart(b stretch) bool {
	if b.level > 0 {
		return len(b.text) < 200
	}
	switch b.node.Data {
	case "p", "summary", "button":
		return len(b.text) < 60 && inside(b.node, tag("a")) == nil
	}
	return false
}
