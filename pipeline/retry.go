package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 30 * time.Second
)

// retry waits longer and longer while the same trouble lasts, and logs its beginning and its end, not every try.
type retry struct {
	wait  time.Duration
	since time.Time
}

// pause says what cannot be done and sleeps until the next try, or until ctx ends.
func (r *retry) pause(ctx context.Context, log *slog.Logger, what string, err error) {
	if errors.Is(err, nats.ErrReconnectBufExceeded) {
		err = errAway
	}
	if r.wait == 0 {
		r.wait, r.since = firstPause, time.Now()
		log.Error("own trouble; trying again until it works", "trouble", what, "error", err)
	}
	t := time.NewTimer(r.wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
	r.wait = min(2*r.wait, longestPause)
}

// over ends the trouble, and says so where there was any.
func (r *retry) over(log *slog.Logger, what string) {
	if r.wait > 0 {
		log.Info("own trouble is over", "again", what, "took", time.Since(r.since).Round(time.Millisecond))
	}
	*r = retry{}
}
