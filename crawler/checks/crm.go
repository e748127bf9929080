package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// CRM asks which system takes residents' enquiries. It is context for whoever connects to one, and no judgement.
func CRM() crawler.Check {
	return crawler.Check{
		ID:    "crm",
		Title: "Which enquiry or tenancy system does the site show?",
		Why:   "Whoever wants alerts beside the cases must know which system the landlord's staff work in.",
		Basis: "practice, in no score: context",
		Rule: "Open where a form, frame, script or link of the page leads to a known system for enquiries, cases or tenants' accounts, told by the address that " +
			"only its maker uses. The value is its name. A system that the page does not show is unknown: this question is never closed or absent.",
		Version:   1,
		Published: true,
		OnPages:   true,
		On:        []audit.Platform{audit.Web},
		Never:     []audit.State{audit.Restricted, audit.Absent},
		Site:      true,
		Words:     []string{"my account", "myaccount", "my home", "tenant portal", "customer portal", "sign in", "log in", "contact", "report a repair", "cysylltu"},
		Look:      lookCRM,
		Fold:      foldMeasure,
	}
}

// caseSystems are the systems, each with stretches of addresses that are its maker's or its own.
var caseSystems = []struct {
	name  string
	marks []string
}{
	{"CiviCRM", []string{"/civicrm/", "civicrm.css", "crm-container"}},
	{"Salesforce", []string{".force.com", ".salesforce.com", "salesforceliveagent.com", ".my.site.com", "salesforce-sites.com", "webto.salesforce"}},
	{"Dynamics 365", []string{".dynamics.com", "powerappsportals.com", ".microsoftcrmportals.com", "mktdynamics.com"}},
	{"Zendesk", []string{"zdassets.com", ".zendesk.com"}},
	{"Freshdesk", []string{"freshdesk.com", "freshchat.com", "freshworks.com", "freshservice.com"}},
	{"Orlo", []string{"orlo.app", "orlo.tech", "socialsignin.co.uk"}},
	{"HubSpot", []string{"hsforms.net", "hsforms.com", "hs-scripts.com", "js.hubspot"}},
	{"ServiceNow", []string{".service-now.com", "servicenowservices.com"}},
	{"Granicus", []string{"achieveservice.com", "firmstep.com"}},
	{"Jadu", []string{"jadu.net", "jadu-cfm", "xforms.jadu"}},
	{"Zoho", []string{"zohopublic.", "salesiq.zoho", "zoho.eu/crm"}},
	{"Capita One", []string{"onehousing.capita", "capitaone"}},
	{"Civica", []string{"civica.co.uk", "civicacx", "civicaepay"}},
	{"NEC Housing", []string{"northgatehousing", "nechousing", "necsws.com"}},
	{"MRI", []string{"mrisoftware.com", "orchardhousing", "castletonweb"}},
	{"Aareon", []string{"aareon.co", "aareonqlx", "qlhousing"}},
	{"Civica Cx Housing", []string{"cxhousing", "cxportal"}},
	{"Active Housing", []string{"activehousing.co.uk"}},
	{"Rubixx", []string{"rubixx.co.uk"}},
	{"Plentific", []string{"plentific.com"}},
	{"Voicescape", []string{"voicescape.com"}},
	{"Locator Plus", []string{"locatorplus"}},
}

var caseMarks = func() (all []string) {
	for _, s := range caseSystems {
		all = append(all, s.marks...)
	}
	return all
}()

func lookCRM(p *crawler.Page) crawler.Look {
	if !speaksOf(p, caseMarks) {
		return crawler.Look{Reason: audit.ReasonNotLooked}
	}
	for _, s := range caseSystems {
		for _, mark := range s.marks {
			if p.Sign(bodySigns, mark) == "" {
				continue
			}
			if n := addressed(p, mark); n != nil {
				return crawler.Look{State: audit.Open, Rule: "case-system", Mark: n, Values: audit.Values{audit.ValueName: audit.Text(s.name)}}
			}
		}
	}
	return crawler.Look{Reason: audit.ReasonNotLooked}
}

// addressed gives the form, frame, script, link or part of the page in whose address or name a stretch stands. In words of
// the page it may be anything.
func addressed(p *crawler.Page, stretch string) *html.Node {
	for _, name := range [...]string{"form", "iframe", "script", "a", "link", "div"} {
		for _, n := range p.Tag(name) {
			for _, key := range [...]string{"action", "src", "href", "data-src", "id", "class"} {
				if strings.Contains(lowerAttr(n, key), stretch) {
					return n
				}
			}
		}
	}
	return nil
}

// foldMeasure folds a question that measures, or tells what is there: what was seen, and else unknown.
func foldMeasure(f crawler.Folding) []audit.Finding {
	found := foldSite(f)
	if s := found[0].Verdict.State(); s == audit.Absent || s == audit.Closed {
		found[0].Verdict = audit.UnknownFor(audit.ReasonNoMarker)
	}
	return found
}
