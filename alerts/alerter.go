package alerts

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

// Options are what an Alerter works with.
type Options struct {
	Config  Config
	Mail    MailConfig // the server for receivers of kind email
	Store   *store.DB
	Guard   Guard // nil: every address may be dialled
	Wording Wording
	// Sites says of which questions an organisation's sites answer together: a change at one of them that changes nothing
	// over all is no alert.
	Sites  map[audit.CheckID]bool
	Log    *slog.Logger
	Now    func() time.Time    // nil: time.Now
	Getenv func(string) string // nil: os.Getenv
	// Metrics counts; nil: nobody reads it.
	Metrics *Metrics
	// Ill says what is wrong that the database does not show, such as a disk that is nearly full: no heartbeat is sent then.
	// nil: nothing is known of.
	Ill func() error
	// Reached is told that a named point (BeforeSend, ...) was reached; nil but in tests that kill the program.
	Reached func(point string)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	if len(o.Config.Receivers) == 0 && o.Config.Route.Receiver == "" {
		def := Default()
		o.Config.Route, o.Config.Receivers = def.Route, def.Receivers
	}
	if o.Config.MaxAge == 0 {
		o.Config.MaxAge = defaultMaxAge
	}
	if o.Config.UnansweredAfter == 0 {
		o.Config.UnansweredAfter = defaultUnanswered
	}
	return o
}

// Alerter raises, groups and delivers alerts. All that it knows between two moments is in the store: it may be
// killed anywhere.
type Alerter struct {
	store     *store.DB
	route     *Route
	config    Config
	rules     []inhibitRule
	flapping  FlapConfig
	mu        sync.Mutex         // of receivers and open
	receivers map[string]*outlet // by name; more come as Slack channels subscribe
	open      func(*outlet)      // has a new receiver's deliveries sent; nil while nothing is
	heartbeat *heartbeat         // nil: none is configured
	wording   Wording
	sites     map[audit.CheckID]bool
	maxAge    time.Duration
	promise   talk.Promise // by when a complaint should have its answer where the organisation states no time
	log       *slog.Logger
	now       func() time.Time
	chance    func() float64   // 0 to 1, by which retries are spread
	idle      time.Duration    // the constant, but in tests of long times
	running   func() time.Time // of waits in memory, which no setting of the clock may lengthen
	reached   func(point string)
	metrics   *Metrics
	flush     chan struct{} // capacity 1: a group may be due
	resolved  []string      // receivers that are told when what they were told is answered
	out       lookout       // used by the loop that watches alone
	lively    channels      // where somebody wrote since they were looked through
	looked    time.Time     // since when answers were not looked for; used by the loop that flushes alone
	next      time.Time     // when they are looked for again, or sooner where replied says so
	replied   atomic.Bool   // an organisation wrote something
}

// outlet is a receiver with what belongs to sending to it.
type outlet struct {
	name     string
	receiver Receiver
	bot      *slackBot // the receiver, where its messages can be threaded and edited; else nil
	quote    bool
	due      chan struct{} // capacity 1: a delivery may be due
	free     time.Time     // when it may be sent the next message, by Alerter.running; used by its loop alone
	line     line
}

// New makes an Alerter of a valid configuration.
func New(o Options) (*Alerter, error) {
	o = o.withDefaults()
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	made, err := newReceivers(o)
	if err != nil {
		return nil, err
	}
	a := &Alerter{store: o.Store, receivers: map[string]*outlet{}, wording: o.Wording, sites: o.Sites,
		maxAge: o.Config.MaxAge, log: o.Log, now: o.Now, idle: idle, chance: rand.Float64, running: o.Now, reached: o.Reached, metrics: o.Metrics, flush: make(chan struct{}, 1)}
	if err := a.plant(o.Config); err != nil {
		return nil, err
	}
	if a.heartbeat, err = newHeartbeat(o); err != nil {
		return nil, err
	}
	for _, c := range o.Config.Receivers {
		if c.sendResolved() {
			a.resolved = append(a.resolved, c.Name)
		}
		bot, _ := made[c.Name].(*slackBot)
		a.receivers[c.Name] = &outlet{name: c.Name, receiver: made[c.Name], bot: bot, quote: c.Quote, due: make(chan struct{}, 1)}
	}
	return a, nil
}

// plant makes the route tree, the inhibition rules, and what says which complaints are told.
func (a *Alerter) plant(c Config) (err error) {
	a.promise = talk.Promise{Within: c.UnansweredAfter, Counts: "working_hours", Hours: talk.Office()}
	a.out = lookout{judged: map[string]time.Time{}, spiked: map[string]time.Time{}}
	if a.route, err = NewRoute(c); err != nil {
		return err
	}
	a.config, a.flapping = c, c.Flapping
	a.rules, err = newInhibitRules(c.InhibitRules)
	return err
}

// Run flushes groups when they are due and delivers what they hold, until ctx ends; a running attempt then has a
// few seconds to end. What was being sent when an earlier run was killed is sent again as a repeat.
func (a *Alerter) Run(ctx context.Context) error {
	if err := a.store.ReopenDeliveries(ctx, a.now()); err != nil {
		return fmt.Errorf("reopen deliveries of an earlier run: %w", err)
	}
	if _, err := a.tree(ctx); err != nil { // what waits for their channels has somewhere to go
		return err
	}
	if err := a.abandon(ctx); err != nil {
		return err
	}
	var wait sync.WaitGroup
	a.opened(func(o *outlet) {
		wait.Go(func() { a.loop(ctx, o.due, func() (time.Time, error) { return a.deliver(ctx, o) }) })
	})
	wait.Go(func() { a.loop(ctx, nil, func() (time.Time, error) { return a.watch(ctx) }) })
	if a.heartbeat != nil {
		wait.Go(func() { a.loop(ctx, nil, func() (time.Time, error) { return a.beat(ctx) }) })
	}
	a.loop(ctx, a.flush, func() (time.Time, error) { return a.flushDue(ctx) })
	a.opened(nil)
	wait.Wait()
	return nil
}

// idle is the longest a loop sleeps: a nudge that was lost costs no more.
const idle = 30 * time.Second // and how often answers are looked for, and what no event tells

// loop runs step again and again: at the time that step names, when nudged, and after idle. Our own trouble (the
// disk, the database) is logged and tried again after a second; it loses nothing.
func (a *Alerter) loop(ctx context.Context, nudged <-chan struct{}, step func() (time.Time, error)) {
	for ctx.Err() == nil {
		next, err := step()
		wait := a.idle
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Error("alerts: step stopped, trying again", slog.Any("error", err))
			wait = time.Second
		case !next.IsZero():
			wait = min(max(next.Sub(a.now()), 0), a.idle)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-nudged:
			if err != nil { // a nudge does not shorten a pause for trouble
				pause(ctx, time.Second)
			}
		case <-timer.C:
		}
		timer.Stop()
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// nudge wakes a loop; one nudge that waits is enough.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
