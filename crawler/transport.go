package crawler

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
)

const (
	totalTime   = 30 * time.Second
	tlsTime     = 5 * time.Second
	headerTime  = 15 * time.Second
	idleTime    = 15 * time.Second // longer than the usual pace; a connection kept past a visit is of no use
	headerBytes = 256 << 10
	addressMax  = 2048
	smallBody   = 256 << 10 // a body over this needs room while it is held
)

// transport is what all hops of all visits share. Its one way out is a hop's RoundTrip.
type transport struct {
	base       *http.Transport
	guard      *guard
	lanes      *lanes
	agent      string
	permission map[string]string
	room       *room // for large bodies
	clock      *clock
	now        func() time.Time
}

func newTransport(o Options, ls *lanes) *transport {
	t := &transport{guard: newGuard(o.Hosts), lanes: ls, agent: o.UserAgent, permission: make(map[string]string),
		room: newRoom(largeBytes), clock: newClock(o.Log), now: time.Now}
	for host, why := range o.Permission {
		t.permission[hostName(host)] = why
	}
	t.base = &http.Transport{
		Proxy:                  nil, // with a proxy the guard would see only the proxy's address
		DialContext:            t.guard.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    tlsTime,
		ResponseHeaderTimeout:  headerTime,
		MaxResponseHeaderBytes: headerBytes,
		IdleConnTimeout:        idleTime,
		MaxIdleConnsPerHost:    1,
		DisableCompression:     true, // we ask for gzip and undo it ourselves, under limits
		ForceAttemptHTTP2:      false,
	}
	return t
}

// refusal is a hop that was not sent, or an answer that is none, with the reason that findings will show.
type refusal struct {
	reason audit.Reason
	err    error
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %v", r.reason, r.err) }
func (r *refusal) Unwrap() error { return r.err }

func refuse(r audit.Reason, format string, args ...any) error {
	return &refusal{r, fmt.Errorf(format, args...)}
}

// hop is one request on its way through the transport, and what came of it. It is the http.RoundTripper that the
// fetcher is given; it goes out once.
type hop struct {
	t      *transport
	ticket *ticket // nil: RoundTrip waits for one
	book   *robotsBook
	robots bool                     // the request is for a robots.txt: its own rules do not bind it, its first part suffices
	port   string                   // a port besides 80 and 443 that the channel's own address names
	since  func(string) *remembered // what is remembered of an address, nil for nothing
	page   bool                     // only HTML is wanted
	key    *Credential              // to send with the request; nil for none
	call   bool                     // the request is to a platform's own interface
	any    bool                     // whatever comes is wanted: a document, or what a page is drawn from

	sent     bool
	got      *http.Response
	body     []byte      // decoded, of an answer that came whole
	asked    *remembered // whose validators were sent
	exchange *evidence.Exchange
	took     time.Duration
	guest    *guest // of the room for large bodies, nil while the body is small
}

// RoundTrip takes one request through everything that stands between us and a site, in this order: address and
// scheme, robots, pace of the lane, dial with address check, record, decode with limits that are errors.
func (h *hop) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := h.t.checkAddress(req.URL, h.port); err != nil {
		return nil, err
	}
	if err := h.checkRobots(req.URL); err != nil {
		return nil, err
	}
	if h.ticket == nil {
		t, err := h.t.lanes.wait(req.Context(), Lane(req.URL.Hostname()))
		if err != nil {
			return nil, err
		}
		defer t.done()
		h.ticket = t
	}
	if err := h.ticket.spend(); err != nil {
		return nil, err
	}
	return h.send(req)
}

