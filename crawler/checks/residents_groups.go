package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ResidentsGroups asks whether the site leads to the residents' own associations.
func ResidentsGroups() crawler.Check {
	return crawler.Check{
		ID:    "residents_groups",
		Title: "Does the site link residents' associations' own sites?",
		Why:   "Residents who find each other need not begin alone.",
		Basis: "practice, in the Door: whether residents' own associations can be found",
		Rule: "Open where a page, not a news item, links a site or page elsewhere that belongs to a residents' or tenants' association, by the words of the link " +
			"or of the entry that it stands in. Restricted (partial) where at least two associations are listed by name without a link to their own. Bodies of " +
			"the whole country, guides to founding a group, and a group's mention in running text are none. A link to a group of a network, to a platform for " +
			"engagement or to a host of the site's own name that is named for talk is none by itself, and no absence either, whatever its words are.",
		Version: 2,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Site:    true,
		Words: []string{"residents association", "tenants association", "residents group", "tenants group", "residents and tenants", "tenants and residents", "community", "communities", "local group", "get involved", "involve", "have your say",
			"cymdeithas", "grwpiau"},
		Look: lookGroups,
		Fold: foldSite,
	}
}

var groupStems = []string{
	"residents' association", "residents association", "residents’ association", "tenants' association", "tenants association", "tenants’ association", "residents' group", "residents group", "residents’ group",
	"tenants' group", "tenants group", "tenants’ group", "tenants and residents", "residents and tenants", "tenants & residents", "tenants' and residents'", "tenants’ and residents’", "leaseholders' association",
	"leaseholders association", "cymdeithas tenantiaid", "cymdeithas y tenantiaid", "cymdeithas trigolion", "cymdeithas preswylwyr", "grwp tenantiaid", "grŵp tenantiaid", "residents-association", "tenants-association",
	"residentsassociation", "tenantsassociation",
}

// notGroups are words of national bodies, of guides, and of what a group needs.
var notGroups = []string{
	"national", "federation", "tpas", "taroe", "set up", "setting up", "start a", "starting a", "how to", "guide", "toolkit", "handbook", "constitution", "grant", "find a", "join a", "form a", "forming a", "recognition", "code of conduct",
	"what is", "register your", "funding", "template",
}

func lookGroups(p *crawler.Page) crawler.Look {
	if !speaksOf(p, groupStems) || toldOnADay(p) {
		return noGroups(p)
	}
	all := mainStretches(p)
	if first, groups := groupsLinked(p, all); first != nil {
		return crawler.Look{State: audit.Open, Rule: "link-to-a-group", Mark: first, Values: audit.Values{audit.ValueGroups: audit.Number(groups)}}
	}
	for i, b := range all {
		if isEntry(b) && isGroupsName(b) && groupsNamed(all[i:]) >= 2 {
			return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "groups-named", Mark: b.node}
		}
	}
	return noGroups(p)
}

// noGroups is for a page that shows no association: one that leads to where others talk may lead to residents' own place.
func noGroups(p *crawler.Page) crawler.Look {
	if l := quietUnless(p, groupStems); l.Reason != audit.ReasonNotLooked || !linksTalkPlace(p) {
		return l
	}
	return crawler.Look{Reason: audit.ReasonThirdParty}
}

// groupsLinked gives the first link to an association's own page, and to how many such pages there are links.
func groupsLinked(p *crawler.Page, all []stretch) (first *html.Node, groups int) {
	seen := map[string]bool{}
	for i, b := range all {
		if len(b.text) > 300 || stemIn(b.lower, notGroups) {
			continue
		}
		for _, n := range b.links {
			to, ok := leadsToGroup(p, all, i, n)
			if !ok {
				continue
			}
			if first == nil {
				first = namesGroup(p, all, i, n)
			}
			seen[to] = true
		}
	}
	return first, len(seen)
}

// namesGroup gives what shows that a link is an association's: itself, the entry around it, or the heading above.
func namesGroup(p *crawler.Page, all []stretch, i int, n *html.Node) *html.Node {
	u, _ := p.Resolve(crawler.Attr(n, "href"))
	switch {
	case stemIn(plain(p.ShortText(n)), groupStems), stemIn(crawler.Lower(u.Host), groupStems):
		return n
	case stemIn(all[i].lower, groupStems):
		return all[i].node
	}
	return sectionOf(all, i).node
}

// leadsToGroup gives the address of an association's own page, by the words of the link or of the entry that it stands in.
func leadsToGroup(p *crawler.Page, all []stretch, i int, n *html.Node) (address string, ok bool) {
	u, ok := p.Resolve(crawler.Attr(n, "href"))
	if !ok || p.Hidden(n) || u.Hostname() == "" || p.OwnSite(u) || isDocument(u.Path) || serves(u.Hostname()) {
		return "", false
	}
	words, host := plain(p.ShortText(n)), crawler.Lower(u.Host)
	entry := isEntry(all[i]) && (stemIn(all[i].lower, groupStems) || listsGroups(all, i) && pointsAway(words))
	return host + strings.TrimRight(u.Path, "/"), entry || stemIn(words, groupStems) || stemIn(host, groupStems)
}

// isEntry reports whether a block is one of a list: an entry, a row, a heading of a part.
func isEntry(b stretch) bool {
	return len(b.text) < 200 && (b.node.Data == "li" || len(b.cells) > 0 || b.level > 1 || b.node.Data == "dt" || b.node.Data == "p" && len(b.text) < 100)
}

// isGroupsName reports whether a block begins with what may be one association's own name: words before those for all.
func isGroupsName(b stretch) bool {
	for _, stem := range groupStems {
		if before, _, ok := strings.Cut(b.lower, stem); ok && !stemIn(b.lower, notGroups) {
			at := len(before)
			return at > 0 && at < len(b.text) && b.text[0] >= 'A' && b.text[0] <= 'Z' && len(strings.Fields(before)) <= 5 && !stemIn(before, []string{"our ", "your ", "the ", "these ", "all ", "about ", "join"})
		}
	}
	return false
}

func groupsNamed(all []stretch) int {
	seen := map[string]bool{}
	for _, b := range all {
		if isEntry(b) && isGroupsName(b) {
			seen[b.lower] = true
		}
	}
	return len(seen)
}

// listsGroups reports whether a block stands under a heading of such associations.
func listsGroups(all []stretch, i int) bool {
	h := sectionOf(all, i)
	return h != nil && stemIn(h.lower, groupStems) && !stemIn(h.lower, notGroups)
}

// pointsAway reports whether the words of a link say that it leads to the site of what stands beside it, or name an address.
func pointsAway(words string) bool {
	return stemIn(words, []string{"website", "web site", "www.", "http", "facebook", "their page", "their site", "gwefan", ".org", ".co.uk", ".wales", ".cymru"})
}

// serves reports whether a host is of the state, of advisers or of tools, and no association's own.
func serves(host string) bool {
	return stemIn(crawler.Lower(host), []string{"gov.uk", "gov.wales", "llyw.cymru", "gov.scot", "tpas", "housing-ombudsman", "surveymonkey", "forms.", "eventbrite", "docs.google", "shelter", "citizensadvice"})
}
