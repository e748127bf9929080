package crawler

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// A page that its site sent away for good is known by the address that it had: what is found on it goes on, at the visit that
// sees it move and at those that find it where it is.
func TestMovedPages(t *testing.T) {
	const old, moved = "http://hollybank.org.uk/news/old", "http://hollybank.org.uk/news/new"
	for name, c := range map[string]struct {
		status        int // of the old address, once it moved
		to, title     string
		before, asked string // addresses of the first visit and of the last two
		want          string // what the page goes by
	}{
		"for good":                  {301, moved, "Lift repaired", old, old, old},
		"for good, as it was asked": {308, moved, "Lift repaired", old, old, old},
		"for a while":               {302, moved, "Lift repaired", old, old, moved},
		"to what is another page":   {301, moved, "All our news", old, old, moved},
		"to the home page":          {301, "http://hollybank.org.uk/", "Hollybank", old, old, "http://hollybank.org.uk/"},
		"to a page that was there":  {301, moved, "Lift repaired", old + " " + moved, old, moved},
		"with the whole site":       {301, "http://www.hollybank.org.uk/news/old", "Lift repaired", old, "http://www.hollybank.org.uk/news/old", old},
		"to another site":           {301, "http://elsewhere.test/news/old", "Lift repaired", old, "http://elsewhere.test/news/old", "http://elsewhere.test/news/old"},
	} {
		t.Run(name, func(t *testing.T) {
			gone := false
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				whole := strings.HasPrefix(c.to, "http://www.")
				switch at := "http://" + r.Host + r.URL.Path; {
				case r.URL.Path == "/robots.txt":
					w.WriteHeader(http.StatusNotFound)
				case gone && whole && !strings.HasPrefix(r.Host, "www."):
					http.Redirect(w, r, "http://www."+r.Host+r.URL.Path, c.status)
				case gone && at == old:
					http.Redirect(w, r, c.to, c.status)
				default:
					title := "Lift repaired"
					if gone && at == c.to {
						title = c.title
					}
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
					_, _ = io.WriteString(w, pageWith(title))
				}
			})
			box := Check{ID: "comments", On: []audit.Platform{audit.Web}, Version: 1, Look: func(p *Page) Look {
				return Look{State: audit.Open, Rule: "box", System: "custom", Mark: p.ID("box")}
			}}
			o := Options{Hosts: hostsFor(s.Server, "hollybank.org.uk", "www.hollybank.org.uk", "elsewhere.test"), Checks: []Check{box}}
			memory := audit.Memory{Pages: map[string]audit.PageMemory{}}
			visit := func(id, pages string) string {
				plan := &listPlan{requests: []Request{{URL: "http://hollybank.org.uk/", For: ForHome, Priority: 1000}}}
				for address := range strings.FieldsSeq(pages) {
					plan.requests = append(plan.requests, Request{URL: address, For: ForPage})
				}
				job := jobFor("http://hollybank.org.uk/")
				job.ID, job.Memory = id, memory
				v := look(t, newRig(t, o, plan), job)
				for address, m := range v.Memory.Pages {
					m.Reader = 0 // so that it is read anew
					memory.Pages[address] = m
				}
				scope := ""
				for _, r := range v.Readings {
					scope = r.Scope // of the last page
				}
				return scope
			}
			if got := visit("first", c.before); !strings.HasSuffix(c.before, got) {
				t.Fatalf("before: %s", got)
			}
			gone = true
			if got := visit("second", c.asked); got != c.want {
				t.Errorf("the visit that sees it move: %s, want %s", got, c.want)
			}
			if got := visit("third", c.to); got != c.want && c.to != "http://hollybank.org.uk/" {
				t.Errorf("the next: %s, want %s", got, c.want)
			}
		})
	}
}

func pageWith(title string) string {
	return "<!doctype html><html lang=en><head><title>" + html.EscapeString(title) + " - Hollybank</title></head><body><main><h1>" + title + "</h1><p>" +
		strings.Repeat("Words of the page, made up for a test. ", 10) + "</p><form id=box><textarea name=comment></textarea></form></main></body></html>"
}
