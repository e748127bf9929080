package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// pullWait is how long one pull stays open. It only bounds how late a freed hand is filled.
const pullWait = 5 * time.Second

// pull makes the consumer if need be and yields its messages one by one until ctx ends. ask is called before every pull
// and says, waiting where it must, how many messages the stage can take; trouble with the server is waited out.
func (b *Broker) pull(ctx context.Context, stream string, c jetstream.ConsumerConfig, ask func(context.Context) int, each func(jetstream.Msg)) {
	var wait retry
	for ctx.Err() == nil {
		consumer, err := b.js.CreateOrUpdateConsumer(ctx, stream, c)
		for err == nil && ctx.Err() == nil {
			err = fetch(ctx, consumer, ask(ctx), each, wait.reset)
		}
		if ctx.Err() == nil {
			wait.pause(ctx, b.log, "cannot take work from the queue", err)
		}
	}
}

func fetch(ctx context.Context, c jetstream.Consumer, n int, each func(jetstream.Msg), ok func()) error {
	if n <= 0 || ctx.Err() != nil {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	batch, err := c.Fetch(n, jetstream.FetchContext(within))
	if err != nil {
		return fmt.Errorf("ask for messages: %w", err)
	}
	for m := range batch.Messages() {
		each(m)
	}
	err = batch.Error()
	if err == nil || within.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		ok()
		return nil
	}
	return fmt.Errorf("take messages: %w", err)
}

// retry waits longer and longer while the same trouble lasts, and logs it once.
type retry struct {
	wait  time.Duration
	since time.Time
}

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 30 * time.Second
)

// pause sleeps until the next try, or until ctx ends.
func (r *retry) pause(ctx context.Context, log *slog.Logger, what string, err error) {
	if r.wait == 0 {
		r.wait, r.since = firstPause, time.Now()
		log.Error(what+"; trying again until it works", "error", err)
	}
	t := time.NewTimer(r.wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	r.wait = min(2*r.wait, longestPause)
}

// reset ends the trouble.
func (r *retry) reset() { *r = retry{} }

// over ends the trouble and says so, where there was one.
func (r *retry) over(log *slog.Logger, what string) {
	if r.wait > 0 {
		log.Info(what, "after", time.Since(r.since).Round(time.Millisecond))
	}
	r.reset()
}
