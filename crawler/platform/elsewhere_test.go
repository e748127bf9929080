package platform_test

import (
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

// A link to an ombudsman or to an account is no sign that the organisation's own page is there. Any other site may be the
// organisation's too.
func TestWhereNoOwnPageStands(t *testing.T) {
	for link, away := range map[string]bool{
		"https://www.housing-ombudsman.org.uk/residents/":     false,
		"https://www.lgo.org.uk/make-a-complaint":             false,
		"https://www.spso.org.uk/":                            false,
		"https://www.ombudsman.wales/":                        false,
		"https://nipso.org.uk/nipso":                          false,
		"https://www.gov.uk/complain":                         false,
		"https://www.gov.scot/a":                              false,
		"https://llyw.cymru/a":                                false,
		"https://www.nidirect.gov.uk/a":                       false,
		"https://www.legislation.gov.uk/ukpga/2023/36":        false,
		"https://www.facebook.com/examplehomes":               false,
		"https://www.facebook.com/examplehomes/?ref=page":     false,
		"https://www.facebook.com/profile.php?id=100":         false,
		"https://twitter.com/examplehomes":                    false,
		"https://www.linkedin.com/company/example-homes/":     false,
		"https://complaints.test/":                            true,
		"https://my-example.test/complaints":                  true,
		"https://www.camden.gov.uk/complaints":                true,
		"https://www.anglesey.gov.wales/complaints":           true,
		"https://www.nihe.gov.uk/complaints":                  true,
		"https://gov.uk.example.test/":                        true,
		"https://nothousing-ombudsman.org.uk/":                true,
		"https://www.facebook.com/groups/examplehomes":        true,
		"https://www.facebook.com/examplehomes/posts/1":       true,
		"https://www.facebook.com/examplehomes?sk=notes":      true,
		"https://facebook.com/":                               true,
		"https://notfacebook.com/examplehomes":                true,
		"https://docs.example.test/examplehomes/complain.pdf": true,
	} {
		got := awayAt(t, `<a href="`+link+`">How to complain on Facebook</a>`)
		if got["complaints_page"] != away {
			t.Errorf("%s: away for a question about the organisation's own %t, want %t", link, got["complaints_page"], away)
		}
		if !got["forum"] {
			t.Errorf("%s: not away for a question that is about any page", link)
		}
	}
}

// Rules may be pinned to the front of an account, and stand on no public body's site.
func TestRulesOnTheFrontOfAnAccount(t *testing.T) {
	for link, away := range map[string]bool{
		`<a href="https://www.facebook.com/examplehomes">Facebook</a>`:                     false,
		`<a href="https://www.facebook.com/examplehomes">House rules on Facebook</a>`:      true,
		`<a href="https://www.facebook.com/examplehomes">Canllawiau Facebook</a>`:          true,
		`<a href="https://www.ombudsman.wales/">Social media: what Facebook rules say</a>`: false,
	} {
		if got := awayAt(t, link)["rules_page"]; got != away {
			t.Errorf("%s: away %t, want %t", link, got, away)
		}
	}
}

// awayAt gives the questions that a link on the home page keeps from completeness because it leads to another site.
func awayAt(t *testing.T, link string) map[audit.CheckID]bool {
	t.Helper()
	on := []audit.Platform{audit.Web}
	s := settings(t)
	s.Checks = []crawler.Check{
		{ID: "complaints_page", On: on, Site: true, Own: true, Words: []string{"complain"}},
		{ID: "rules_page", On: on, Site: true, Own: true, Words: []string{"facebook", "house rules", "canllaw"}},
		{ID: "forum", On: on, Site: true, Words: []string{"complain"}},
	}
	s.Words = crawler.NewWords(s.Checks)
	here := town{"/": page("Example Homes", link), "/sitemap.xml": xmlBody(strings.ReplaceAll(menuMap, "/jobs/", "/about"))}
	walk, _ := here.visit(t, platform.Web(), webJob(), s)
	away := map[audit.CheckID]bool{}
	for id, c := range walk.Coverage {
		if c.Complete == (c.Reason == audit.ReasonThirdParty) {
			t.Errorf("%s: coverage of %s is %+v", link, id, c)
		}
		away[id] = c.Reason == audit.ReasonThirdParty
	}
	return away
}
