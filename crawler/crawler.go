package crawler

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/flate"
	whatwg "github.com/nlnwa/whatwg-url/url"

	"doorknock/audit"
)

const (
	hugeBody   = 2 << 20 // bodies over this are parsed one at a time
	offlineAge = 10 * time.Minute
	maxPageAge = 25 * 24 * time.Hour // a page is read anew before its capture may be dropped with the comments in it
)

// Crawler looks at channels: a job goes in, a visit comes out.
type Crawler struct {
	o         Options
	lanes     *lanes
	transport *transport
	ledger    *ledger
	parser    whatwg.Parser
	settings  map[audit.Platform]*Settings
	ways      string        // hash of what the ways of all visits follow from
	parse     chan struct{} // places for parsing: one less than processors, so that the rest of the program breathes
	huge      chan struct{} // the one place for huge bodies
	packers   sync.Pool     // of writers that compress outlines
	answered  atomic.Int64  // Unix nanoseconds of the last answer from anywhere
	drawing   sync.WaitGroup
	stopping  context.Context
	stop      context.CancelFunc
	now       func() time.Time
}

// New makes a crawler. It looks at nothing until Run.
func New(o Options) (*Crawler, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("set up crawler: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.logExemptions()
	ls := newLanes(o.Pace, o.DailyCap)
	c := &Crawler{o: o, lanes: ls, ledger: newLedger(), transport: newTransport(o, ls), now: time.Now,
		parser: whatwg.NewParser(whatwg.WithPercentEncodeSinglePercentSign()), ways: waysOf(o),
		parse: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1)), huge: make(chan struct{}, 1)}
	c.settings = settingsOf(o)
	c.packers.New = func() any {
		z, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is a valid constant
		return z
	}
	c.stopping, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// settingsOf makes once what all visits of a platform share.
func settingsOf(o Options) map[audit.Platform]*Settings {
	of := make(map[audit.Platform]*Settings, len(o.Platforms))
	for _, p := range o.Platforms {
		s := &Settings{MaxPages: o.MaxPages, MaxDepth: o.MaxDepth, Keys: o.Keys, Text: o.KeepText, Notice: o.Notice, Held: o.origins(), Interface: o.interfaceOf(p)}
		for _, check := range o.Checks {
			if slices.Contains(check.On, p.Name) {
				s.Checks = append(s.Checks, check)
			}
		}
		s.Words = NewWords(s.Checks)
		of[p.Name] = s
	}
	return of
}

// Run is the crawler at work. It returns soon after ctx is done, when every visit has been told: requests under way
// are cut, visits waiting for their lane end with ErrStopped. A crawler runs once.
func (c *Crawler) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, c.stop)()
	c.lanes.run(ctx, c.o.Workers)
	c.drawing.Wait()
	c.stop()
	c.transport.base.CloseIdleConnections()
	return nil
}

// Visit hands the job to the heap of lanes and waits for the visit. Run must be running.
func (c *Crawler) Visit(ctx context.Context, job audit.Job) (audit.Visit, error) {
	type result struct {
		visit audit.Visit
		err   error
	}
	got := make(chan result, 1)
	c.Start(ctx, job, func(v audit.Visit, err error) { got <- result{v, err} })
	select {
	case r := <-got:
		return r.visit, r.err
	case <-ctx.Done():
		return audit.Visit{}, fmt.Errorf("visit %s: %w", job.Channel.URL, ctx.Err())
	}
}

// Start is Visit without waiting: done is called once, from a worker, and must be quick. A visit that waits for its
// lane is a value in a queue, so thousands may be started. An error means that there is no visit to record: the
// crawler stopped, ctx ended, or a capture could not be kept. A site that cannot be read is no error but a visit.
func (c *Crawler) Start(ctx context.Context, job audit.Job, done func(audit.Visit, error)) {
	v, err := c.newVisit(ctx, job, done)
	if err != nil {
		done(audit.Visit{}, fmt.Errorf("visit %s: %w", job.Channel.URL, err))
		return
	}
	v.begin()
}

func (c *Crawler) platform(name audit.Platform) (Platform, error) {
	i := slices.IndexFunc(c.o.Platforms, func(p Platform) bool { return p.Name == name })
	if i < 0 {
		return Platform{}, fmt.Errorf("platform %q is not in the table", name)
	}
	return c.o.Platforms[i], nil
}

// reached notes an answer from anywhere.
func (c *Crawler) reached() { c.answered.Store(c.now().UnixNano()) }

// cutOff says that nobody has answered this crawler for a while, so that silence is more likely ours.
func (c *Crawler) cutOff() bool { return c.now().Sub(time.Unix(0, c.answered.Load())) > offlineAge }

// parsing takes a place for work on a body of n bytes and gives the function that frees it.
func (c *Crawler) parsing(n int) (free func()) {
	if n <= hugeBody {
		c.parse <- struct{}{}
		return func() { <-c.parse }
	}
	c.huge <- struct{}{}
	c.parse <- struct{}{}
	return func() { <-c.parse; <-c.huge }
}
