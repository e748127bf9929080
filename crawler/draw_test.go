package crawler

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/evidence"
)

const shell = `<!doctype html><html><head><title>Hollybank Homes</title></head><body><div id="app"></div><script src="/app.js"></script></body></html>`

// drawnChecks are one that finds what a script made, and one that finds nothing.
func drawnChecks() []Check {
	return []Check{
		{ID: "comments", On: []audit.Platform{audit.Web}, Version: 1, Look: func(p *Page) Look {
			if f := p.Tag("form"); len(f) > 0 {
				return Look{State: audit.Open, Rule: "form", Mark: f[0]}
			}
			return Look{}
		}},
		{ID: "forum", On: []audit.Platform{audit.Web}, Version: 1, Look: func(*Page) Look { return Look{State: audit.Absent, Rule: "none"} }},
	}
}

// TestDrawing: what a page is drawn from goes through the one transport: robots.txt of each host, the guard, the record.
// The document is a capture of its own that names those it was made of; it shows what is there, proves no absence, and
// is not remembered.
func TestDrawing(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Host + r.URL.Path {
		case "hollybank.test/robots.txt":
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /secret\n")
		case "cdn.test/robots.txt":
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /\n")
		case "hollybank.test/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, shell)
		case "hollybank.test/app.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, "draw()")
		case "hollybank.test/moved":
			http.Redirect(w, r, "/app.js", http.StatusFound)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	var refused []string
	o := Options{Hosts: hostsFor(s.Server, "hollybank.test", "cdn.test"), Checks: drawnChecks()}
	o.Draw = func(ctx context.Context, d Drawing) (Drawn, error) {
		if string(d.Body) != shell || d.URL != "http://hollybank.test/" {
			t.Errorf("drawing of %s: %s", d.URL, d.Body)
		}
		if got, err := d.Fetch(ctx, "http://hollybank.test/app.js"); err != nil || string(got.Body) != "draw()" || got.Status != 200 {
			t.Errorf("the page's script: %+v, %v", got, err)
		}
		if got, err := d.Fetch(ctx, "http://hollybank.test/moved"); err != nil || got.To != "http://hollybank.test/app.js" {
			t.Errorf("a redirect: %+v, %v", got, err)
		}
		for _, a := range []string{"http://hollybank.test/secret.json", "http://cdn.test/lib.js", "http://127.0.0.1:1/", "http://10.0.0.1/", "http://169.254.169.254/x", "file:///etc/passwd", "http://[::1]/"} {
			if _, err := d.Fetch(ctx, a); err != nil {
				refused = append(refused, a)
			}
		}
		return Drawn{DOM: []byte("<!DOCTYPE html><html><head><title>Hollybank Homes</title></head><body><main><h1>Hollybank Homes</h1><p>" +
			strings.Repeat("We look after homes and the people in them. ", 10) + `</p><form><textarea name="comment"></textarea></form></main></body></html>`)}, nil
	}
	r := newRig(t, o, &listPlan{requests: home()})
	v := look(t, r, jobFor("http://hollybank.test/"))
	if len(refused) != 7 {
		t.Errorf("only %q were refused", refused)
	}
	if i := slices.IndexFunc(s.asked, func(a string) bool { return strings.Contains(a, "secret") || strings.Contains(a, "lib") }); i >= 0 {
		t.Errorf("asked for %s", s.asked[i])
	}
	got := map[audit.CheckID]string{}
	for _, x := range v.Readings {
		got[x.Check] += x.Verdict.State().String() + string(x.Verdict.Reason())
		if e := x.Verdict.Evidence(); e != nil && !e.Drawn {
			t.Errorf("%s does not say that it was seen in a drawn page: %+v", x.Check, e)
		}
	}
	if d := cmp.Diff(map[audit.CheckID]string{"comments": "open", "forum": "unknownneeds_js"}, got); d != "" {
		t.Error(d)
	}
	c := v.Captures[len(v.Captures)-1]
	var from []string
	for _, x := range v.Captures {
		if slices.Contains(c.MadeFrom, x.ID) {
			from = append(from, x.URL)
		}
	}
	slices.Sort(from)
	if d := cmp.Diff([]string{"http://hollybank.test/", "http://hollybank.test/app.js"}, from); d != "" || c.Asked == nil || !c.Asked.Home {
		t.Errorf("made from (-want +got) %s, capture %+v", d, c)
	}
	if x := r.keeper.kept[len(r.keeper.kept)-1]; !x.Drawn || len(x.RequestHead) > 0 || !strings.Contains(string(x.Body), "textarea") {
		t.Errorf("kept %+v", x)
	}
	if len(v.Memory.Pages) > 0 {
		t.Errorf("remembered: %v", v.Memory.Pages)
	}
	again, err := ReadAgain(drawnChecks(), Again{Capture: c, How: audit.Anonymous, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: r.keeper.kept[len(r.keeper.kept)-1].Body}, nil)
	if err != nil || len(again) != 2 || !again[0].Verdict.Evidence().Drawn || again[1].Verdict.Reason() != audit.ReasonNeedsJS {
		t.Errorf("read again: %+v, %v", again, err)
	}
}

// pictureKeeper keeps pictures in a folder of their own.
type pictureKeeper struct {
	memoryKeeper
	*evidence.Folder
}

func (k *pictureKeeper) Keep(ctx context.Context, job string, x *evidence.Exchange, seal bool) (evidence.Kept, error) {
	return k.memoryKeeper.Keep(ctx, job, x, seal)
}

func (k *pictureKeeper) Flush(context.Context, string) error { return nil }

// TestAPictureForEachChange: the picture of a drawn page is kept once for each document, however often it is drawn, and the capture
// names it; none is kept of a page that may show people's words, or where the browser made none.
func TestAPictureForEachChange(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, shell)
	})
	folder, err := evidence.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	var body, png string
	draw := func(context.Context, Drawing) (Drawn, error) {
		dom := "<!DOCTYPE html><html><head><title>Hollybank Homes</title></head><body><main><h1>Hollybank Homes</h1><p>" + strings.Repeat(body, 10) + "</p></main></body></html>"
		return Drawn{DOM: []byte(dom), Picture: []byte(png)}, nil
	}
	pages := home()
	o := Options{Keeper: &pictureKeeper{Folder: folder}, Hosts: hostsFor(s.Server, "hollybank.test"), Checks: drawnChecks(), Draw: draw}
	plan := &listPlan{requests: pages}
	r := newRig(t, o, plan)
	const first, then = "We look after homes and the people in them. ", "We look after more homes than ever before. "
	var files []string
	for _, look := range []struct {
		body, png string
		people    bool
	}{{first, "one", false}, {first, "two", false}, {then, "three", false}, {then + first, "", false}, {first + then, "five", true}} {
		body, png = look.body, look.png
		plan.requests = slices.Clone(pages)
		plan.requests[0].People = look.people
		v, err := r.Visit(t.Context(), jobFor("http://hollybank.test/"))
		if err != nil {
			t.Fatal(err)
		}
		c := v.Captures[len(v.Captures)-1]
		if len(c.MadeFrom) == 0 || c.Sealed != look.people {
			t.Fatalf("no drawn page, or sealed: %+v", c)
		}
		files = append(files, c.Picture)
	}
	if files[0] == "" || files[1] != files[0] || files[2] == "" || files[2] == files[0] || files[3] != "" || files[4] != "" {
		t.Errorf("pictures %q", files)
	}
	for file, want := range map[string]string{files[0]: "one", files[2]: "three"} {
		if got, err := folder.Picture(file); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want that of the look that saw it first, %q", file, got, err, want)
		}
	}
}

