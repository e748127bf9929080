package checks_test

import (
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestForumLoginRequired: a Discourse whose interface says that one has to log in to read it is restricted, though no other page of
// it can be read; one whose topics are for members to write in is open.
func TestForumLoginRequired(t *testing.T) {
	for path, want := range map[string]audit.State{"$.login_required": audit.Restricted, "$.topic_list.topics[0].closed": audit.Open} {
		p := saved("https://talk.fernley.example/", body(t, "testdata/forum/open-discourse.html"))
		p.Answer.Request.Post = &audit.PostFacts{URL: p.URL().String(), System: "discourse", CommentStatus: "login", StatusMark: &audit.Mark{Capture: "c2", Path: path}}
		r := p.Read([]crawler.Check{checks.Forum()})
		evident(t, p, r[0])
		got := folded(checks.Forum(), r, audit.Coverage{Reason: audit.ReasonIncomplete})[0].Verdict
		if got.State() != want || want == audit.Restricted && (got.Kind() != audit.KindLogin || len(got.Evidence().Captures) != 1) {
			t.Errorf("%s: %v/%s/%s", path, got.State(), got.Kind(), got.Reason())
		}
	}
}
