package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
)

const (
	// jobsWaiting is from how many queued or running jobs on no more are added: enough for four crawlers, and few enough
	// that what they remember does not grow old in the queue.
	jobsWaiting = 4 * crawlHands
	// jobsAdded is the most jobs added at one look: each is sent with all that is remembered of its channel.
	jobsAdded = 64
	// visitsWaiting is from how many unrecorded messages on no new visits are asked for.
	visitsWaiting = 256
	// askAgain is how long a channel may stay due after its job was taken before the same job is queued again. The wait
	// doubles each time: a visit that we cannot record, by our own mistake, must not be made every few minutes.
	askAgain   = 5 * time.Minute
	askLongest = 6 * time.Hour
)

// Schedule puts a job into the queue for every channel that is due. It alone decides when a channel is visited. A
// channel stays due until its visit is recorded, so a job that is lost is simply made again.
type Schedule struct {
	Broker *Broker
	Keys   *audit.Keys
	// Due gives the channels due at a time, the longest due first and at most one a lane: store.DB.Due.
	Due func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error)
	// Memory gives what earlier visits left for a channel's next one; it is read only for a job that is queued, since a
	// job stays due until its visit is recorded and would be read anew at every look: store.DB.Memory.
	Memory func(ctx context.Context, c audit.Channel) (audit.Memory, error)
	// Hold reports that visits cannot be recorded now, so that asking for more would only burden the sites: Record.Stalled.
	Hold func() bool
	// Light asks for light visits only, where nobody whom a site could ask is named.
	Light bool
	// Every is the time between two looks at what is due; 0 means 5 s.
	Every time.Duration
	Log   *slog.Logger

	asked   map[string]asking    // by job id, of the channels still due
	refused map[string]time.Time // by lane: when it was found taken, or was last looked at why
}

// asking is when a channel's job is queued again, should it still be due.
type asking struct {
	next time.Time
	wait time.Duration
	lost bool // a run before this one queued it, and it is nowhere any more
}

// errQueuedBefore says that a run before this one queued the job within the last two minutes.
var errQueuedBefore = errors.New("queued by an earlier run")

// Run works until ctx ends.
func (s *Schedule) Run(ctx context.Context) error {
	every := s.Every
	if every == 0 {
		every = 5 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var trouble retry
	for {
		if err := s.tick(ctx, time.Now()); err != nil && ctx.Err() == nil {
			trouble.pause(ctx, s.Log, "cannot schedule visits", err)
			continue
		}
		trouble.over(s.Log, "scheduling visits")
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Schedule) tick(ctx context.Context, now time.Time) error {
	if s.Hold != nil && s.Hold() {
		return nil
	}
	due, err := s.Due(ctx, now, len(s.asked)+jobsAdded) // those asked are due still, and come first
	if err != nil {
		return fmt.Errorf("read what is due: %w", err)
	}
	if slices.ContainsFunc(due, func(j audit.Job) bool { return !s.asked[j.ID].next.After(now) }) {
		if full, err := s.full(ctx); err != nil || full {
			return err
		}
	}
	asked := make(map[string]asking, len(due))
	for _, job := range due {
		t, known := s.asked[job.ID]
		if !known {
			t.wait = askAgain
		}
		if !t.next.After(now) {
			if t, err = s.ask(ctx, job, t, now); err != nil {
				return fmt.Errorf("queue the visit of %s: %w", job.Channel.URL, err)
			}
		}
		asked[job.ID] = t
	}
	s.asked = asked
	return nil
}

// ask queues a job and says when it is to be queued again. One that a run before this one queued is under way, most likely,
// and comes again by itself when its crawler died; but it may have been given up, and then nobody else would ask for minutes.
func (s *Schedule) ask(ctx context.Context, job audit.Job, t asking, now time.Time) (asking, error) {
	id := job.ID
	if t.lost {
		id = fmt.Sprintf("%s.%d", id, now.Unix())
	}
	queued, err := s.recallAndQueue(ctx, job, id)
	switch {
	case errors.Is(err, errQueuedBefore):
		t.next = now.Add(s.Broker.ackWait)
		t.lost, err = s.Broker.lost(ctx, job.Channel.Lane)
	case queued:
		t = asking{next: now.Add(t.wait), wait: min(2*t.wait, askLongest)}
		delete(s.refused, job.Channel.Lane)
	case err == nil:
		s.refusedLane(ctx, job.Channel.Lane, now)
	}
	return t, err
}

// full reports whether so much waits to be visited or recorded that no more is asked for. It is asked only where there is
// something to ask for. Where no crawler is of this program nobody else finds that the server lost the stream of jobs.
func (s *Schedule) full(ctx context.Context) (bool, error) {
	jobs, err := s.Broker.waiting(ctx, streamJobs)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err = s.Broker.remake(ctx); err == nil {
			jobs, err = s.Broker.waiting(ctx, streamJobs)
		}
	}
	if err != nil {
		return false, err
	}
	visits, err := s.Broker.waiting(ctx, streamVisits)
	return jobs >= jobsWaiting || visits >= visitsWaiting, err
}

func (s *Schedule) recallAndQueue(ctx context.Context, job audit.Job, id string) (queued bool, err error) {
	job.Light = job.Light || s.Light
	if job.Memory, err = s.Memory(ctx, job.Channel); err != nil {
		return false, err
	}
	return s.queue(ctx, job, id)
}

// queue publishes one job under an id. The job's own is made from channel and due time, so the same job again is no new job
// (errQueuedBefore); a lane that is taken, queued or running anywhere, is left for a later tick.
func (s *Schedule) queue(ctx context.Context, job audit.Job, id string) (queued bool, err error) {
	sealed, err := seal(s.Keys, job)
	if err == nil && len(sealed) > partBytes || errors.Is(err, errTooLarge) {
		// What is remembered of the pages only saves work: without it the pages are read anew.
		s.Log.Warn("the memory of a channel is too large to travel", "channel", job.Channel.ID, "url", job.Channel.URL)
		job.Memory.Pages = nil
		sealed, err = seal(s.Keys, job)
	}
	if err != nil {
		return false, err
	}
	ack, err := s.Broker.js.Publish(ctx, jobSubject(job.Channel.Lane), sealed, jetstream.WithMsgID(id))
	switch {
	case err == nil && ack.Duplicate:
		return false, errQueuedBefore
	case err == nil:
		return true, nil
	case laneTaken(err):
		return false, nil
	}
	return false, fmt.Errorf("publish job: %w", err)
}

// laneTaken tells the refusal of DiscardNewPerSubject from a full stream: both have the same error code.
func laneTaken(err error) bool {
	return strings.Contains(err.Error(), "maximum messages per subject exceeded")
}

// waiting counts the messages in a stream.
func (b *Broker) waiting(ctx context.Context, stream string) (uint64, error) {
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("look at stream %s: %w", stream, err)
	}
	return s.CachedInfo().State.Msgs, nil
}
