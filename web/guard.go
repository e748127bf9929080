package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

const (
	maxInFlight = 100             // requests answered at once; more are told to come back
	maxBody     = 1 << 20         // bytes of a request body, though nothing here reads one
	maxQuery    = 5 * time.Second // for everything that one request asks of the database
)

// policy lets a page load our sheet and icon and nothing else: no script, no frame, no base, forms only to us.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard stands before every page: headers, only this machine's names, only reading, a limit of requests at once, and
// no request that ends the process.
func (s *site) guard(next http.Handler) http.Handler {
	slots := make(chan struct{}, maxInFlight)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-cache")
		if !local(r.Host) {
			s.fail(w, r, http.StatusMisdirectedRequest)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			s.fail(w, r, http.StatusMethodNotAllowed)
			return
		}
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			h.Set("Retry-After", "5")
			s.fail(w, r, http.StatusServiceUnavailable)
			return
		}
		defer s.recover(w, r)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		ctx, cancel := context.WithTimeout(r.Context(), maxQuery)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// recover answers for a page that panicked. Pages are made whole before they are sent, so nothing has been sent yet.
func (s *site) recover(w http.ResponseWriter, r *http.Request) {
	if x := recover(); x != nil {
		s.log.Error("page panicked", "url", r.URL.Path, "panic", x)
		s.fail(w, r, http.StatusInternalServerError)
	}
}

// local reports whether a Host header names this machine. A page of another site that has its name lead to a loopback
// address (rebinding) carries its own name here and gets nothing.
func local(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.Unmap().IsLoopback()
}
