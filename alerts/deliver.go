package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Times of delivery. A receiver takes one message a second (Slack's stated limit for a channel). What was surely not
// delivered is tried again soon; what may have been, seldom, for each attempt may be one message too many. After
// giveUp a delivery is dead: it stands in the list of deliveries and in the metrics.
const (
	spacing       = time.Second
	firstRetry    = 2 * time.Second
	lastRetry     = 5 * time.Minute
	firstDoubt    = time.Minute
	lastDoubt     = 6 * time.Hour
	giveUp        = 72 * time.Hour
	leastTries    = 12               // before giveUp counts: a machine that slept three days, or whose clock was set on, has not tried for three
	attemptLimit  = 15 * time.Second // of a receiver that has no limit of its own
	shutdownLimit = 3 * time.Second  // that a running attempt has once Run is to end
)

// The named points at which tests kill the program. Each lies between two steps of which the first is done and the second
// is not.
const (
	// AfterRead: what an event speaks of is read, and nothing is written.
	AfterRead = "after_read"
	// AfterRaise: the alert, its groups and the event's mark are committed, and nobody was told that it is done.
	AfterRaise = "after_raise"
	// AfterFlush: a group's delivery is committed, and its receiver does not know of it.
	AfterFlush = "after_flush"
	// BeforeSend: the attempt is written into the database, and nothing was sent.
	BeforeSend = "before_send"
	// AfterSend: the receiver has answered, or its time ran out, and nobody has looked at the answer.
	AfterSend = "after_send"
	// BeforeMarkSent: what follows from the answer is decided, and not written.
	BeforeMarkSent = "before_mark_sent"
	// AfterMark: it is written how the attempt ended, and nothing else.
	AfterMark = "after_mark"
)

// Points lists them in the order of an alert's way.
func Points() []string {
	return []string{AfterRead, AfterRaise, AfterFlush, BeforeSend, AfterSend, BeforeMarkSent, AfterMark}
}

// deliver makes one attempt at the receiver's next due delivery and says when to come back.
func (a *Alerter) deliver(ctx context.Context, o *outlet) (next time.Time, err error) {
	if wait := o.free.Sub(a.running()); wait > 0 {
		return a.now().Add(wait), nil
	}
	d, tell, next, err := a.nextFor(ctx, o)
	if err != nil {
		return next, err
	}
	if d == nil {
		return a.restate(ctx, o, next)
	}
	m, err := a.compose(ctx, o, *d)
	if err != nil {
		return next, err
	}
	if len(m.Items) == 0 { // every alert of it was erased
		return a.now(), a.end(ctx, *d, store.DeliveryEnd{State: store.DeliveryDead, Error: "nothing is left to tell"})
	}
	send, again, err := a.sending(ctx, o, *d, m)
	if err != nil || again {
		o.line.divided = o.line.divided || again
		return a.now(), err
	}
	if err := a.store.BeginDelivery(ctx, d.ID, a.now()); err != nil {
		return next, err
	}
	d.Attempts++
	a.reached(BeforeSend)
	var stood *store.Stood
	sendErr := attempt(ctx, func(ctx context.Context) (err error) {
		stood, err = send(ctx)
		return err
	})
	a.reached(AfterSend)
	o.free = a.running().Add(spacing)
	if wait, ok := errors.AsType[*RetryAfter](sendErr); ok { // the receiver wants nothing at all before then
		o.free = a.running().Add(max(wait.After, spacing))
	}
	a.metrics.note(o.name, *d, m.Items, sendErr, a.now())
	end := ending(*d, sendErr, a.now(), a.chance())
	end.Stood = stood
	a.reached(BeforeMarkSent)
	if err := a.end(ctx, *d, end); err != nil {
		return next, err
	}
	a.reached(AfterMark)
	tell(end)
	a.report(o, *d, end)
	return a.now().Add(o.free.Sub(a.running())), nil
}

// sending gives what makes one attempt at a delivery. again: the delivery became several, and the first of them is the next.
func (a *Alerter) sending(ctx context.Context, o *outlet, d store.Delivery, m Message) (send func(context.Context) (*store.Stood, error), again bool, err error) {
	if o.bot == nil {
		return func(ctx context.Context) (*store.Stood, error) { return nil, o.receiver.Send(ctx, m) }, false, nil
	}
	root, again, err := a.thread(ctx, o, d, m)
	if err != nil || again {
		return nil, again, err
	}
	var now Message
	if root != nil {
		if now, _, err = a.stands(ctx, o, *root, m.Items); err != nil {
			return nil, false, err
		}
	}
	return func(ctx context.Context) (*store.Stood, error) { return a.pin(ctx, o, m, root, now) }, false, nil
}

// compose writes the message anew from the rows, so that what was forgotten meanwhile is not told.
func (a *Alerter) compose(ctx context.Context, o *outlet, d store.Delivery) (Message, error) {
	facts, err := a.store.AlertFacts(ctx, d.Alerts)
	if err != nil {
		return Message{}, fmt.Errorf("compose delivery %s: %w", d.ID, err)
	}
	slices.SortStableFunc(facts, func(x, y store.AlertFacts) int { // of what several messages have become
		return slices.Index(urgencies, x.Urgency) - slices.Index(urgencies, y.Urgency)
	})
	m := Compose(facts, a.wording, o.quote)
	m.ID, m.Repeat = d.ID, d.Doubted || d.State == store.DeliverySending
	m.Reminder, m.Escalate, m.Resolved = d.Reminder, d.Escalates && !d.Resolves, d.Resolves
	return m, nil
}

// end writes how an attempt ended, also while the program is stopping: an end that is not written is a repeat.
func (a *Alerter) end(ctx context.Context, d store.Delivery, end store.DeliveryEnd) error {
	if err := a.store.EndDelivery(context.WithoutCancel(ctx), d.ID, end, a.now()); err != nil {
		return fmt.Errorf("mark delivery %s %s: %w", d.ID, end.State, err)
	}
	return nil
}

// attempt runs send once. When ctx ends the attempt has shutdownLimit left: cut at once, it would be uncertain.
func attempt(ctx context.Context, send func(context.Context) error) error {
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptLimit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		pause(sending, shutdownLimit)
		cancel()
	})
	defer stop()
	return send(sending)
}

