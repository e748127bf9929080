package pipeline

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ackAnswer is how long the server's answer to an acknowledgement is waited for.
const ackAnswer = 2 * time.Second

// errNotOurs says that the server may have offered a message to somebody else, because it did not hear from us.
var errNotOurs = errors.New("the queue has not heard from us for too long: the work may be somebody else's now")

// refusedWord begins what we say of a message that we refuse. What the server says of its own accord begins otherwise.
const refusedWord = "message "

// lastWord is how a refused message's id and the reason travel as one: DEAD gets nothing else of a message that has left
// its queue.
func lastWord(m jetstream.Msg, reason string) string {
	return refusedWord + cmp.Or(m.Headers().Get(nats.MsgIdHdr), "-") + ": " + reason
}

func isLastWord(text string) bool { return strings.HasPrefix(text, refusedWord) }

// ofLastWord takes it apart.
func ofLastWord(text string) (message, reason string) {
	message, reason, found := strings.Cut(strings.TrimPrefix(text, refusedWord), ": ")
	switch {
	case !isLastWord(text) || !found:
		return "", text
	case message == "-":
		return "", reason
	}
	return message, reason
}

// hands are the messages a stage works on. While they are held, the server is told three times in every AckWait that
// they are in progress, so that nobody else gets them and slowness never counts as a delivery.
//
// The server's answer counts, not our telling: behind a server that stands still or a cut line the word is lost, and
// once AckWait has passed the message is offered to somebody else. A visit must have ended by then, or two crawlers
// would walk one site at once; while gives the context that sees to it.
type hands struct {
	broker *Broker
	log    *slog.Logger
	other  chan struct{} // the span has changed

	mu   sync.Mutex
	wait time.Duration // AckWait of the consumer, as the server has it
	held map[jetstream.Msg]*holding
}

// holding is one message in hand.
type holding struct {
	told  time.Time // when "in progress" was last sent
	until time.Time // nobody else is offered the message before; by the clock on the wall, which counts while we sleep
	lost  context.CancelCauseFunc
}

func newHands(b *Broker, log *slog.Logger) *hands {
	return &hands{broker: b, log: log, other: make(chan struct{}, 1), wait: b.ackWait, held: map[jetstream.Msg]*holding{}}
}

// span is the AckWait that the server keeps.
func (h *hands) span() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wait
}

func (h *hands) setSpan(wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wait == wait {
		return
	}
	h.wait = wait
	select {
	case h.other <- struct{}{}:
	default:
	}
}

// ours is how much of an AckWait a message counts as ours: the rest is for clocks that differ, and for the pause that
// the site is owed between the last request of one visit and the first of the next.
func (h *hands) ours(from time.Time) time.Time { return from.Add(h.wait * 5 / 6) }

// wall is the time without the monotonic clock, which stands still while the machine sleeps.
func wall() time.Time { return time.Now().Round(0) }

// keep runs until ctx ends.
func (h *hands) keep(ctx context.Context) {
	var telling sync.WaitGroup
	defer telling.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.other:
		case <-time.After(h.span() / 12):
		}
		for _, m := range h.unheard() {
			telling.Go(func() { h.tell(ctx, m) })
		}
	}
}

// unheard gives the messages that the server should be told of now, and ends the work on those that may be another's.
func (h *hands) unheard() []jetstream.Msg {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := wall()
	var due []jetstream.Msg
	for m, of := range h.held {
		if now.After(of.until) && of.lost != nil {
			of.lost(errNotOurs)
		}
		if now.Sub(of.told) >= h.wait/3 {
			of.told = now
			due = append(due, m)
		}
	}
	return due
}

// tell says "in progress" and waits for the server's answer.
func (h *hands) tell(ctx context.Context, m jetstream.Msg) {
	asked := wall()
	within, cancel := context.WithTimeout(ctx, h.span()/3)
	defer cancel()
	if _, err := h.broker.conn.RequestWithContext(within, m.Reply(), []byte("+WPI")); err != nil {
		if ctx.Err() == nil {
			h.log.Debug("in progress not told", "subject", m.Subject(), "error", err)
		}
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if of := h.held[m]; of != nil {
		of.until = h.ours(asked)
	}
}

// while gives a context that ends when the message may have been offered to somebody else. With the embedded server
// there is nobody else.
func (h *hands) while(ctx context.Context, m jetstream.Msg) (context.Context, context.CancelFunc) {
	ctx, lost := context.WithCancelCause(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if of := h.held[m]; of != nil && h.broker.outside {
		of.lost = lost
		if wall().After(of.until) {
			lost(errNotOurs)
		}
	}
	return ctx, func() { lost(context.Canceled) }
}

// still reports whether a message is surely ours.
func (h *hands) still(m jetstream.Msg) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	of := h.held[m]
	return of != nil && (!h.broker.outside || wall().Before(of.until))
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

// take holds a message that was asked for at a time: the server has not sent it before.
func (h *hands) take(m jetstream.Msg, asked time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held[m] = &holding{told: asked, until: h.ours(asked)}
}

// drop lets go of the message without a word to the server.
func (h *hands) drop(m jetstream.Msg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, m)
}

// done acknowledges the message. It waits for the server's answer, also when the stage is told to stop meanwhile: a lost
// acknowledgement costs the work again.
func (h *hands) done(ctx context.Context, m jetstream.Msg) {
	h.drop(m)
	h.broker.reach(BeforeAck)
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
	if err := m.TermWithReason(lastWord(m, reason)); err != nil {
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

// giveBack offers the message again: the stage stops, the work is somebody else's. On another machine that would begin within
// milliseconds, while the site still answers our last request: it waits for the pause that the site is owed, which is what
// ours leaves of an AckWait.
func (h *hands) giveBack(m jetstream.Msg) {
	h.drop(m)
	var pause time.Duration
	if h.broker.outside {
		pause = h.span() / 6
	}
	if err := m.NakWithDelay(pause); err != nil {
		h.log.Debug("message not given back; it comes again by itself", "subject", m.Subject(), "error", err)
	}
}
