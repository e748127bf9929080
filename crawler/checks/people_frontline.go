package checks

import (
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// PeopleFrontline asks whether residents can see who looks after their area.
func PeopleFrontline() crawler.Check {
	return crawler.Check{
		ID:    "people_frontline",
		Title: "Does the site say who the coach or housing officer of each area is?",
		Why:   "A question to a person with a name gets another answer than one to a contact centre.",
		Basis: "practice, in the Door: whether somebody with a name can be reached",
		Rule: "Open where a page headed by housing officers, coaches or the neighbourhood team names at least two of them with the area of each: in a table, under " +
			"headings, or beside the name. Restricted (partial) where it names people without areas; restricted (login) where it says that " +
			"one must log in to see who it is. Names are counted and not kept; the evidence is the heading.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Site:    true,
		Words: []string{"housing officer", "neighbourhood officer", "neighbourhood team", "neighbourhood coach", "community coach", "coaches", "find your", "your team", "our team", "tenancy officer", "tenancy manager",
			"community officer", "patch", "your area", "your neighbourhood", "meet the team", "contact", "swyddog", "eich tîm", "cysylltu"},
		Look: lookFrontline,
		Fold: foldSite,
	}
}

// frontlineStems are the headings under which front-line staff are named.
var frontlineStems = []string{
	"housing officer", "neighbourhood officer", "neighbourhood team", "neighbourhood coach", "community coach", "our coaches", "your coach", "tenancy officer", "tenancy manager", "community officer", "housing manager",
	"neighbourhood manager", "housing team", "patch", "swyddog tai", "swyddogion tai", "swyddog cymdogaeth",
}

var frontlineRoles = []string{
	"coach", "housing officer", "neighbourhood officer", "tenancy officer", "tenancy manager", "community officer", "housing manager", "neighbourhood manager", "scheme manager", "estate manager", "income officer",
	"swyddog",
}

// areaWords say which homes somebody looks after.
var areaWords = []string{"covers", "covering", "looks after", "looking after", "area:", "areas:", "area covered", "areas covered", "patch:", "estate:", "estates:", "postcodes", "streets:", "ward:", "ardal:"}

func lookFrontline(p *crawler.Page) crawler.Look {
	if !speaksOf(p, frontlineStems) {
		return quietUnless(p, frontlineStems)
	}
	head := about(p, frontlineStems, []string{"vacanc", "recruit", "job", "become", "apply", "despatch", "dispatch", "spotlight", "a day in"})
	if head == nil {
		return quietUnless(p, frontlineStems)
	}
	all := mainStretches(p)
	staff := namedStaff(all, frontlineRoles)
	switch rows := areaRows(all); {
	case rows >= 2 || withArea(all, staff) >= 2:
		return crawler.Look{State: audit.Open, Rule: "named-by-area", Mark: head}
	case len(staff) >= 1:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "named-without-area", Mark: head}
	case saysLogIn(all):
		return crawler.Look{State: audit.Restricted, Kind: audit.KindLogin, Rule: "named-behind-login", Mark: head}
	}
	return quietUnless(p, frontlineStems)
}

// areaRows counts the rows of tables whose head names areas and staff that give a name and an area.
func areaRows(all []stretch) (rows int) {
	headed := false
	for _, b := range all {
		if len(b.cells) < 2 {
			headed = false
			continue
		}
		if slices.ContainsFunc(b.cells, crawler.IsName) {
			if headed {
				rows++
			}
			continue
		}
		headed = headed || stemIn(b.lower, []string{"area", "patch", "estate", "neighbourhood", "postcode", "ardal", "scheme", "street"}) &&
			stemIn(b.lower, []string{"officer", "coach", "manager", "name", "swyddog", "contact"})
	}
	return rows
}

// withArea counts the people whose area stands beside them, or who stand under headings of their own.
func withArea(all []stretch, staff []person) (n int) {
	sections := map[string]bool{}
	for _, s := range staff {
		if roleNamesPlace(s.role) || areaFollows(all, s.at) {
			n++
		}
		if h := sectionOf(all, s.at); h != nil && h.level > 1 && !crawler.IsName(h.text) && !stemIn(h.lower, frontlineRoles) && !stemIn(h.lower, []string{"team", "staff"}) {
			sections[h.lower] = true
		}
	}
	return max(n, len(sections))
}

// areaFollows reports whether one of the three lines after a name gives an area, before the next name stands.
func areaFollows(all []stretch, at int) bool {
	for _, b := range all[at+1 : min(at+4, len(all))] {
		if crawler.IsName(b.text) {
			return false
		}
		if len(b.text) < 200 && stemIn(b.lower, areaWords) {
			return true
		}
	}
	return false
}

// saysLogIn reports whether a line says that one must log in to see who it is.
func saysLogIn(all []stretch) bool {
	for _, b := range all {
		if len(b.text) < 300 && stemIn(b.lower, []string{"log in", "login", "sign in", "mewngofnod"}) &&
			stemIn(b.lower, []string{"find your", "find out who", "see who", "who your", "to find", "to see your", "name of your", "pwy yw"}) {
			return true
		}
	}
	return false
}

// roleNamesPlace reports whether a role goes on with the place that it is for: "coach for Alder Court".
func roleNamesPlace(role string) bool {
	for _, word := range [...]string{" for ", " covering ", " covers ", " for the "} {
		if _, place, ok := strings.Cut(role, word); ok && place != "" && place[0] >= 'A' && place[0] <= 'Z' {
			return true
		}
	}
	return false
}
