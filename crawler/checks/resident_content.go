package checks

import (
	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// ResidentContent asks whether residents' own words stand on the site.
func ResidentContent() crawler.Check {
	return crawler.Check{
		ID:    "resident_content",
		Title: "Does the site carry what residents themselves wrote or made?",
		Why:   "A landlord's page about residents is one voice. A page by residents is another.",
		Basis: "practice, in no score: it says whose words stand on the site",
		Rule: "Open where a page or news item says near its head that a resident wrote or made it, or is headed by a blog, magazine or newsletter that it says is " +
			"made by residents. Restricted (partial) where a page is headed by residents' stories and does not say who wrote them. A call for stories, a " +
			"report of a panel, and a quotation are none.",
		Version:   1,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Site:      true,
		Words: []string{"resident stories", "residents stories", "tenant stories", "tenants stories", "customer stories", "your stories", "stories", "magazine", "newsletter", "blog", "by residents", "by tenants", "straeon", "cylchgrawn",
			"cylchlythyr"},
		Look: lookResidentContent,
		Fold: foldSite,
	}
}

// madeBy say that residents made what is read.
var madeBy = []string{
	"written by resident", "written by a resident", "written by our resident", "written by tenant", "written by a tenant", "written by our tenant", "written by customers", "by residents, for residents", "by residents for residents",
	"by tenants, for tenants", "by tenants for tenants", "by customers, for customers", "edited by residents", "edited by tenants", "made by residents", "made by tenants", "guest blog by resident", "guest blog by tenant",
	"guest blog by a resident", "guest blog by a tenant", "produced by residents", "produced by tenants", "put together by residents", "put together by tenants", "filmed by residents", "filmed by tenants",
	"resident editorial", "tenant editorial", "residents' editorial", "tenants' editorial", "ysgrifennwyd gan denant", "gan denantiaid, i denantiaid", "gan denantiaid i denantiaid", "gan breswylwyr",
}

// storyStems are the headings under which residents are told of.
var storyStems = []string{
	"resident stories", "residents' stories", "residents’ stories", "resident's stor", "resident’s stor", "tenant stories", "tenants' stories", "tenants’ stories", "tenant's stor", "tenant’s stor", "customer stories",
	"customers' stories", "customers’ stories", "residents' blog", "residents’ blog", "resident blog", "tenant blog", "tenants' blog", "tenants’ blog", "resident magazine", "residents' magazine", "residents’ magazine", "tenant magazine",
	"tenants' magazine", "tenants’ magazine", "straeon tenantiaid", "straeon preswylwyr",
}

var residentStems = append(append([]string{}, madeBy...), storyStems...)

// askedFor are words of what is not written yet, and reported of what is no story.
var askedFor = []string{
	"tell us your story", "share your story", "send us your", "could be written", "will be written", "would you like to", "want to write", "report", "scrutiny", "review", "survey", "assessment", "minutes", "used to be",
	"was written by residents of", "policy", "strategy", "not written",
}

func lookResidentContent(p *crawler.Page) crawler.Look {
	if !speaksOf(p, residentStems) && !tells(p, residentStems) {
		return quietUnless(p, residentStems)
	}
	all := mainStretches(p)
	if n := madeByResidents(all); n != nil {
		return crawler.Look{State: audit.Open, Rule: "made-by-residents", Mark: n}
	}
	// A page of stories often lies where the news do, and is no news for that.
	head := headOf(p)
	if head != nil && heads(p.ShortText(head), storyStems, []string{"magazine", "share your", "tell us", "submit"}) && tellsStories(all) {
		return crawler.Look{State: audit.Restricted, Kind: audit.KindPartial, Rule: "stories-of-residents", Mark: head}
	}
	return quietUnless(p, residentStems)
}

// nearTop is how many blocks after its first heading a page says who made it, or after that of a part.
const nearTop = 4

// madeByResidents gives the line that says so: short, and near a heading.
func madeByResidents(all []stretch) *html.Node {
	after := nearTop + 1
	for _, b := range all {
		if after++; b.level > 0 {
			after = 0
		}
		if after <= nearTop && len(b.text) < 250 && stemIn(b.lower, madeBy) && !stemIn(b.lower, askedFor) {
			return b.node
		}
	}
	return nil
}

// tellsStories reports whether a page holds more than a heading and a call: two parts, or two paragraphs of some length.
func tellsStories(all []stretch) bool {
	parts := 0
	for _, b := range all {
		if stemIn(b.lower, askedFor) {
			continue
		}
		if b.level > 1 || b.level == 0 && len(b.text) > 150 || b.node.Data == "li" && len(b.text) > 20 {
			parts++
		}
	}
	return parts >= 2
}
