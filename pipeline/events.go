package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"doorknock/audit"
	"doorknock/store"
)

// errRefused marks a message that can never work.
var errRefused = errors.New("refused")

// Refuse marks err as the message's own fault: it is not tried again, and DEAD keeps the reason.
func Refuse(err error) error { return fmt.Errorf("%w: %w", errRefused, err) }

// Events is a durable consumer of EVENTS. Handle does the work of one event and sets the consumer's mark in the same
// transaction; an event whose mark is there already must change nothing, since every event may come more than once.
type Events struct {
	Broker *Broker
	Name   string            // ConsumerScore or ConsumerAlert
	Kinds  []audit.EventKind // empty: all
	Handle func(context.Context, audit.Event) error
	Log    *slog.Logger

	hands *hands
	mu    sync.Mutex // one event at a time
}

const eventHands = 32

// Run works until ctx ends.
func (e *Events) Run(ctx context.Context) error {
	e.hands = newHands(e.Broker, e.Log)
	w := worker{
		broker: e.Broker, stream: streamEvents, config: consumer(e.Name, e.Broker.ackWait, kindSubjects(e.Kinds)...),
		hands: e.hands, most: eventHands, handle: e.one, log: e.Log,
	}
	return w.run(ctx)
}

func kindSubjects(kinds []audit.EventKind) []string {
	var subjects []string
	for _, k := range kinds {
		subjects = append(subjects, "event."+string(k)+".>")
	}
	return subjects
}

func (e *Events) one(ctx context.Context, m jetstream.Msg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var event audit.Event
	if err := json.Unmarshal(m.Data(), &event); err != nil || event.ID == "" {
		e.hands.refuse(m, fmt.Sprintf("not an event: %v", err))
		return
	}
	err := e.try(ctx, event)
	switch {
	case err == nil:
		e.hands.done(ctx, m)
	case ctx.Err() != nil:
		e.hands.giveBack(m)
	case errors.Is(err, errRefused):
		e.hands.refuse(m, err.Error())
	default:
		e.hands.later(m, e.Broker.ackWait, err)
	}
}

// try repeats the work while the database has trouble of its own.
func (e *Events) try(ctx context.Context, event audit.Event) error {
	var trouble retry
	for {
		err := e.Handle(ctx, event)
		if err == nil {
			trouble.over(e.Log, "working on events")
			return nil
		}
		if !store.Trouble(err) || ctx.Err() != nil {
			return fmt.Errorf("%s: event %s %s: %w", e.Name, event.Kind, event.ID, err)
		}
		trouble.pause(ctx, e.Log, "events cannot be worked on", err)
	}
}
