package crawler

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"doorknock/audit"
	"doorknock/internal/hostile"
)

// TestHostileSlow visits every bad input that takes long, by a clock that does not, and each in its own reason and time.
func TestHostileSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, testConfig(), badSite().ServeHTTP)
		defer b.stop()
		for _, c := range hostile.Cases() {
			if !c.Slow {
				continue
			}
			address := "http://" + strings.Trim(strings.ReplaceAll(c.Path, "/", "-"), "-") + ".org" + c.Path
			start := time.Now()
			v, err := b.Visit(t.Context(), b.job(c.Path, address, Request{URL: address, For: ForHome}))
			if err != nil {
				t.Fatal(err)
			}
			if got := b.plans[c.Path].pages[0].Problem(); got != c.Want || time.Since(start) > totalTime+dialTime {
				t.Errorf("%s: problem %q after %v, want %q", c.Path, got, time.Since(start), c.Want)
			}
			if len(v.Captures) != 2 || v.Offline {
				t.Errorf("%s: %d captures, offline %t", c.Path, len(v.Captures), v.Offline)
			}
		}
	})
}

// TestHostileSlowRobots: a robots.txt that takes long is asked for once, and then nothing else is.
func TestHostileSlowRobots(t *testing.T) {
	for _, c := range hostile.Robots() {
		if !c.Slow {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := make(chan string, 10)
				b := newBubble(t, testConfig(), func(w http.ResponseWriter, r *http.Request) {
					asked <- r.URL.Path
					badSite().ServeHTTP(w, r)
				})
				defer b.stop()
				host, start := "robots-"+c.Name+".test", time.Now()
				v, err := b.Visit(t.Context(), b.job(c.Name, "http://"+host+"/", pagesOf(host, 4)...))
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > totalTime+dialTime {
					t.Errorf("took %v", took)
				}
				if first := <-asked; first != "/robots.txt" || len(asked) > 0 {
					t.Errorf("asked for %s, and %d times more", first, len(asked))
				}
				for _, p := range b.plans[c.Name].pages {
					if p.Problem() != c.Want || p.Answer.Status != 0 {
						t.Errorf("%s: problem %q, status %d, want %q", p.URL(), p.Problem(), p.Answer.Status, c.Want)
					}
				}
				if n := len(b.plans[c.Name].pages); n != 4 || v.Unread != c.Want || len(v.Captures) != 1 {
					t.Errorf("%d pages, unread for %q, %d captures", n, v.Unread, len(v.Captures))
				}
			})
		})
	}
}

// badSite is made once: its pages are long.
var badSite = sync.OnceValue(hostile.Handler)

// slowKind is what the slow sites of one test do, and how large the pages of the healthy one are.
type slowKind struct {
	name  string
	large int // bytes that a slow site sends at once before it drips; 0: it hangs, drips its headers or its body from the start
	page  int // bytes of a healthy page
}

var slowKinds = [...]slowKind{
	{"nothing comes", 0, 0},
	{"large, then a drip", 300 << 10, 300 << 10},
	{"larger, then a drip", 600 << 10, 600 << 10},
	{"nearly too large, then a drip", 7 << 20, 300 << 10},
	{"nearly too large, beside larger", 7 << 20, 1 << 20},
}

// sites answer no page of slow hosts: a third hang, a third drip their headers and a third their bodies, or all send a large
// beginning and then some 3 KB a second, which is more than a body must. Every other one is as slow with its robots.txt.
func (k slowKind) sites(w http.ResponseWriter, r *http.Request) {
	switch slow := strings.HasPrefix(r.Host, "slow"); {
	case slow && k.large > 0 && r.URL.Path != "/robots.txt":
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(make([]byte, k.large))
		r.URL.Path = "/slow-steady"
		badSite().ServeHTTP(w, r)
	case slow && (r.URL.Path != "/robots.txt" || r.Host[4]%2 == 0):
		r.URL.Path = [...]string{"/hang", "/drip", "/drip-headers"}[len(r.Host)%3]
		badSite().ServeHTTP(w, r)
	case r.URL.Path != "/robots.txt":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<title>Hollybank</title><main>Homes"+strings.Repeat(" ", k.page)+"</main></html>")
	}
}

const slowHosts = 50

// slowHost names the i-th slow host; their lengths differ by what they do.
func slowHost(i int) string {
	return fmt.Sprintf("slow%d%s.org", i%10, strings.Repeat("x", i/10*3+i%3))
}

// TestSlowSitesDelayNobody: the visit of a healthy site beside fifty slow ones takes at most a fifth longer than alone,
// with as many workers as the settings that we ship have, and however much of their pages the slow ones send first.
func TestSlowSitesDelayNobody(t *testing.T) {
	for _, kind := range slowKinds[:mostSlowKinds] {
		t.Run(kind.name, func(t *testing.T) {
			alone, beside := kind.visit(t, 0), kind.visit(t, slowHosts)
			t.Logf("alone %v, beside %d slow sites %v", alone, slowHosts, beside)
			if beside > alone+alone/5 {
				t.Errorf("a healthy site's visit takes %v beside %d slow ones, %v alone", beside, slowHosts, alone)
			}
		})
	}
}

// visit visits a healthy site beside as many slow ones, and gives how long it took.
func (k slowKind) visit(t *testing.T, slow int) (healthy time.Duration) {
	const pages = 20
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, Config{Workers: 16, Pace: 5 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, k.sites)
		defer b.stop()
		for i := range slow { // plans first: they are read by workers
			host := slowHost(i)
			b.job(host, "http://"+host+"/", pagesOf(host, pages)...)
		}
		job := b.job("healthy", "http://healthy.org/", pagesOf("healthy.org", pages)...)
		var all sync.WaitGroup
		for i := range slow {
			host := slowHost(i)
			j := jobFor("http://" + host + "/")
			j.ID, j.Channel.ID = host, host
			all.Add(1)
			b.Start(t.Context(), j, func(v audit.Visit, err error) {
				defer all.Done()
				if err != nil || len(v.Readings) == 0 && len(v.Captures) == 0 {
					t.Errorf("%s: %+v, %v", host, v, err)
				}
			})
		}
		start := time.Now()
		if _, err := b.Visit(t.Context(), job); err != nil {
			t.Error(err)
		}
		healthy = time.Since(start)
		got := b.plans["healthy"].pages
		for i, p := range got {
			if p.Problem() != "" {
				t.Errorf("page %d of the healthy site: %q", i, p.Problem())
			}
		}
		if len(got) != pages {
			t.Errorf("%d pages of the healthy site", len(got))
		}
		all.Wait()
		if room := b.transport.room; room.left != largeBytes {
			t.Errorf("%d bytes of room are not given back", largeBytes-room.left)
		}
	})
	return healthy
}
