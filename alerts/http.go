package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"doorknock/audit"
)

// hookTime is what one attempt over HTTP has, connection included.
const hookTime = 10 * time.Second

// endpoint is an address that takes messages by HTTP POST.
type endpoint struct {
	address   *audit.Secret // a pointer: fmt prints a field that is not exported without asking its String
	transport http.RoundTripper
}

// send posts the body once and judges the outcome by the classes of Receiver; answer is what came of a 2xx. Neither the
// address nor a secret in the headers stands in the error.
func (e endpoint) send(ctx context.Context, header http.Header, body []byte) (answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address.Reveal(), bytes.NewReader(body))
	if err != nil {
		return nil, hide(fmt.Errorf("%w: %w", ErrPermanent, err), *e.address)
	}
	r.GetBody = nil // a body that was sent once is never sent again behind our back
	r.Header = header.Clone()
	r.Header.Set("User-Agent", "doorknock")
	p := &post{next: e.transport, any2xx: true}
	got, err := p.client().Do(r)
	if got != nil {
		_ = got.Body.Close() // post has read it; this ends the client's own clock
	}
	return p.body, hide(p.outcome(err), *e.address)
}

// sendJSON is send for a value.
func (e endpoint) sendJSON(ctx context.Context, header http.Header, value any) ([]byte, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("%w: write the message: %w", ErrPermanent, err)
	}
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	return e.send(ctx, header, body)
}

// Client is the way out to receivers for what is asked there beside a message: guarded, limited in time, following no redirect.
func Client(g Guard) *http.Client {
	return &http.Client{Transport: outside(g), Timeout: hookTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// client sends through the post and follows no redirect: a POST that was redirected arrives as something else.
func (p *post) client() *http.Client {
	return &http.Client{Transport: p, Timeout: hookTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// checkHook says what is wrong with a webhook's address without repeating it: the address is the secret.
func checkHook(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return errors.New("is not an address such as https://hooks.slack.com/services/T/B/X")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || (err == nil && ip.IsLoopback())
	if u.Scheme != "https" && (u.Scheme != "http" || !here) {
		return errors.New("must be https: the address is a password")
	}
	return nil
}

// outside is the way out for receivers: every dialled address passes the guard, no proxy, no kept connections (a
// message a second at most), a limit on every wait.
func outside(guard Guard) http.RoundTripper {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: guard}
	return &http.Transport{Proxy: nil, DialContext: dialer.DialContext, DisableKeepAlives: true,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: hookTime, MaxResponseHeaderBytes: 64 << 10}
}
