package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// DampPage asks whether the site says how to report damp and mould, and how soon the landlord must act.
func DampPage() crawler.Check {
	return crawler.Check{
		ID:    "damp_page",
		Title: "Is there a page on damp and mould with the legal times and a way to report it?",
		Why:   "Damp harms people's lungs. Who knows the times that the law sets can hold a landlord to them.",
		Basis: "practice, in no score: it tells of a time limit and is no place to talk",
		Rule: "Open where a page headed by damp or mould, not a news item, gives the 24 hours of an emergency and the 10 working days of an investigation, and a way " +
			"to report: a form, a telephone number or a link to report. Restricted (partial) where it gives one of both. A telephone that is " +
			"answered 24 hours a day is not the time.",
		Version:   1,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words:     []string{"damp", "mould", "condensation", "awaab", "hazard", "lleithder", "llwydni", "tamprwydd"},
		Look:      lookDamp,
		Fold:      foldSite,
	}
}

var dampStems = []string{"damp", "mould", "awaab", "lleithder", "llwydni", "tamprwydd"}

func lookDamp(p *crawler.Page) crawler.Look {
	if !speaksOf(p, dampStems) {
		return quietUnless(p, dampStems)
	}
	head := about(p, dampStems, []string{"case study", "spotlight", "self-assessment", "self assessment", "performance", "campaign", "annual", "strategy", "survey", "proof", "minutes", "20", "commission"})
	if head == nil {
		return quietUnless(p, dampStems)
	}
	all := mainStretches(p)
	times, route := legalTimes(all), reportRoute(p, all)
	switch {
	case times && route:
		return crawler.Look{State: audit.Open, Rule: "times-and-route", Mark: head}
	case times:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "times-only", Mark: head}
	case route:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "route-only", Mark: head}
	}
	return quietUnless(p, dampStems)
}

func legalTimes(all []stretch) bool {
	emergency, investigate := false, false
	for _, b := range all {
		emergency = emergency || within24Hours(b.lower)
		investigate = investigate || stemIn(b.lower, []string{"10 working days", "ten working days", "10 working-day", "10 diwrnod gwaith", "10 (ten) working days"})
	}
	return emergency && investigate
}

// within24Hours reports whether a line gives 24 hours as a time to act in, not as hours of opening.
func within24Hours(lower string) bool {
	for _, words := range [...]string{"24 hours", "24 hrs", "24-hours", "twenty-four hours", "24 awr"} {
		for rest, found := lower, true; found; {
			if _, rest, found = strings.Cut(rest, words); !found {
				break
			}
			next := strings.TrimLeft(rest, " ,(")
			if !strings.HasPrefix(next, "a day") && !strings.HasPrefix(next, "per day") && !strings.HasPrefix(next, "every day") && !strings.HasPrefix(next, "y dydd") &&
				!strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "7 days") && !strings.HasPrefix(next, "seven days") {
				return true
			}
		}
	}
	return false
}

// reportRoute reports whether the main content gives a way to report: a link, a form with fields, or a number to ring.
func reportRoute(p *crawler.Page, all []stretch) bool {
	for _, l := range mainLinks(p, all, []string{"report", "tel:", "contact", "log a repair", "request a repair", "rhoi gwybod", "cysylltu", "riportio"}) {
		if !l.document && l.own && !stemIn(l.text, []string{"annual report", "reports"}) {
			return true
		}
	}
	for i := range all {
		for _, n := range all[i].links {
			if strings.HasPrefix(lowerAttr(n, "href"), "tel:") && !p.Hidden(n) {
				return true
			}
		}
		if stemIn(all[i].lower, []string{"call us", "ring us", "phone us", "call our", "telephone", "ffoniwch", "call 0"}) && digitsIn(all[i].lower) >= 10 {
			return true
		}
	}
	return asksBelow(p)
}

func digitsIn(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// asksBelow reports whether a form to fill in stands in the main content.
func asksBelow(p *crawler.Page) bool {
	main := mainOf(p)
	for _, n := range p.Tag("textarea") {
		if form := enclosingForm(n); form != nil && !p.Hidden(n) && holds(main, form) && stemIn(plain(p.ShortText(form)), dampStems) {
			return true
		}
	}
	return false
}

func enclosingForm(n *html.Node) *html.Node {
	for e := n.Parent; e != nil; e = e.Parent {
		if e.Data == "form" {
			return e
		}
	}
	return nil
}
