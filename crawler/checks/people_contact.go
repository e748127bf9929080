package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// PeopleContact asks whether somebody who knows one's home can be reached without a switchboard.
func PeopleContact() crawler.Check {
	return crawler.Check{
		ID:    "people_contact",
		Title: "Can a named person or team be reached directly?",
		Why:   "A contact centre answers the call; the person who knows the house answers the question.",
		Basis: "practice, in the Door: whether somebody can be reached who knows the home",
		Rule: "Open where a page headed by contact or by staff, not a news item, gives a way to reach them (an e-mail address, a number, a form) beside the name " +
			"of a front-line worker, or beside each of at least two teams, each with a way of its own. Restricted (partial) where only those who " +
			"decide, or only one team, can be reached so. What stands in the site's head or foot, or beside everybody alike, is the contact centre. " +
			"Names, addresses and numbers are counted and not kept; the evidence is the heading.",
		Version: 1,
		Door:    true,
		On:      []audit.Platform{audit.Web},
		Site:    true,
		Words: []string{"contact", "get in touch", "housing officer", "neighbourhood officer", "neighbourhood team", "coach", "your team", "our team", "meet the team", "our people", "staff", "who s who", "your area", "your neighbourhood", "patch",
			"cysylltu", "ein tîm", "eich tîm", "swyddog", "ein pobl"},
		Look: lookContact,
		Fold: foldSite,
	}
}

var contactStems = []string{
	"contact", "get in touch", "housing officer", "neighbourhood officer", "neighbourhood team", "coaches", "your coach", "neighbourhood coach", "your team", "our team", "meet the team", "our people", "staff", "who's who",
	"housing team", "tenancy officer", "community officer", "housing manager", "patch", "cysyllt", "swyddog", "ein tîm", "eich tîm", "ein pobl",
}

var notContact = []string{"vacanc", "recruit", "job", "become", "apply", "press", "media", "complain", "emergency contact", "contactless", "contractor", "despatch", "dispatch"}

// teamWords end the name of a team that tenants turn to.
var teamWords = []string{" team", " service", " officers", " coaches", "tîm "}

// notTeams are names that are everybody's, or nobody's.
var notTeams = []string{"customer service", "contact centre", "customer contact", "call centre", "out of hours", "press", "media", "the team", "our team", "your team", "executive team", "leadership team", "management team"}

func lookContact(p *crawler.Page) crawler.Look {
	if p.Landmark() == nil { // a page in a site's place gives the number of the contact centre, too
		return crawler.Look{Reason: audit.ReasonUnrecognised}
	}
	if !speaksOf(p, contactStems) {
		return quietUnless(p, contactStems)
	}
	head := about(p, contactStems, notContact)
	if head == nil || tellsWho(p.ShortText(head)) {
		return quietUnless(p, contactStems) // the evidence is the heading, and nobody's name or number is kept
	}
	all := mainStretches(p)
	everybodys := everybodysWays(p)
	front := reachable(all, places(namedStaff(all, frontlineRoles)), everybodys)
	senior := reachable(all, places(namedStaff(all, seniorRoles)), everybodys)
	teams := reachable(all, namedTeams(all), everybodys)
	switch {
	case front > 0:
		return crawler.Look{State: audit.Open, Rule: "front-line-reached", Mark: head, Count: &front, Values: audit.Values{audit.ValuePeople: audit.Number(front)}}
	case teams >= 2:
		return crawler.Look{State: audit.Open, Rule: "teams-reached", Mark: head, Count: &teams}
	case senior > 0:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "senior-reached", Mark: head, Count: &senior, Values: audit.Values{audit.ValuePeople: audit.Number(senior)}}
	case teams == 1:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "one-team-reached", Mark: head, Count: &teams}
	}
	return quietUnless(p, contactStems)
}

func places(staff []person) (at []int) {
	for _, s := range staff {
		at = append(at, s.at)
	}
	return at
}

