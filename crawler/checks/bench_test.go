package checks_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// BenchmarkAudit measures the reading of every tenth page of the corpus. Bare is what any reader of a page has to do:
// charset, text, tree. Ours is the same with index, text, all checks and their evidence located. The last figure is the
// ratio of the two over the whole corpus: processor time, taken in turn at each page. Each page is read at its own address:
// a post costs more than a page of which nobody knows what it is.
func BenchmarkAudit(b *testing.B) {
	pages, every := sample(b, 10), checks.All()
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bare(b, pages)
		}
	})
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			ours(pages, every)
		}
	})
	b.Run("ratio", func(b *testing.B) {
		var spent [2]time.Duration
		all := sample(b, 1)
		for b.Loop() {
			for i := range all {
				one := all[i : i+1]
				start := cpu(b)
				bare(b, one)
				middle := cpu(b)
				ours(one, every)
				spent[0] += middle - start
				spent[1] += cpu(b) - middle
			}
		}
		b.ReportMetric(float64(spent[1])/float64(spent[0]), "ours/bare")
	})
}

// TestAuditAllocates: what all checks together allocate for a page beside its tree does not grow unseen. The factor is
// of allocations, so that it is the same on every machine.
func TestAuditAllocates(t *testing.T) {
	withoutDetector(t)
	pages, every := sample(t, 10), checks.All()
	tree := testing.AllocsPerRun(1, func() { bare(t, pages) })
	all := testing.AllocsPerRun(1, func() { ours(pages, every) })
	t.Logf("%.0f allocations a page for the tree, %.0f with all checks", tree/float64(len(pages)), all/float64(len(pages)))
	if all > 1.15*tree {
		t.Errorf("all checks allocate %.2f times as often as the parser, want at most 1.15", all/tree)
	}
}

// sample gives every nth page of the corpus.
func sample(tb testing.TB, nth int) (pages []crawler.Answer) {
	dir := shared(tb, "corpus/pages")
	for i, row := range table(tb, filepath.Join(dir, "labels.csv")) {
		if i%nth == 0 {
			pages = append(pages, crawler.Answer{
				URL: addressOf(row), Status: http.StatusOK, Body: body(tb, filepath.Join(dir, row["file"])), Header: http.Header{"Content-Type": {"text/html"}},
			})
		}
	}
	return pages
}

// addressOf gives the address of a labelled page, a made-up one where none is known.
func addressOf(row map[string]string) *url.URL {
	if u, err := url.Parse(row["url"]); err == nil && u.Host != "" {
		return u
	}
	return &url.URL{Scheme: "https", Host: "www.example.org", Path: "/"}
}

func bare(tb testing.TB, pages []crawler.Answer) {
	for _, p := range pages {
		e, _, _ := charset.DetermineEncoding(p.Body, "text/html")
		text, err := e.NewDecoder().Bytes(p.Body)
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := html.Parse(strings.NewReader(string(text))); err != nil {
			tb.Fatal(err)
		}
	}
}

// ours is asked with checks that are made once, as a program makes them.
func ours(pages []crawler.Answer, all []crawler.Check) {
	for _, p := range pages {
		crawler.NewPage(p, nil).Read(all)
	}
}

// cpu is the processor time that this process has used.
func cpu(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
