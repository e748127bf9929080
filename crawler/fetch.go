package crawler

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"doorknock/audit"
)

const (
	acceptPage   = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
	acceptRobots = "text/plain,*/*;q=0.1"
)

// fetched is what one hop got.
type fetched struct {
	url    *url.URL // as sent
	status int      // 0 where no answer came
	header http.Header
	body   []byte       // decoded; nil where it could not be read whole
	reason audit.Reason // why it is no answer, "" for a whole 200, a 304 we asked for, or a redirect
	err    error
	to     *url.URL // of a redirect that may be followed by anybody
	hop    *hop
	sum    string // see hash
}

// hash is the SHA-256 of the decoded body, "" where there is none; it is taken once.
func (f *fetched) hash() string {
	if f.sum == "" && f.body != nil {
		f.sum = hashOf(f.body)
	}
	return f.sum
}

// fetch sends one request through the hop, with colly as the fetcher of one page: a fresh collector that keeps nothing
// of the last one and follows no redirect. The body is taken from the hop.
func (c *Crawler) fetch(ctx context.Context, h *hop, address, accept string) *fetched {
	f := &fetched{hop: h}
	one := newCollector(ctx, h)
	f.err = one.Request(http.MethodGet, address, nil, nil, http.Header{"Accept": {accept}})
	if h.got != nil {
		f.status, f.header, f.url, f.body = h.got.StatusCode, h.got.Header, h.got.Request.URL, h.body
	}
	f.judge()
	if f.redirects() {
		f.to, f.reason = c.follow(f.url, f.header.Get("Location"))
	}
	return f
}

// newCollector sets every field that matters: NewCollector would let COLLY_* variables of the environment decide.
func newCollector(ctx context.Context, h *hop) *colly.Collector {
	c := &colly.Collector{}
	c.Init()
	c.Context = ctx
	c.IgnoreRobotsTxt = true // the transport asks, by RFC 9309
	c.AllowURLRevisit = true
	c.ParseHTTPErrorResponse = true
	c.MaxBodySize = 0 // the transport's limit is an error, colly's would be a silent cut
	c.DisableCookies()
	c.SetRequestTimeout(0)
	c.SetRedirectHandler(func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse })
	c.WithTransport(h)
	return c
}

// judge says what the answer is good for. A status that is no answer counts before a body that could not be read.
func (f *fetched) judge() {
	switch {
	case f.hop.got == nil:
		f.reason = reasonFor(f.err)
	case f.status == http.StatusNotModified && f.hop.asked != nil:
	case f.redirects():
	case f.status != http.StatusOK:
		f.reason = ReasonOfStatus(f.status)
	case f.err != nil:
		f.reason = reasonFor(f.err)
	}
	if f.err != nil {
		f.body = nil
	}
}

func (f *fetched) redirects() bool {
	switch f.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return f.header.Get("Location") != ""
	}
	return false
}

// follow reads where a redirect leads, and refuses what is no way on for anybody: another scheme, or from https to http.
func (c *Crawler) follow(from *url.URL, location string) (*url.URL, audit.Reason) {
	w, err := c.parser.ParseRef(from.String(), location)
	if err != nil {
		return nil, audit.ReasonBadScheme
	}
	to, err := c.address(w.Href(true))
	if err != nil || (to.Scheme != "http" && to.Scheme != "https") || (from.Scheme == "https" && to.Scheme == "http") ||
		to.Host == "" || to.User != nil {
		return nil, audit.ReasonBadScheme
	}
	return to, ""
}

// reasonFor puts an error on the closed list.
func reasonFor(err error) audit.Reason {
	var refused *refusal
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case err == nil:
		return audit.ReasonInternal
	case errors.As(err, &refused):
		return refused.reason
	case errors.Is(err, ErrPrivateAddress):
		return audit.ReasonPrivateAddress
	case errors.As(err, &dns):
		return audit.ReasonDNS
	case isTLS(err):
		return audit.ReasonTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return audit.ReasonTimeout
	case strings.Contains(err.Error(), "headers exceeded"): // net/http has no value to compare with
		return audit.ReasonTooLarge
	}
	return audit.ReasonNetwork
}

func isTLS(err error) bool {
	var (
		verify *tls.CertificateVerificationError
		record tls.RecordHeaderError
		alert  tls.AlertError
		name   x509.HostnameError
		chain  x509.UnknownAuthorityError
		cert   x509.CertificateInvalidError
	)
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &name) ||
		errors.As(err, &chain) || errors.As(err, &cert) || strings.Contains(err.Error(), "tls: ") ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// remembered is what is known of a page since an earlier visit.
type remembered struct {
	audit.PageMemory
	outline audit.Outline
}

// fresh says that a remembered page may be asked "has it changed?".
func fresh(m audit.PageMemory, facts string, now time.Time) bool {
	age := now.Sub(m.At)
	then, ok := m.Outline.Facts()
	return m.Hash != "" && m.Capture != "" && m.Reader == Reader && ok && then == facts && age >= 0 && age < maxPageAge &&
		(m.Until.IsZero() || now.Before(m.Until))
}
