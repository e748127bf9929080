package crawler

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"doorknock/audit"
	"doorknock/evidence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a server of fixed pages that lists what it was asked.
type site struct {
	*httptest.Server
	asked []string
	heads []http.Header
}

func newSite(t *testing.T, serve http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked, s.heads = append(s.asked, r.URL.RequestURI()), append(s.heads, r.Header.Clone())
		if r.URL.Path == "/robots.txt" && serve == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if serve != nil {
			serve(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>"+r.URL.Path+"</title><p>Hollybank")
	}))
	t.Cleanup(s.Close)
	return s
}

func home(more ...Request) []Request {
	return append([]Request{{URL: "http://hollybank.test/", For: ForHome, Priority: 1000}}, more...)
}

func page(path string, priority int) Request {
	return Request{URL: "http://hollybank.test" + path, For: ForPage, Priority: priority}
}

func TestPriorityAndMaxPages(t *testing.T) {
	s := newSite(t, nil)
	o := Options{Config: testConfig(), Hosts: hostsFor(s.Server, "hollybank.test")}
	o.MaxPages = 3
	plan := &listPlan{requests: home(page("/low", 1), page("/high", 9), Request{URL: "http://hollybank.test/feed", Accept: "application/xml", Priority: 5}, page("/middle", 5))}
	r := newRig(t, o, plan)
	look(t, r, jobFor("http://hollybank.test/"))
	if diff := cmp.Diff([]string{"/robots.txt", "/", "/high", "/feed", "/middle"}, s.asked); diff != "" {
		t.Error(diff)
	}
	if len(plan.unread) != 1 || plan.unread[0].URL != "http://hollybank.test/low" {
		t.Errorf("unread %+v", plan.unread)
	}
}

func TestLightVisit(t *testing.T) {
	s := newSite(t, nil)
	complaints := page("/complaints", 5)
	complaints.Words = []string{"complaints_page"}
	second := page("/complaints-2", 4)
	second.Words = []string{"complaints_page"}
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, &listPlan{requests: home(page("/news", 9), complaints, second)})
	job := jobFor("http://hollybank.test/")
	job.Light = true
	if v := look(t, r, job); !v.Light {
		t.Error("the visit does not say that it was light")
	}
	if diff := cmp.Diff([]string{"/robots.txt", "/", "/complaints"}, s.asked); diff != "" {
		t.Error(diff)
	}
}

func TestRobotsAskedByPlan(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			_, _ = io.WriteString(w, "User-agent: x\nDisallow: /\nSitemap: http://hollybank.test/map.xml\n")
		}
	})
	robots := Request{URL: "http://hollybank.test/robots.txt", For: ForRobots}
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, &listPlan{requests: home(robots)})
	v := look(t, r, jobFor("http://hollybank.test/"))
	a := r.plan.pages[1].Answer
	if !strings.Contains(string(a.Body), "map.xml") || a.Capture != v.Captures[0].ID || a.Problem != "" {
		t.Errorf("answer %+v", a)
	}
	if len(s.asked) != 2 {
		t.Errorf("asked %v", s.asked)
	}
	if m := v.Memory.Host.Robots["http://hollybank.test"]; !strings.Contains(m.Body, "map.xml") {
		t.Errorf("remembered %+v", m)
	}
}

func TestPermission(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /")
		}
	})
	o := Options{Hosts: hostsFor(s.Server, "hollybank.test"), Permission: map[string]string{"Hollybank.test": "a letter of 3 March"}}
	r := newRig(t, o, &listPlan{requests: home()})
	look(t, r, jobFor("http://hollybank.test/"))
	if diff := cmp.Diff([]string{"/"}, s.asked); diff != "" {
		t.Error(diff)
	}
}

