package checks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestFixtures reads every page of testdata/<check>/<state>-<name>.html. Its .want file gives the state and what else
// must hold: rule=, reason=, kind=, system=, count=, claimed=, value.KEY= (blanks as _); depth=, at= (its address) and
// post=yes (it was asked for as a post) are given to the page.
func TestFixtures(t *testing.T) {
	for _, check := range checks.All() {
		files, err := filepath.Glob(filepath.Join("testdata", string(check.ID), "*.html"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no fixtures: %v", check.ID, err)
		}
		for _, file := range files {
			t.Run(string(check.ID)+"/"+strings.TrimSuffix(filepath.Base(file), ".html"), func(t *testing.T) {
				fixture(t, check, file)
			})
		}
	}
}

func fixture(t *testing.T, check crawler.Check, file string) {
	t.Helper()
	raw, err := os.ReadFile(strings.TrimSuffix(file, ".html") + ".want")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(raw))
	if !strings.HasPrefix(filepath.Base(file), want[0]+"-") {
		t.Errorf("the file's name does not begin with its state %q", want[0])
	}
	p := saved("https://www.fernley.example/news/roof/", body(t, file))
	for _, w := range want {
		if at, ok := strings.CutPrefix(w, "at="); ok {
			p = saved(at, body(t, file))
		}
		if d, ok := strings.CutPrefix(w, "depth="); ok {
			p.Answer.Request.Depth, _ = strconv.Atoi(d)
		}
		if w == "post=yes" {
			title, _, _ := strings.Cut(p.Title(), " | ")
			p.Answer.Request.Post = &audit.PostFacts{URL: p.URL().String(), Title: title}
		}
	}
	r := p.Read([]crawler.Check{check})[0]
	got := described(r)
	if r.Verdict.State().String() != want[0] {
		t.Fatalf("got %v %v, want %v", r.Verdict.State(), got, want)
	}
	for _, w := range want[1:] {
		if key, _, _ := strings.Cut(w, "="); key != "depth" && key != "at" && key != "post" && !contains(got, w) {
			t.Errorf("got %v, want %s", got, w)
		}
	}
	evident(t, p, r)
	p.Read(checks.All())
	lasts(t, p)
	if strays := p.Strays(); len(strays) > 0 {
		t.Errorf("asked of a page and in no set of signs, so that each costs a search of its own: %q", strays)
	}
}

func described(r audit.Reading) []string {
	got := []string{"reason=" + string(r.Verdict.Reason()), "kind=" + string(r.Verdict.Kind()), "system=" + r.System}
	if e := r.Verdict.Evidence(); e != nil {
		got = append(got, "rule="+e.Rule)
	}
	for k, v := range r.Values {
		got = append(got, "value."+string(k)+"="+strings.ReplaceAll(v.String(), " ", "_"))
	}
	if r.Count != nil {
		got = append(got, fmt.Sprintf("count=%d", *r.Count))
	}
	if r.CountClaimed != nil {
		got = append(got, fmt.Sprintf("claimed=%d", *r.CountClaimed))
	}
	return got
}

// evident fails where a verdict other than unknown does not point at bytes of the body that read as its excerpt.
func evident(t testing.TB, p *crawler.Page, r audit.Reading) {
	t.Helper()
	e := r.Verdict.Evidence()
	if e == nil {
		if r.Verdict.State() != audit.Unknown {
			t.Fatalf("%s is %v without evidence", r.Check, r.Verdict.State())
		}
		return
	}
	b := p.Answer.Body
	if e.Length == 0 || e.Offset < 0 || e.Offset+e.Length > len(b) {
		t.Fatalf("%s: evidence of %d bytes at %d in a body of %d", r.Check, e.Length, e.Offset, len(b))
	}
	if got := decoded(b, e.Offset, e.Length, p.Answer.Header.Get("Content-Type")); got != e.Excerpt {
		t.Fatalf("%s: bytes at %d read %q, excerpt says %q", r.Check, e.Offset, got, e.Excerpt)
	}
	if len([]rune(e.Excerpt)) > 200 {
		t.Fatalf("%s: excerpt of %d characters", r.Check, len([]rune(e.Excerpt)))
	}
}

// TestCatalogue keeps every check documented.
func TestCatalogue(t *testing.T) {
	for _, c := range checks.All() {
		if !c.ID.Valid() || c.Title == "" || c.Why == "" || c.Basis == "" || c.Rule == "" || c.Version < 1 || len(c.On) == 0 || c.Look == nil || c.Fold == nil {
			t.Errorf("%s lacks a part: %+v", c.ID, c)
		}
	}
}
