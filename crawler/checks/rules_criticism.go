package checks

import (
	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// RulesCriticism quotes what the rules for talking say of criticism, of removing and of blocking. It judges nothing.
func RulesCriticism() crawler.Check {
	return crawler.Check{
		ID:    "rules_criticism",
		Title: "What do the rules say of criticism, of removing comments and of blocking people?",
		Why:   "A reader can judge a rule only by its own words.",
		Basis: "practice, in no score: the clauses are quoted, and what they mean is for the reader to judge",
		Rule: "Asked of the page of rules for talking (rules_page). Open where a sentence of it speaks of criticism, of removing or hiding what people write, or of blocking " +
			"them: the first of these is the evidence, their number is the value, and all of them are kept as they stand. No clause is called wide or narrow.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Never:     []audit.State{audit.Restricted},
		Site:      true,
		Own:       true,
		Words:     rulesLinks,
		Look:      lookCriticism,
		Fold:      foldRules,
	}
}

// clauseStems are stems of sentences that say what becomes of criticism, of comments and of people.
var (
	criticismStems = []string{
		"critic", "negativ", "complain about", "disagree", "unhappy with", "false or unverified", "unverified", "any other reason", "naming staff", "name staff", "names of staff", "named staff",
		"defamat", "libel", "beirniad", "negyddol", "anghytuno", "enllib",
	}
	removalStems = []string{
		"remove", "delete", "hide ", "hidden", "taken down", "take down", "block", "ban ", "banned", "mute", "reserve the right", "restrict your access", "dileu", "tynnu i lawr", "rhwystro", "blocio", "gwahardd",
	}
)

func lookCriticism(p *crawler.Page) crawler.Look {
	if !speaksOf(p, rulesStems) {
		return quietUnless(p, rulesStems)
	}
	c := contentOf(p)
	if rulesHead(p, c) == nil {
		return quietUnless(p, rulesStems)
	}
	var mark *html.Node
	var clauses []string
	for _, b := range c.blocks {
		for _, s := range spoken(b) {
			lower := plainLower(s)
			if b.heading || !stemIn(lower, criticismStems) && !stemIn(lower, removalStems) {
				continue
			}
			clauses = append(clauses, s)
			if mark == nil {
				mark = b.n
			}
		}
	}
	if mark == nil {
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return crawler.Look{
		State: audit.Open, Rule: "clauses", Mark: mark, Wording: worded(clauses), Values: audit.Values{audit.ValueClauses: audit.Number(len(clauses))},
	}
}
