package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// OmbudsmanLink asks whether the site says where a complaint can go when the landlord does not settle it.
func OmbudsmanLink() crawler.Check {
	return crawler.Check{
		ID:    "ombudsman_link",
		Title: "Does the site link to the ombudsman and say when to turn there?",
		Why:   "Who does not know of the ombudsman takes the landlord's answer for the last one.",
		Basis: onDuty,
		Rule: "Asked of pages headed by complaints or by the ombudsman. Open where the text links to one of the four ombudsmen and says there when one can " +
			"turn to it (at any time, after the final answer). Restricted where one of the two is missing. A link in the foot of the site counts for nothing. " +
			"The answer names every ombudsman that is linked. Where the nation in which the landlord lets is known, that nation's must be among them: " +
			"a site that links or names only another's is restricted. Where it is not, any of the four will do.",
		Version:   2,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Own:       true,
		Words:     complaintLinks,
		Look:      lookOmbudsman,
		Fold:      foldOmbudsman,
	}
}

type ombudsman struct {
	system string
	nation string
	hosts  []string
	names  []string
}

// ombudsmen are those of the four nations: the hosts of their sites, and how pages name them.
var ombudsmen = []ombudsman{
	{"housing-ombudsman", audit.England, []string{"housing-ombudsman.org.uk"}, []string{"housing ombudsman"}},
	{"nipso", audit.NorthernIreland, []string{"nipso.org.uk"}, []string{"northern ireland public services ombudsman", "nipso"}},
	{"psow", audit.Wales, []string{"ombudsman.wales", "ombwdsmon.cymru"}, []string{"public services ombudsman for wales", "ombwdsmon gwasanaethau cyhoeddus cymru"}},
	{"spso", audit.Scotland, []string{"spso.org.uk"}, []string{"scottish public services ombudsman", "spso"}},
}

var ombudsmanStems = []string{"complain", "ombudsman", "ombwdsmon", "cwyn", "chwyn", "gwyno", "gwynion"}

// whenWords say when one can turn to the ombudsman.
var whenWords = []string{
	"at any time", "at any stage", "at any point", "anytime", "any time", "throughout", "during your complaint", "during the complaint", "while your complaint", "final response",
	"final decision", "final answer", "still unhappy", "still not happy", "still not satisfied", "still dissatisfied", "remain unhappy", "remain dissatisfied", "remains dissatisfied", "not satisfied with", "not happy with",
	"unhappy with our", "unhappy with the", "dissatisfied with our", "dissatisfied with the", "after stage 2", "after stage two", "end of our", "completed our", "been through our", "not been resolved", "n't been resolved", "at this point", "gone through our", "exhausted",
	"unrhyw adeg", "ar unrhyw bryd", "dal yn anhapus", "dal yn anfodlon", "anfodlon", "ymateb terfynol",
}

func lookOmbudsman(p *crawler.Page) crawler.Look {
	if !speaksOf(p, ombudsmanStems) {
		return quietUnless(p, ombudsmanStems)
	}
	about := headed(p, func(s string) bool { return stemIn(s, ombudsmanStems) && !reports(s) })
	if about == nil {
		return quietUnless(p, ombudsmanStems)
	}
	c := contentOf(p)
	link, systems, whenSaid := ombudsmanLinks(p, c)
	if link != nil && whenSaid {
		return crawler.Look{State: audit.Open, Rule: "ombudsman-link", Mark: link, System: systems}
	}
	if link != nil {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "ombudsman-without-when", Mark: link, System: systems}
	}
	if n, system := ombudsmanNamed(c); n != nil {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "ombudsman-name-only", Mark: n, System: system}
	}
	return quietUnless(p, ombudsmanStems)
}

// ombudsmanLinks gives the link to an ombudsman, one beside which it says when if there is one, and the names of all that
// are linked in alphabetical order, joined by "+".
func ombudsmanLinks(p *crawler.Page, c content) (mark *html.Node, systems string, whenSaid bool) {
	var linked []string
	for _, l := range c.links {
		u, ok := p.Resolve(crawler.Attr(l.n, "href"))
		if !ok {
			continue
		}
		system := ombudsmanAt(u.Hostname())
		if system == "" {
			continue
		}
		if !slices.Contains(linked, system) {
			linked = append(linked, system)
		}
		if mark == nil {
			mark = l.n
		}
		if !whenSaid && whenBeside(c, l.block) {
			mark, whenSaid = l.n, true
		}
	}
	slices.Sort(linked)
	return mark, strings.Join(linked, "+"), whenSaid
}

// ombudsmanAt gives the ombudsman whose site a host is, "" where it is none's.
func ombudsmanAt(host string) string {
	host = strings.TrimPrefix(crawler.Lower(host), "www.")
	for _, o := range ombudsmen {
		if slices.Contains(o.hosts, host) {
			return o.system
		}
	}
	return ""
}

// whenBeside reports whether it is said when one can turn to the ombudsman: in the block of the link, or in one near it
// that names an ombudsman, or means one by "them".
func whenBeside(c content, at int) bool {
	for i := max(0, at-6); i <= min(len(c.blocks)-1, at+2); i++ {
		b := c.blocks[i].lower
		if stemIn(b, whenWords) && (i == at || stemIn(b, []string{"ombudsman", "ombwdsmon", "contact them", "to them"})) {
			return true
		}
	}
	return false
}

func ombudsmanNamed(c content) (*html.Node, string) {
	for _, b := range c.blocks {
		for _, o := range ombudsmen {
			if stemIn(b.lower, o.names) {
				return b.n, o.system
			}
		}
	}
	return nil, ""
}

// foldOmbudsman is foldSite, where the nation is known by its own ombudsman: what is said of another nation's speaks only where
// nothing is said of that one, and is never more than restricted.
func foldOmbudsman(f crawler.Folding) []audit.Finding {
	i := slices.IndexFunc(ombudsmen, func(o ombudsman) bool { return o.nation == f.Nation })
	if i < 0 {
		return foldSite(f)
	}
	var right, wrong []audit.Reading
	for _, r := range f.Readings {
		named := r.Verdict.State() == audit.Open || r.Verdict.State() == audit.Restricted
		if named && !slices.Contains(strings.Split(r.System, "+"), ombudsmen[i].system) {
			r.Verdict = ofAnotherNation(r.Verdict, f.Check.Version)
			wrong = append(wrong, r)
			continue
		}
		right = append(right, r)
	}
	f.Readings = slices.Concat(right, wrong)
	return foldSite(f)
}

// ofAnotherNation is what is seen of an ombudsman to whom the landlord's residents cannot turn.
func ofAnotherNation(seen audit.Verdict, version int) audit.Verdict {
	e := *seen.Evidence()
	e.Rule, e.Version = "ombudsman-of-another-nation", version
	v, err := audit.NewVerdict(audit.Restricted, "", audit.KindPartial, &e)
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}
