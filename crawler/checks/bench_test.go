package checks_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// sample gives every tenth page of the corpus.
func sample(b *testing.B) [][]byte {
	dir := shared(b, "corpus/pages")
	var pages [][]byte
	for i, row := range table(b, filepath.Join(dir, "labels.csv")) {
		if i%10 == 0 {
			pages = append(pages, body(b, filepath.Join(dir, row["file"])))
		}
	}
	return pages
}

// BenchmarkParse is what any reader of a page has to do: charset, text, tree.
func BenchmarkParse(b *testing.B) {
	pages := sample(b)
	for b.Loop() {
		for _, p := range pages {
			e, _, _ := charset.DetermineEncoding(p, "text/html")
			text, err := e.NewDecoder().Bytes(p)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := html.Parse(strings.NewReader(string(text))); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkChecks is the same with index, text, all checks and their evidence located. Goal: 1.35 times BenchmarkParse.
func BenchmarkChecks(b *testing.B) {
	pages, all, at := sample(b), checks.All(), &url.URL{Scheme: "https", Host: "www.example.org", Path: "/"}
	for b.Loop() {
		for _, p := range pages {
			crawler.NewPage(crawler.Answer{URL: at, Status: 200, Body: p, Header: http.Header{"Content-Type": {"text/html"}}}, nil).Read(all)
		}
	}
}
