package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"doorknock/store"
)

// What waits for one receiver stands in a line, and goes in the order in which it was made. Whoever could surely not be
// reached with the first is not asked to take the second: all wait for the first one's next attempt. Two things stand
// outside the line, each at its own time: what may have arrived already, whose repeat can wait, and what the receiver does
// not take while it takes others.
const (
	// doubtful is from which attempt on it is asked whether the receiver is away or chokes on this one message: after each
	// further failure one message from behind is tried.
	doubtful = 5
	// crowd is how many messages wait at once before they become one.
	crowd = 5
	// mostTogether is how many alerts such a message tells: so many have room in a message of Slack with all their words, and none
	// is told as a mere number.
	mostTogether = 5
)

// line is what one receiver has shown of itself since the start. It needs no row: a start learns it anew by a few attempts.
type line struct {
	took  time.Time       // when the receiver last took a message, by our clock
	apart map[string]bool // deliveries that it does not take while it takes others
	// divided: what was one message became several, which belong in different threads. None is made one again until few wait.
	divided bool
}

// choice is which delivery goes now, or none and when to look again (zero: nothing waits).
type choice struct {
	id    string
	carry []string // goes in the same message
	over  string   // the line's first, where the choice is one from behind it
	next  time.Time
}

// choose picks the delivery that goes now. It is pure.
func (l line) choose(waiting []store.Waiting, now time.Time) choice {
	var queue, loose []store.Waiting
	for _, w := range waiting {
		if w.State == store.DeliveryQueued && !w.Doubted && !l.apart[w.ID] {
			queue = append(queue, w)
		} else {
			loose = append(loose, w)
		}
	}
	var c choice
	for _, w := range loose {
		c.wait(w.NextAt, now, func() { c.id = w.ID })
	}
	if len(queue) == 0 {
		return c
	}
	head := queue[0]
	at := head.NextAt
	if !head.TriedAt.IsZero() && head.TriedAt.Before(l.took) && at.After(now) {
		at = now // the receiver is back
	}
	c.wait(at, now, func() {
		if c.id = head.ID; !l.divided {
			c.carry = together(queue)
		}
	})
	if c.id == "" && head.Attempts >= doubtful {
		c.behind(queue)
	}
	return c
}

// wait takes what is due where nothing was taken yet, and remembers the earliest time of what is not.
func (c *choice) wait(at, now time.Time, take func()) {
	switch {
	case at.After(now):
		if c.next.IsZero() || at.Before(c.next) {
			c.next = at
		}
	case c.id == "":
		take()
	}
}

// behind takes one of those behind the first: the one tried least, where none was tried since the first one failed.
func (c *choice) behind(queue []store.Waiting) {
	rest := queue[1:]
	if len(rest) == 0 || slices.ContainsFunc(rest, func(w store.Waiting) bool { return w.TriedAt.After(queue[0].TriedAt) }) {
		return
	}
	least := slices.MinFunc(rest, func(a, b store.Waiting) int { return a.Attempts - b.Attempts })
	c.id, c.over = least.ID, queue[0].ID
}

// together lists what goes in one message with the line's first: nothing, until a crowd waits; then those behind it of its kind,
// up to mostTogether alerts. What is urgent, or for one person alone, always goes by itself.
func together(queue []store.Waiting) []string {
	if len(queue) <= crowd || queue[0].Alone {
		return nil
	}
	var ids []string
	room := mostTogether - queue[0].Alerts
	for _, w := range queue[1:] {
		if room -= w.Alerts; room < 0 {
			break
		}
		if !w.Alone && w.Reminder == queue[0].Reminder && w.Escalate == queue[0].Escalate && w.Resolves == queue[0].Resolves {
			ids = append(ids, w.ID)
		}
	}
	return ids
}

// nextFor gives the receiver's delivery that goes now, or nil and when to look again. tell is called with how its attempt ended.
func (a *Alerter) nextFor(ctx context.Context, o *outlet) (d *store.Delivery, tell func(store.DeliveryEnd), next time.Time, err error) {
	waiting, err := a.store.DeliveryLine(ctx, o.name)
	if err != nil {
		return nil, nil, next, err
	}
	o.line.divided = o.line.divided && len(waiting) > crowd
	c := o.line.choose(waiting, a.now())
	if c.id == "" {
		return nil, nil, c.next, nil
	}
	if len(c.carry) > 0 {
		if err := a.store.CarryDeliveries(ctx, c.id, c.carry); err != nil {
			return nil, nil, next, fmt.Errorf("make one message of %d: %w", len(c.carry)+1, err)
		}
	}
	found, err := a.store.Delivery(ctx, c.id)
	if err != nil {
		return nil, nil, next, err
	}
	return &found, func(end store.DeliveryEnd) { o.line.told(c, end, a.now()) }, next, nil
}

// told notes what an attempt showed of the receiver.
func (l *line) told(c choice, end store.DeliveryEnd, now time.Time) {
	if end.NextAt.IsZero() {
		delete(l.apart, c.id)
	}
	if end.State != store.DeliverySent {
		return
	}
	l.took = now
	if c.over != "" {
		if l.apart == nil {
			l.apart = map[string]bool{}
		}
		l.apart[c.over] = true
	}
}
