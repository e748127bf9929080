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

// badSite is made once: its pages are long.
var badSite = sync.OnceValue(hostile.Handler)

// slowSites answer none of their pages: a third hang, a third drip their headers and a third their bodies. Every other
// one is as slow with its robots.txt.
func slowSites(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Host, "slow") && (r.URL.Path != "/robots.txt" || r.Host[4]%2 == 0) {
		r.URL.Path = [...]string{"/hang", "/drip", "/drip-headers"}[len(r.Host)%3]
		badSite().ServeHTTP(w, r)
		return
	}
	if r.URL.Path == "/robots.txt" {
		return
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<title>Hollybank</title><main>Homes</main></html>")
}

const slowHosts = 50

// slowHost names the i-th slow host; their lengths differ by what they do.
func slowHost(i int) string {
	return fmt.Sprintf("slow%d%s.org", i%10, strings.Repeat("x", i/10*3+i%3))
}

// TestSlowSitesDelayNobody: the visit of a healthy site beside fifty slow ones takes at most a fifth longer than alone,
// with as many workers as the settings that we ship have.
func TestSlowSitesDelayNobody(t *testing.T) {
	const pages = 20
	took := func(slow int) (healthy time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, Config{Workers: 16, Pace: 5 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, slowSites)
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
			if got := b.plans["healthy"].pages; len(got) != pages || got[pages-1].Problem() != "" {
				t.Errorf("%d pages of the healthy site, the last %q", len(got), got[len(got)-1].Problem())
			}
			all.Wait()
		})
		return healthy
	}
	alone, beside := took(0), took(slowHosts)
	t.Logf("alone %v, beside %d slow sites %v", alone, slowHosts, beside)
	if beside > alone+alone/5 {
		t.Errorf("a healthy site's visit takes %v beside %d slow ones, %v alone", beside, slowHosts, alone)
	}
}
