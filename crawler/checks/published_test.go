package checks_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestYearByTheLook reads pages that do not change at later times: what was new grows old, and results of the year that
// has just ended are not asked for before October.
func TestYearByTheLook(t *testing.T) {
	for _, c := range []struct {
		check crawler.Check
		file  string
		day   string
		state audit.State
	}{
		{checks.TSMResults(), "tsm_results/open-table", "2025-04-02", audit.Open},
		{checks.TSMResults(), "tsm_results/open-table", "2026-03-31", audit.Open},
		{checks.TSMResults(), "tsm_results/open-table", "2026-09-30", audit.Open},
		{checks.TSMResults(), "tsm_results/open-table", "2026-10-01", audit.Restricted},
		{checks.TSMResults(), "tsm_results/open-table", "2025-03-31", audit.Restricted}, // not ended yet: no year stands there
		{checks.TSMResults(), "tsm_results/restricted-older-year", "2025-09-30", audit.Open},
		{checks.Minutes(), "minutes/open-documents", "2025-11-12", audit.Open},
		{checks.Minutes(), "minutes/open-documents", "2026-11-12", audit.Open},
		{checks.Minutes(), "minutes/open-documents", "2026-11-22", audit.Restricted},
		{checks.Minutes(), "minutes/open-board", "2025-09-10", audit.Open},
		{checks.AccessibilityStatement(), "accessibility_statement/open-dated", "2025-09-03", audit.Restricted},
		{checks.AccessibilityStatement(), "accessibility_statement/open-dated", "2026-09-04", audit.Open},
		{checks.AccessibilityStatement(), "accessibility_statement/open-dated", "2026-09-05", audit.Restricted},
	} {
		page, err := os.ReadFile("testdata/" + c.file + ".html")
		if err != nil {
			t.Fatal(err)
		}
		p := saved("https://www.fernley.example/about-us/", page)
		if p.Answer.At, err = time.Parse(time.DateOnly, c.day); err != nil {
			t.Fatal(err)
		}
		if v := p.Read([]crawler.Check{c.check})[0].Verdict; v.State() != c.state {
			t.Errorf("%s on %s: %v/%s/%s, want %v", c.file, c.day, v.State(), v.Reason(), v.Kind(), c.state)
		}
	}
}

// TestOldSpeaksLast: of what is published each year, an older one that was read first does not hide a newer one in part.
func TestOldSpeaksLast(t *testing.T) {
	old := audit.Reading{Check: "tsm_results", Verdict: verdict(t, audit.Restricted, audit.KindOld, "a"), At: day}
	part := audit.Reading{Check: "tsm_results", Verdict: verdict(t, audit.Restricted, audit.KindPartial, "b"), At: day}
	open := audit.Reading{Check: "tsm_results", Verdict: verdict(t, audit.Open, "", "c"), At: day}
	whole := audit.Coverage{Complete: true, Captures: []string{"home"}}
	for _, check := range []crawler.Check{checks.TSMResults(), checks.Minutes()} {
		if got := folded(check, []audit.Reading{old, part}, whole)[0].Verdict.Kind(); got != audit.KindPartial {
			t.Errorf("%s: %s", check.ID, got)
		}
		if got := folded(check, []audit.Reading{old, part, open}, whole)[0].Verdict.State(); got != audit.Open {
			t.Errorf("%s: %v", check.ID, got)
		}
	}
}

// TestNoNamesKept: the evidence of the questions about people is a heading, and holds nobody's name.
func TestNoNamesKept(t *testing.T) {
	for _, check := range []crawler.Check{checks.PeopleSenior(), checks.PeopleFrontline(), checks.PeopleContact(), checks.PeopleAuthors()} {
		for _, state := range []audit.State{audit.Open, audit.Restricted} {
			for _, o := range fixtures(t, check, state) {
				r := saved(o.url, o.body).Read([]crawler.Check{check})[0]
				if check.ID == "people_authors" && r.Verdict.State() == audit.Unknown {
					continue // an author is asked for of posts only
				}
				e := r.Verdict.Evidence()
				if e == nil || len(e.Excerpt) < 4 || e.Excerpt[:3] != "<h1" {
					t.Errorf("%s: evidence %+v", o.name, e)
				}
				kept, err := json.Marshal(r)
				if err != nil {
					t.Fatal(err)
				}
				for _, whose := range []string{"Quill", "Fenn", "Marsh", "960", "fernley.example\""} {
					if strings.Contains(string(kept), whose) {
						t.Errorf("%s: %q is kept in %s", o.name, whose, kept)
					}
				}
			}
		}
	}
}

// TestNoVisitorsWordsKept: that visitors leave reviews is shown by the element that holds one, and not by what it says.
func TestNoVisitorsWordsKept(t *testing.T) {
	for _, o := range fixtures(t, checks.Reviews(), audit.Open) {
		e := saved(o.url, o.body).Read([]crawler.Check{checks.Reviews()})[0].Verdict.Evidence()
		for _, words := range []string{"A tenant", "boiler", "Polite"} {
			if strings.Contains(e.Excerpt, words) {
				t.Errorf("%s: %q is kept in %q", o.name, words, e.Excerpt)
			}
		}
	}
}
