package platform

import (
	"net/url"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// publicBodies are hosts, without www., of those who write for everybody: no landlord's rules or page of complaints stands
// there. Only these very hosts: a council's site lies below gov.uk, gov.wales or llyw.cymru, and is a landlord's own.
var publicBodies = set(
	// The ombudsmen of the four nations.
	"housing-ombudsman.org.uk lgo.org.uk spso.org.uk ombudsman.wales ombwdsmon.cymru nipso.org.uk " +
		// Regulators; the Regulator of Social Housing is on gov.uk.
		"housingregulator.gov.scot ico.org.uk " +
		// Governments and their laws.
		"gov.uk gov.scot mygov.scot gov.wales llyw.cymru nidirect.gov.uk legislation.gov.uk")

// leadsAway notes that a link to another site holds these checks' words. What is asked for may be there, unless it is
// something of the organisation's own and the other site a public body's, or the front of a social account.
func (w *walk) leadsAway(u *url.URL, text string, checks []audit.CheckID) {
	if len(checks) == 0 {
		return
	}
	notThere := publicBodies[strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")] || accountFront(u) && !namesRules(text)
	for _, id := range checks {
		if !notThere || !w.words.Own(id) {
			w.away[id] = true
		}
	}
}

// accountFront reports whether an address is that of an account itself. A post, a note or a tab of it may well hold the
// rules for talking there.
func accountFront(u *url.URL) bool {
	_, account, ok := crawler.AccountAmong(crawler.SocialNetworks(), u)
	if !ok || u.Query().Has("sk") || u.Query().Has("v") {
		return false
	}
	front, err := url.Parse(account)
	return err == nil && strings.EqualFold(strings.Trim(u.Path, "/"), strings.Trim(front.Path, "/"))
}

// namesRules reports whether a link's text promises rules: they may be pinned to the front of the account.
func namesRules(text string) bool {
	return slices.ContainsFunc(ruleStems, func(stem string) bool { return strings.Contains(text, stem) })
}

var ruleStems = []string{"rule", "guid", "polic", "polis", "charter", "siarter", "moderation", "canllaw", "rheolau"}
