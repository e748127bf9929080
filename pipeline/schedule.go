package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
)

const (
	// scheduleLimit is the most jobs in the stream and the most channels read from the database at once.
	scheduleLimit = 1000
	// visitsWaiting is from how many unrecorded messages on no new visits are asked for.
	visitsWaiting = 256
)

// Schedule puts a job into the queue for every channel that is due. It alone decides when a channel is visited. A
// channel stays due until its visit is recorded, so a job that is lost is simply made again.
type Schedule struct {
	Broker *Broker
	Keys   *audit.Keys
	// Due gives the channels due at a time with all a crawler needs of them, oldest first: store.DB.Due.
	Due func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error)
	// Hold reports that visits cannot be recorded now, so that asking for more would only burden the sites: Record.Stalled.
	Hold func() bool
	// Every is the time between two looks at what is due; 0 means 5 s.
	Every time.Duration
	Log   *slog.Logger
}

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
		trouble.over(s.Log, "scheduling visits again")
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
	jobs, err := s.Broker.waiting(ctx, streamJobs)
	if err != nil {
		return err
	}
	visits, err := s.Broker.waiting(ctx, streamVisits)
	if err != nil {
		return err
	}
	if jobs >= scheduleLimit || visits >= visitsWaiting {
		return nil
	}
	due, err := s.Due(ctx, now, scheduleLimit)
	if err != nil {
		return fmt.Errorf("read what is due: %w", err)
	}
	for _, job := range due {
		if err := s.queue(ctx, job); err != nil {
			return fmt.Errorf("queue the visit of %s: %w", job.Channel.URL, err)
		}
	}
	return nil
}

// queue publishes one job. Its id is made from channel and due time, so the same job again is no new job; a lane that
// is taken, queued or running anywhere, is left for a later tick.
func (s *Schedule) queue(ctx context.Context, job audit.Job) error {
	sealed, err := seal(s.Keys, job)
	if err == nil && len(sealed) > partBytes || errors.Is(err, errTooLarge) {
		// What is remembered of the pages only saves work: without it the pages are read anew.
		s.Log.Warn("the memory of a channel is too large to travel", "channel", job.Channel.ID, "url", job.Channel.URL)
		job.Memory.Pages = nil
		sealed, err = seal(s.Keys, job)
	}
	if err != nil {
		return err
	}
	_, err = s.Broker.js.Publish(ctx, jobSubject(job.Channel.Lane), sealed, jetstream.WithMsgID(job.ID))
	if err != nil && !laneTaken(err) {
		return fmt.Errorf("publish job: %w", err)
	}
	return nil
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