// namedTeams gives the blocks that begin with the name of a team.
func namedTeams(all []stretch) (at []int) {
	for i, b := range all {
		name := b.lower
		if len(b.cells) > 0 {
			name = plain(b.cells[0])
		}
		name, _, _ = strings.Cut(name, ":")
		named := stemIn(name+" ", teamWords) && len(strings.Fields(name)) <= 6 && len(name) < 60
		if named && !stemIn(name, notTeams) && (b.level > 1 || len(b.cells) > 0 || len(b.text) < 140 && b.level == 0) {
			at = append(at, i)
		}
	}
	return at
}

// reachable counts those of the blocks beside which a way stands that is nobody else's on the page: in the block, or in
// the four that follow it before the next of them or a heading. Where one way stands beside several it is everybody's.
func reachable(all []stretch, at []int, everybodys []string) int {
	beside := map[string]int{}
	for _, i := range at {
		for _, way := range waysBeside(all, i, at) {
			if !slices.Contains(everybodys, way) {
				beside[way]++
			}
		}
	}
	n := 0
	for _, i := range at {
		own := func(way string) bool { return beside[way] == 1 }
		if slices.ContainsFunc(waysBeside(all, i, at), own) {
			n++
		}
	}
	return n
}

func waysBeside(all []stretch, i int, at []int) (ways []string) {
	for j := i; j < min(i+5, len(all)); j++ {
		if j > i && (all[j].level > 0 && all[j].level <= max(all[i].level, 2) || slices.Contains(at, j) || crawler.IsName(all[j].text)) {
			break
		}
		ways = append(ways, directWays(all[j].links, all[j].lower)...)
	}
	slices.Sort(ways)
	return slices.Compact(ways)
}

// directWays gives the addresses and numbers in links and a text in lower case, each written in one way.
func directWays(links []*html.Node, lower string) (ways []string) {
	for _, a := range links {
		switch href := lowerAttr(a, "href"); {
		case strings.HasPrefix(href, "mailto:") && strings.Contains(href, "@"):
			address, _, _ := strings.Cut(strings.TrimPrefix(href, "mailto:"), "?")
			ways = append(ways, address)
		case strings.HasPrefix(href, "tel:"):
			ways = append(ways, digitsOf(href))
		case stemIn(href, []string{"/contact", "message", "enquir"}) && strings.Contains(href, "?"): // a form that knows to whom
			ways = append(ways, href)
		}
	}
	if strings.Contains(lower, "@") {
		ways = append(ways, mailForm.FindAllString(lower, 3)...)
	}
	if number := phoneIn(lower); number != "" {
		ways = append(ways, digitsOf(number))
	}
	return ways
}

func linksIn(n *html.Node) (links []*html.Node) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == "a" {
			links = append(links, c)
		}
	}
	return links
}

// tellsWho reports whether a heading holds somebody's name, address or number.
func tellsWho(text string) bool {
	if lower := plain(text); strings.Contains(lower, "@") || phoneIn(lower) != "" {
		return true
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(",:|–—-()", r) }) {
		if crawler.IsName(part) && !stemIn(plain(part), contactStems) {
			return true
		}
	}
	return false
}

// phoneIn gives the first number to call in a text, with what stands around it; "" where there is none.
func phoneIn(text string) string {
	digits := 0
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			digits++
		}
	}
	if digits < 10 { // as the shortest has
		return ""
	}
	return phoneForm.FindString(text)
}

// digitsOf gives a number as it is dialled here.
func digitsOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if rest, abroad := strings.CutPrefix(s, "44"); abroad {
		return "0" + strings.TrimPrefix(rest, "0")
	}
	return s
}

// everybodysWays are those in the site's head and foot.
func everybodysWays(p *crawler.Page) (ways []string) {
	for _, n := range slices.Concat(p.Tag("footer"), p.Tag("header")) {
		ways = append(ways, directWays(linksIn(n), plain(p.ShortText(n)))...)
	}
	return ways
}
