package checks_test

import (
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestMeasuresAccuseNobody: what only measures is never closed or absent, of a site read whole with nothing on it, and old
// news is told of only where nothing newer can stand unread. The newest of several pages speaks.
func TestMeasuresAccuseNobody(t *testing.T) {
	whole := audit.Coverage{Complete: true, Captures: []string{"home", "c1"}}
	part := audit.Coverage{Reason: audit.ReasonIncomplete, Captures: []string{"home"}}
	for _, check := range []crawler.Check{checks.CRM(), checks.Recency()} {
		quiet := []audit.Reading{{Check: check.ID, Verdict: audit.UnknownFor(audit.ReasonNotLooked), At: day}}
		for _, coverage := range []audit.Coverage{whole, part} {
			if got := folded(check, quiet, coverage)[0].Verdict.State(); got != audit.Unknown {
				t.Errorf("%s: %v", check.ID, got)
			}
		}
	}
	old := reading(t, checks.Recency(), "recency/restricted-dormant")
	recent := reading(t, checks.Recency(), "recency/open-list")
	for _, c := range []struct {
		readings []audit.Reading
		coverage audit.Coverage
		want     audit.State
	}{
		{[]audit.Reading{old, recent}, whole, audit.Open},
		{[]audit.Reading{old, recent}, part, audit.Open},
		{[]audit.Reading{old}, whole, audit.Restricted},
		{[]audit.Reading{old}, part, audit.Unknown},
	} {
		if got := folded(checks.Recency(), c.readings, c.coverage)[0]; got.Verdict.State() != c.want {
			t.Errorf("%v with complete %t: %v, want %v", c.readings, c.coverage.Complete, got.Verdict.State(), c.want)
		}
	}
	if got := recent.Values[audit.ValueNewest]; got.Text != "2025-12-30" {
		t.Errorf("newest is %v", got)
	}
}

func reading(t *testing.T, check crawler.Check, fixture string) audit.Reading {
	t.Helper()
	p := saved("https://www.fernley.example/news/roof/", body(t, "testdata/"+fixture+".html"))
	return p.Read([]crawler.Check{check})[0]
}
