package crawler

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// partChecks are one whose answer a script draws where the page has a place for it, and one that the page answers itself.
func partChecks() []Check {
	on := []audit.Platform{audit.Web}
	return []Check{
		{ID: "comments", On: on, Version: 1, Look: func(p *Page) Look {
			switch f := p.Tag("form"); {
			case len(f) > 0:
				return Look{State: audit.Open, Rule: "form", Mark: f[0]}
			case p.ID("part") != nil:
				return Look{Reason: audit.ReasonNeedsJS}
			}
			return Look{Reason: audit.ReasonNoMarker}
		}},
		{ID: "forum", On: on, Site: true, Version: 1, Look: func(p *Page) Look {
			return Look{State: audit.Open, Rule: "heading", Mark: p.Tag("h1")[0]}
		}},
	}
}

func partedPage(part string) string {
	return `<!DOCTYPE html><html><head><title>Hollybank Homes</title></head><body><header><nav><a href="/">Home</a> <a href="/n">News</a></nav></header><main><h1>Hollybank Homes</h1><p>` +
		strings.Repeat("We look after homes and the people in them. ", 10) + part + `</p></main><footer>Hollybank</footer></body></html>`
}

// TestPartsAreDrawn: of a page that is there without its script, but for a part, only the checks that the part left without an answer are
// answered from the drawn page; the others keep what the site sent. A replay reads both as the visit did.
func TestPartsAreDrawn(t *testing.T) {
	const form = `<form><textarea name="comment"></textarea></form>`
	type seen map[string]string
	for name, c := range map[string]struct {
		pages  []string // that have the part
		draws  func() (Drawn, error)
		people bool
		want   seen // by path and check
		drawn  int
		kept   []string // checks of the drawn captures
	}{
		"it shows a form": {[]string{"/"}, func() (Drawn, error) { return Drawn{DOM: []byte(partedPage(`<b id="part">` + form + `</b>`))}, nil }, false,
			seen{"/ comments": "unknown needs_js, open drawn", "/ forum": "open"}, 1, []string{"comments"}},
		"it shows nothing either": {[]string{"/"}, func() (Drawn, error) { return Drawn{DOM: []byte(partedPage(`<b id="part"></b>`))}, nil }, false,
			seen{"/ comments": "unknown needs_js", "/ forum": "open"}, 1, nil},
		"it fails": {[]string{"/"}, func() (Drawn, error) { return Drawn{}, errors.New("it died") }, false,
			seen{"/ comments": "unknown needs_js", "/ forum": "open"}, 1, nil},
		"on three pages": {[]string{"/", "/a", "/b"}, func() (Drawn, error) { return Drawn{DOM: []byte(partedPage(`<b id="part">` + form + `</b>`))}, nil }, true,
			seen{"/ comments": "unknown needs_js, open drawn", "/ forum": "open", "/a comments": "unknown needs_js, open drawn", "/a forum": "open", "/b comments": "unknown needs_js", "/b forum": "open"}, 2, []string{"comments", "comments"}},
		"no page has such a part": {nil, nil, false, seen{"/ comments": "unknown no_marker", "/ forum": "open"}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				w.Header().Set("ETag", `"1"`)
				switch {
				case r.Header.Get("If-None-Match") != "":
					w.WriteHeader(http.StatusNotModified)
				case c.pages == nil:
					_, _ = io.WriteString(w, partedPage(""))
				default:
					_, _ = io.WriteString(w, partedPage(`<b id="part"></b>`))
				}
			})
			drawn := 0
			o := Options{Hosts: hostsFor(s.Server, "hollybank.test"), Checks: partChecks(), Draw: func(context.Context, Drawing) (Drawn, error) {
				drawn++
				return c.draws()
			}}
			requests := home()
			for _, p := range c.pages[min(1, len(c.pages)):] {
				requests = append(requests, page(p, 1))
			}
			requests[0].People = c.people
			r := newRig(t, o, &listPlan{requests: requests})
			v := look(t, r, jobFor("http://hollybank.test/"))
			got := seen{}
			for _, x := range v.Readings {
				k := strings.TrimPrefix(x.URL, "http://hollybank.test") + " " + string(x.Check)
				said := strings.TrimSpace(x.Verdict.State().String() + " " + string(x.Verdict.Reason()))
				if e := x.Verdict.Evidence(); e != nil && e.Drawn {
					said += " drawn"
				}
				if got[k] != "" {
					said = got[k] + ", " + said
				}
				got[k] = said
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("readings (-want +got):\n%s", d)
			}
			var only []string
			var again []audit.Reading
			for _, x := range v.Captures {
				if x.Asked == nil {
					continue
				}
				for _, id := range x.Asked.Only {
					only = append(only, string(id))
				}
				if len(x.MadeFrom) > 0 && x.Sealed != (c.people && x.URL == "http://hollybank.test/") {
					t.Errorf("sealed: %+v", x)
				}
				kept := r.keeper.kept[x.Offset-1]
				readings, err := ReadAgain(partChecks(), Again{Capture: x, How: audit.Anonymous, Header: http.Header{"Content-Type": {"text/html"}}, Body: kept.Body}, nil)
				if err != nil {
					t.Fatal(err)
				}
				again = append(again, readings...)
			}
			if d := cmp.Diff(c.kept, only); d != "" || drawn != c.drawn {
				t.Errorf("%d drawn, want %d; of checks (-want +got):\n%s", drawn, c.drawn, d)
			}
			if len(again) != len(v.Readings) {
				t.Errorf("%d readings, and read again %d", len(v.Readings), len(again))
			}
			if remembered := len(v.Memory.Pages); remembered != len(requests)-len(c.kept) {
				t.Errorf("%d pages are remembered: those answered from a drawn page are to be read anew", remembered)
			}
		})
	}
}

// TestABrowserReadsAnew: what is remembered from visits without a browser is not taken for unchanged once there is one.
func TestABrowserReadsAnew(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, partedPage(`<b id="part"></b>`))
	})
	o := Options{Hosts: hostsFor(s.Server, "hollybank.test"), Checks: partChecks()}
	job := jobFor("http://hollybank.test/")
	job.Memory = look(t, newRig(t, o, &listPlan{requests: home()}), job).Memory
	if v := look(t, newRig(t, o, &listPlan{requests: home()}), job); len(v.Unchanged) != 1 {
		t.Errorf("without a browser %d pages are as before, want 1", len(v.Unchanged))
	}
	drawn := 0
	o.Draw = func(context.Context, Drawing) (Drawn, error) { drawn++; return Drawn{}, errors.New("it died") }
	if v := look(t, newRig(t, o, &listPlan{requests: home()}), job); len(v.Unchanged) != 0 || drawn != 1 {
		t.Errorf("with a browser %d pages are as before, %d drawn", len(v.Unchanged), drawn)
	}
}
