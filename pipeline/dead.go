package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"
)

// Dead watches DEAD: it tells the operator what was given up, and takes a given-up message out of its work queue, where
// it would lie unseen and keep its lane shut. Nothing is lost by that: the channel is still due, the event's row still
// unmarked, and both are done again from the truth.
type Dead struct {
	Broker *Broker
	Log    *slog.Logger

	hands *hands
	count atomic.Int64
}

// A DeadLetter is the server's word about a message that was given up or refused.
type DeadLetter struct {
	Stream     string `json:"stream"`
	Consumer   string `json:"consumer"`
	Seq        uint64 `json:"stream_seq"`
	Deliveries uint64 `json:"deliveries"`
	Reason     string `json:"reason"` // "" where the deliveries ran out
}

// Count is how many messages this run has seen given up.
func (d *Dead) Count() int64 { return d.count.Load() }

// Run works until ctx ends.
func (d *Dead) Run(ctx context.Context) error {
	d.hands = newHands(d.Broker, d.Log)
	w := worker{
		broker: d.Broker, stream: streamDead, config: consumer(durableDead, d.Broker.ackWait), hands: d.hands,
		most: 1, handle: d.one, log: d.Log,
	}
	return w.run(ctx)
}

func (d *Dead) one(ctx context.Context, m jetstream.Msg) {
	var letter DeadLetter
	if err := json.Unmarshal(m.Data(), &letter); err != nil {
		d.hands.refuse(m, fmt.Sprintf("not an advisory: %v", err))
		return
	}
	if err := d.remove(ctx, letter); err != nil {
		d.hands.later(m, d.Broker.ackWait, err)
		return
	}
	d.count.Add(1)
	d.Log.Error("a message was given up; it will be made again from the database", "stream", letter.Stream,
		"consumer", letter.Consumer, "deliveries", letter.Deliveries, "reason", letter.Reason)
	d.hands.done(ctx, m)
}

// remove frees the place in a work queue. EVENTS keeps its messages for its other consumer.
func (d *Dead) remove(ctx context.Context, letter DeadLetter) error {
	if letter.Stream != streamJobs && letter.Stream != streamVisits {
		return nil
	}
	s, err := d.Broker.js.Stream(ctx, letter.Stream)
	if err == nil {
		_, err = s.GetMsg(ctx, letter.Seq)
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil // a refused message has left its queue already
	}
	if err == nil {
		err = s.DeleteMsg(ctx, letter.Seq)
	}
	if err != nil {
		return fmt.Errorf("take the message out of %s: %w", letter.Stream, err)
	}
	return nil
}