// TestDrawingFails: where no browser is set, or it fails, the page is what it was: unknown/needs_js.
func TestDrawingFails(t *testing.T) {
	for name, draw := range map[string]func(context.Context, Drawing) (Drawn, error){
		"no browser": nil,
		"fails":      func(context.Context, Drawing) (Drawn, error) { return Drawn{}, errors.New("it died") },
		"panics":     func(context.Context, Drawing) (Drawn, error) { panic("it died") },
	} {
		s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, shell)
		})
		r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test"), Checks: drawnChecks(), Draw: draw}, &listPlan{requests: home()})
		want := audit.ReasonNeedsJS
		if name == "panics" {
			want = audit.ReasonInternal
		}
		for _, x := range look(t, r, jobFor("http://hollybank.test/")).Readings {
			if x.Verdict.Reason() != want {
				t.Errorf("%s: %s says %v, want %s", name, x.Check, x.Verdict, want)
			}
		}
	}
}

// TestStoppedWhileDrawing: a crawler that is stopped does not wait for a page that is never ready.
func TestStoppedWhileDrawing(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, shell)
	})
	var r *rig
	begun := make(chan struct{})
	o := Options{Hosts: hostsFor(s.Server, "hollybank.test"), Checks: drawnChecks(), Draw: func(ctx context.Context, _ Drawing) (Drawn, error) {
		close(begun)
		<-ctx.Done()
		return Drawn{}, ctx.Err()
	}}
	r = newRig(t, o, &listPlan{requests: home()})
	go func() { <-begun; r.stop() }()
	if _, err := r.Visit(t.Context(), jobFor("http://hollybank.test/")); !errors.Is(err, ErrStopped) {
		t.Errorf("%v, want that it was stopped", err)
	}
}
