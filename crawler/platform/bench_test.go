package platform

import (
	"fmt"
	"net/url"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// BenchmarkLinks is the price of one page's links, as a walk takes them in and remembers them.
func BenchmarkLinks(b *testing.B) {
	var links []audit.Link
	for i := range 150 {
		links = append(links, audit.Link{URL: fmt.Sprintf("https://www.homes.test/about-us/our-performance/page-%d/", i), Text: "Our performance and what we do"})
	}
	var all []crawler.Check
	for _, c := range checks.All() {
		all = append(all, crawler.Check{ID: c.ID, Site: c.Site, Words: c.Words})
	}
	words := crawler.NewWords(all)
	b.ReportAllocs()
	for b.Loop() {
		w := newWalk(words)
		w.site = &url.URL{Scheme: "https", Host: "www.homes.test"}
		for range 10 {
			for _, l := range links {
				w.add(l, 1, true)
			}
		}
	}
}
