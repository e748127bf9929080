package platform_test

import (
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

// What is published may stand in a document under any name, wherever it lies: while one is linked that nobody read, it is not absent.
// A place to talk stands in none, nor does a part of the pages themselves.
func TestPapers(t *testing.T) {
	on := []audit.Platform{audit.Web}
	s := settings(t)
	s.Checks = []crawler.Check{
		{ID: "tsm_results", On: on, Site: true, Published: true, Words: []string{"tenant satisfaction"}},
		{ID: "site_search", On: on, Site: true, Published: true, OnPages: true},
		{ID: "forum", On: on, Site: true, Words: []string{"forum"}},
	}
	s.Words = crawler.NewWords(s.Checks)
	for link, papers := range map[string]bool{
		`<a href="/files/survey.pdf">What tenants told us in our survey, 2025/26</a>`:     true,
		`<a href="/wp-content/uploads/2026/05/ar26.PDF">Annual report 2026</a>`:           true,
		`<a href="https://files.example.test/social-charter.docx">How we talk online</a>`: true,
		`<a href="/files/2026_report.pdf">Download</a>`:                                   true,
		`<a href="/files/a1.pdf">Application form</a>`:                                    false,
		`<a href="/files/gas-safety-leaflet.pdf">Read more</a>`:                           false,
		`<a href="/files/a2.pdf">How we performed, and what we were informed of</a>`:      true,
		`<a href="/photos/lift.jpg">The lift</a> <a href="/pdf/">Leaflets</a>`:            false,
	} {
		here := town{"/": page("Example Homes", `<a href="/about">About</a> <a href="/jobs">Jobs</a> `+link), "/about": page("About", ""), "/jobs": page("Jobs", ""), "/pdf/": page("Leaflets", "")}
		walk, _ := here.visit(t, platform.Web(), webJob(), s)
		next := platform.Web().Plan(webJob(), s)
		queue := next.Next(crawler.NewUnchanged(here.answer(next.First()[0]), walk.Pages["https://homes.test/"]))
		for len(queue) > 0 {
			queue = next.Next(crawler.NewPage(here.answer(queue[0]), nil))
		}
		for visit, coverage := range map[string]map[audit.CheckID]audit.Coverage{"first": walk.Coverage, "next": next.Done(nil).Coverage} {
			for id, want := range map[audit.CheckID]bool{"tsm_results": papers, "site_search": false, "forum": false} {
				if got := coverage[id]; !got.Complete || got.Papers != want {
					t.Errorf("%s, %s visit: %s is %+v, want papers %t", link, visit, id, got, want)
				}
			}
		}
	}
}