// ending says what follows from how an attempt ended. It is pure; chance, 0 to 1, spreads the retries.
func ending(d store.Delivery, err error, now time.Time, chance float64) store.DeliveryEnd {
	if err == nil {
		return store.DeliveryEnd{State: store.DeliverySent}
	}
	end := store.DeliveryEnd{State: store.DeliveryQueued, Error: audit.Untrusted(err.Error()).Terminal(), Why: whyFailed(err)}
	var wait *RetryAfter
	switch {
	case errors.Is(err, ErrPermanent):
		end.State = store.DeliveryDead
		return end
	case errors.Is(err, ErrUncertain), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		end.State = store.DeliveryUncertain
		end.NextAt = now.Add(backOff(firstDoubt, lastDoubt, 4, d.Attempts, chance))
	case errors.As(err, &wait):
		end.NextAt = now.Add(max(wait.After, spacing))
	default:
		end.NextAt = now.Add(backOff(firstRetry, lastRetry, 2, d.Attempts, chance))
	}
	if d.Attempts >= leastTries && end.NextAt.Sub(d.RecordedAt) > giveUp {
		end.State, end.NextAt = store.DeliveryDead, time.Time{}
	}
	return end
}

// backOff grows by factor with every attempt from first to last, less up to a fifth by chance.
func backOff(first, last time.Duration, factor, attempts int, chance float64) time.Duration {
	d := first
	for i := 1; i < attempts && d < last; i++ {
		d *= time.Duration(factor)
	}
	d = min(d, last)
	return d - time.Duration(chance*float64(d)/5)
}

func (a *Alerter) report(o *outlet, d store.Delivery, end store.DeliveryEnd) {
	attrs := []any{slog.String("receiver", o.name), slog.String("delivery", d.ID), slog.Int("attempt", d.Attempts)}
	switch end.State {
	case store.DeliverySent:
		a.log.Debug("alert delivered", attrs...)
	case store.DeliveryDead:
		a.log.Error("alert given up", append(attrs, slog.String("error", end.Error))...)
	default:
		a.log.Warn("alert not delivered yet", append(attrs, slog.String("state", string(end.State)), slog.String("error", end.Error),
			slog.Time("next", end.NextAt))...)
	}
}
