package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// RulesComplaintRoute asks what the rules for talking say of a complaint that is made there.
func RulesComplaintRoute() crawler.Check {
	return crawler.Check{
		ID:    "rules_complaint_route",
		Title: "Do the rules say that a complaint made online is handled as a complaint?",
		Why:   "People complain where they are. A complaint that must be made again somewhere else is often not made.",
		Basis: "practice, in no score: it says how to talk, not whether one can",
		Rule: "Asked of the page of rules for talking (rules_page). Open where a sentence of it says that a complaint made there is logged, handled or passed on as " +
			"a complaint, and the page links to how complaints are handled. Restricted where it says so without a link, and where it sends people " +
			"elsewhere with their complaint or says that this is no place for one. A page that says both is unknown.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     rulesLinks,
		Look:      lookComplaintRoute,
		Fold:      foldSite,
	}
}

var (
	// handled say that what was said there is taken for a complaint.
	handled = []string{
		"treated as a complaint", "treat it as a complaint", "treat this as a complaint", "treat your comment as a complaint", "handled as a complaint", "handle it as a complaint", "dealt with as a complaint",
		"logged as a complaint", "log it as a complaint", "log this as a complaint", "log your complaint", "log a complaint for you", "recorded as a complaint",
		"record it as a complaint", "raise it as a complaint", "raised as a complaint", "register it as a complaint", "passed to our complaints", "pass it to our complaints",
		"pass it on to our complaints", "pass your complaint", "complaints made on social media are", "complaints made here are", "complaints made here will be",
		"dealt with under our complaints", "handled under our complaints", "handled through our complaints", "handled in line with our complaints", "dealt with in line with our complaints",
		"dealt with through our complaints", "follow our complaints policy", "follow our complaints procedure", "as we would any other complaint", "like any other complaint",
		"ei thrin fel cwyn", "ei drin fel cwyn", "ei chofnodi fel cwyn", "ei gofnodi fel cwyn", "cofnodi eich cwyn",
	}
	// away say that it is not, or that a complaint belongs elsewhere.
	away = []string{
		"not a shortcut", "not a 'shortcut'", "not a \"shortcut\"", "not a “shortcut”", "not the place", "no place for", "not a place", "not the right place", "cannot deal with complaint", "can't deal with complaint", "unable to deal with complaint",
		"not deal with complaint", "cannot handle complaint", "cannot accept complaint", "can't accept complaint", "not accept complaint", "do not use this page to complain", "don't use this page to complain",
		"not use social media to complain", "not use social media to make a complaint", "not a complaints channel", "not a channel for complaint", "not treat", "not be treated", "not be handled", "not be logged",
		"not log ", "instead of posting", "rather than posting", "please use our complaint", "please use the complaint", "please follow our complaint",
		"please visit our complaint", "please see our complaint", "please go to our complaint", "please complete our complaint", "should be made through", "should be made using", "must be made through",
		"should be made by", "must be made by", "defnyddiwch ein ffurflen", "nid yma", "nid dyma'r lle",
	}
)

func lookComplaintRoute(p *crawler.Page) crawler.Look {
	if !speaksOf(p, rulesStems) || !speaksOf(p, complaintStems) {
		return quietUnless(p, rulesStems)
	}
	c := contentOf(p)
	if rulesHead(p, c) == nil {
		return quietUnless(p, rulesStems)
	}
	taken, sent := routeOf(c)
	switch {
	case taken != nil && sent != nil, taken == nil && sent == nil:
		return crawler.Look{Reason: audit.ReasonNoMarker}
	case sent != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-sent-elsewhere", Mark: sent}
	case !linksComplaints(p, c):
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "complaints-taken-without-link", Mark: taken}
	}
	return crawler.Look{State: audit.Open, Rule: "complaints-taken", Mark: taken}
}

// routeOf gives the blocks that say that a complaint made there is taken for one, and that it belongs elsewhere.
func routeOf(c content) (taken, sent *html.Node) {
	for _, b := range c.blocks {
		for _, s := range sentences(b) {
			if !stemIn(s, complaintStems) {
				continue
			}
			switch {
			case stemIn(s, away):
				sent = b.n
			case stemIn(s, handled) && !denies(s):
				taken = b.n
			}
		}
	}
	return taken, sent
}

// denies reports whether a sentence holds a word by which what it says may be meant the other way round.
func denies(sentence string) bool {
	return stemIn(" "+sentence+" ", []string{" not ", "n't ", "cannot ", " never ", " unable ", " no longer ", " nid ", " ni fydd ", " unless "})
}

// linksComplaints reports whether the page's content links to how complaints are handled.
func linksComplaints(p *crawler.Page, c content) bool {
	for _, l := range c.links {
		if href := lowerAttr(l.n, "href"); href != "" && href[0] != '#' && !strings.HasPrefix(href, "mailto:") && stemIn(l.words(p)+" "+href, complaintStems) {
			return true
		}
	}
	return false
}
