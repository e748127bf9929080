package checks_test

import (
	"path/filepath"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

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
