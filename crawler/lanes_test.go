package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"doorknock/audit"
)

// pipes is a network inside a synctest bubble: every dial is a net.Pipe to one server.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "192.0.2.1:80" }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bubble is a crawler over pipes, run inside a synctest bubble; stop ends all of it.
type bubble struct {
	*Crawler
	plans map[string]*listPlan // by channel
	stop  func()
}

func newBubble(t *testing.T, c Config, handler http.HandlerFunc) *bubble {
	t.Helper()
	b := &bubble{plans: map[string]*listPlan{}}
	o := Options{Config: c, Platforms: []Platform{{Name: audit.Web, Plan: func(j audit.Job, _ Settings) Plan { return b.plans[j.Channel.ID] }}}}
	made, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Crawler = made
	net := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	b.transport.base.DialContext = net.dial
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Hour}
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { _ = server.Serve(net) })
	ended.Go(func() { _ = b.Run(ctx) })
	b.stop = func() {
		cancel()
		_ = server.Close()
		ended.Wait()
	}
	return b
}

func (b *bubble) job(id, address string, requests ...Request) audit.Job {
	b.plans[id] = &listPlan{requests: requests}
	j := jobFor(address)
	j.ID, j.Channel.ID = "job-"+id, id
	return j
}

func pagesOf(host string, n int) []Request {
	out := []Request{{URL: "http://" + host + "/", For: ForHome}}
	for i := 1; i < n; i++ {
		out = append(out, Request{URL: fmt.Sprintf("http://%s/%d", host, i), For: ForPage})
	}
	return out
}

// times notes when each request came.
type times struct {
	mu sync.Mutex
	at []time.Time
}

func (ts *times) note() {
	ts.mu.Lock()
	ts.at = append(ts.at, time.Now())
	ts.mu.Unlock()
}

func (ts *times) least() time.Duration {
	least := time.Duration(1<<62 - 1)
	for i := 1; i < len(ts.at); i++ {
		least = min(least, ts.at[i].Sub(ts.at[i-1]))
	}
	return least
}

func TestPaceCountsRedirectsAndRobots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came times
		b := newBubble(t, Config{Workers: 8, Pace: 5 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, func(w http.ResponseWriter, r *http.Request) {
			came.note()
			switch r.URL.Path {
			case "/":
				http.Redirect(w, r, "/a", http.StatusFound)
			case "/a":
				http.Redirect(w, r, "/b", http.StatusFound)
			default:
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, "<p>hello")
			}
		})
		defer b.stop()
		// Two channels of one registrable domain share its pace.
		jobs := []audit.Job{
			b.job("1", "http://www.example.org/", pagesOf("www.example.org", 3)...),
			b.job("2", "http://blog.example.org/", pagesOf("blog.example.org", 3)...),
		}
		var wg sync.WaitGroup
		for _, job := range jobs {
			wg.Go(func() {
				if _, err := b.Visit(t.Context(), job); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(came.at) != 12 { // twice: robots.txt, two redirects, home, two pages
			t.Errorf("%d requests, want 12", len(came.at))
		}
		if came.least() < 5*time.Second {
			t.Errorf("two requests only %v apart", came.least())
		}
	})
}

func TestPaceKeepsCrawlDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came times
		b := newBubble(t, Config{Workers: 2, Pace: time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, func(w http.ResponseWriter, r *http.Request) {
			came.note()
			if r.URL.Path == "/robots.txt" {
				_, _ = io.WriteString(w, "User-agent: *\nCrawl-delay: 900")
			}
		})
		defer b.stop()
		v, err := b.Visit(t.Context(), b.job("1", "http://example.org/", pagesOf("example.org", 3)...))
		if err != nil {
			t.Fatal(err)
		}
		if came.least() != time.Minute {
			t.Errorf("%v apart, want the cap of one minute", came.least())
		}
		// The next visit knows the delay without asking, and how long ago the last request was.
		job := b.job("2", "http://example.org/", pagesOf("example.org", 2)...)
		job.Memory = v.Memory
		if _, err := b.Visit(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if len(came.at) != 6 || came.least() != time.Minute {
			t.Errorf("%d requests, least %v apart", len(came.at), came.least())
		}
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name, value string
			status      int
			want        time.Duration // that the next page waits; 0: it is not asked for
		}{
			{"seconds", "90", 429, 90 * time.Second},
			{"date", "in100", 503, 100 * time.Second},
			{"none", "", 429, time.Minute},
			{"nonsense", "soon", 503, time.Minute},
			{"past", "-5", 503, time.Minute},
			{"long", "3600", 429, 0},
			{"absurd", "99999999999999999999", 503, 0},
		} {
			var came times
			b := newBubble(t, Config{Workers: 2, MaxPages: 40, UserAgent: "doorknock/t"}, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					return
				}
				came.note()
				if r.URL.Path == "/" {
					value := c.value
					if value == "in100" {
						value = time.Now().Add(100 * time.Second).UTC().Format(http.TimeFormat)
					}
					w.Header().Set("Retry-After", value)
					w.WriteHeader(c.status)
				}
			})
			job := b.job("1", "http://example.org/", pagesOf("example.org", 2)...)
			v, err := b.Visit(t.Context(), job)
			if err != nil {
				t.Fatal(err)
			}
			second := b.plans["1"].pages[1].Answer.Problem
			switch {
			case c.want == 0:
				if len(came.at) != 1 || second != audit.ReasonRateLimited {
					t.Errorf("%s: %d requests, second %q", c.name, len(came.at), second)
				}
				if rest := time.Until(v.Memory.Host.NotBefore); rest <= patience || rest > 24*time.Hour {
					t.Errorf("%s: remembers a rest of %v", c.name, rest)
				}
			case came.least() < c.want-time.Second || came.least() > c.want+time.Second:
				t.Errorf("%s: waited %v, want %v", c.name, came.least(), c.want)
			}
			b.stop()
		}
	})
}

func TestDailyCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came times
		b := newBubble(t, Config{Workers: 2, Pace: time.Second, DailyCap: 4, MaxPages: 40, UserAgent: "doorknock/t"}, func(_ http.ResponseWriter, _ *http.Request) { came.note() })
		defer b.stop()
		v, err := b.Visit(t.Context(), b.job("1", "http://example.org/", pagesOf("example.org", 6)...))
		if err != nil {
			t.Fatal(err)
		}
		if len(came.at) != 4 || v.Memory.Host.Requests != 4 {
			t.Errorf("%d requests, %d remembered, want 4", len(came.at), v.Memory.Host.Requests)
		}
		if got := b.plans["1"].pages[4].Answer.Problem; got != audit.ReasonRateLimited {
			t.Errorf("beyond the cap: %q", got)
		}
		job := b.job("2", "http://example.org/", pagesOf("example.org", 1)...)
		job.Memory = v.Memory
		again, err := b.Visit(t.Context(), job)
		if err != nil || len(came.at) != 4 || again.Offline || again.Memory.Host.Blocked != 0 {
			t.Errorf("the same day: %v, %d requests, offline %t, blocked %d", err, len(came.at), again.Offline, again.Memory.Host.Blocked)
		}
		job.Memory.Host.Robots = nil
		again, err = b.Visit(t.Context(), job)
		if err != nil || len(came.at) != 4 || again.Memory.Host.Robots["http://example.org"].Refuse != audit.ReasonRateLimited {
			t.Errorf("the same day, without robots.txt: %v, %d requests, %+v", err, len(came.at), again.Memory.Host)
		}
		time.Sleep(24 * time.Hour)
		if _, err := b.Visit(t.Context(), job); err != nil || len(came.at) == 4 {
			t.Errorf("the next day: %v, %d requests", err, len(came.at))
		}
	})
}

func TestTwoThousandLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lanes = manyLanes
		var came atomic.Int64
		b := newBubble(t, Config{Workers: 16, Pace: 5 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, func(http.ResponseWriter, *http.Request) { came.Add(1) })
		b.transport.base.DisableKeepAlives = true
		before := runtime.NumGoroutine()
		var done sync.WaitGroup
		done.Add(lanes)
		start := time.Now()
		for i := range lanes {
			id := fmt.Sprint(i)
			host := "example" + id + ".org"
			b.Start(t.Context(), b.job(id, "http://"+host+"/", pagesOf(host, 4)...), func(_ audit.Visit, err error) {
				if err != nil {
					t.Error(err)
				}
				done.Done()
			})
		}
		time.Sleep(2 * time.Second) // every lane has sent its first and waits for its second
		synctest.Wait()
		if now := runtime.NumGoroutine(); now > before+50 {
			t.Errorf("%d goroutines for %d lanes, %d before", now, lanes, before)
		}
		done.Wait()
		if took := time.Since(start); took > 25*time.Second || came.Load() != 5*lanes {
			t.Errorf("took %v, %d requests", took, came.Load())
		}
		if n := len(b.lanes.byName); n > lanes {
			t.Errorf("%d lanes are kept", n)
		}
		b.stop()
	})
}

func TestStopWithVisitsQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, Config{Workers: 4, Pace: 5 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/1" {
				<-r.Context().Done() // some requests are under way
			}
		})
		var told atomic.Int64
		for i := range 50 {
			id := fmt.Sprint(i)
			host := fmt.Sprintf("www%d.example%d.org", i, i%10)
			b.Start(t.Context(), b.job(id, "http://"+host+"/", pagesOf(host, 20)...), func(_ audit.Visit, err error) {
				if err != nil {
					told.Add(1)
				}
			})
		}
		time.Sleep(52 * time.Second) // five visits a lane: each has read robots.txt and home, and some ask for /1
		start := time.Now()
		b.stop()
		if took := time.Since(start); took > time.Second || told.Load() != 50 {
			t.Errorf("stopping took %v, %d of 50 visits were told", took, told.Load())
		}
		if _, err := b.Visit(t.Context(), b.job("late", "http://late.org/", pagesOf("late.org", 1)...)); err == nil {
			t.Error("a visit after the end gave no error")
		}
	})
}

func TestVisitGivesUpWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came times
		b := newBubble(t, Config{Workers: 4, Pace: 30 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, func(http.ResponseWriter, *http.Request) { came.note() })
		defer b.stop()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := b.Visit(ctx, b.job("1", "http://example.org/", pagesOf("example.org", 5)...)); err == nil || time.Since(start) > 11*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(5 * time.Minute)
		if len(came.at) != 1 {
			t.Errorf("%d requests, want the one before the caller left", len(came.at))
		}
	})
}

// TestSlowServers: what drips or hangs is cut, and nobody else waits for it.
func TestSlowServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, Config{Workers: 4, MaxPages: 40, UserAgent: "doorknock/t"}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				return
			}
			w.Header().Set("Content-Type", "text/html")
			switch r.Host {
			case "hang.org":
				<-r.Context().Done()
			case "drip.org":
				for r.Context().Err() == nil {
					_, _ = io.WriteString(w, "<p>and")
					_ = http.NewResponseController(w).Flush()
					time.Sleep(time.Second)
				}
			case "slow.org": // above the least rate, but without end
				for r.Context().Err() == nil {
					_, _ = w.Write(make([]byte, 4096))
					_ = http.NewResponseController(w).Flush()
					time.Sleep(time.Second)
				}
			case "late.org": // slow at first, then whole
				time.Sleep(4 * time.Second)
				_, _ = io.WriteString(w, "<p>hello")
			}
		})
		defer b.stop()
		for _, c := range []struct {
			host string
			want audit.Reason
			most time.Duration
		}{
			{"hang.org", audit.ReasonTimeout, 16 * time.Second},
			{"drip.org", audit.ReasonTimeout, 16 * time.Second},
			{"slow.org", audit.ReasonTimeout, 31 * time.Second},
			{"late.org", "", 5 * time.Second},
		} {
			start := time.Now()
			if _, err := b.Visit(t.Context(), b.job(c.host, "http://"+c.host+"/", pagesOf(c.host, 1)...)); err != nil {
				t.Fatal(err)
			}
			if got := b.plans[c.host].pages[0].Answer.Problem; got != c.want || time.Since(start) > c.most {
				t.Errorf("%s: %q after %v", c.host, got, time.Since(start))
			}
		}
	})
}

func TestLane(t *testing.T) {
	for host, want := range map[string]string{
		"www.hollybank.co.uk": "hollybank.co.uk", "Hollybank.CO.UK.": "hollybank.co.uk", "hollybank.co.uk:8080": "hollybank.co.uk",
		"a.b.hollybank.org": "hollybank.org", "council.gov.uk": "council.gov.uk", "x.blogspot.com": "x.blogspot.com",
		"town.test": "town.test", "www.town.test": "www.town.test", "localhost": "localhost", "127.0.0.1": "127.0.0.1",
		"[::1]:80": "::1", "bücher.de": "xn--bcher-kva.de", "co.uk": "co.uk", "": "",
	} {
		if got := Lane(host); got != want {
			t.Errorf("Lane(%q) = %q, want %q", host, got, want)
		}
	}
}

func TestTransportWaitsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var came times
		b := newBubble(t, Config{Workers: 2, Pace: 5 * time.Second, MaxPages: 40, UserAgent: "doorknock/t"}, func(http.ResponseWriter, *http.Request) { came.note() })
		defer b.stop()
		b.lanes.hold("example.org", audit.HostMemory{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.org/robots.txt", nil)
				if _, err := (&hop{t: b.transport, robots: true}).RoundTrip(req); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // the first has gone out, the others wait
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://example.org/robots.txt", nil)
			if _, err := (&hop{t: b.transport, robots: true}).RoundTrip(req); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a caller in a hurry: %v", err)
			}
		})
		wg.Wait()
		if len(came.at) != 4 || came.least() < 5*time.Second {
			t.Errorf("%d requests, %v apart", len(came.at), came.least())
		}
	})
}
