package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// A Facebook page answers nothing to a program that keeps to robots.txt, and every question about it says so; with the
// operator's permission the page is read, and nothing is concluded from a layout that nobody knows.
func TestFacebookIsUnknown(t *testing.T) {
	asked := map[string]int{}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		if r.URL.Path == "/robots.txt" {
			_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n"))
			return
		}
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/ashhomes" {
			_, _ = w.Write([]byte(`<html><head><title>Ash Homes</title></head><body><div id="mount"></div><script type="application/json" data-sjs>` +
				`{"page":{"delegate_page":{"id":"100"},"items":[{"text":"4.1 (75 reviews)","timeline_context_list_item_type":"INTRO_CARD_RATING"}]}}</script></body></html>`))
			return
		}
		_, _ = w.Write([]byte("<html><head><title>Oak Homes</title></head><body><main><h1>Oak Homes</h1><form><textarea name=comment></textarea></form>" +
			strings.Repeat("<p>News of Oak Homes.</p>", 20) + "</main></body></html>"))
	}))
	defer site.Close()
	permitted := map[string]string{"www.facebook.com": "letter of 3 March 2026"}
	for _, permission := range []map[string]string{nil, permitted} {
		reasons := []audit.Reason{audit.ReasonRobots}
		if permission != nil {
			reasons = []audit.Reason{audit.ReasonNoMarker, audit.ReasonUnrecognised}
		}
		clear(asked)
		cfg := configs.Default()
		cfg.Crawl.Pace, cfg.Permission = time.Millisecond, permission
		cfg.Hosts = map[string]string{"www.facebook.com": strings.TrimPrefix(site.URL, "http://")}
		findings := lookOnce(t, cfg, "http://www.facebook.com/oakhomes")
		got := map[audit.CheckID]bool{}
		for _, f := range findings {
			got[f.Check] = true
			if f.Verdict.State() != audit.Unknown || !slices.Contains(reasons, f.Verdict.Reason()) {
				t.Errorf("%s: %v/%s, want unknown for one of %s", f.Check, f.Verdict.State(), f.Verdict.Reason(), reasons)
			}
		}
		for _, want := range []audit.CheckID{"comments", "reviews", "visitor_posts"} {
			if !got[want] {
				t.Errorf("with permission %v: no finding of %s", permission, want)
			}
		}
		if (asked["/oakhomes"] > 0) != (permission != nil) {
			t.Errorf("with permission %v the page was asked for %d times", permission, asked["/oakhomes"])
		}
	}
	cfg := configs.Default()
	cfg.Crawl.Pace, cfg.Permission = time.Millisecond, permitted
	cfg.Hosts = map[string]string{"www.facebook.com": strings.TrimPrefix(site.URL, "http://")}
	open := false
	for _, f := range lookOnce(t, cfg, "http://www.facebook.com/ashhomes") {
		open = open || (f.Check == "reviews" && f.Verdict.State() == audit.Open)
	}
	if !open {
		t.Error("a page with a card of ratings, permitted to be read, has no open reviews")
	}
}

// lookOnce visits one address as `check` does and folds what it read.
func lookOnce(t *testing.T, cfg configs.Config, address string) []audit.Finding {
	t.Helper()
	keys, err := audit.NewKeys(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCrawler(cfg, keys, nil, newLog(configs.Log{Level: "error"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	defer func() { stop(); <-ended }()
	ch, err := channelOf(address)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Visit(ctx, audit.Job{V: 1, ID: audit.JobID(ch.ID, time.Now()), Channel: ch, OrganisationName: "Oak Homes", Due: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	findings, err := crawler.Fold(checks.All(), v, v.Readings, "")
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// With the operator's permission for a host, the crawl reads its pages as it reads saved ones: what is off is closed, a wall is a wall,
// and another host of the same platform stays forbidden.
func TestFacebookIsReadWithPermission(t *testing.T) {
	story := func(id, off string) string {
		return `<script type="application/json" data-sjs>{"delegate_page":{"id":"100"},"node":{"__typename":"Story","post_id":"` + id + `","comments_disabled_notice":{"text":"commenting has been turned off"},` +
			`"have_comments_been_disabled":` + off + `,"comment_count":{"total_count":0}}}</script>`
	}
	page := func(data string) string {
		return `<!DOCTYPE html><html><head><title>Ash Homes</title></head><body><div id="mount"></div>` + data + `</body></html>`
	}
	pages := map[string]string{
		"/off": page(story("7", "true")), "/on": page(story("7", "false")), "/some": page(story("7", "true") + story("8", "false")),
		"/both":  page(story("7", "true") + story("8", "true")),
		"/login": `<html><head><title>Log in to Facebook | Facebook</title></head><body><form><input name="email"></form></body></html>`,
		"/gone":  `<html><head><title>Content Not Found</title></head><body></body></html>`,
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch body, ok := pages[r.URL.Path]; {
		case r.URL.Path == "/robots.txt":
			_, _ = w.Write([]byte("User-agent: *\nDisallow: /\n"))
		case r.URL.Path == "/wall":
			http.Redirect(w, r, "/login?next=wall", http.StatusFound)
		case r.URL.Path == "/mobile":
			http.Redirect(w, r, "http://m.facebook.com/on", http.StatusFound)
		case ok:
			_, _ = w.Write([]byte(body))
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	cfg := configs.Default()
	cfg.Crawl.Pace, cfg.Permission = time.Millisecond, map[string]string{"www.facebook.com": "letter of 3 March 2026"}
	at := strings.TrimPrefix(site.URL, "http://")
	cfg.Hosts = map[string]string{"www.facebook.com": at, "m.facebook.com": at}
	for name, want := range map[string]string{
		"off": "unknown incomplete, 7 closed", "on": "open, 7 open", "some": "restricted, 7 closed, 8 open", "both": "closed, 7 closed, 8 closed", "wall": "unknown login_wall", "gone": "unknown not_found", "mobile": "unknown robots",
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, f := range lookOnce(t, cfg, "http://www.facebook.com/"+name) {
				said := strings.TrimSpace(f.Verdict.State().String() + " " + string(f.Verdict.Reason()))
				if f.Verdict.State() != audit.Unknown {
					said = f.Verdict.State().String()
				}
				if _, post, of := strings.Cut(f.Scope, "/posts/"); f.Check == "comments" && of {
					got += ", " + post + " " + said
				} else if f.Check == "comments" && f.Scope == "" {
					got += said
				}
				if f.Check == "visitor_posts" && f.Verdict.State() != audit.Unknown {
					t.Errorf("visitor posts are %s, which no page says", said)
				}
			}
			if got != want {
				t.Errorf("comments %s, want %s", got, want)
			}
		})
	}
}
