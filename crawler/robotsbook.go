package crawler

import (
	"net/http"
	"net/url"
	"time"

	"doorknock/audit"
)

const (
	robotsAge  = 24 * time.Hour
	robotsKept = 32 << 10 // bytes; rules longer than this are asked for again by the next visit
	maxHops    = 5
)

// robotsBook holds the robots.txt of each scheme://host that one visit came to. It is used by one goroutine at a time.
type robotsBook struct {
	entries map[string]*robotsEntry
}

// robotsEntry is one host's answer: rules, or nothing forbidden, or a reason to fetch nothing.
type robotsEntry struct {
	rules   *robotsRules
	refuse  audit.Reason
	at      time.Time
	body    []byte // as read, for a plan that wants the sitemaps
	status  int
	capture string
}

// newRobotsBook opens the book with what an earlier visit read less than a day ago. A refusal is asked anew: the site
// may be well again.
func newRobotsBook(m map[string]audit.RobotsMemory, now time.Time) *robotsBook {
	b := &robotsBook{entries: make(map[string]*robotsEntry)}
	for origin, r := range m {
		if age := now.Sub(r.At); r.Refuse != "" || age < 0 || age > robotsAge {
			continue
		}
		e := &robotsEntry{rules: &robotsRules{}, at: r.At, status: http.StatusNotFound}
		if !r.Allow {
			e.rules, e.body, e.status = parseRobots([]byte(r.Body)), []byte(r.Body), http.StatusOK
		}
		b.entries[origin] = e
	}
	return b
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func (b *robotsBook) of(u *url.URL) *robotsEntry { return b.entries[origin(u)] }

// check says why an address may not be fetched, nil where it may. A host whose robots.txt was not read is refused.
func (b *robotsBook) check(u *url.URL) error {
	e := b.of(u)
	switch {
	case e == nil:
		return refuse(audit.ReasonRobots, "robots.txt of %s was not read", u.Host)
	case e.refuse != "":
		return refuse(e.refuse, "robots.txt of %s could not be read", u.Host)
	case !e.rules.allowed(pathOf(u)):
		return refuse(audit.ReasonRobots, "robots.txt of %s forbids it", u.Host)
	}
	return nil
}

// failed reports whether a robots.txt of this visit was answered by nothing that could be read as one.
func (b *robotsBook) failed() bool {
	for _, e := range b.entries {
		if e.refuse == audit.ReasonRobots {
			return true
		}
	}
	return false
}

// pathOf is what rules are compared with. The query keeps its order.
func pathOf(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	return path
}

// learn writes the answer to a robots.txt request: rules, no rules for a 4xx, and nothing may be fetched for anything
// that leaves us not knowing. 429 is stricter here than by the letter of RFC 9309.
func (b *robotsBook) learn(origin string, f *fetched, capture string, at time.Time) *robotsEntry {
	e := &robotsEntry{rules: &robotsRules{}, at: at, status: f.status, capture: capture}
	switch {
	case f.reason == "" && f.status == http.StatusOK:
		e.rules, e.body = parseRobots(f.body), f.body
	case f.status == http.StatusTooManyRequests, f.status >= 500:
		e.refuse = audit.ReasonRobots
	case f.status >= 400:
	case f.status == http.StatusNoContent:
	case f.reason == audit.ReasonServerError, f.reason == "":
		e.refuse = audit.ReasonRobots
	case f.reason == audit.ReasonBadEncoding, f.reason == audit.ReasonTooLarge:
		e.refuse = audit.ReasonRobots
	default:
		e.refuse = f.reason // dns, timeout, private_address ...
	}
	b.entries[origin] = e
	return e
}

// allowAll notes a host whose robots.txt led nowhere after five redirects, which the RFC lets us take as none.
func (b *robotsBook) allowAll(origin, capture string, at time.Time) *robotsEntry {
	e := &robotsEntry{rules: &robotsRules{}, at: at, status: http.StatusNotFound, capture: capture}
	b.entries[origin] = e
	return e
}

// remember writes the book down for the next visit.
func (b *robotsBook) remember() map[string]audit.RobotsMemory {
	out := make(map[string]audit.RobotsMemory, len(b.entries))
	for origin, e := range b.entries {
		m := audit.RobotsMemory{At: e.at, Refuse: e.refuse, Allow: e.refuse == "" && e.body == nil}
		if e.refuse == "" && !m.Allow {
			if m.Body = e.rules.text(); len(m.Body) > robotsKept {
				continue
			}
		}
		out[origin] = m
	}
	return out
}

// answer is the robots.txt as an answer to a plan that asks for it, without a second request.
func (e *robotsEntry) answer(req Request, u *url.URL) Answer {
	a := Answer{Request: req, URL: u, Status: e.status, Body: e.body, At: e.at, Capture: e.capture, How: audit.Anonymous,
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}}
	switch {
	case e.refuse != "":
		a.Problem, a.Body = e.refuse, nil
	case e.body == nil:
		a.Problem = audit.ReasonNotFound
	}
	return a
}

// robotsURL is where the rules for an address are.
func robotsURL(u *url.URL) *url.URL {
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}
}

// robotsTrail is a robots.txt being fetched, over its redirects, each a request of its own.
type robotsTrail struct {
	origin string
	url    *url.URL
	hops   int
}
