package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// EngagementPlan asks whether the landlord has published how it means to listen.
func EngagementPlan() crawler.Check {
	return crawler.Check{
		ID:    "engagement_plan",
		Title: "Is the landlord's strategy for listening to residents on the site, and is it current?",
		Why:   "A plan that residents can read is one that they can hold the landlord to.",
		Basis: "practice, in no score: it says how the landlord means to listen, not whether it does",
		Rule: "Open where a page, not a news item, is headed by a strategy, plan or framework of resident engagement, or links one, and the years beside it " +
			"reach to the time of reading: the last year of a span, or a single year not more than three years ago. Restricted (old) where the newest " +
			"ended before; restricted (partial) where no year stands with it. A strategy for the safety of one building is another thing.",
		Version:   1,
		Published: true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"engagement", "involvement", "participation", "resident voice", "tenant voice", "customer voice", "get involved", "getting involved", "have your say", "strateg", "policies", "publications", "corporate plan",
			"cyfranogi", "cymryd rhan", "ymgysylltu"},
		Look: withMonths(lookPlan),
		Fold: foldDated,
	}
}

// planStems are what such a plan is about. A plan is named for one of them and by a word of planSorts.
var planStems = []string{
	"engagement", "involvement", "participation", "resident voice", "tenant voice", "customer voice", "residents' voice", "tenants' voice", "ymgysylltu", "cyfranogi", "cyfranogiad",
}

var (
	planSorts = []string{"strateg", "plan", "framework", "fframwaith", "cynllun"}
	notPlans  = []string{"building safety", "higher-risk", "higher risk", "high-rise", "high rise", "tower", "staff", "employee", "colleague", "planning", "stakeholder", "supplier", "business plan", "government", "digital strategy"}
)

// planLife is how many years a plan with a single year is taken to last.
const planLife = 3

func lookPlan(p *crawler.Page) crawler.Look {
	if p.Answer.At.IsZero() || !speaksOf(p, planStems) || toldOnADay(p) {
		return quietUnless(p, planStems)
	}
	all := mainStretches(p)
	var best plan
	if head := about(p, planStems, notPlans); head != nil && isPlan(plain(p.ShortText(head))) && len(all) > 1 {
		best.take(head, yearsOfPlan(p, all, head))
	}
	for _, l := range mainLinks(p, all, planStems) {
		file := fileMarks.Replace(l.href[strings.LastIndexByte(l.href, '/')+1:])
		if words := l.text + " " + file; l.own && !strings.HasPrefix(l.href, "#") && (isPlan(l.text) || l.document && isPlan(file)) && !stemIn(words, notPlans) && !stemIn(l.text, notYetThere) {
			best.take(l.node, planYears(words))
		}
	}
	return best.look(p)
}

// notYetThere are words of a link to what was not written yet.
var notYetThere = []string{"consultation on", "draft", "help us write", "help shape", "review of"}

// isPlan reports whether a text in lower case names a plan of engagement.
func isPlan(lower string) bool {
	return len(lower) < maxHeading && stemIn(lower, planStems) && stemIn(lower, planSorts)
}

// plan is the newest that was found, with the year in which it ends, and one found without a year.
type plan struct {
	node, bare *html.Node
	until      int
}

func (b *plan) take(n *html.Node, until int) {
	switch {
	case until == 0 && b.bare == nil:
		b.bare = n
	case until > b.until:
		b.node, b.until = n, until
	}
}

func (b *plan) look(p *crawler.Page) crawler.Look {
	switch {
	case b.until >= p.Answer.At.Year():
		return crawler.Look{State: audit.Open, Rule: "current-plan", Mark: b.node, Values: yearValue(b.until)}
	case b.bare != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "plan-without-year", Mark: b.bare}
	case b.node != nil:
		return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "older-plan", Mark: b.node, Values: yearValue(b.until)}
	}
	return quietUnless(p, planStems)
}

// yearsOfPlan reads the years of a page that is itself the plan: those of its heading, else of the first line below that
// says from when to when.
func yearsOfPlan(p *crawler.Page, all []stretch, head *html.Node) int {
	if until := planYears(plain(p.ShortText(head))); until > 0 {
		return until
	}
	for _, b := range all[:min(len(all), 12)] {
		if until, span := lastYear(b.lower); span && len(b.text) < 300 {
			return until
		}
	}
	return 0
}

// planYears gives the year in which a plan ends by the words that name it, 0 where they name none.
func planYears(lower string) int {
	until, span := lastYear(lower)
	if until > 0 && !span {
		until += planLife
	}
	return until
}

// lastYear gives the last year that a text names, and whether it is the end of a span of several: "2024-27", "2024 to 2027".
func lastYear(lower string) (last int, span bool) {
	first := 0
	for i := 0; i+4 <= len(lower); i++ {
		year, ok := yearAt(lower, i)
		if !ok || year > 2099 {
			continue
		}
		if first == 0 {
			first = year
		}
		last = max(last, year, shortYear(lower[i+4:], year))
	}
	return last, last > first
}

// shortYear reads the two digits that end a span after its first year: "2024-27", "2024/27". Of 2024/25 they end one year only.
func shortYear(rest string, year int) int {
	cut := strings.TrimLeft(rest, " /-_–")
	if len(cut) == len(rest) || len(cut) < 2 || !digit(cut[0]) || !digit(cut[1]) || len(cut) > 2 && digit(cut[2]) {
		return 0
	}
	if end := year - year%100 + int(cut[0]-'0')*10 + int(cut[1]-'0'); end > year && end <= year+10 {
		return end
	}
	return 0
}
