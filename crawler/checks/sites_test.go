package checks_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestSites reads three made-up landlords' sites whole, as a visit that missed no page would: testdata/sites/<site>/ holds
// the pages, named by their addresses ("about.board.html" is /about/board/), and want.txt what each check finds.
func TestSites(t *testing.T) {
	for _, site := range []string{"model", "poor", "mixed"} {
		found := findings(t, site)
		raw, err := os.ReadFile(filepath.Join("testdata", "sites", site, "want.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			want := strings.Fields(line)
			x, ok := found[audit.CheckID(want[0])]
			got := described(audit.Reading{Verdict: x.Verdict, System: x.System, Count: x.Count})
			if !ok || x.Verdict.State().String() != want[1] {
				t.Errorf("%s: %s is %v %v, want %s", site, want[0], x.Verdict.State(), got, want[1])
			}
			for _, w := range want[2:] {
				if !slices.Contains(got, w) {
					t.Errorf("%s: %s is %v, want %s", site, want[0], got, w)
				}
			}
		}
	}
}

// findings gives what all checks find of a site whose every page was read.
func findings(t *testing.T, site string) map[audit.CheckID]audit.Finding {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "sites", site, "*.html"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%s has %d pages: %v", site, len(files), err)
	}
	all := checks.All()
	readings, captures := map[audit.CheckID][]audit.Reading{}, []string(nil)
	for _, file := range files {
		path := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".html"), ".", "/") + "/"
		p := saved("https://www."+site+".example/"+strings.TrimPrefix(path, "index/"), body(t, file))
		p.Answer.Capture = filepath.Base(file)
		captures = append(captures, p.Answer.Capture)
		for _, r := range p.Read(all) {
			evident(t, p, r)
			readings[r.Check] = append(readings[r.Check], r)
		}
	}
	found := map[audit.CheckID]audit.Finding{}
	for _, c := range all {
		f := crawler.Folding{
			Visit: audit.Visit{ID: "v", Channel: audit.Channel{ID: site, Platform: audit.Web}, How: audit.SavedPage, ObservedAt: day}, Check: c,
			Readings: readings[c.ID], Coverage: audit.Coverage{Complete: true, Captures: captures},
		}
		found[c.ID] = c.Fold(f)[0]
	}
	return found
}

// TestYearOfReading: whether a self-assessment is old is a question of when the page was read, and of nothing else.
func TestYearOfReading(t *testing.T) {
	for year, want := range map[int]audit.State{2024: audit.Open, 2025: audit.Open, 2026: audit.Open, 2027: audit.Restricted} {
		p := saved("https://www.fernley.example/complaints/", body(t, filepath.Join("testdata", "self_assessment", "open-document.html")))
		p.Answer.At = p.Answer.At.AddDate(year-2026, 0, 0)
		r := p.Read([]crawler.Check{checks.SelfAssessment()})[0]
		if r.Verdict.State() != want {
			t.Errorf("read in %d, a self-assessment of 2024/25 is %v, want %v", year, r.Verdict.State(), want)
		}
	}
}
