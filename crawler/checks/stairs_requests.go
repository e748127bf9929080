package checks

import (
	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// StairsRequests asks whether tenants are told how to ask for information, and when it may be withheld.
func StairsRequests() crawler.Check {
	return crawler.Check{
		ID:    "stairs_requests",
		Title: "Does the site say how to ask for information, and when it may be withheld?",
		Why:   "A right to ask is none where nobody says whom to ask, or what may be kept back.",
		Basis: onDuty,
		Rule: "Open where a page headed by access to information or requests for it, not a news item, gives a way to ask (a form, an address to write or " +
			"mail to, a number) and says or links when information is withheld. Restricted (partial) where it gives one of both. A page on one's own " +
			"personal data is none, and neither is one that says that there will be a way.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"stairs", "access to information", "information request", "request information", "request for information", "ask for information", "freedom of information", "foi", "right to know",
			"publication scheme", "transparency", "gwybodaeth"},
		Look: lookRequests,
		Fold: foldSite,
	}
}

// requestStems are the names of a page on asking for information; those of the scheme are its neighbours, and often its page.
var requestStems = []string{
	"information request", "information-request", "request for information", "requests for information", "request information", "request-information", "requesting information",
	"ask for information", "asking for information", "ask us for information", "freedom of information", "access to information", "access-to-information", "(stairs)", "cais am wybodaeth",
	"gofyn am wybodaeth", "rhyddid gwybodaeth",
}

// ownData are the words of a page on what the landlord holds of the asker.
var ownData = []string{"subject access", "personal data", "personal information", "data protection", "privacy", "your data", "your information", "your records", "cookie"}

// notYet are words of a page that tells of what is to come.
var notYet = []string{"will be able to ask", "will be able to request", "will be able to make", "coming soon", "are preparing", "are working on", "will be required to", "will have to"}

var withheld = []string{
	"withhold", "withheld", "exempt", "refuse a request", "refuse your request", "refuse requests", "refusing a request", "refuse to give", "refuse information", "cannot give you", "can't give you", "will not give", "may not share",
	"not be able to share", "not be able to give", "dal gwybodaeth yn ôl", "wrthod cais",
}

func lookRequests(p *crawler.Page) crawler.Look {
	if !speaksOf(p, requestStems) {
		return quietUnless(p, requestStems)
	}
	head := requestsHead(p)
	if head == nil {
		return quietUnless(p, requestStems)
	}
	all := mainStretches(p)
	if holding(all, notYet) != nil {
		return quietUnless(p, requestStems)
	}
	policy := holding(all, withheld) != nil || len(mainLinks(p, all, []string{"withhold", "withheld", "exempt", "access to information policy", "access-to-information-policy"})) > 0
	switch asked := waysOf(p, contentOf(p)).any(); {
	case asked && policy:
		return crawler.Look{State: audit.Open, Rule: "requests-and-withholding", Mark: head}
	case asked:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "requests-only", Mark: head}
	case policy:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "withholding-only", Mark: head}
	}
	return quietUnless(p, requestStems)
}

// requestsHead gives the heading that is about asking: the page's own, or that of a part of the page of the publication scheme.
func requestsHead(p *crawler.Page) *html.Node {
	if head := about(p, requestStems, ownData); head != nil {
		return head
	}
	if about(p, schemeStems, ownData) == nil {
		return nil
	}
	for _, b := range mainStretches(p) {
		if b.level > 1 && heads(b.text, requestStems, ownData) {
			return b.node
		}
	}
	return nil
}