// TestHeaders: nothing of ours goes out but the few headers we mean, however many the fetcher or a redirect adds, and
// cookies are not kept.
func TestHeaders(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "1"})
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
	})
	t.Setenv("COLLY_USER_AGENT", "somebody else")
	t.Setenv("COLLY_DISALLOWED_DOMAINS", "hollybank.test")
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, &listPlan{requests: home()})
	look(t, r, jobFor("http://hollybank.test/"))
	for i, h := range s.heads {
		for key := range h {
			switch key {
			case "Accept", "Accept-Encoding", "Accept-Language", "User-Agent":
			default:
				t.Errorf("%s: header %s: %s", s.asked[i], key, h.Get(key))
			}
		}
		if h.Get("Accept-Encoding") != "gzip" || !strings.HasPrefix(h.Get("User-Agent"), "doorknock/") {
			t.Errorf("%v", h)
		}
	}
	if len(s.asked) != 3 {
		t.Errorf("asked %v", s.asked)
	}
}

func TestUnchanged(t *testing.T) {
	post := &audit.PostFacts{URL: "http://hollybank.test/post", CommentStatus: "open"}
	closed := &audit.PostFacts{URL: "http://hollybank.test/post", CommentStatus: "closed"}
	body := "<title>one</title>"
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, body)
	})
	asks := func(p *audit.PostFacts) *listPlan {
		r := page("/post", 0)
		r.Post = p
		return &listPlan{requests: []Request{r}}
	}
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, asks(post))
	first := look(t, r, jobFor("http://hollybank.test/"))
	key := "http://hollybank.test/post"
	for _, c := range []struct {
		name   string
		change func(*audit.PageMemory)
		post   *audit.PostFacts
		want   bool
	}{
		{"same bytes", func(*audit.PageMemory) {}, post, true},
		{"interface says otherwise now", func(*audit.PageMemory) {}, closed, false},
		{"nothing known of the post now", func(*audit.PageMemory) {}, nil, false},
		{"read by an older reader", func(m *audit.PageMemory) { m.Reader-- }, post, false},
		{"body kept too long ago", func(m *audit.PageMemory) { m.At = m.At.Add(-26 * 24 * time.Hour) }, post, false},
		{"from the future", func(m *audit.PageMemory) { m.At = m.At.Add(time.Hour) }, post, false},
		{"what it says ended", func(m *audit.PageMemory) { m.Until = time.Now() }, post, false},
		{"what it says stands", func(m *audit.PageMemory) { m.Until = time.Now().Add(time.Hour) }, post, true},
		{"other bytes", func(m *audit.PageMemory) { m.Hash = hashOf([]byte("other")) }, post, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := first.Memory.Pages[key]
			c.change(&m)
			job := jobFor("http://hollybank.test/")
			job.Memory.Pages = map[string]audit.PageMemory{key: m}
			r.plan = asks(c.post)
			v := look(t, r, job)
			if got := r.plan.pages[0].Unchanged; got != c.want || len(v.Unchanged) == 1 != c.want || len(v.Readings) == 0 != c.want {
				t.Fatalf("unchanged %t, refs %v, %d readings", got, v.Unchanged, len(v.Readings))
			}
			last := r.keeper.kept[len(r.keeper.kept)-1]
			if (last.Revisit != "") != c.want || (last.Body == nil) != c.want {
				t.Errorf("kept revisit %q with a body of %d bytes", last.Revisit, len(last.Body))
			}
			if now := v.Memory.Pages[key]; c.want && (now.Capture != m.Capture || !now.At.Equal(m.At) || !now.Until.Equal(m.Until)) {
				t.Errorf("memory %+v, want that of the body", now)
			}
		})
	}
}

// TestUntil: a page is remembered until the first of its answers ends by itself, whatever is found on it besides.
func TestUntil(t *testing.T) {
	ends := time.Date(2026, time.December, 3, 0, 0, 0, 0, time.UTC)
	says := func(id audit.CheckID, until time.Time) Check {
		return Check{ID: id, On: []audit.Platform{audit.Web}, Version: 1, Look: func(*Page) Look { return Look{Reason: audit.ReasonNoMarker, Until: until} }}
	}
	s := newSite(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<title>one</title>") })
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test"), Checks: []Check{
		says("comments", time.Time{}), says("events", ends), says("recency", ends.AddDate(0, 0, 9)), says("forum", time.Time{}),
	}}, &listPlan{requests: []Request{page("/post", 0)}})
	v := look(t, r, jobFor("http://hollybank.test/"))
	if got := v.Memory.Pages["http://hollybank.test/post"].Until; !got.Equal(ends) {
		t.Errorf("remembered until %v, want %v", got, ends)
	}
}

