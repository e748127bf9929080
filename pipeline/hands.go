package pipeline

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ackAnswer is how long the server's answer to an acknowledgement is waited for.
const ackAnswer = 2 * time.Second

// hands are the messages a stage works on. While they are held, the server is told three times in every AckWait that
// they are in progress, so that nobody else gets them and slowness never counts as a delivery.
type hands struct {
	every time.Duration
	reach func(point string)
	log   *slog.Logger

	mu   sync.Mutex
	held map[jetstream.Msg]struct{}
}

func newHands(b *Broker, log *slog.Logger) *hands {
	return &hands{every: b.ackWait / 3, reach: b.reach, log: log, held: map[jetstream.Msg]struct{}{}}
}

// keep runs until ctx ends.
func (h *hands) keep(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, m := range h.all() {
				if err := m.InProgress(); err != nil && ctx.Err() == nil {
					h.log.Debug("in progress not told", "subject", m.Subject(), "error", err)
				}
			}
		}
	}
}

func (h *hands) all() []jetstream.Msg {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]jetstream.Msg, 0, len(h.held))
	for m := range h.held {
		all = append(all, m)
	}
	return all
}

func (h *hands) take(m jetstream.Msg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held[m] = struct{}{}
}

func (h *hands) drop(m jetstream.Msg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, m)
}

// done acknowledges the message. It waits for the server's answer, also when the stage is told to stop meanwhile: a lost
// acknowledgement costs the work again.
func (h *hands) done(ctx context.Context, m jetstream.Msg) {
	h.drop(m)
	h.reach(BeforeAck)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackAnswer)
	defer cancel()
	if err := m.DoubleAck(ctx); err != nil {
		h.log.Warn("acknowledgement not confirmed; the message may come again", "subject", m.Subject(), "error", err)
	}
}

// refuse ends a message that can never work. DEAD keeps the reason.
func (h *hands) refuse(m jetstream.Msg, reason string) {
	h.drop(m)
	h.log.Error("message refused", "subject", m.Subject(), "reason", reason)
	if err := m.TermWithReason(reason); err != nil {
		h.log.Warn("refusal not told; the message may come again", "subject", m.Subject(), "error", err)
	}
}

// later gives the message back, to be offered again after a wait that grows with its deliveries.
func (h *hands) later(m jetstream.Msg, ackWait time.Duration, cause error) {
	h.drop(m)
	var n uint64
	if meta, err := m.Metadata(); err == nil {
		n = meta.NumDelivered
	}
	wait := backOff(ackWait, n)
	h.log.Warn("message will be tried again", "subject", m.Subject(), "wait", wait, "error", cause)
	if err := m.NakWithDelay(wait); err != nil {
		h.log.Debug("message not given back; it comes again by itself", "subject", m.Subject(), "error", err)
	}
}

// giveBack offers the message again at once: the stage stops, the work is somebody else's.
func (h *hands) giveBack(m jetstream.Msg) {
	h.drop(m)
	if err := m.Nak(); err != nil {
		h.log.Debug("message not given back; it comes again by itself", "subject", m.Subject(), "error", err)
	}
}
