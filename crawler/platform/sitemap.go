package platform

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"doorknock/crawler"
)

const (
	maxSitemapURLs   = 2000
	maxSitemaps      = 30
	maxSitemapLevels = 3
	maxAddress       = 2048 // bytes
)

// errNotSitemap says that an answer is something else altogether, an ordinary page for instance.
var errNotSitemap = errors.New("not a sitemap")

// sitemap reads a sitemap or an index of sitemaps. limit is how many page addresses may still be taken; past it the
// rest is left out and the error is errTooMuch beside what was read.
func sitemap(body []byte, limit int) (pages, maps []string, err error) {
	known := false
	err = walkXML(body, func(e element) error {
		switch e.path {
		case "urlset", "sitemapindex":
			known = true
		case "urlset/url/loc":
			if !e.end {
				return nil
			}
			if len(pages) >= limit {
				return fmt.Errorf("more than %d addresses: %w", limit, errTooMuch)
			}
			pages = append(pages, e.text)
		case "sitemapindex/sitemap/loc":
			if !e.end {
				return nil
			}
			if len(maps) >= maxSitemaps {
				return fmt.Errorf("more than %d sitemaps: %w", maxSitemaps, errTooMuch)
			}
			maps = append(maps, e.text)
		}
		if !known {
			return errNotSitemap
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("read sitemap: %w", err)
	}
	return pages, maps, err
}

const maxNamedSitemaps = 10

// robotsSitemaps are the addresses of a robots.txt's Sitemap lines, at most ten. all is false where there are more, or one
// that is no address.
func robotsSitemaps(body string, site *url.URL) (found []string, all bool) {
	all = true
	for line := range strings.Lines(body) {
		key, value, ok := strings.Cut(line, ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(key), "sitemap") {
			continue
		}
		value, _, _ = strings.Cut(value, "#")
		u, err := url.Parse(strings.TrimSpace(value))
		if err != nil || len(value) > maxAddress || len(found) == maxNamedSitemaps {
			all = false
			continue
		}
		found = append(found, site.ResolveReference(u).String())
	}
	return found, all
}

// sitemaps are the sitemaps of a site: which were named, which of them were read whole, and the pages they list.
type sitemaps struct {
	site     *url.URL
	level    map[string]int  // of each that was asked for, from 1
	guessed  map[string]bool // asked for although nobody named it
	pages    []string
	found    int // sitemaps read
	captures []string
	gap      bool // one that was named was not read whole
}

// named gives the request for a sitemap that robots.txt, a page or another sitemap names. ok is false where it is known
// already, or where we do not read it, which is a gap.
func (m *sitemaps) named(address string, level int) (crawler.Request, bool) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || hostKey(u) != hostKey(m.site) || level > maxSitemapLevels || len(m.level) >= maxSitemaps {
		m.gap = true
		return crawler.Request{}, false
	}
	delete(m.guessed, u.String())
	return m.ask(u.String(), level)
}

// guess gives the request for an address where a sitemap may be.
func (m *sitemaps) guess(address string) (crawler.Request, bool) {
	if m.level[address] > 0 {
		return crawler.Request{}, false
	}
	if m.guessed == nil {
		m.guessed = map[string]bool{}
	}
	m.guessed[address] = true
	return m.ask(address, 1)
}

func (m *sitemaps) ask(address string, level int) (crawler.Request, bool) {
	if m.level[address] > 0 {
		return crawler.Request{}, false
	}
	if m.level == nil {
		m.level = map[string]int{}
	}
	m.level[address] = level
	return crawler.Request{URL: address, For: forSitemap, Accept: acceptXML, Priority: 850}, true
}

// read takes a sitemap in and gives the requests for those that it names. A guessed address where there is nothing, or
// an ordinary page, is no gap.
func (m *sitemaps) read(p *crawler.Page) []crawler.Request {
	address := p.Answer.Request.URL
	guessed := m.guessed[address]
	if !answered(p) {
		nothing := p.Answer.Status == http.StatusNotFound || p.Answer.Status == http.StatusGone
		m.gap = m.gap || !guessed || !nothing
		return nil
	}
	pages, more, err := sitemap(p.Answer.Body, maxSitemapURLs-len(m.pages))
	switch {
	case err == nil:
		m.found++
		m.captures = append(m.captures, p.Answer.Capture)
	case !guessed || !looksLikePage(p.Answer.Body):
		m.gap = true
	}
	for _, a := range pages {
		u, err := url.Parse(a)
		switch {
		case err != nil || len(a) > maxAddress:
			m.gap = true // a page of the site, perhaps, that is not read
		case hostKey(u) == hostKey(m.site) && u.User == nil:
			m.pages = append(m.pages, a)
		}
	}
	var next []crawler.Request
	for _, a := range more {
		if r, ok := m.named(a, m.level[address]+1); ok {
			next = append(next, r)
		}
	}
	return next
}

// looksLikePage reports whether a body begins as HTML does.
func looksLikePage(body []byte) bool {
	return strings.HasPrefix(http.DetectContentType(body), "text/html")
}