func TestSealing(t *testing.T) {
	s := newSite(t, nil)
	three := 3
	checks := []Check{{ID: "comments", On: []audit.Platform{audit.Web}, Version: 1, Look: func(p *Page) Look {
		if strings.HasSuffix(p.URL().Path, "/listed") {
			return Look{Reason: audit.ReasonNoMarker, Count: &three}
		}
		return Look{Reason: audit.ReasonNoMarker}
	}}}
	people := Request{URL: "http://hollybank.test/api", Accept: "application/json", People: true}
	r := newRig(t, Options{Checks: checks, Hosts: hostsFor(s.Server, "hollybank.test")}, &listPlan{requests: home(page("/listed", 2), people)})
	v := look(t, r, jobFor("http://hollybank.test/"))
	got := map[string]bool{}
	for _, c := range v.Captures {
		got[strings.TrimPrefix(c.URL, "http://hollybank.test")] = c.Sealed
	}
	if diff := cmp.Diff(map[string]bool{"/robots.txt": false, "/": false, "/listed": true, "/api": true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPanics(t *testing.T) {
	s := newSite(t, nil)
	checks := []Check{{ID: "comments", On: []audit.Platform{audit.Web}, Version: 1, Look: func(p *Page) Look {
		if p.URL().Path == "/bad" {
			panic("in a check")
		}
		return Look{Reason: audit.ReasonNoMarker}
	}}}
	r := newRig(t, Options{Checks: checks, Hosts: hostsFor(s.Server, "hollybank.test")}, nil)
	internal := func(v audit.Visit) (n int) {
		for _, r := range v.Readings {
			if r.Verdict.Reason() == audit.ReasonInternal {
				n++
			}
		}
		return n
	}
	r.plan = &listPlan{requests: home(page("/bad", 2), page("/good", 1))}
	if v := look(t, r, jobFor("http://hollybank.test/")); internal(v) != 1 || len(v.Readings) != 3 {
		t.Errorf("a check's panic: %+v", v.Readings)
	}
	r.plan = &listPlan{requests: home(page("/x", 1)), next: func(*Page) []Request { panic("in a plan") }}
	if v := look(t, r, jobFor("http://hollybank.test/")); internal(v) != 1 || len(v.Readings) != 1 {
		t.Errorf("a plan's panic: %+v", v.Readings)
	}
	r.plan = &listPlan{requests: home()}
	if v := look(t, r, jobFor("http://hollybank.test/")); internal(v) != 0 {
		t.Error("the crawler did not get over it")
	}
}

type brokenKeeper struct{}

func (brokenKeeper) Keep(context.Context, string, *evidence.Exchange, bool) (evidence.Kept, error) {
	return evidence.Kept{}, errors.New("disk full")
}

func (brokenKeeper) Flush(context.Context, string) error { return nil }

// lateKeeper learns only at the end that the disk has lost something.
type lateKeeper struct{ memoryKeeper }

func (*lateKeeper) Flush(context.Context, string) error { return errors.New("disk full") }

func TestKeeperTroubleIsNoVisit(t *testing.T) {
	for _, keeper := range []Keeper{brokenKeeper{}, &lateKeeper{}} {
		s := newSite(t, nil)
		r := newRig(t, Options{Keeper: keeper, Hosts: hostsFor(s.Server, "hollybank.test")}, &listPlan{requests: home()})
		if _, err := r.Visit(t.Context(), jobFor("http://hollybank.test/")); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%T: error %v", keeper, err)
		}
	}
}

// TestNoAnswer: connections that fail keep their own reason, and a crawler that has heard from nobody says that it
// may be cut off itself.
func TestNoAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	s := newSite(t, nil)
	hosts := hostsFor(s.Server, "hollybank.test")
	hosts["refused.test"] = closed.Addr().String()
	r := newRig(t, Options{Hosts: hosts}, nil)
	r.transport.guard.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}
	ask := func(address string) audit.Visit {
		r.plan = &listPlan{requests: []Request{{URL: address, For: ForHome}}}
		return look(t, r, jobFor(address))
	}
	for address, want := range map[string]audit.Reason{"http://refused.test/": audit.ReasonNetwork, "http://nowhere.example.org/": audit.ReasonDNS} {
		v := ask(address)
		if len(v.Readings) != 1 || v.Readings[0].Verdict.Reason() != want || !v.Offline {
			t.Errorf("%s: offline %t, readings %+v", address, v.Offline, v.Readings)
		}
		if v.Unread != want {
			t.Errorf("%s: could not be read for %q", address, v.Unread)
		}
		if m := v.Memory.Host.Robots[strings.TrimSuffix(address, "/")]; m.Refuse != want {
			t.Errorf("%s: remembers %+v", address, m)
		}
	}
	ask("http://hollybank.test/")
	if v := ask("http://refused.test/"); v.Offline {
		t.Error("offline although another site has just answered")
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/down" {
			http.Redirect(w, r, "http://good.test/", http.StatusFound)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	ca, roots := newCA(t)
	certs := map[string]tls.Certificate{
		"good.test":    ca.issue(t, "good.test", time.Hour),
		"expired.test": ca.issue(t, "expired.test", -time.Minute),
		"wrong.test":   ca.issue(t, "other.test", time.Hour),
		"self.test":    selfSigned(t, "self.test"),
	}
	s.TLS = &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := certs[h.ServerName]
		return &c, nil
	}}
	s.StartTLS()
	defer s.Close()
	plain := newSite(t, nil)
	hosts := hostsFor(s, "good.test", "expired.test", "wrong.test", "self.test")
	hosts["plain.test"] = plain.Listener.Addr().String()
	r := newRig(t, Options{Hosts: hosts}, nil)
	r.transport.base.TLSClientConfig.RootCAs = roots
	for address, want := range map[string]audit.Reason{
		"https://good.test/": "", "https://expired.test/": audit.ReasonTLS, "https://wrong.test/": audit.ReasonTLS,
		"https://self.test/": audit.ReasonTLS, "https://plain.test/": audit.ReasonTLS, "https://good.test/down": audit.ReasonBadScheme,
	} {
		r.plan = &listPlan{requests: []Request{{URL: address, For: ForHome}}}
		v := look(t, r, jobFor(address))
		if got := r.plan.pages[0].Answer.Problem; got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
		if v.Offline {
			t.Errorf("%s: offline", address)
		}
	}
	if x := r.keeper.kept[0]; !strings.HasPrefix(x.TLS, "TLS 1.3") || x.IP != "127.0.0.1" {
		t.Errorf("kept TLS %q, address %q", x.TLS, x.IP)
	}
}

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newCA(t *testing.T) (authority, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return authority{cert, key}, pool
}

