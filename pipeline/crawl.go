package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/store"
)

// crawlHands follows from the pace: a visit sends one request in five seconds and waits about one for its answer, so 128
// of them send 21 a second. Every public body of Britain (20,000 channels, ten pages, four times a day) needs 9.3.
const crawlHands = 128

// lastWords is how long a visit that is already made may take to be published after the stage was told to stop.
const lastWords = 3 * time.Second

// Crawl takes jobs, has them visited, and publishes what was seen, sealed. A job is acknowledged only after its visit is
// in the stream: if the crawler dies before, the job comes again, here or on another machine. It needs no database.
type Crawl struct {
	Broker *Broker
	Keys   *audit.Keys
	// Visit looks at the job's channel. It must return soon after its context ends.
	Visit func(context.Context, audit.Job) (audit.Visit, error)
	// Shipper sends the captures of visits; nil where they are in the evidence folder already.
	Shipper *Shipper
	// Hands is how many jobs are worked on at once; the crawler's heap paces their requests. 0 means crawlHands.
	Hands int
	// Hold says why nothing that is fetched could be kept now, nil where it can; it may be nil itself.
	Hold func() error
	// Most is how many requests a visit sends at most: crawler.Config.Most. That many are counted for each earlier
	// delivery of a job, of which nobody knows how far it got before its crawler died.
	Most int
	Log  *slog.Logger

	hands   *hands
	trouble sync.Mutex // held by the one hand that tries whether captures can be kept again
}

// Run works until ctx ends; jobs in hand are given back.
func (c *Crawl) Run(ctx context.Context) error {
	c.hands = newHands(c.Broker, c.Log)
	w := worker{
		broker: c.Broker, stream: streamJobs, config: c.Broker.crawlConsumer(), hands: c.hands,
		most: c.Hands, handle: c.one, log: c.Log,
	}
	if w.most == 0 {
		w.most = crawlHands
	}
	return w.run(ctx)
}

func (c *Crawl) one(ctx context.Context, m jetstream.Msg) {
	var job audit.Job
	switch err := open(c.Keys, m.Data(), &job); {
	case errors.Is(err, errSealed):
		// Most likely this crawler has the wrong key file; another crawler may have the right one.
		c.hands.later(m, c.Broker.ackWait, fmt.Errorf("key_file is not the installation's: %w", err))
		return
	case err != nil:
		c.hands.refuse(m, err.Error())
		return
	case job.ID == "" || job.Channel.ID == "":
		c.hands.refuse(m, "a job without id or channel")
		return
	}
	c.countLost(m, &job.Memory.Host)
	mine, release := c.hands.while(ctx, m)
	defer release()
	if c.Shipper != nil {
		defer c.Shipper.forget(job.ID)
	}
	if meta, err := m.Metadata(); err == nil {
		c.Log.Debug("visit begins", "job", job.ID, "url", job.Channel.URL, "seq", meta.Sequence.Stream, "delivery", meta.NumDelivered)
	}
	visit, err := c.visit(mine, job)
	if err == nil {
		err = c.hand(ctx, mine, visit)
	}
	c.settle(ctx, m, job, err)
}

// settle says to the queue what became of a job. What may be somebody else's by now is let go without a word: giving
// back or acknowledging it would make two visits of one lane at once.
func (c *Crawl) settle(ctx context.Context, m jetstream.Msg, job audit.Job, err error) {
	switch {
	case !c.hands.still(m):
		c.hands.drop(m)
		c.Log.Warn("a visit was given up; it will be made again", "channel", job.Channel.ID, "url", job.Channel.URL, "error", errNotOurs)
	case err == nil:
		c.hands.done(ctx, m)
	case errors.Is(err, errRefused):
		c.hands.refuse(m, err.Error())
	case ctx.Err() != nil:
		c.hands.giveBack(m)
	default:
		c.hands.later(m, c.hands.span(), fmt.Errorf("visit %s: %w", job.Channel.URL, err))
	}
}

