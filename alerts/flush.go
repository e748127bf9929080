package alerts

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// flushDue makes deliveries of every group whose timer has run out, and says when the next one's will.
// What was answered before its group's time is not told.
func (a *Alerter) flushDue(ctx context.Context) (next time.Time, err error) {
	due, next, err := a.store.DueGroups(ctx, a.now())
	if err != nil {
		return next, err
	}
	if now := a.now(); len(due) > 0 || a.replied.Swap(false) || !now.Before(a.next) {
		if err := a.resolve(ctx); err != nil {
			return next, fmt.Errorf("look for answers: %w", err)
		}
		a.next = now.Add(a.idle)
	}
	if len(due) == 0 {
		return next, nil
	}
	hold, err := a.holding(ctx)
	if err != nil {
		return next, err
	}
	lost := false
	for _, group := range due {
		receiver, err := a.store.FlushGroup(ctx, group, hold, a.now())
		if err != nil {
			return next, err
		}
		a.reached(AfterFlush)
		if o := a.outlet(receiver); o != nil {
			nudge(o.due)
		} else {
			lost = true
		}
	}
	if lost {
		err = a.abandon(ctx)
	}
	return a.now(), err // at once again: the groups that were flushed may have new timers
}

// abandon gives up what waits for receivers that the configuration no longer has, and says so once.
func (a *Alerter) abandon(ctx context.Context) error {
	n, err := a.store.AbandonDeliveries(ctx, a.names())
	if err != nil {
		return fmt.Errorf("give up deliveries: %w", err)
	}
	if n > 0 {
		a.log.Warn("alerts given up: their receiver is no longer in the configuration", slog.Int("deliveries", n))
	}
	return nil
}
