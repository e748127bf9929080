package checks

import (
	"doorknock/audit"
	"doorknock/crawler"
)

// PeopleSenior asks whether the site names who decides.
func PeopleSenior() crawler.Check {
	return crawler.Check{
		ID:    "people_senior",
		Title: "Does the site name its senior staff and board, with their roles?",
		Why:   "Who decides about people's homes ought to have a name.",
		Basis: onDuty,
		Rule: "Open where a page headed by the board, executives, directors or leadership names at least three people beside their roles. Restricted " +
			"(partial) where it names people without roles. A notice of a vacancy and a news item name nobody who decides. Names are counted and not " +
			"kept; the evidence is the heading.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"board", "executive", "leadership", "directors", "senior", "trustee", "our people", "our team", "meet the team", "who we are", "governance", "management team", "chief executive",
			"management committee", "about us", "bwrdd", "arweinyddiaeth", "uwch dim", "ein pobl", "amdanom"},
		Look: lookSenior,
		Fold: foldSite,
	}
}

// seniorStems are the headings under which senior people are named.
var seniorStems = []string{
	"board", "executive", "leadership", "directors", "senior", "trustee", "our people", "our team", "meet the team", "who we are", "management team", "management committee",
	"committee members", "bwrdd", "arweinyddiaeth", "uwch dîm", "ein pobl",
}

// seniorRoles are the roles of those who decide.
var seniorRoles = []string{
	"chief", "director", "chair", "head of", "executive", "board member", "trustee", "secretary", "treasurer", "convenor", "committee member", "president", "prif weithred", "cyfarwyddwr",
	"cadeirydd", "aelod o'r bwrdd", "aelod bwrdd",
}

func lookSenior(p *crawler.Page) crawler.Look {
	if !speaksOf(p, seniorStems) {
		return quietUnless(p, seniorStems)
	}
	head := about(p, seniorStems, []string{"vacanc", "recruit", "job", "join our", "join the", "become", "apply", "minutes", "meeting", "papers", "dashboard", "notice board", "noticeboard", "cardboard", "neighbourhood", "regulator", "ombudsman", "agenda"})
	if head == nil {
		return quietUnless(p, seniorStems)
	}
	all := mainStretches(p)
	if len(namedStaff(all, seniorRoles)) >= 3 {
		return crawler.Look{State: audit.Open, Rule: "names-and-roles", Mark: head}
	}
	names := 0
	for _, b := range all {
		if (b.level > 1 || b.node.Data == "li") && crawler.IsName(b.text) {
			names++
		}
	}
	if names >= 3 {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "names-only", Mark: head}
	}
	return quietUnless(p, seniorStems)
}