// visit looks at the job's channel when there is room for what it will bring, and again where our own disk kept it from
// being kept: that costs the job no delivery. While the disk is ill one hand tries and the others wait for it, so that
// sites are not asked for what would be thrown away.
func (c *Crawl) visit(ctx context.Context, job audit.Job) (audit.Visit, error) {
	for c.Hold != nil && c.Hold() != nil && sleep(ctx, time.Second) {
	}
	v, err := c.Visit(ctx, job)
	if err == nil || ctx.Err() != nil || !store.DiskTrouble(err) {
		return v, err
	}
	c.trouble.Lock()
	defer c.trouble.Unlock()
	var trouble retry
	for ctx.Err() == nil && store.DiskTrouble(err) {
		trouble.pause(ctx, c.Log, "what is fetched cannot be kept", err)
		v, err = c.Visit(ctx, job)
	}
	if err == nil {
		trouble.over(c.Log, "keeping what is fetched")
	}
	return v, err
}

// countLost counts what earlier deliveries of the job may have sent against the day's cap, so that a crawler that dies
// again and again asks no site for more than the cap allows.
func (c *Crawl) countLost(m jetstream.Msg, h *audit.HostMemory) {
	meta, err := m.Metadata()
	if err != nil || meta.NumDelivered < 2 {
		return
	}
	today := time.Now().UTC().Format(time.DateOnly)
	if h.Day != today {
		h.Day, h.Requests = today, 0
	}
	lost := int(meta.NumDelivered-1) * c.Most
	h.Requests += lost
	for name, of := range h.Interfaces {
		if of.Day != today {
			of.Day, of.Calls = today, 0
		}
		of.Calls += lost
		h.Interfaces[name] = of
	}
}

// hand publishes the visit, after its captures. It tries until that works, the job is not ours any more, or the stage
// has been told to stop and the last words are said.
func (c *Crawl) hand(ctx, mine context.Context, visit audit.Visit) error {
	sealed, err := c.seal(visit)
	if err != nil {
		return Refuse(err)
	}
	last, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })()
	defer context.AfterFunc(mine, func() {
		if ctx.Err() == nil {
			cancel()
		}
	})()
	if c.Shipper != nil {
		if err := c.Shipper.Ship(last, visit.ID); err != nil {
			return err
		}
	}
	c.Broker.reach(AfterCapture)
	var trouble retry
	for _, part := range split(visitSubject(visit.Channel.Platform), visit.ID, sealed) {
		for {
			_, err := c.Broker.js.PublishMsg(last, part)
			if err == nil {
				trouble.over(c.Log, "putting visits into the queue")
				break
			}
			if mine.Err() != nil {
				return fmt.Errorf("publish visit: %w", err)
			}
			trouble.pause(mine, c.Log, "a visit cannot be put into the queue", err)
		}
	}
	return nil
}

// seal makes the visit's bytes. A visit too large to travel loses first what can be learnt again (the memory of pages),
// then the comments, then everything but its envelope, which reads as "could not look": a site that floods us is
// neither visited for ever nor accused.
func (c *Crawl) seal(v audit.Visit) ([]byte, error) {
	lighten := []func(*audit.Visit){
		func(v *audit.Visit) { v.Memory.Pages = nil },
		func(v *audit.Visit) { v.Comments, v.Posts = nil, nil },
		func(v *audit.Visit) { v.Captures, v.Readings, v.Unchanged, v.Coverage = nil, nil, nil, nil },
	}
	for i := 0; ; i++ {
		sealed, err := seal(c.Keys, v)
		if !errors.Is(err, errTooLarge) || i == len(lighten) {
			return sealed, err
		}
		c.Log.Warn("a visit is too large to travel whole", "channel", v.Channel.ID, "url", v.Channel.URL, "step", i+1)
		lighten[i](&v)
	}
}
