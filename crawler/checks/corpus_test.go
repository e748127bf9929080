package checks_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// shared finds test data that is not part of the repository: skip where it is missing, fail where CI needs it.
func shared(t testing.TB, path string) string {
	t.Helper()
	root := os.Getenv("DOORKNOCK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	full := filepath.Join(root, path)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("shared test data: %v", err)
		}
		t.Skipf("no shared test data at %s: set DOORKNOCK_SHARED", full)
	}
	return full
}

// withoutDetector skips what `make plain` runs without the race detector.
func withoutDetector(t *testing.T) {
	t.Helper()
	if detector {
		t.Skip("`make test` runs it without the race detector")
	}
}

func table(t testing.TB, path string) []map[string]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, key := range rows[0] {
			m[key] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func body(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return b
}

// saved makes a page of saved bytes, read as a whole 200 answer.
func saved(address string, body []byte) *crawler.Page { return answered(address, 200, body) }

func answered(address string, status int, body []byte) *crawler.Page {
	if address == "" {
		address = "http://saved.invalid/"
	}
	u, err := url.Parse(address)
	if err != nil {
		u = &url.URL{Scheme: "http", Host: "saved.invalid", Path: "/"}
	}
	return crawler.NewPage(crawler.Answer{
		Request: crawler.Request{URL: address}, URL: u, Status: status, Body: body, How: audit.SavedPage, Capture: "c1",
		Header: http.Header{"Content-Type": {"text/html"}}, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}, nil)
}

func comments(p *crawler.Page) audit.Reading {
	return p.Read([]crawler.Check{checks.Comments()})[0]
}

// TestTreesOfCorpus: the scripts that are kept from the parser change nothing of what it makes of real pages.
func TestTreesOfCorpus(t *testing.T) {
	withoutDetector(t)
	dir := shared(t, "corpus/pages")
	for _, row := range table(t, filepath.Join(dir, "labels.csv")) {
		p := saved(row["url"], body(t, filepath.Join(dir, row["file"])))
		want, err := html.Parse(strings.NewReader(p.Source()))
		if err == nil && written(t, p.Root()) != written(t, want) {
			t.Errorf("%s: the tree is another than the parser's", row["file"])
		}
	}
}

// written is a tree as markup: HTML's own writer, so that no comparison of ours can be too kind.
func written(t *testing.T, root *html.Node) string {
	t.Helper()
	var b strings.Builder
	if err := html.Render(&b, root); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCorpusPages(t *testing.T) {
	withoutDetector(t)
	dir := shared(t, "corpus/pages")
	var counts, counted, open, openSeen, closed, closedSeen, none, absent, named, systems int
	for _, row := range table(t, filepath.Join(dir, "labels.csv")) {
		r := comments(saved(row["url"], body(t, filepath.Join(dir, row["file"]))))
		got, want := r.Verdict.State(), row["comment_state"]
		switch {
		case want == "open" && (got == audit.Closed || got == audit.Absent):
			t.Errorf("%s: labelled open, read as %v by %+v", row["file"], got, r.Verdict.Evidence())
		case (want == "closed" || want == "none") && got == audit.Open:
			t.Errorf("%s: labelled %s, read as open by %+v", row["file"], want, r.Verdict.Evidence())
		}
		seen := got == audit.Open || got == audit.Restricted
		switch {
		case want == "open" && row["state_basis"] == "form":
			open++
			if seen {
				openSeen++
			}
		case want == "closed" && row["comment_system"] == "wordpress":
			closed++
			if got == audit.Closed {
				closedSeen++
			}
		case want == "none":
			none++
			if got == audit.Absent {
				absent++
			}
		}
		right := strings.Contains("+"+row["comment_system"]+"+", "+"+r.System+"+") && r.System != ""
		systems++
		if right {
			named++
		}
		if n := row["comment_count"]; n != "" && want != "none" {
			counts++
			got := "-"
			if r.Count != nil {
				got = strconv.Itoa(*r.Count)
			}
			if got == n {
				counted++
			} else {
				t.Logf("%s: %s: %s comments listed, label says %s", row["file"], r.System, got, n)
			}
		}
		rule := ""
		if e := r.Verdict.Evidence(); e != nil {
			rule = e.Rule
		}
		t.Logf("%-28.28s %-7s %-11s %-14s => %-10v %-10s %-14s %s", row["file"], want, row["state_basis"], row["comment_system"], got, r.Verdict.Reason(), r.System, rule)
	}
	t.Logf("open by form seen %d of %d, closed WordPress %d of %d, absent %d of %d, system %d of %d, count %d of %d", openSeen, open, closedSeen, closed, absent, none, named, systems, counted, counts)
	if openSeen*100 < 95*open || closedSeen*100 < 90*closed {
		t.Errorf("open by form seen %d of %d, closed WordPress %d of %d", openSeen, open, closedSeen, closed)
	}
}
