package checks

import (
	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Training asks whether residents are helped to get online.
func Training() crawler.Check {
	return crawler.Check{
		ID:    "training",
		Title: "Does the landlord offer residents help with getting online, or training?",
		Why:   "A landlord that talks online leaves those behind who are not.",
		Basis: "practice, in no score: it says who is helped to get online",
		Rule: "Open where a page headed by digital help or by training for residents, not a news item, says how to come by it: a day, a place or a person to turn to, by " +
			"a form, a number, an address or a link on the site. Restricted (partial) where it only sends on to somebody else's courses, or where the help is " +
			"an entry of a list. Training of staff is none, and neither is help with the landlord's own portal.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words:     []string{"digital", "online", "support", "help", "computer", "training", "skills", "courses", "learning", "employment", "get involved", "hyfforddiant", "sgiliau", "digidol", "ar lein"},
		Look:      lookTraining,
		Fold:      foldSite,
	}
}

var trainingStems = []string{
	"digital skills", "digital inclusion", "digital champion", "digital support", "digital help", "digital training", "digital drop", "digital courses", "getting online", "get online", "help with computers", "computer class",
	"computer course", "computer lessons", "computer skills", "computer training", "silver surfer", "training for residents", "training for tenants", "training for customers", "resident training", "tenant training",
	"residents' training", "residents’ training", "tenants' training", "tenants’ training", "courses for residents", "courses for tenants", "free training", "free courses", "learn my way", "mynd ar-lein", "sgiliau digidol", "cymorth digidol",
	"cynhwysiant digidol", "hyfforddiant i denantiaid", "hyfforddiant tenantiaid",
}

var notTraining = []string{"staff", "colleague", "employee", "vacanc", "strateg", "policy", "apprentice", "budget online", "target", "portal", "your account", "myaccount", "contractor", "report"}

// whenWhere are words of a line that says when or where help is given.
var whenWhere = []string{
	"every monday", "every tuesday", "every wednesday", "every thursday", "every friday", "every saturday", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "drop-in", "drop in", "book a place", "book your place",
	"sign up", "come along", "call us", "ring us", "ask your", "bob dydd", "galwch heibio", "cofrestr",
}

func lookTraining(p *crawler.Page) crawler.Look {
	if !speaksOf(p, trainingStems) || toldOnADay(p) {
		return quietUnless(p, trainingStems)
	}
	all := mainStretches(p)
	if head := about(p, trainingStems, notTraining); head != nil {
		if holding(all, whenWhere) != nil || waysOf(p, contentOf(p)).any() {
			return crawler.Look{State: audit.Open, Rule: "training-offered", Mark: head}
		}
		if linksAway(p, all) != nil {
			return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "training-elsewhere", Mark: head}
		}
		return quietUnless(p, trainingStems)
	}
	for _, b := range all {
		if (b.node.Data == "li" || b.level > 1) && len(b.text) < 160 && stemIn(b.lower, trainingStems) && !stemIn(b.lower, notTraining) && about(p, notTraining, nil) == nil {
			return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "training-named", Mark: b.node}
		}
	}
	return quietUnless(p, trainingStems)
}

// linksAway gives the first link of the main content to a page of another site.
func linksAway(p *crawler.Page, all []stretch) *html.Node {
	for i := range all {
		for _, n := range all[i].links {
			if u, ok := p.Resolve(crawler.Attr(n, "href")); ok && u.Hostname() != "" && !p.OwnSite(u) && !p.Hidden(n) {
				return n
			}
		}
	}
	return nil
}
