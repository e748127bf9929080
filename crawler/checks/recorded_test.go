package checks_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestRecordedWalls reads pages that stood in front of the content. None may be taken for the content.
func TestRecordedWalls(t *testing.T) {
	dir := shared(t, "corpus/recorded/walls")
	for _, row := range table(t, filepath.Join(dir, "index.csv")) {
		if !strings.Contains(row["file"], ".html") {
			continue
		}
		t.Run(row["file"], func(t *testing.T) {
			var want struct {
				All  string `json:"all"`
				Wall *bool  `json:"wall"`
			}
			if err := json.Unmarshal([]byte(row["expected"]), &want); err != nil {
				t.Fatal(err)
			}
			statuses := []int{200}
			if n, err := strconv.Atoi(firstWord(row["http_status"])); err == nil && n != 200 {
				statuses = append(statuses, n)
			}
			for _, status := range statuses {
				p := answered("https://www.example.org/news/", status, body(t, filepath.Join(dir, row["file"])))
				if want.Wall != nil {
					if got := p.Problem(); got != "" {
						t.Errorf("status %d: content read as %s", status, got)
					}
					continue
				}
				accepted := strings.Split(strings.TrimPrefix(want.All, "unknown/"), "|")
				for _, r := range p.Read(asked(audit.Web)) {
					if r.Verdict.State() != audit.Unknown || !contains(accepted, string(r.Verdict.Reason())) {
						t.Errorf("status %d: %s is %v/%s, want unknown/%s", status, r.Check, r.Verdict.State(), r.Verdict.Reason(), accepted)
					}
				}
			}
		})
	}
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// TestRecordedWordPress reads pages of a real WordPress whose truth is known, alone and with what REST and feed said.
func TestRecordedWordPress(t *testing.T) {
	dir := shared(t, "corpus/recorded/wordpress")
	mark := &audit.Mark{Capture: "rest", URL: "https://x.test/wp-json/wp/v2/posts", Path: "$[0].comment_status", Offset: 1, Length: 8, Excerpt: `"closed"`}
	item := func(slash *int, rss bool) *audit.FeedFacts {
		return &audit.FeedFacts{Slash: slash, RSS: rss, Control: true, Mark: &audit.Mark{Capture: "feed", Offset: 10, Length: 6, Excerpt: "<item>"}}
	}
	zero, two := 0, 2
	for name, c := range map[string]struct {
		file   string
		post   *audit.PostFacts
		state  audit.State
		reason audit.Reason
		rule   string
	}{
		"open, no comments":                     {file: "site-a-post-4-open-empty.html.gz", state: audit.Open, rule: "wp-form"},
		"open, three comments":                  {file: "site-a-post-5-open.html.gz", state: audit.Open, rule: "wp-form"},
		"closed without comments, page alone":   {file: "site-a-post-6-closed-empty.html.gz", reason: audit.ReasonNoMarker},
		"closed after two":                      {file: "site-a-post-7-closed.html.gz", state: audit.Closed, rule: "wp-nocomments"},
		"must log in":                           {file: "site-b-post-4-must-log-in.html.gz", state: audit.Restricted, rule: "wp-must-log-in"},
		"closed by REST":                        {file: "site-a-post-6-closed-empty.html.gz", post: &audit.PostFacts{CommentStatus: "closed", StatusMark: mark}, state: audit.Closed, rule: "wp-rest-closed"},
		"closed by REST, zero in the feed":      {file: "site-a-post-6-closed-empty.html.gz", post: &audit.PostFacts{CommentStatus: "closed", StatusMark: mark, Feed: item(&zero, true)}, reason: audit.ReasonNoMarker},
		"closed by REST, form on the page":      {file: "site-a-post-4-open-empty.html.gz", post: &audit.PostFacts{CommentStatus: "closed", StatusMark: mark}, reason: audit.ReasonNoMarker},
		"open by REST, page silent":             {file: "site-a-post-6-closed-empty.html.gz", post: &audit.PostFacts{CommentStatus: "open", StatusMark: mark}, reason: audit.ReasonNoMarker},
		"open by REST, left out of the feed":    {file: "site-a-post-6-closed-empty.html.gz", post: &audit.PostFacts{CommentStatus: "open", StatusMark: mark, Feed: item(nil, false)}, state: audit.Closed, rule: "wp-feed-filtered"},
		"open by REST, zero in the feed":        {file: "site-a-post-6-closed-empty.html.gz", post: &audit.PostFacts{CommentStatus: "open", StatusMark: mark, Feed: item(&zero, true)}, reason: audit.ReasonNoMarker},
		"open by REST, comments, closed by age": {file: "site-a-post-7-closed.html.gz", post: &audit.PostFacts{CommentStatus: "open", StatusMark: mark, Feed: item(&two, true)}, state: audit.Closed, rule: "wp-nocomments"},
		"left out of the feed, form stands":     {file: "site-a-post-4-open-empty.html.gz", post: &audit.PostFacts{CommentStatus: "open", StatusMark: mark, Feed: item(nil, false)}, state: audit.Open, rule: "wp-form"},
		"left out of the feed, must log in":     {file: "site-b-post-4-must-log-in.html.gz", post: &audit.PostFacts{CommentStatus: "open", StatusMark: mark, Feed: item(nil, false)}, state: audit.Restricted, rule: "wp-must-log-in"},
	} {
		t.Run(name, func(t *testing.T) {
			p := saved("https://x.test/?p=4", body(t, filepath.Join(dir, c.file)))
			if p.Answer.Request.Post = c.post; c.post != nil {
				c.post.Title = strings.TrimSpace(p.Doc().Find("h1").Last().Text())
			}
			r := comments(p)
			rule := ""
			if e := r.Verdict.Evidence(); e != nil {
				rule = e.Rule
			}
			if r.Verdict.State() != c.state || r.Verdict.Reason() != c.reason || rule != c.rule {
				t.Errorf("got %v/%s by %q, want %v/%s by %q", r.Verdict.State(), r.Verdict.Reason(), rule, c.state, c.reason, c.rule)
			}
			if e := r.Verdict.Evidence(); c.rule == "wp-feed-filtered" && (e.Capture != "feed" || len(e.Captures) != 1 || e.Captures[0] != "rest") {
				t.Errorf("evidence rests on %q and %q, want the feed's item beside the interface's row", e.Capture, e.Captures)
			}
		})
	}
}

// asked are the checks of one platform.
func asked(on audit.Platform) []crawler.Check {
	return slices.DeleteFunc(checks.All(), func(c crawler.Check) bool { return !slices.Contains(c.On, on) })
}