func (a authority) issue(t *testing.T, name string, valid time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func selfSigned(t *testing.T, name string) tls.Certificate {
	return authority{}.issue(t, name, time.Hour)
}

func TestBlockedAgainAndAgain(t *testing.T) {
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			w.WriteHeader(http.StatusForbidden)
		}
	})
	r := newRig(t, Options{Hosts: hostsFor(s.Server, "hollybank.test")}, nil)
	var m audit.Memory
	for i := 1; i <= 3; i++ {
		r.plan = &listPlan{requests: home()}
		job := jobFor("http://hollybank.test/")
		job.Memory = m
		m = look(t, r, job).Memory
		if m.Host.Blocked != i {
			t.Fatalf("visit %d: blocked %d", i, m.Host.Blocked)
		}
	}
	if rest := time.Until(m.Host.NotBefore); rest < 6*24*time.Hour {
		t.Errorf("after three blocked visits the next may come in %v", rest)
	}
}

func TestConfigValidate(t *testing.T) {
	if err := testConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{Pace: -1, DailyCap: -1, MaxDepth: -1, UserAgent: "Mozilla\n"}.Validate()
	if err == nil {
		t.Fatal("taken")
	}
	for _, key := range []string{"workers", "pace", "daily_cap", "max_pages", "max_depth", "user_agent"} {
		if !strings.Contains(err.Error(), "crawl."+key) {
			t.Errorf("%s is not told: %v", key, err)
		}
	}
	if _, err := New(Options{Config: testConfig(), Permission: map[string]string{"a.test": " "}}); err == nil {
		t.Error("a permission without a reason was taken")
	}
}
