package crawler

import (
	"cmp"
	"net/http"
	"net/url"
)

// A page that moved is the page that it was: what is found on it goes on under the address by which it was first known, so
// that nothing ends and nothing begins by the move alone. That it is the same page is told by four things: the site itself
// sends there for good (301 or 308), an earlier visit read the old address and not the new one, and both bear one title.
// Sites that send the addresses of pages they took down to their home page, or to a list, move nothing.

// moves are what a visit learnt of where the site's pages went.
type moves struct {
	origins map[string]string // origin → the one that sent there for good, path by path: a site that got TLS
}

// hop notes one redirect of an errand.
func (m *moves) hop(e *errand, status int, to *url.URL) {
	lasting := status == http.StatusMovedPermanently || status == http.StatusPermanentRedirect
	e.passing = e.passing || !lasting
	if !lasting || origin(e.url) == origin(to) || e.url.RequestURI() != to.RequestURI() {
		return
	}
	if m.origins == nil {
		m.origins = map[string]string{}
	}
	m.origins[origin(to)] = origin(e.url)
}

// knownAs gives the address by which an earlier visit knew a page first, "" where that is its own, or none.
func (v *visit) knownAs(a Answer, title func() string) string {
	if a.URL == nil { // an address that nobody can read
		return ""
	}
	now := a.URL.String()
	if m, known := v.job.Memory.Pages[now]; known {
		return m.From
	}
	if a.Problem != "" || a.Status != http.StatusOK || a.Request.Accept != "" {
		return ""
	}
	for _, before := range v.before(a.URL) {
		m, known := v.job.Memory.Pages[before]
		if !known || before == now {
			continue
		}
		outline, err := m.Outline.Unpack()
		if err == nil && lettersOf(outline.Title) != "" && lettersOf(outline.Title) == lettersOf(title()) {
			return cmp.Or(m.From, before)
		}
	}
	return ""
}

// before gives the addresses from which the site sent to this one for good.
func (v *visit) before(now *url.URL) (all []string) {
	if e := v.errand; e != nil && !e.passing && e.first != nil {
		all = append(all, e.first.String())
	}
	if from := v.moves.origins[origin(now)]; from != "" {
		all = append(all, from+now.RequestURI())
	}
	return all
}