// checkAddress refuses what is no http address of the public web. The dial checks the address behind the name.
func (t *transport) checkAddress(u *url.URL, port string) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse(audit.ReasonBadScheme, "scheme %.20q", u.Scheme)
	case u.Hostname() == "" || u.User != nil || len(u.String()) > addressMax:
		return refuse(audit.ReasonBadScheme, "address of %d bytes without a plain host", len(u.String()))
	}
	if _, ok := t.guard.exempt(u.Hostname()); ok {
		return nil
	}
	if p := u.Port(); p != "" && p != "80" && p != "443" && p != port {
		return refuse(audit.ReasonBadScheme, "port %s", p)
	}
	return nil
}

func (h *hop) checkRobots(u *url.URL) error {
	if h.robots || h.call && h.key != nil || h.t.permission[hostName(u.Host)] != "" {
		return nil
	}
	return h.book.check(u)
}

func (h *hop) send(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), totalTime)
	defer cancel()
	x := &evidence.Exchange{Method: req.Method, URL: req.URL.String(), At: h.t.now().UTC()}
	h.exchange, h.sent = x, true
	out := h.dress(req)
	x.RequestHead = requestHead(out)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
		if host, _, err := net.SplitHostPort(c.Conn.RemoteAddr().String()); err == nil {
			x.IP = host
		}
	}})
	h.ticket.place.away()
	defer h.ticket.place.back()
	resp, err := h.t.base.RoundTrip(h.key.put(out).WithContext(ctx))
	defer func() { h.took = h.t.now().Sub(x.At) }()
	if err != nil {
		return nil, h.key.cleanError(err)
	}
	defer func() { _ = resp.Body.Close() }()
	h.key.clean(resp, out)
	h.got, x.ResponseHead, x.TLS = resp, responseHead(resp), tlsName(resp.TLS)
	h.t.clock.note(h.ticket.lane.name, resp.Header, h.t.now())
	h.heed(resp)
	body, err := h.read(ctx, cancel, resp)
	if resp.Header.Get("Content-Encoding") == "" {
		body, h.exchange.Body = h.key.mask(body), h.key.mask(h.exchange.Body)
	}
	if h.key != nil && (err != nil || h.key.stands(body) || h.key.stands(h.exchange.Body)) {
		h.exchange.Body, h.exchange.Truncated = nil, "length" // it may hold the key
		if err == nil {
			err = refuse(audit.ReasonParseChanged, "an answer that repeats the key it was asked with")
		}
	}
	if err != nil {
		return nil, h.key.cleanError(err)
	}
	if h.body = body; body == nil {
		h.body = []byte{} // whole, and empty
	}
	return headOnly(resp), nil
}

// dress makes the request that goes out: our few headers and no others, whatever the fetcher put there.
func (h *hop) dress(req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	out.Header = http.Header{
		"User-Agent":      {h.t.agent},
		"Accept":          {req.Header.Get("Accept")},
		"Accept-Language": {"en-GB,en;q=0.9,cy;q=0.8"},
		"Accept-Encoding": {"gzip"},
	}
	if h.key != nil && h.key.Echo {
		out.Header.Set("Accept-Encoding", "identity")
	}
	if h.since == nil {
		return out
	}
	if m := h.since(req.URL.String()); m != nil && (m.ETag != "" || m.LastModified != "") {
		h.asked = m
		setUnlessEmpty(out.Header, "If-None-Match", m.ETag)
		setUnlessEmpty(out.Header, "If-Modified-Since", m.LastModified)
	}
	return out
}

func setUnlessEmpty(h http.Header, key, value string) {
	if value != "" && !strings.ContainsAny(value, "\r\n\x00") {
		h.Set(key, value)
	}
}

// heed keeps the lane quiet where the site asks for it.
func (h *hop) heed(resp *http.Response) {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return
	}
	h.ticket.rest(retryAfter(resp.Header.Get("Retry-After"), h.t.now()))
}

// retryAfter reads seconds or a date; anything else is a short back-off.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		if len(value) > 6 {
			return maxRetryAfter
		}
		var s time.Duration
		for _, c := range value {
			s = s*10 + time.Duration(c-'0')
		}
		return min(s*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return backOff
}
