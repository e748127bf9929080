package crawler

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"doorknock/audit"
)

// FuzzFetch: a server may send any bytes. What comes out is whole or has a reason, and leads only where one may go.
func FuzzFetch(f *testing.F) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	f.Add([]byte(ok+"Content-Length: 5\r\n\r\n<p>hi"), true)
	f.Add([]byte(ok+"Content-Length: 50\r\n\r\n<p>hi"), true)
	f.Add([]byte(ok+"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>hi\r\n0\r\n\r\n"), true)
	f.Add([]byte(ok+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00"), false)
	f.Add([]byte("HTTP/1.1 302 Found\r\nLocation: //elsewhere.test:99/%zz?a b\r\nContent-Length: 0\r\n\r\n"), true)
	f.Add([]byte("HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n\r\n"), false)
	f.Add([]byte("HTTP/7.2 000 x\n\n00000"), true)
	f.Add([]byte("HTTP/1.0 304\r\n\r\n"), true)
	f.Add([]byte("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), false)
	c, err := New(Options{Config: testConfig(), Hosts: map[string]string{"hollybank.test": "127.0.0.1:1"}})
	if err != nil {
		f.Fatal(err)
	}
	c.transport.base.DisableKeepAlives = true
	var answer []byte
	c.transport.base.DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			_, _ = theirs.Read(make([]byte, 4096)) // the request, which is short
			_, _ = theirs.Write(answer)
			_ = theirs.Close()
		}()
		return ours, nil
	}
	f.Fuzz(func(t *testing.T, bytes []byte, page bool) {
		answer = bytes
		h := &hop{t: c.transport, robots: true, page: page, ticket: &ticket{lanes: c.lanes, lane: c.lanes.get("hollybank.test")}}
		defer h.ticket.done()
		defer h.letGo()
		h.robots = !page
		if page {
			h.book = &robotsBook{entries: map[string]*robotsEntry{"http://hollybank.test": {rules: &robotsRules{}}}}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		got := c.fetch(ctx, h, "http://hollybank.test/x", acceptPage)
		checkFetched(t, got)
	})
}

func checkFetched(t *testing.T, f *fetched) {
	t.Helper()
	switch {
	case f.reason != "":
		if !f.reason.Valid() {
			t.Fatalf("reason %q", f.reason)
		}
	case f.to != nil:
		if s := f.to.Scheme; (s != "http" && s != "https") || f.to.User != nil || f.to.Host == "" {
			t.Fatalf("leads to %s", f.to)
		}
	case f.status != 200 || f.body == nil || f.err != nil:
		t.Fatalf("status %d, body %t, error %v, and no reason", f.status, f.body != nil, f.err)
	case f.hop.page && f.hop.exchange.Truncated != "":
		t.Fatalf("a body cut by %s passes as whole", f.hop.exchange.Truncated)
	default:
		if n, err := strconv.Atoi(f.header.Get("Content-Length")); f.hop.page && err == nil && n != len(f.hop.exchange.Body) {
			t.Fatalf("%d bytes of %d pass as whole", len(f.hop.exchange.Body), n)
		}
	}
	if f.reason == audit.ReasonInternal {
		t.Fatalf("our own fault: %v", f.err)
	}
}
