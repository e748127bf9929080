package platform_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

// A town is a site in memory: what each address answers.
type town map[string]answer

type answer struct {
	status  int
	kind    string
	body    string
	problem audit.Reason
	link    string // Link header
	header  http.Header
	final   string // the address that answered, where it is another
	known   string // the address that an earlier visit knew it by
	lists   string // the system whose comments the checks see on the page
}

func page(title, body string) answer {
	nav := "<a href=/>Home</a>"
	if strings.HasPrefix(title, "Example Homes") {
		nav += " <a href=/homes>Our homes</a> <a href=/jobs>Jobs</a>"
	}
	return answer{body: "<!doctype html><html lang=en><head><title>" + title + "</title></head><body><nav>" + nav + "</nav><main><h1>" +
		title + "</h1><p>" + strings.Repeat("Words of the page, made up for a test. ", 10) + "</p>" + body + "</main><footer>Example</footer></body></html>"}
}

func jsonBody(body string) answer { return answer{kind: "application/json; charset=UTF-8", body: body} }
func xmlBody(body string) answer  { return answer{kind: "application/xml; charset=UTF-8", body: body} }

func (t town) answer(r crawler.Request) crawler.Answer {
	a, ok := t[strings.TrimPrefix(r.URL, "https://homes.test")]
	switch {
	case !ok && everywhere(r.URL):
		a = page("Of the menu", "")
	case !ok:
		a = page("Page not found", "")
		a.status = http.StatusNotFound
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.kind == "" {
		a.kind = "text/html; charset=UTF-8"
	}
	address := r.URL
	if a.final != "" {
		address = a.final
	}
	u, _ := url.Parse(address)
	h := http.Header{"Content-Type": {a.kind}}
	maps.Copy(h, a.header)
	if a.link != "" {
		h.Set("Link", a.link)
	}
	if a.problem == "" {
		a.problem = crawler.ReasonOfStatus(a.status)
	}
	return crawler.Answer{
		Request: r, URL: u, Status: a.status, Header: h, Body: []byte(a.body), Problem: a.problem,
		At: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Capture: "capture of " + r.URL, How: audit.Anonymous, Known: a.known,
	}
}

// visit walks the town by the plan, one answer at a time, and gives what was learnt and what was asked, in order.
func (t town) visit(test *testing.T, p crawler.Platform, j audit.Job, s crawler.Settings) (crawler.Walk, []crawler.Request) {
	test.Helper()
	plan := p.Plan(j, s)
	queue := plan.First()
	var asked []crawler.Request
	for len(queue) > 0 {
		r := queue[0]
		queue = queue[1:]
		asked = append(asked, r)
		if len(asked) > 500 {
			test.Fatal("the plan does not end")
		}
		page := crawler.NewPage(t.answer(r), nil)
		if system := t[strings.TrimPrefix(r.URL, "https://homes.test")].lists; system != "" {
			n, _ := page.Listed(system)
			page.Readings = []audit.Reading{{Check: "comments", System: system, Count: &n, URL: r.URL, Scope: r.URL, Verdict: audit.UnknownFor(audit.ReasonThirdParty)}}
		}
		queue = append(queue, plan.Next(page)...)
	}
	return plan.Done(nil), asked
}

// everywhere reports whether an address is of the menu that every home page here has.
func everywhere(address string) bool {
	return strings.HasSuffix(address, "/homes") || strings.HasSuffix(address, "/jobs")
}

func paths(asked []crawler.Request) []string {
	var out []string
	for _, r := range asked {
		if everywhere(r.URL) {
			continue
		}
		out = append(out, strings.TrimPrefix(r.URL, "https://homes.test"))
	}
	return out
}

func find(asked []crawler.Request, path string) *crawler.Request {
	for i := range asked {
		if asked[i].URL == "https://homes.test"+path {
			return &asked[i]
		}
	}
	return nil
}

func webJob() audit.Job {
	return audit.Job{OrganisationName: "Example Homes", Channel: audit.Channel{
		ID: "c1", Organisation: "example", Platform: audit.Web, URL: "https://homes.test/", Lane: "homes.test",
	}}
}

func settings(t *testing.T) crawler.Settings {
	t.Helper()
	keys, err := audit.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	on := []audit.Platform{audit.Web}
	checks := []crawler.Check{
		{ID: "comments", On: on, Words: []string{"news", "blog"}},
		{ID: "complaints_page", On: on, Site: true, Words: []string{"complain", "let us know"}},
		{ID: "forum", On: on, Site: true, Words: []string{"forum", "residents group"}},
		{ID: "visitor_posts", On: []audit.Platform{audit.Facebook}},
	}
	return crawler.Settings{MaxPages: 40, MaxDepth: 2, Keys: keys, Text: true, Checks: checks, Words: crawler.NewWords(checks)}
}

const emptyMap = `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>`

// bare is a page without a menu.
func bare(links string) string {
	return "<!doctype html><html><head><title>Example Homes</title></head><body><main><h1>Example Homes</h1><p>" +
		strings.Repeat("Words of the page, made up for a test. ", 10) + links + "</p></main></body></html>"
}

const manyLinks = `<a href="/a">A</a> <a href="/b">B</a> <a href="/c">C</a>`

// menuMap is a sitemap of the pages that every home page here leads to.
const menuMap = `<urlset><url><loc>https://homes.test/</loc></url><url><loc>https://homes.test/homes</loc></url><url><loc>https://homes.test/jobs/</loc></url></urlset>`

func TestWebCoverage(t *testing.T) {
	complete := audit.Coverage{Complete: true}
	gap := func(r audit.Reason) audit.Coverage { return audit.Coverage{Reason: r} }
	for _, c := range []struct {
		name             string
		town             town
		complaint, forum audit.Coverage
	}{
		{"every page one click away read, no sitemap", town{
			"/": page("Example Homes", `<a href="/about">About</a>`), "/about": page("About", ""),
		}, complete, complete},
		{"a page one click away missing, no sitemap", town{
			"/": page("Example Homes", `<a href="/about">About</a>`),
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a page one click away missing, sitemap read", town{
			"/": page("Example Homes", `<a href="/about">About</a>`), "/sitemap.xml": xmlBody(menuMap),
		}, complete, complete},
		{"a page with the words missing", town{
			"/": page("Example Homes", `<a href="/x">Complaints</a>`), "/sitemap.xml": xmlBody(menuMap),
		}, gap(audit.ReasonIncomplete), complete},
		{"a page with the words two clicks away", town{
			"/": page("Example Homes", `<a href="/about">About</a>`), "/about": page("About", `<a href="/make-a-complaint">Here</a>`),
			"/make-a-complaint": page("Make a complaint", ""),
		}, complete, complete},
		{"a link with the words three clicks away", town{
			"/": page("Example Homes", `<a href="/a">A</a>`), "/a": page("A", `<a href="/b">B</a>`), "/b": page("B", `<a href="/forum">Forum</a>`),
			"/forum": page("Forum", ""),
		}, complete, gap(audit.ReasonIncomplete)},
		{"a document with the words", town{
			"/": page("Example Homes", `<a href="/policy.pdf">Complaints policy</a>`), "/sitemap.xml": xmlBody(menuMap),
		}, gap(audit.ReasonIncomplete), complete},
		{"a sitemap entry with the words", town{
			"/":            page("Example Homes", ""),
			"/sitemap.xml": xmlBody(`<urlset><url><loc>https://homes.test/letusknow/</loc></url><url><loc>https://homes.test/residents_group</loc></url></urlset>`),
			"/letusknow/":  page("Let us know", ""),
		}, complete, gap(audit.ReasonIncomplete)},
		{"a page one click away missing, a sitemap that lists next to nothing", town{
			"/": page("Example Homes", `<a href="/about">About</a>`), "/sitemap.xml": xmlBody(emptyMap),
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a home page that leads nowhere", town{"/": {body: bare("")}}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a home page that says back soon", town{"/": {body: bare(`<a href="/">Try again</a> <a href="mailto:x@homes.test">Write</a>`)}},
			gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a menu that a script draws", town{"/": page("Example Homes", `<nav id="mega-menu" data-items="/api/menu"></nav>`)},
			gap(audit.ReasonNeedsJS), gap(audit.ReasonNeedsJS)},
		{"one and the same page everywhere", town{
			"/": page("Example Homes", manyLinks), "/a": page("Example Homes", manyLinks), "/b": page("Example Homes", manyLinks), "/c": page("Example Homes", manyLinks),
		}, gap(audit.ReasonUnrecognised), gap(audit.ReasonUnrecognised)},
		{"an empty place for a list's pages", town{"/": page("Example Homes", `<nav class="wp-block-query-pagination"></nav>`)}, complete, complete},
		{"a menu of the site's own element", town{"/": page("Example Homes", `<mega-menu src="/api/menu"></mega-menu>`)},
			gap(audit.ReasonNeedsJS), gap(audit.ReasonNeedsJS)},
		{"a menu folded into a template", town{
			"/": page("Example Homes", `<template><nav><a href="/x/complaints">Complaints</a></nav></template>`), "/sitemap.xml": xmlBody(menuMap),
		}, gap(audit.ReasonIncomplete), complete},
		{"a picture with a link on it", town{
			"/": page("Example Homes", `<map><area href="/page7" alt="Com&shy;plaints"></map>`), "/sitemap.xml": xmlBody(menuMap),
		}, gap(audit.ReasonIncomplete), complete},
		{"a section that robots.txt forbids", town{
			"/": page("Example Homes", `<a href="/help/">Help</a>`), "/help/": {problem: audit.ReasonRobots},
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a page with the words that robots.txt forbids", town{
			"/": page("Example Homes", `<a href="/help/complaints">Help</a>`), "/help/complaints": {problem: audit.ReasonRobots}, "/sitemap.xml": xmlBody(menuMap),
		}, gap(audit.ReasonIncomplete), complete},
		{"a sitemap cut short", town{
			"/": page("Example Homes", ""), "/sitemap.xml": xmlBody(`<urlset><url><loc>https://homes.test/a</loc></url>`),
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a sitemap that a server error hides", town{
			"/": page("Example Homes", ""), "/sitemap.xml": {status: 503},
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"an ordinary page where a sitemap was guessed", town{
			"/": page("Example Homes", ""), "/sitemap.xml": page("Example Homes", ""),
		}, complete, complete},
		{"an ordinary page where a sitemap was named", town{
			"/": page("Example Homes", ""), "/robots.txt": {kind: "text/plain", body: "User-agent: *\nSitemap: /maps/all.xml\n"},
			"/maps/all.xml": page("Example Homes", ""),
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"a sitemap on another host", town{
			"/": page("Example Homes", ""), "/robots.txt": {kind: "text/plain", body: "Sitemap: https://cdn.example/all.xml"},
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"an index four levels deep", town{
			"/":            page("Example Homes", ""),
			"/sitemap.xml": xmlBody(`<sitemapindex><sitemap><loc>https://homes.test/1.xml</loc></sitemap></sitemapindex>`),
			"/1.xml":       xmlBody(`<sitemapindex><sitemap><loc>https://homes.test/2.xml</loc></sitemap></sitemapindex>`),
			"/2.xml":       xmlBody(`<sitemapindex><sitemap><loc>https://homes.test/3.xml</loc></sitemap></sitemapindex>`),
			"/3.xml":       xmlBody(emptyMap),
		}, gap(audit.ReasonIncomplete), gap(audit.ReasonIncomplete)},
		{"an index that names itself", town{
			"/":            page("Example Homes", ""),
			"/sitemap.xml": xmlBody(`<sitemapindex><sitemap><loc>https://homes.test/sitemap.xml</loc></sitemap></sitemapindex>`),
		}, complete, complete},
		{"robots forbids", town{"/": {problem: audit.ReasonRobots}}, gap(audit.ReasonRobots), gap(audit.ReasonRobots)},
		{"a home page that does not answer", town{"/": {problem: audit.ReasonTimeout}}, gap(audit.ReasonTimeout), gap(audit.ReasonTimeout)},
		{"no home page", town{}, gap(audit.ReasonNotFound), gap(audit.ReasonNotFound)},
		{"the same page by other names", town{
			"/":       page("Example Homes", `<a href="/about/">About</a><a href="https://www.homes.test/about">About</a><a href="/about#team">Team</a>`),
			"/about/": page("About", ""),
		}, complete, complete},
	} {
		t.Run(c.name, func(t *testing.T) {
			walk, _ := c.town.visit(t, platform.Web(), webJob(), settings(t))
			for id, want := range map[audit.CheckID]audit.Coverage{"complaints_page": c.complaint, "forum": c.forum} {
				got := walk.Coverage[id]
				if got.Complete && len(got.Captures) == 0 {
					t.Errorf("%s: complete without captures", id)
				}
				got.Captures = nil
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", id, diff)
				}
			}
			if _, there := walk.Coverage["visitor_posts"]; there {
				t.Error("coverage of a check that is not asked of sites")
			}
		})
	}
}

// TestDrawnMenuIsNotRemembered: a home page whose menu a script draws is read anew, for its outline does not say so.
func TestDrawnMenuIsNotRemembered(t *testing.T) {
	walk, _ := town{"/": page("Example Homes", `<nav></nav>`)}.visit(t, platform.Web(), webJob(), settings(t))
	if _, kept := walk.Pages["https://homes.test/"]; kept {
		t.Error("remembered: the next visit would find the site read whole")
	}
}

// TestNewsOnlyInTheSitemap: posts that a script lists, and only the sitemap names, are read or leave the look incomplete.
func TestNewsOnlyInTheSitemap(t *testing.T) {
	here := town{"/": page("Example Homes", `<a href="/news/">News</a>`), "/news/": page("News", `<div id="list"></div>`),
		"/sitemap.xml": xmlBody(strings.ReplaceAll(menuMap, "</urlset>", `<url><loc>https://homes.test/news/roof</loc></url></urlset>`))}
	walk, asked := here.visit(t, platform.Web(), webJob(), settings(t))
	if c := walk.Coverage["comments"]; c.Complete || find(asked, "/news/roof") == nil {
		t.Errorf("coverage %+v after %q", c, paths(asked))
	}
}

// Whatever a site answers, the plan ends, proves nothing from nothing, and makes only ids and pseudonyms of comments.
func FuzzPlan(f *testing.F) {
	f.Add([]byte(page("Example Homes", `<link rel="https://api.w.org/" href="/wp-json/"><a href="/complaints">Complaints</a>`).body), []byte(postRows), []byte(feedBody), []byte(remarkRows))
	f.Add([]byte("<title>Example</title><a href=//x>"), []byte("[]"), []byte(emptyMap), []byte(`[{"id":1,"post":1,"content":{},"type":"comment","link":"https://homes.test/a?cpage=1"}]`))
	f.Fuzz(func(t *testing.T, home, rows, xml, remarks []byte) {
		keys, err := audit.NewKeys([]byte(strings.Repeat("k", 32)))
		if err != nil {
			t.Fatal(err)
		}
		checks := []crawler.Check{{ID: "complaints_page", Site: true, On: []audit.Platform{audit.Web}, Words: []string{"complain"}}}
		s := crawler.Settings{MaxPages: 10, MaxDepth: 2, Keys: keys, Text: true, Checks: checks, Words: crawler.NewWords(checks)}
		plan := platform.Web().Plan(webJob(), s)
		queue := plan.First()
		for n := 0; len(queue) > 0; n++ {
			if n > 100 {
				t.Fatal("the plan does not end")
			}
			here := answer{body: string(home)}
			switch queue[0].For {
			case "posts":
				here = jsonBody(string(rows))
			case "comments":
				here = jsonBody(string(remarks))
			case "feed", "sitemap":
				here = xmlBody(string(xml))
			}
			one := town{strings.TrimPrefix(queue[0].URL, "https://homes.test"): here}
			queue = plan.Next(crawler.NewPage(one.answer(queue[0]), nil))
		}
		walk := plan.Done(nil)
		for _, c := range walk.Comments {
			if len(c.ID) != 32 || len(c.Author) != 32 || len(c.Post) != 16 || c.Text != audit.Redact(c.Text) {
				t.Fatalf("comment %+v", c)
			}
		}
		if e := walk.Confirmed; e != nil && e.Offset+e.Length > len(home) {
			t.Fatalf("evidence %+v of %d bytes", e, len(home))
		}
	})
}
