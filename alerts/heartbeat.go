package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// HeartbeatConfig is an address that is asked by GET as long as all is well, such as a check of healthchecks.io: whoever keeps it
// tells you when it falls silent. It is a secret: who knows it can say in our name that all is well.
type HeartbeatConfig struct {
	URL     audit.Secret  `yaml:"url"` // https, or ${NAME}: read from the environment
	URLFile string        `yaml:"url_file"`
	Every   time.Duration `yaml:"every"` // default 5m
}

const (
	defaultBeat = 5 * time.Minute
	leastBeat   = 10 * time.Second
)

func (c HeartbeatConfig) address() secretOf { return secretOf{"url", c.URL, c.URLFile} }

func (c HeartbeatConfig) configured() bool { return c.URL != "" || c.URLFile != "" }

func (c HeartbeatConfig) validate(key string) error {
	errs := []error{c.address().validate(key, false, checkHook)}
	if c.Every != 0 && c.Every < leastBeat {
		errs = append(errs, fmt.Errorf("%s.every: %v is less than %v", key, c.Every, leastBeat))
	}
	return errors.Join(errs...)
}

// heartbeat pings while all is well.
type heartbeat struct {
	endpoint
	every time.Duration
	ill   func() error // what is wrong besides what the database shows; nil: nothing is known of
	// due is when the next is sent, by Alerter.running. The first is not sent at once: a program that dies again and again
	// soon after its start is not well.
	due time.Time
}

// newHeartbeat gives nil where none is configured.
func newHeartbeat(o Options) (*heartbeat, error) {
	c := o.Config.Heartbeat
	if !c.configured() {
		return nil, nil
	}
	address, err := c.address().read(o.Getenv, checkHook)
	if err != nil {
		return nil, fmt.Errorf("alerts.heartbeat: %w", err)
	}
	every := c.Every
	if every == 0 {
		every = defaultBeat
	}
	return &heartbeat{endpoint{&address, outside(o.Guard)}, every, o.Ill, o.Now().Add(min(every, time.Minute))}, nil
}

// beat looks whether all is well, pings if so, keeps what came of it, and says when to beat again. It tells the log, once
// for each thing that goes wrong, and raises no alert: whoever waits for the ping does.
func (a *Alerter) beat(ctx context.Context) (next time.Time, err error) {
	now, b := a.now(), a.heartbeat
	if wait := b.due.Sub(a.running()); wait > 0 {
		return now.Add(wait), nil
	}
	b.due = a.running().Add(b.every)
	was, err := a.store.Heartbeat(ctx)
	if err != nil {
		return next, err
	}
	is := store.Heartbeat{PingedAt: was.PingedAt}
	if is.Why = a.wrong(ctx, now); is.Why != "" {
		is.HeldSince = since(was.HeldSince, now)
	} else if err := b.ping(ctx); err != nil {
		is.FailingSince, is.Why = since(was.FailingSince, now), err.Error()
	} else {
		is.PingedAt = now
	}
	if is.Why != "" && is.Why != was.Why {
		a.log.Warn("alerts: no heartbeat", slog.String("why", is.Why))
	}
	return now.Add(b.every), a.store.KeepHeartbeat(ctx, is, now)
}

func since(before, now time.Time) time.Time {
	if before.IsZero() {
		return now
	}
	return before
}

// wrong says what keeps the heartbeat back, or "".
func (a *Alerter) wrong(ctx context.Context, now time.Time) string {
	if a.heartbeat.ill != nil {
		if err := a.heartbeat.ill(); err != nil {
			return audit.Untrusted(err.Error()).Terminal()
		}
	}
	stuck, err := a.store.Stuck(ctx, now)
	if err != nil {
		return audit.Untrusted(err.Error()).Terminal()
	}
	return stuck
}

// ping asks the address once. Its error does not hold the address.
func (b *heartbeat) ping(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.address.Reveal(), http.NoBody)
	if err != nil {
		return hide(err, *b.address)
	}
	r.Header.Set("User-Agent", "doorknock")
	p := &post{next: b.transport, any2xx: true}
	got, err := p.client().Do(r)
	if got != nil {
		_ = got.Body.Close() // post has read it; this ends the client's own clock
	}
	return hide(p.outcome(err), *b.address)
}
