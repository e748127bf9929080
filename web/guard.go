package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

const (
	maxInFlight = 100             // requests answered at once; more are told to come back
	maxBody     = 1 << 20         // bytes of a request body where a page does not say otherwise
	maxQuery    = 5 * time.Second // for everything that one request asks of the database
)

// policy lets a page load our sheet and icon and nothing else: no script, no frame, no base, forms only to us.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// A Guard stands before every page of a listener: headers, only this machine's names, only what may be asked, a limit of
// requests at once, and no request that ends the process.
type Guard struct {
	Log  *slog.Logger
	Fail func(w http.ResponseWriter, r *http.Request, status int) // sends the page of an error
	// Takes says of a request that is no GET how many bytes its body may have and how long it may take; not ok: it is
	// refused. nil: all are.
	Takes func(r *http.Request) (most int64, within time.Duration, ok bool)
}

// Before gives the guarded handler.
func (g Guard) Before(next http.Handler) http.Handler {
	slots := make(chan struct{}, maxInFlight)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		if !local(r.Host) {
			g.Fail(w, r, http.StatusMisdirectedRequest)
			return
		}
		most, within, ok := g.takes(r)
		if !ok {
			w.Header().Set("Allow", "GET, HEAD")
			g.Fail(w, r, http.StatusMethodNotAllowed)
			return
		}
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			w.Header().Set("Retry-After", "5")
			g.Fail(w, r, http.StatusServiceUnavailable)
			return
		}
		defer g.recover(w, r)
		patient(w, within)
		r.Body = http.MaxBytesReader(w, r.Body, most)
		ctx, cancel := context.WithTimeout(r.Context(), within)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// patient lets a long form arrive: the server's own limits are for pages.
func patient(w http.ResponseWriter, within time.Duration) {
	if within <= readTimeout {
		return
	}
	until := time.Now().Add(within)
	c := http.NewResponseController(w)
	_ = errors.Join(c.SetReadDeadline(until), c.SetWriteDeadline(until)) // a connection without deadlines needs none
}

func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-cache")
}

func (g Guard) takes(r *http.Request) (most int64, within time.Duration, ok bool) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return maxBody, maxQuery, true
	}
	if g.Takes == nil {
		return 0, 0, false
	}
	return g.Takes(r)
}

// recover answers for a page that panicked. Pages are made whole before they are sent, so nothing has been sent yet.
func (g Guard) recover(w http.ResponseWriter, r *http.Request) {
	if x := recover(); x != nil {
		g.Log.Error("page panicked", "url", r.URL.Path, "panic", x)
		g.Fail(w, r, http.StatusInternalServerError)
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
