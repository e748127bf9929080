package crawler

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"doorknock/audit"
)

// routedSite is a site of three pages and a sitemap, and the plan that walks it one page after another.
func routedSite(t *testing.T) (pages map[string]string, s *site, plan func() *listPlan) {
	t.Helper()
	pages = map[string]string{"/": "<title>Home</title>", "/map.xml": "<urlset/>", "/a": "<title>A</title>", "/b": "<title>B</title>"}
	s = newSite(t, func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"`+hashOf([]byte(body))+`"`)
		if r.Header.Get("If-None-Match") == w.Header().Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		if strings.HasSuffix(r.URL.Path, ".xml") {
			w.Header().Set("Content-Type", "text/xml")
		}
		_, _ = io.WriteString(w, body)
	})
	const at = "http://hollybank.test"
	way := []Request{{URL: at + "/", For: ForHome}, {URL: at + "/robots.txt", For: ForRobots}, {URL: at + "/map.xml", For: "sitemap", Accept: "text/xml"},
		{URL: at + "/a", For: ForPage, Depth: 1}, {URL: at + "/b", For: ForPage, Depth: 1}}
	return pages, s, func() *listPlan {
		return &listPlan{requests: way[:1], next: func(p *Page) []Request {
			i := slices.IndexFunc(way, func(r Request) bool { return r.URL == p.Answer.Request.URL })
			return way[i+1 : min(i+2, len(way))]
		}}
	}
}

// TestRoute: a visit that finds everything as before asks for the same and finds nothing anew; and whatever is otherwise,
// it is the visit that a plan would have led, with each address asked once.
func TestRoute(t *testing.T) {
	pages, s, plan := routedSite(t)
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, plan())
	first := look(t, r, jobFor("http://hollybank.test/"))
	if first.Memory.Route == nil || len(first.Memory.Route.Steps) != 5 || first.Same != nil {
		t.Fatalf("route %+v", first.Memory.Route)
	}
	before := maps.Clone(pages)
	job := func(route bool) audit.Job {
		j := jobFor("http://hollybank.test/")
		j.Memory = first.Memory
		j.Memory.Pages, j.Memory.Route = maps.Clone(first.Memory.Pages), nil
		if route {
			way := *first.Memory.Route
			way.Visit, way.Findings = "earlier", 7
			j.Memory.Route = &way
		}
		return j
	}
	for _, c := range []struct {
		name   string
		change func(*audit.Job)
		same   bool
		asked  int // requests; 0: four
	}{
		{name: "as before", change: func(*audit.Job) {}, same: true},
		{name: "the home page changed", change: func(*audit.Job) { pages["/"] = "<title>Hello</title>" }},
		{name: "a page changed", change: func(*audit.Job) { pages["/a"] = "<title>Another</title>" }},
		{name: "the last page changed", change: func(*audit.Job) { pages["/b"] = "<title>Another</title>" }},
		{name: "the sitemap changed", change: func(*audit.Job) { pages["/map.xml"] = "<urlset><url/></urlset>" }},
		{name: "a page is gone", change: func(*audit.Job) { delete(pages, "/a") }},
		{name: "the sitemap is gone", change: func(*audit.Job) { delete(pages, "/map.xml") }},
		{name: "a page is not remembered", change: func(j *audit.Job) { delete(j.Memory.Pages, "http://hollybank.test/a") }},
		{name: "robots.txt forbids a page", change: func(j *audit.Job) {
			h := j.Memory.Host.Robots["http://hollybank.test"]
			h.Allow, h.Body = false, "User-agent: *\nDisallow: /a\n"
			j.Memory.Host.Robots = map[string]audit.RobotsMemory{"http://hollybank.test": h}
		}, asked: 3},
		{name: "a light visit", change: func(j *audit.Job) { j.Light = true }, asked: 1},
		{name: "another name", change: func(j *audit.Job) { j.OrganisationName = "Hollybank" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer maps.Copy(pages, before)
			routed, led := job(true), job(false)
			c.change(&routed)
			c.change(&led)
			r.plan, s.asked = plan(), nil
			got := look(t, r, routed)
			asked := s.asked
			reached := len(r.plan.pages)
			r.plan = plan()
			want := look(t, r, led)
			if c.asked == 0 {
				c.asked = 4
			}
			if len(asked) != c.asked {
				t.Errorf("asked %v", asked)
			}
			if c.same != (got.Same != nil) || c.same != (reached == 0) {
				t.Fatalf("same %+v, %d pages given to the plan", got.Same, reached)
			}
			if c.same {
				if *got.Same != (audit.Same{Visit: "earlier", Findings: 7}) || len(got.Memory.Pages) > 0 || got.Memory.Route != nil {
					t.Errorf("%+v, memory %+v", got.Same, got.Memory)
				}
				want.Coverage, want.Memory.Pages, want.Memory.Route = got.Coverage, got.Memory.Pages, nil
				got.Same = nil
			}
			ignore := cmp.Options{cmpopts.IgnoreTypes(audit.HostMemory{}), cmpopts.IgnoreFields(audit.Visit{}, "StartedAt", "ObservedAt"),
				cmpopts.IgnoreFields(audit.Capture{}, "At", "Took", "Offset"), cmpopts.IgnoreFields(audit.PageRef{}, "At"), cmpopts.IgnoreFields(audit.Reading{}, "At", "Verdict"),
				cmpopts.IgnoreFields(audit.PageMemory{}, "At")}
			if d := cmp.Diff(want, got, ignore); d != "" {
				t.Errorf("(-led by a plan +along the route):\n%s", d)
			}
		})
	}
	t.Run("what is remembered cannot be read", func(t *testing.T) {
		defer maps.Copy(pages, before)
		j := job(true)
		m := j.Memory.Pages["http://hollybank.test/a"]
		m.Outline = ".!"
		j.Memory.Pages["http://hollybank.test/a"] = m
		pages["/b"] = "<title>Another</title>"
		r.plan, s.asked = plan(), nil
		v := look(t, r, j)
		if len(s.asked) != 5 || len(v.Unchanged) != 2 || v.Memory.Pages["http://hollybank.test/a"].Outline == "" {
			t.Errorf("asked %v, unchanged %v", s.asked, v.Unchanged)
		}
	})
	t.Run("the same bytes under a new validator", func(t *testing.T) {
		j := job(true)
		m := j.Memory.Pages["http://hollybank.test/a"]
		m.ETag = `"old"`
		j.Memory.Pages["http://hollybank.test/a"] = m
		v := look(t, r, j)
		if got := v.Memory.Pages; v.Same == nil || len(got) != 1 || got["http://hollybank.test/a"].ETag != first.Memory.Pages["http://hollybank.test/a"].ETag {
			t.Errorf("same %v, memory %+v", v.Same, got)
		}
	})
}

// TestNoRoute: what is read anew at every visit leaves none.
func TestNoRoute(t *testing.T) {
	for name, change := range map[string]func(*Request, *listPlan, map[string]string){
		"people's words": func(r *Request, _ *listPlan, _ map[string]string) { r.People = true },
		"a post":         func(r *Request, _ *listPlan, _ map[string]string) { r.Post = &audit.PostFacts{URL: r.URL} },
		"a large sitemap": func(_ *Request, _ *listPlan, pages map[string]string) {
			pages["/map.xml"] = strings.Repeat("<loc/>", 20_000)
		},
		"an unread request": func(_ *Request, p *listPlan, _ map[string]string) {
			if len(p.requests) == 1 {
				p.requests = slices.Repeat(p.requests, 60)
			}
		},
		"a page not to keep": func(_ *Request, p *listPlan, _ map[string]string) { p.forget = "http://hollybank.test/a" },
	} {
		t.Run(name, func(t *testing.T) {
			pages, s, plan := routedSite(t)
			p := plan()
			next := p.next
			p.next = func(page *Page) []Request {
				more := slices.Clone(next(page))
				for i := range more {
					change(&more[i], p, pages)
				}
				return more
			}
			change(&Request{}, p, pages)
			r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, p)
			if v := look(t, r, jobFor("http://hollybank.test/")); v.Memory.Route != nil {
				t.Errorf("route %+v", v.Memory.Route)
			}
		})
	}
}
