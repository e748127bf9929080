package crawler

import (
	"time"

	"doorknock/audit"
)

const (
	maxRetryAfter = 24 * time.Hour
	patience      = 2 * time.Minute // a visit waits out a Retry-After up to this, and gives up before a longer one
	backOff       = time.Minute     // after 429 or 503 without Retry-After
)

// pace is when a lane may next be asked, by its own history. It has no lock: the lanes that hold it do.
type pace struct {
	gap       time.Duration // the configured least time between requests
	cap       int           // requests a UTC day; 0 = no cap
	delay     time.Duration // the longest Crawl-delay of the lane's hosts
	last      time.Time     // when the last request ended
	notBefore time.Time     // a Retry-After in force
	day       string
	requests  int
	untold    bool // some of requests were sent for a visit that nobody will hear of
}

// due is the earliest time of the next request.
func (p *pace) due() time.Time {
	at := p.last
	if !at.IsZero() {
		at = at.Add(max(p.gap, p.delay))
	}
	if p.notBefore.After(at) {
		at = p.notBefore
	}
	return at
}

// refuses says whether no request should be waited for: the day's cap is used up, or the site asked for a long rest.
func (p *pace) refuses(now time.Time) bool {
	return p.cap > 0 && p.day == dayOf(now) && p.requests >= p.cap || p.notBefore.Sub(now) > patience
}

// spend counts a request as it goes out.
func (p *pace) spend(now time.Time) {
	if day := dayOf(now); day != p.day {
		p.day, p.requests = day, 0
	}
	p.requests++
	p.untold = true
	p.last = now
}

// rest keeps the lane quiet for a Retry-After, at most a day of it.
func (p *pace) rest(now time.Time, d time.Duration) {
	if until := now.Add(min(max(d, 0), maxRetryAfter)); until.After(p.notBefore) {
		p.notBefore = until
	}
}

// recall takes in what an earlier visit, perhaps on another machine, left. Of two memories the stricter counts. A
// memory from the future is a clock's fault and binds for no longer than it would from now.
func (p *pace) recall(m audit.HostMemory, now time.Time) {
	if m.LastRequest.After(p.last) {
		p.last = earlier(m.LastRequest, now)
	}
	if m.NotBefore.After(p.notBefore) {
		p.notBefore = earlier(m.NotBefore, now.Add(7*maxRetryAfter))
	}
	switch {
	case m.Day > p.day && m.Day <= dayOf(now):
		p.day, p.requests = m.Day, m.Requests
	case m.Day == p.day:
		p.requests = max(p.requests, m.Requests)
	}
}

// remember is the inverse of recall.
func (p *pace) remember(m *audit.HostMemory) {
	m.LastRequest, m.NotBefore, m.Day, m.Requests = p.last, p.notBefore, p.day, p.requests
	p.untold = false
}

// asleep says that the lane's history binds nothing any more beyond what visits carry with them.
func (p *pace) asleep(now time.Time) bool {
	counts := p.untold && p.cap > 0 && p.day == dayOf(now)
	return !counts && !p.due().After(now)
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
