package checks_test

import (
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestRecencyOfAPost: the day of a post whose page states none is told by the site's interface or feed, where the page bears the
// post's name; a day without the place where it stands is not used, nor is one ahead.
func TestRecencyOfAPost(t *testing.T) {
	page := body(t, "testdata/recency/unknown-no-day.html")
	mark := &audit.Mark{Capture: "feed", URL: "https://www.fernley.example/feed/", Offset: 9, Length: 4, Excerpt: "day"}
	for name, c := range map[string]struct {
		title string
		age   time.Duration
		mark  *audit.Mark
		want  audit.State
	}{
		"new":              {"Lift again", 24 * time.Hour, mark, audit.Open},
		"old":              {"Lift again", 100 * 24 * time.Hour, mark, audit.Restricted},
		"without a place":  {"Lift again", 24 * time.Hour, nil, audit.Unknown},
		"ahead":            {"Lift again", -24 * time.Hour, mark, audit.Unknown},
		"of another story": {"Bins on Mondays", 24 * time.Hour, mark, audit.Unknown},
	} {
		p := saved("https://www.fernley.example/news/roof/", page)
		p.Answer.Request.Post = &audit.PostFacts{URL: p.URL().String(), Title: c.title, Published: p.Answer.At.Add(-c.age), PublishedMark: c.mark}
		got := p.Read([]crawler.Check{checks.Recency()})[0].Verdict
		if got.State() != c.want || got.Evidence() != nil && got.Evidence().Capture != "feed" {
			t.Errorf("%s: %v/%s", name, got.State(), got.Reason())
		}
	}
}
