package checks_test

import (
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestOmbudsmanOfTheNation reads a link to each of the four ombudsmen for a landlord of each nation: only its own nation's is open.
// A page that links two is open for both, and where the nation is not known, or is all of them, any will do.
func TestOmbudsmanOfTheNation(t *testing.T) {
	links := map[string]string{
		audit.England: "www.housing-ombudsman.org.uk", audit.Scotland: "www.spso.org.uk", audit.Wales: "www.ombudsman.wales", audit.NorthernIreland: "www.nipso.org.uk",
	}
	look := func(hosts ...string) []audit.Reading {
		page := "<!DOCTYPE html><html><head><title>Complaints</title></head><body><main><h1>Complaints</h1>"
		for _, host := range hosts {
			page += `<p>You can turn to <a href="https://` + host + `/">the ombudsman</a> at any time.</p>`
		}
		return saved("https://www.fernley.example/complaints/", []byte(page+"</main><footer>Fernley Homes</footer></body></html>")).Read([]crawler.Check{checks.OmbudsmanLink()})
	}
	fold := func(nation string, readings []audit.Reading) audit.Verdict {
		return checks.OmbudsmanLink().Fold(crawler.Folding{
			Visit: audit.Visit{ID: "v", How: audit.Anonymous, ObservedAt: day}, Check: checks.OmbudsmanLink(), Readings: readings, Nation: nation,
			Coverage: audit.Coverage{Complete: true, Captures: []string{"home"}},
		})[0].Verdict
	}
	for nation := range links {
		for of, host := range links {
			got := fold(nation, look(host))
			if of == nation && got.State() != audit.Open {
				t.Errorf("%s in %s: %v/%s", host, nation, got.State(), got.Reason())
			}
			if of != nation && (got.State() != audit.Restricted || got.Kind() != audit.KindPartial || got.Evidence().Rule != "ombudsman-of-another-nation") {
				t.Errorf("%s in %s: %v/%s", host, nation, got.State(), got.Kind())
			}
		}
		if got := fold(nation, look("www.spso.org.uk", "www.nipso.org.uk", "www.ombudsman.wales", "www.housing-ombudsman.org.uk")); got.State() != audit.Open {
			t.Errorf("all four in %s: %v", nation, got.State())
		}
	}
	for _, nation := range []string{"", audit.UK} {
		if got := fold(nation, look("www.nipso.org.uk")); got.State() != audit.Open {
			t.Errorf("nation %q: %v", nation, got.State())
		}
	}
	own := append(look("www.spso.org.uk"), look("www.housing-ombudsman.org.uk")...)
	if got := fold(audit.England, own); got.State() != audit.Open || got.Evidence().Rule != "ombudsman-link" {
		t.Errorf("another nation's page read first: %v", got.State())
	}
}
