package crawler

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
)

// listPlan asks for a fixed list of addresses and notes what came.
type listPlan struct {
	requests []Request
	mu       sync.Mutex
	pages    []*Page
	next     func(*Page) []Request
	unread   []Request
	forget   string // a page that is read anew each time
}

func (p *listPlan) First() []Request { return p.requests }

func (p *listPlan) Next(page *Page) []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages = append(p.pages, page)
	if p.next != nil {
		return p.next(page)
	}
	return nil
}

func (p *listPlan) Done(unread []Request) Walk {
	p.unread = unread
	w := Walk{Coverage: map[audit.CheckID]audit.Coverage{}, Pages: map[string]audit.Outline{}}
	for _, page := range p.pages {
		if page.Answer.Request.URL == p.forget {
			continue
		}
		w.Pages[page.Answer.Request.URL] = page.Outline()
	}
	return w
}

// memoryKeeper keeps exchanges in a list.
type memoryKeeper struct {
	mu    sync.Mutex
	kept  []evidence.Exchange
	seals []bool
}

func (k *memoryKeeper) Keep(_ context.Context, _ string, x *evidence.Exchange, seal bool) (evidence.Kept, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept, k.seals = append(k.kept, *x), append(k.seals, seal)
	return evidence.Kept{File: "f", Offset: int64(len(k.kept)), Sealed: seal}, nil
}

func (k *memoryKeeper) Flush(context.Context, string) error { return nil }

func testConfig() Config {
	return Config{Workers: 4, MaxPages: 40, MaxDepth: 2, UserAgent: "doorknock/test (+test@example.test)"}
}

// rig is a crawler over one plan and a server on loopback.
type rig struct {
	*Crawler
	keeper *memoryKeeper
	plan   *listPlan
	stop   context.CancelFunc
}

func newRig(t *testing.T, o Options, plan *listPlan) *rig {
	t.Helper()
	r := &rig{keeper: &memoryKeeper{}, plan: plan}
	if o.Workers == 0 {
		o.Config = testConfig()
	}
	if o.Keeper == nil {
		o.Keeper = r.keeper
	}
	o.Platforms = []Platform{{Name: audit.Web, Plan: func(audit.Job, Settings) Plan { return r.plan }}}
	if o.Checks == nil {
		o.Checks = []Check{{ID: "comments", On: []audit.Platform{audit.Web}, Version: 1, Look: func(*Page) Look { return Look{Reason: audit.ReasonNoMarker} }}}
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	r.Crawler = c
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { _ = c.Run(ctx); close(ended) }()
	r.stop = func() { cancel(); <-ended }
	t.Cleanup(r.stop)
	return r
}

func hostsFor(s *httptest.Server, names ...string) map[string]string {
	hosts := make(map[string]string)
	for _, n := range names {
		hosts[n] = s.Listener.Addr().String()
	}
	return hosts
}

func jobFor(url string) audit.Job {
	return audit.Job{V: 1, ID: "job1", Channel: audit.Channel{ID: "c1", Platform: audit.Web, URL: url}}
}

func look(t *testing.T, r *rig, job audit.Job) audit.Visit {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	v, err := r.Visit(ctx, job)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVisitOnceAndAgain(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("If-None-Match"))
		switch r.URL.Path {
		case "/robots.txt":
			_, _ = io.WriteString(w, "User-agent: *\nDisallow: /private\n")
		case "/":
			http.Redirect(w, r, "/home", http.StatusMovedPermanently)
		case "/home":
			w.Header().Set("ETag", `"one"`)
			if r.Header.Get("If-None-Match") == `"one"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<title>Home</title><p>Hollybank homes")
		}
	}))
	defer s.Close()
	plan := &listPlan{requests: []Request{{URL: "http://hollybank.test/", For: ForHome}, {URL: "http://hollybank.test/private/x", For: ForPage}}}
	r := newRig(t, Options{Hosts: hostsFor(s, "hollybank.test")}, plan)
	v := look(t, r, jobFor("http://hollybank.test/"))
	if len(v.Captures) != 3 || v.Captures[2].Hash == "" || v.Captures[1].Status != 301 {
		t.Fatalf("captures: %+v", v.Captures)
	}
	if p := plan.pages[1].Answer.Problem; p != audit.ReasonRobots {
		t.Errorf("forbidden page: %q", p)
	}
	if got := v.Memory.Pages["http://hollybank.test/home"].ETag; got != `"one"` {
		t.Fatalf("memory: %+v", v.Memory)
	}
	if v.Readings[0].Verdict.Reason() != audit.ReasonNoMarker || v.Offline {
		t.Errorf("readings %+v", v.Readings)
	}
	r.plan = &listPlan{requests: plan.requests[:1]}
	job := jobFor("http://hollybank.test/")
	job.Memory = v.Memory
	again := look(t, r, job)
	if len(again.Unchanged) != 1 || again.Unchanged[0].Capture != v.Captures[2].ID || len(again.Readings) != 0 {
		t.Fatalf("again: %+v", again)
	}
	if !r.plan.pages[0].Unchanged || r.plan.pages[0].Outline().Title != "Home" {
		t.Errorf("outline: %+v", r.plan.pages[0].Outline())
	}
	want := "/robots.txt |/ |/home |/ |/home \"one\""
	if got := strings.Join(asked, "|"); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}
