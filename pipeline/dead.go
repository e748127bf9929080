package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"doorknock/store"
)

// Dead watches DEAD: it writes into the database what was given up or refused, tells the operator once, and takes a
// given-up message out of its work queue, where it would lie unseen and keep its lane shut. Nothing is lost by that: the
// channel is still due, the event's row still unmarked, and both are done again from the truth.
type Dead struct {
	Broker *Broker
	// Keep commits what was given up: store.DB.KeepDeadLetter.
	Keep func(context.Context, store.GivenUp) (fresh bool, err error)
	Log  *slog.Logger

	hands *hands
}

// advisory is the server's word about a message that was given up or refused.
type advisory struct {
	ID         string    `json:"id"`
	Time       time.Time `json:"timestamp"`
	Stream     string    `json:"stream"`
	Consumer   string    `json:"consumer"`
	Seq        uint64    `json:"stream_seq"`
	Deliveries int       `json:"deliveries"`
	Reason     string    `json:"reason"` // "" where the deliveries ran out
}

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
	var a advisory
	if err := json.Unmarshal(m.Data(), &a); err != nil || a.ID == "" {
		d.hands.refuse(m, fmt.Sprintf("not an advisory: %v", err))
		return
	}
	if a.Reason != "" && !isLastWord(a.Reason) {
		// Nobody gave it up: it had left its queue. So the server says after a kill of what was acknowledged just before, and of what
		// grew too old; what is not done is still due or unmarked, and done again.
		d.Log.Info("the queue says of a message that it is gone", "stream", a.Stream, "consumer", a.Consumer, "reason", a.Reason)
		d.hands.done(ctx, m)
		return
	}
	err := d.bury(ctx, a)
	switch {
	case err == nil:
		d.hands.done(ctx, m)
	case ctx.Err() != nil:
		d.hands.giveBack(m)
	default:
		d.hands.later(m, d.Broker.ackWait, err)
	}
}

// bury writes the letter before the message goes: a program that dies between the two finds both as they were.
func (d *Dead) bury(ctx context.Context, a advisory) error {
	id, reason := ofLastWord(a.Reason)
	given := store.GivenUp{Advisory: a.ID, Stream: a.Stream, Consumer: a.Consumer, Ref: rowOf(id), Reason: reason, Deliveries: a.Deliveries, At: a.Time}
	left := false
	stream, err := d.Broker.js.Stream(ctx, a.Stream)
	if err != nil {
		return fmt.Errorf("look at stream %s: %w", a.Stream, err)
	}
	switch message, err := stream.GetMsg(ctx, a.Seq); {
	case err == nil:
		given.Ref, left = rowOf(message.Header.Get(nats.MsgIdHdr)), true
	case !errors.Is(err, jetstream.ErrMsgNotFound): // a refused message has left its queue already
		return fmt.Errorf("look at the message in %s: %w", a.Stream, err)
	}
	if err := d.keep(ctx, given); err != nil {
		return err
	}
	if !left || a.Stream == streamEvents { // EVENTS keeps its messages for its other consumer
		return nil
	}
	if err := stream.DeleteMsg(ctx, a.Seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return fmt.Errorf("take the message out of %s: %w", a.Stream, err)
	}
	return nil
}

// rowOf is the id of the job, visit or event in a message's id, which goes on with the part or the time of a repeat.
func rowOf(message string) string {
	id, _, _ := strings.Cut(message, ".")
	return id
}

// keep tries until the letter is committed or ctx ends: trouble with the database costs no letter.
func (d *Dead) keep(ctx context.Context, g store.GivenUp) error {
	var trouble retry
	for {
		fresh, err := d.Keep(ctx, g)
		if err == nil {
			trouble.over(d.Log, "keeping dead letters")
			d.tell(g, fresh)
			return nil
		}
		if !store.Trouble(err) || ctx.Err() != nil {
			return fmt.Errorf("keep dead letter: %w", err)
		}
		trouble.pause(ctx, d.Log, "dead letters cannot be kept", err)
	}
}

func (d *Dead) tell(g store.GivenUp, fresh bool) {
	level := slog.LevelDebug
	if fresh {
		level = slog.LevelError
	}
	d.Log.Log(context.Background(), level, "work was given up; `doorknock dead list` shows it, `doorknock dead replay` has it done again",
		"stream", g.Stream, "consumer", g.Consumer, "ref", g.Ref, "deliveries", g.Deliveries, "reason", g.Reason)
}
