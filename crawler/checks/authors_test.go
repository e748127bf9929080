package checks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestAuthorsAreCounted: three posts that name their author are enough whatever the others say; fewer are some posts only
// where every other was seen to name nobody; and nobody is accused where one could not be told.
func TestAuthorsAreCounted(t *testing.T) {
	whole := audit.Coverage{Complete: true, Captures: []string{"home"}}
	for name, c := range map[string]struct {
		open, absent, unknown int
		coverage              audit.Coverage
		state                 audit.State
		reason                audit.Reason
		kind                  audit.Kind
	}{
		"three of four":                      {3, 0, 1, audit.Coverage{}, audit.Open, "", ""},
		"two, the others none":               {2, 5, 0, audit.Coverage{}, audit.Restricted, "", audit.KindSomePosts},
		"two, one that does not say":         {2, 4, 1, audit.Coverage{}, audit.Unknown, audit.ReasonNoMarker, ""},
		"none of seven":                      {0, 7, 0, whole, audit.Absent, "", ""},
		"none of seven, and some not read":   {0, 7, 0, audit.Coverage{Reason: audit.ReasonIncomplete}, audit.Unknown, audit.ReasonIncomplete, ""},
		"none of seven, one does not say":    {0, 6, 1, whole, audit.Unknown, audit.ReasonNoMarker, ""},
		"a site without posts names nobody":  {0, 0, 0, whole, audit.Unknown, audit.ReasonNotLooked, ""},
		"one post, and it names its author":  {1, 0, 0, whole, audit.Restricted, "", audit.KindSomePosts},
		"three posts, all name their author": {3, 0, 0, whole, audit.Open, "", ""},
	} {
		var readings []audit.Reading
		add := func(n int, v audit.Verdict) {
			for range n {
				readings = append(readings, audit.Reading{Check: "people_authors", Scope: fmt.Sprint("https://x.example/", len(readings)), Verdict: v, At: day})
			}
		}
		add(c.open, verdict(t, audit.Open, "", "a"))
		add(c.absent, verdict(t, audit.Absent, "", "b"))
		add(c.unknown, audit.UnknownFor(audit.ReasonNoMarker))
		all := folded(checks.PeopleAuthors(), readings, c.coverage)
		if len(all) != 1 {
			t.Fatalf("%s: %d findings, want the channel's alone", name, len(all))
		}
		v := all[0].Verdict
		if v.State() != c.state || v.Reason() != c.reason || v.Kind() != c.kind {
			t.Errorf("%s: %v/%s/%s, want %v/%s/%s", name, v.State(), v.Reason(), v.Kind(), c.state, c.reason, c.kind)
		}
		if diff := cmp.Diff(&c.open, all[0].Count); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAuthorsOfTheFeed: a post of which the feed says that a person wrote it counts, with the feed beside the heading as evidence; the
// organisation's own byline on the page does not take that away.
func TestAuthorsOfTheFeed(t *testing.T) {
	for name, c := range map[string]struct{ file, signed, rule string }{
		"nothing on the page":                {"absent-post", "feed", "author-in-feed"},
		"a team on the page":                 {"unknown-team", "feed", "author-in-feed"},
		"on the page too":                    {"open-byline-class", "feed", "named-author"},
		"nothing on the page or in the feed": {"absent-post", "", "no-author"},
	} {
		p := saved("https://www.fernley.example/news/roof/", body(t, "testdata/people_authors/"+c.file+".html"))
		title, _, _ := strings.Cut(p.Title(), " | ")
		p.Answer.Request.Post = &audit.PostFacts{URL: p.URL().String(), Title: title, Signed: c.signed}
		r := p.Read([]crawler.Check{checks.PeopleAuthors()})[0]
		e := r.Verdict.Evidence()
		if e == nil || e.Rule != c.rule {
			t.Errorf("%s: %v/%s by %+v, want %s", name, r.Verdict.State(), r.Verdict.Reason(), e, c.rule)
			continue
		}
		if e.Rule == "author-in-feed" && !slices.Equal(e.Captures, []string{"feed"}) {
			t.Errorf("%s: the evidence rests on %q beside the page", name, e.Captures)
		}
		evident(t, p, r)
	}
}
