package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// lookEvery is the time between two looks whether the queue can be reached.
const lookEvery = time.Second

// link knows how the connection fares and tells the operator: once when it goes, once when it is back.
type link struct {
	log *slog.Logger

	mu    sync.Mutex
	since time.Time // when it went; zero while it is there
	why   string    // what ended it, or the last trouble told since then
	told  string    // that trouble
}

func (l *link) down(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil { // we have closed it ourselves
		return
	}
	l.since, l.why, l.told = time.Now(), err.Error(), ""
	l.log.Warn("not connected to the NATS server; trying again until it answers", "error", err)
}

func (l *link) up() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log.Info("connected to the NATS server again", "away", time.Since(l.since).Round(time.Millisecond))
	l.since, l.why, l.told = time.Time{}, "", ""
}

// trouble tells what the server says against us. While it is away the same words are told once.
func (l *link) trouble(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	said := refusal(err).Error()
	l.why = said
	if said != l.told {
		l.told = said
		l.log.Warn("trouble with the NATS server", "error", said)
	}
}

// away gives since when there is no connection, and why; the zero time where there is one.
func (l *link) away() (since time.Time, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.since.IsZero() {
		return time.Time{}, ""
	}
	return l.since, l.why
}

// Ready says since when and why the queue cannot be reached; nil where it can.
func (b *Broker) Ready() error {
	since, why := b.link.away()
	if since.IsZero() {
		return nil
	}
	return fmt.Errorf("not connected since %s: %s", since.UTC().Format(time.RFC3339), why)
}

// tell tells Away, where somebody is to be told.
func (o Options) tell(ctx context.Context, since time.Time, why string) {
	if o.Away == nil {
		return
	}
	if err := o.Away(ctx, since, why); err != nil && ctx.Err() == nil {
		o.Log.Debug("how the queue's connection fares could not be kept", "error", err)
	}
}

// Watch tells Options.Away how the connection fares: what it is now, and each change, until ctx ends; then, that nothing is
// known. What could not be told, as on a disk that is full, is told at a later look.
func (b *Broker) Watch(ctx context.Context) error {
	if b.away == nil {
		return nil
	}
	defer func() { _ = b.away(context.WithoutCancel(ctx), time.Time{}, "") }() // the next start begins with that
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var told struct {
		once  bool
		since time.Time
		why   string
	}
	for {
		if since, why := b.link.away(); !told.once || since != told.since || why != told.why {
			if err := b.away(ctx, since, why); err == nil {
				told.once, told.since, told.why = true, since, why
			} else if ctx.Err() == nil {
				b.log.Debug("how the queue's connection fares could not be kept", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
