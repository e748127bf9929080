package platform

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const (
	maxSitemapURLs   = 2000
	maxSitemaps      = 30
	maxSitemapLevels = 3
	maxAddress       = 2048 // bytes
	maxSwelling      = 100  // times that a compressed sitemap may grow, past its first mebibyte
)

// errNotSitemap says that an answer is something else altogether, an ordinary page for instance.
var errNotSitemap = errors.New("not a sitemap")

// listed is one page that a sitemap lists.
type listed struct {
	url     string
	changed string // lastmod, as it stands
	news    bool   // listed as news, for news searches
	title   string // of news
	dated   string // of news, as it stands
}

// sitemap reads a sitemap or an index of sitemaps. limit is how many page addresses may still be taken; past it the
// rest is left out and the error is errTooMuch beside what was read.
func sitemap(body []byte, limit int) (pages []listed, maps []string, err error) {
	known := false
	var page listed
	err = walkXML(body, func(e element) error {
		switch e.path {
		case "urlset", "sitemapindex":
			known = true
		case "urlset/url":
			switch {
			case !e.end:
				page = listed{}
			case page.url == "":
			case len(pages) >= limit:
				return fmt.Errorf("more than %d addresses: %w", limit, errTooMuch)
			default:
				pages = append(pages, page)
			}
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
		return page.field(e)
	})
	if err != nil {
		err = fmt.Errorf("read sitemap: %w", err)
	}
	return pages, maps, err
}

func (l *listed) field(e element) error {
	if !e.end {
		l.news = l.news || e.path == "urlset/url/news:news"
		return nil
	}
	switch e.path {
	case "urlset/url/loc":
		if l.url != "" {
			return fmt.Errorf("two addresses of one page: %w", errShape)
		}
		l.url = e.text
	case "urlset/url/lastmod":
		l.changed = e.text
	case "urlset/url/news:news/news:title":
		l.title = e.text
	case "urlset/url/news:news/news:publication_date":
		l.dated = e.text
	}
	return nil
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
	posts    []audit.PostFacts // of these, those that are news by their listing or their address
	found    int               // sitemaps read
	nonsense uint64            // hash of what the site answers where surely nothing is, 0 where it says so by its status
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
	body, err := unzipped(p.Answer.Body)
	if err != nil {
		m.gap = true
		return nil
	}
	pages, more, err := sitemap(body, maxSitemapURLs-len(m.pages))
	switch {
	case err == nil:
		m.found++
		m.captures = append(m.captures, p.Answer.Capture)
	case !guessed || !looksLikePage(p.Answer.Body):
		m.gap = true
	case m.nonsense == 0:
		m.nonsense = textOf(p)
	}
	for _, a := range pages {
		u, err := url.Parse(a.url)
		switch {
		case err != nil || len(a.url) > maxAddress:
			m.gap = true // a page of the site, perhaps, that is not read
		case hostKey(u) == hostKey(m.site) && u.User == nil:
			m.pages = append(m.pages, a.url)
			if a.news || newsAddress(u) {
				m.posts = append(m.posts, a.post(p.Answer.At))
			}
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

// unzipped undoes the compression of a sitemap that is a compressed file. What is past our limits inside is an error.
func unzipped(body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("open compressed sitemap: %w", err)
	}
	most := min(int64(maxXMLBytes), max(1<<20, int64(len(body))*maxSwelling))
	plain, err := io.ReadAll(io.LimitReader(z, most+1))
	if err != nil {
		return nil, fmt.Errorf("decompress sitemap: %w", err)
	}
	if int64(len(plain)) > most {
		return nil, fmt.Errorf("compressed sitemap: %w", errTooMuch)
	}
	return plain, nil
}

// post is what a sitemap says of a post.
func (l listed) post(at time.Time) audit.PostFacts {
	made := audit.PostFacts{URL: l.url, Title: cut(l.title, 300), Published: sitemapTime(l.dated, at)}
	if made.Published.IsZero() {
		made.Published = sitemapTime(l.changed, at)
	}
	return made
}

// sitemapTime reads a time as sitemaps have it: a date, or RFC 3339 with or without seconds.
func sitemapTime(s string, at time.Time) time.Time {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return plausible(t, at)
		}
	}
	return time.Time{}
}

// newsAddress reports whether an address is that of one piece of news: below a folder of news, with a headline for its
// last part. A list of news, a category and a page of a list have no headline.
func newsAddress(u *url.URL) bool {
	parts := strings.Split(strings.Trim(strings.ToLower(u.Path), "/"), "/")
	last := parts[len(parts)-1]
	if len(parts) < 2 || strings.Count(last, "-") < 2 || document(u) {
		return false
	}
	return slices.ContainsFunc(parts[:len(parts)-1], func(s string) bool { return newsFolders[s] })
}

var newsFolders = set("news latest-news news-and-events news-events our-news blog blogs stories articles press press-releases newyddion blogiau")

// newest gives the posts that sitemaps tell of, newest first, those without a time last, no more than limit.
func (m *sitemaps) newest(limit int) []audit.PostFacts {
	all := slices.Clone(m.posts)
	slices.SortStableFunc(all, func(a, b audit.PostFacts) int { return b.Published.Compare(a.Published) })
	return all[:min(limit, len(all))]
}

// looksLikePage reports whether a body begins as HTML does.
func looksLikePage(body []byte) bool {
	return strings.HasPrefix(http.DetectContentType(body), "text/html")
}
