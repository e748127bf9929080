package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// pullWait is how long one pull stays open: the longest that a hand freed meanwhile stays empty. It is never more than a
// third of AckWait, since a message counts as ours from when it was asked for.
const pullWait = 5 * time.Second

// errLost says that a consumer has to be made again: the server restarted, or its folder went.
var errLost = errors.New("consumer lost")

// A worker takes the messages of one durable consumer, a few at a time, and hands each to handle, which settles it
// through the hands it is given: done, refuse, later, or held until its other parts are there.
type worker struct {
	broker *Broker
	stream string
	config jetstream.ConsumerConfig
	hands  *hands
	most   int // messages worked on at once
	handle func(context.Context, jetstream.Msg)
	log    *slog.Logger
}

// run works until ctx ends and every handle has returned; what is still held then is given back.
//
// It fails only where the queue is another installation's.
func (w *worker) run(ctx context.Context) error {
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var kept, busy sync.WaitGroup
	kept.Go(func() { w.hands.keep(keeping) })
	defer func() {
		busy.Wait()
		stop()
		kept.Wait()
		for _, m := range w.hands.all() {
			w.hands.giveBack(m)
		}
	}()
	slots := make(chan struct{}, w.most)
	each := func(m jetstream.Msg, asked time.Time) {
		slots <- struct{}{} // only this goroutine fills slots, and never asks for more than are free
		w.hands.take(m, asked)
		busy.Go(func() {
			defer func() { <-slots }()
			w.handle(ctx, m)
		})
	}
	var trouble retry
	for ctx.Err() == nil {
		consumer, err := w.consumer(ctx)
		for err == nil && free(ctx, slots) {
			if err = fetch(ctx, consumer, cap(slots)-len(slots), min(pullWait, w.hands.span()/3), each); err == nil {
				trouble.over(w.log, "taking work from the queue")
			}
		}
		if errors.Is(err, errOtherKey) {
			return err
		}
		if ctx.Err() == nil {
			trouble.pause(ctx, w.log, "cannot take work from the queue", err)
		}
	}
	return nil
}

// consumer finds or makes the stage's consumer and takes over its AckWait, which whoever made it has set.
func (w *worker) consumer(ctx context.Context) (jetstream.Consumer, error) {
	c, err := w.broker.consumer(ctx, w.stream, w.config)
	if err != nil {
		return nil, err
	}
	if err := w.broker.sameKey(c.CachedInfo().Config); err != nil {
		return nil, err
	}
	w.hands.setSpan(c.CachedInfo().Config.AckWait)
	return c, nil
}

// consumer makes the durable consumer, or finds it, and the streams too where the server lost them. A crawler only
// finds: what the queue is like is for the machine that keeps to say.
func (b *Broker) consumer(ctx context.Context, stream string, config jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if b.crawler {
		return b.find(ctx, stream, config.Durable)
	}
	c, err := b.js.CreateOrUpdateConsumer(ctx, stream, config)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := b.remake(ctx); err != nil {
			return nil, err
		}
		c, err = b.js.CreateOrUpdateConsumer(ctx, stream, config)
	}
	if err != nil {
		return nil, fmt.Errorf("make consumer %s of %s: %w", config.Durable, stream, err)
	}
	return b.notAhead(ctx, stream, config, c)
}

// notAhead makes a consumer anew that was delivered more than its stream ever held: a damaged folder lost messages, and
// their numbers are given to new ones, which the consumer would take for old. All that is in the stream comes again then,
// and every stage takes what it has had already for a repeat.
func (b *Broker) notAhead(ctx context.Context, stream string, config jetstream.ConsumerConfig, c jetstream.Consumer) (jetstream.Consumer, error) {
	s, err := b.js.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("look at stream %s: %w", stream, err)
	}
	delivered, last := c.CachedInfo().Delivered.Stream, s.CachedInfo().State.LastSeq
	if delivered <= last {
		return c, nil
	}
	b.log.Warn("the queue lost messages, most likely by a damaged file; work is queued again from the database", "stream", stream, "consumer", config.Durable)
	b.tellLost(ctx, []string{stream})
	if err := s.DeleteConsumer(ctx, config.Durable); err != nil {
		return nil, fmt.Errorf("make consumer %s of %s anew: %w", config.Durable, stream, err)
	}
	if c, err = s.CreateConsumer(ctx, config); err != nil {
		return nil, fmt.Errorf("make consumer %s of %s anew: %w", config.Durable, stream, err)
	}
	return c, nil
}

func (b *Broker) find(ctx context.Context, stream, name string) (jetstream.Consumer, error) {
	c, err := b.js.Consumer(ctx, stream, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, fmt.Errorf("no doorknock keeps its jobs on this server yet; start `doorknock run` with the same nats.url on the machine that keeps the data: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("find consumer %s of %s: %w", name, stream, err)
	}
	return c, nil
}

// free waits until a slot is free; false where ctx ended first.
func free(ctx context.Context, slots chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case slots <- struct{}{}:
		<-slots
		return true
	}
}

func fetch(ctx context.Context, c jetstream.Consumer, n int, wait time.Duration, each func(m jetstream.Msg, asked time.Time)) error {
	asked := wall()
	within, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	batch, err := c.Fetch(n, jetstream.FetchContext(within))
	if err != nil {
		return fmt.Errorf("ask for messages: %w", err)
	}
	for m := range batch.Messages() {
		each(m, asked)
	}
	if err := batch.Error(); err != nil && within.Err() == nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return nil
}
