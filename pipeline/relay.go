package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/store"
)

const (
	// announceAgain is how long an event may be unmarked before it is announced again; the wait doubles with each time.
	announceAgain   = 2 * time.Minute
	announceLongest = 2 * time.Hour
	announceLimit   = 10_000
)

// Relay announces committed events to EVENTS: at once, and again as long as the row lacks a consumer's mark. It marks
// nothing itself: only the consumer that did the work does, in the transaction of the work.
type Relay struct {
	Broker *Broker
	// Unmarked gives event rows of before a time that lack a consumer's mark, oldest first: store.DB.Unmarked.
	Unmarked func(ctx context.Context, consumer string, before time.Time, limit int) ([]audit.Event, error)
	// Asked gives the events that a command beside this program asked to be announced at once, since a time:
	// store.DB.AskedAgain. It may be nil.
	Asked func(ctx context.Context, since time.Time) ([]store.AskedEvent, error)
	// Consumers that run in this program. Events nobody here consumes are not announced again and again.
	Consumers []string
	// Every is the time between two looks at rows; 0 means 10 s.
	Every time.Duration
	Log   *slog.Logger
}

// Announce publishes events just committed. What fails is announced by Run later.
func (r *Relay) Announce(ctx context.Context, events []audit.Event) {
	for _, e := range events {
		if err := r.publish(ctx, e, e.ID); err != nil && ctx.Err() == nil {
			r.Log.Warn("event not announced; it will be again", "event", e.ID, "kind", e.Kind, "error", err)
		}
	}
}

// Run announces again, first at start and then on time, until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	every := r.Every
	if every == 0 {
		every = 10 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	var trouble retry
	told := map[string]map[string]telling{}
	started := time.Now()
	for {
		now := time.Now()
		before := now.Add(-announceAgain)
		if before.Before(started) {
			before = started // the run before this one may have died between commit and announcing
		}
		err := errors.Join(r.sweep(ctx, now, before, told), r.asked(ctx, now))
		if err != nil && ctx.Err() == nil {
			trouble.pause(ctx, r.Log, "cannot announce events again", err)
			continue
		}
		trouble.over(r.Log, "announcing events")
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// asked announces what an operator's command asked for. It looks back a while, since what was asked for is committed a
// moment later; the server drops the repeats by their message id.
func (r *Relay) asked(ctx context.Context, now time.Time) error {
	if r.Asked == nil {
		return nil
	}
	const back = announceAgain / 2 // within the server's memory of message ids
	events, err := r.Asked(ctx, now.Add(-back))
	if err != nil {
		return fmt.Errorf("read events asked for: %w", err)
	}
	for _, e := range events {
		if err := r.publish(ctx, e.Event, fmt.Sprintf("%s.asked.%d", e.ID, e.AskedAt.UnixMilli())); err != nil {
			return err
		}
	}
	return nil
}

// telling is when an event is announced again, should it still be unmarked.
type telling struct {
	next time.Time
	wait time.Duration
}

func (r *Relay) sweep(ctx context.Context, now, before time.Time, told map[string]map[string]telling) error {
	for _, consumer := range r.Consumers {
		if r.busy(ctx, consumer) {
			continue
		}
		events, err := r.Unmarked(ctx, consumer, before, announceLimit)
		if err != nil {
			return fmt.Errorf("read events unmarked by %s: %w", consumer, err)
		}
		again := make(map[string]telling, len(events)) // only what is still unmarked is remembered
		for _, e := range events {
			t, known := told[consumer][e.ID]
			if !known {
				t = telling{now, announceAgain}
			}
			if !t.next.After(now) {
				// Another message id than before, or the server would take it for a repeat.
				if err := r.publish(ctx, e, fmt.Sprintf("%s.%s.%d", e.ID, consumer, now.UnixMilli())); err != nil {
					return err
				}
				t = telling{now.Add(t.wait), min(2*t.wait, announceLongest)}
			}
			again[e.ID] = t
		}
		told[consumer] = again
	}
	return nil
}

// busy reports that the consumer has not yet been offered all that is in the stream: what it lacks may be there.
func (r *Relay) busy(ctx context.Context, consumer string) bool {
	c, err := r.Broker.js.Consumer(ctx, streamEvents, consumer)
	return err == nil && c.CachedInfo().NumPending > 0
}

func (r *Relay) publish(ctx context.Context, e audit.Event, id string) error {
	subject, err := eventSubject(e)
	if err != nil {
		return err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if _, err := r.Broker.js.Publish(ctx, subject, body, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("publish event: %w", err)
	}
	return nil
}
