package crawler

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"doorknock/audit"
)

func TestGuardAddresses(t *testing.T) {
	g := newGuard(nil)
	for _, c := range []struct {
		addr string
		ok   bool
	}{
		{"93.184.216.34", true}, {"8.8.8.8", true}, {"172.15.255.255", true}, {"172.32.0.0", true}, {"100.63.255.255", true},
		{"100.128.0.0", true}, {"192.0.1.0", true}, {"198.17.255.255", true}, {"198.20.0.0", true}, {"223.255.255.255", true},
		{"0.0.0.0", false}, {"0.0.0.1", false}, {"10.0.0.1", false}, {"100.64.0.1", false}, {"100.127.255.255", false},
		{"127.0.0.1", false}, {"127.255.255.254", false}, {"169.254.169.254", false}, {"172.16.0.1", false},
		{"172.31.255.255", false}, {"192.0.0.1", false}, {"192.0.2.1", false}, {"192.88.99.1", false}, {"192.168.1.1", false},
		{"198.18.0.1", false}, {"198.19.255.255", false}, {"198.51.100.1", false}, {"203.0.113.1", false}, {"224.0.0.1", false},
		{"239.255.255.255", false}, {"240.0.0.1", false}, {"255.255.255.255", false},
		{"2606:2800:220:1:248:1893:25c8:1946", true}, {"2a00:1450:4009::1", true}, {"2001:4860:4860::8888", true}, {"2003::1", true},
		{"::", false}, {"::1", false}, {"::ffff:127.0.0.1", false}, {"::ffff:10.0.0.1", false}, {"::ffff:169.254.169.254", false},
		{"::127.0.0.1", false}, {"::ffff:0:127.0.0.1", false}, {"64:ff9b::7f00:1", false}, {"64:ff9b:1::1", false}, {"100::1", false},
		{"2001::1", false}, {"2001:db8::1", false}, {"2002:7f00:1::", false}, {"3fff::1", false}, {"fc00::1", false}, {"fd00:ec2::254", false},
		{"fe80::1", false}, {"fe80::1%eth0", false}, {"fec0::1", false}, {"ff02::1", false}, {"4000::1", false}, {"5f00::1", false},
	} {
		a, err := netip.ParseAddr(c.addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.check(a); (err == nil) != c.ok {
			t.Errorf("%s: %v, want ok %t", c.addr, err, c.ok)
		}
	}
	if err := g.check(netip.MustParseAddr("::ffff:8.8.8.8")); err != nil {
		t.Errorf("a mapped public address: %v", err)
	}
}

// TestGuardNames visits names and numbers that lead to this machine or into private nets, however they are spelt. The
// server would answer, were it asked.
func TestGuardNames(t *testing.T) {
	var hits atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer s.Close()
	port := s.Listener.Addr().(*net.TCPAddr).Port
	r := newRig(t, Options{Hosts: hostsFor(s, "fine.test")}, nil)
	r.transport.guard.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: dnsAnswering(t, netip.MustParseAddr("127.0.0.1"))}
	at := ":" + strconv.Itoa(port) + "/"
	for _, address := range []string{
		"http://127.0.0.1" + at, "http://①②⑦.0.0.1" + at, "http://127。0。0。1" + at, "http://0" + at, "http://127.1" + at,
		"http://0x7f000001" + at, "http://2130706433" + at, "http://017700000001" + at, "http://[::1]" + at,
		"http://[::ffff:127.0.0.1]" + at, "http://[::ffff:7f00:1]" + at, "http://169.254.169.254/latest/meta-data/",
		"http://10.0.0.1/", "http://100.64.0.1/", "http://192.168.0.1/", "http://[fd00::1]/", "http://[fe80::1]/", "http://0.0.0.0" + at,
		"http://rebound.example.org" + at, "http://LOCALHOST" + at,
	} {
		t.Run(address, func(t *testing.T) {
			r.plan = &listPlan{requests: []Request{{URL: address, For: ForHome}}}
			v := look(t, r, jobFor(address))
			if got := r.plan.pages[0].Answer.Problem; got != audit.ReasonPrivateAddress {
				t.Errorf("problem %q, want private_address (readings %+v)", got, v.Readings)
			}
		})
	}
	if hits.Load() > 0 {
		t.Errorf("%d requests reached the server", hits.Load())
	}
}

func TestGuardPortsAndSchemes(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "fine.test")}, nil)
	for _, address := range []string{
		"http://example.org:22/", "https://example.org:6379/", "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)",
		"data:text/html,x", "http://user:pass@example.org/", "http://", "gopher://example.org/", "//example.org/", "nonsense",
	} {
		r.plan = &listPlan{requests: []Request{{URL: address, For: ForHome}}}
		look(t, r, jobFor("http://fine.test/"))
		if got := r.plan.pages[0].Answer.Problem; got != audit.ReasonBadScheme {
			t.Errorf("%s: problem %q, want bad_scheme", address, got)
		}
	}
}

// TestGuardRebinding: the first answer of DNS is public, the next is this machine. Every dial is checked by itself.
func TestGuardRebinding(t *testing.T) {
	g := newGuard(nil)
	public := netip.MustParseAddr("192.0.2.7") // stands for a public one: nobody is there
	g.deny = slices.DeleteFunc(g.deny, func(p netip.Prefix) bool { return p.Contains(public) })
	g.dialer.Timeout = time.Second // of which DNS takes a part
	g.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: dnsAnswering(t, public, netip.MustParseAddr("127.0.0.1"))}
	if _, err := g.dial(t.Context(), "tcp4", "rebound.example.org:80"); err == nil || errors.Is(err, ErrPrivateAddress) {
		t.Errorf("first dial: %v, want that nobody answers", err)
	}
	g.dialer.Timeout = time.Minute
	if _, err := g.dial(t.Context(), "tcp4", "rebound.example.org:80"); !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("second dial: %v, want a refusal", err)
	}
}

func TestGuardRedirects(t *testing.T) {
	for _, to := range []string{
		"http://127.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://10.1.2.3/", "http://①⑨②.168.0.1/",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/robots.txt" {
				w.Header().Set("Location", to)
				w.WriteHeader(http.StatusFound)
			}
		}))
		r := newRig(t, Options{Hosts: hostsFor(s, "fine.test")}, &listPlan{requests: []Request{{URL: "http://fine.test/", For: ForHome}}})
		look(t, r, jobFor("http://fine.test/"))
		// The redirect leaves the subject, so that it is not followed at all.
		if got := r.plan.pages[0].Answer.Problem; got != audit.ReasonRedirectedAway {
			t.Errorf("to %s: problem %q", to, got)
		}
		s.Close()
	}
}

// TestGuardRedirectWithinTheDomain: a redirect that stays with the subject is followed, and its host's address is checked
// like any other.
func TestGuardRedirectWithinTheDomain(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			w.Header().Set("Location", "http://inner.example.org/")
			w.WriteHeader(http.StatusFound)
		}
	}))
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "www.example.org")}, &listPlan{requests: []Request{{URL: "http://www.example.org/", For: ForHome}}})
	r.transport.guard.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: dnsAnswering(t, netip.MustParseAddr("10.0.0.7"))}
	v := look(t, r, jobFor("http://www.example.org/"))
	if got := r.plan.pages[0].Answer.Problem; got != audit.ReasonPrivateAddress || v.Readings[0].Verdict.Reason() != got {
		t.Errorf("problem %q, readings %+v", got, v.Readings)
	}
}

// TestNoProxy: beside a proxy the guard would see the proxy's address alone, so none is used, whatever the environment says.
func TestNoProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "COLLY_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	r := newRig(t, Options{Hosts: hostsFor(s, "hollybank.test")}, &listPlan{requests: []Request{{URL: "http://hollybank.test/", For: ForHome}}})
	if v := look(t, r, jobFor("http://hollybank.test/")); len(v.Captures) != 2 || r.transport.base.Proxy != nil {
		t.Errorf("%d captures; proxy set: %t", len(v.Captures), r.transport.base.Proxy != nil)
	}
}

func TestHostsMapIsChecked(t *testing.T) {
	o := Options{Config: testConfig(), Hosts: map[string]string{"a.test": "localhost:80", "b.test": "127.0.0.1:80"}}
	if _, err := New(o); err == nil {
		t.Error("a name instead of an address was taken")
	}
}

func TestGuardServesWebhooks(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	for _, c := range []struct {
		hosts map[string]string
		ok    bool
	}{{nil, false}, {map[string]string{"hook.test": s.Listener.Addr().String()}, true}} {
		d := net.Dialer{Control: Guard(c.hosts)}
		conn, err := d.DialContext(t.Context(), "tcp", s.Listener.Addr().String())
		if (err == nil) != c.ok || err != nil && !errors.Is(err, ErrPrivateAddress) {
			t.Errorf("hosts %v: %v", c.hosts, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

// dnsAnswering is a name server on loopback: each question for an IPv4 address gets the next answer, the last for ever.
func dnsAnswering(t *testing.T, answers ...netip.Addr) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buf := make([]byte, 1500)
		for asked := 0; ; {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			reply, isA := dnsReply(buf[:n], answers[min(asked, len(answers)-1)])
			if isA {
				asked++
			}
			_, _ = server.WriteTo(reply, from)
		}
	}()
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}
}

// dnsReply answers the one question of a query; only type A gets an answer.
func dnsReply(query []byte, a netip.Addr) (reply []byte, isA bool) {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	isA = binary.BigEndian.Uint16(query[end-4:]) == 1
	reply = append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	if isA {
		reply[7] = 1
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, a.AsSlice()...)
	}
	return reply, isA
}
