package alerts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

const (
	// lookSlack is how long a transaction may take from the time it writes to its commit, and not be missed by a look.
	lookSlack = time.Minute
	// talkBack is how far back a channel's talk is read to find what answers a comment.
	talkBack = 75 * 24 * time.Hour
)

// resolve looks for the organisations' public answers to what was told, marks the alerts that have one, and queues word of it
// for the receivers that want it. An answer counts by the rule of the figures about replies, whatever tool wrote it.
// Only the loop that flushes groups calls it.
func (a *Alerter) resolve(ctx context.Context) error {
	now := a.now()
	open, err := a.store.OpenAlerts(ctx, a.looked, now)
	if err != nil {
		return err
	}
	for _, channel := range slices.Sorted(maps.Keys(open)) {
		found, err := a.answers(ctx, channel, open[channel], now)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		if err := a.store.Resolve(ctx, found, now); err != nil {
			return fmt.Errorf("on channel %s: %w", channel, err)
		}
	}
	if err := a.store.ReadAgain(ctx, now); err != nil {
		return fmt.Errorf("look for places that can be read again: %w", err)
	}
	a.looked = now.Add(-lookSlack)
	hold, err := a.holding(ctx)
	if err != nil {
		return err
	}
	due, err := a.store.TellResolved(ctx, a.hearResolved(), hold, now)
	a.wake(due, nil)
	return err
}

// answers finds the organisation's answers to what alerts on one channel told.
func (a *Alerter) answers(ctx context.Context, channel string, open []store.OpenAlert, now time.Time) ([]store.Answer, error) {
	wanted := map[string]bool{}
	for _, o := range open {
		wanted[o.Comment] = true
	}
	said, err := a.store.TalkOn(ctx, channel, now.Add(-talkBack), now)
	if err != nil {
		return nil, err
	}
	answers := map[string]string{}
	for _, t := range talk.ThreadsOf(said.Said, wanted) {
		if t.Answer != nil {
			answers[t.Begins.ID] = t.Answer.ID
		}
	}
	var found []store.Answer
	for _, o := range open {
		if by, ok := answers[o.Comment]; ok {
			found = append(found, store.Answer{Alert: o.ID, Comment: by})
		}
	}
	return found, nil
}

// answered says in words that the organisation's public answer was seen, after how long, and in how much of working time,
// where that can be told; of a place that could not be read, that it can be again.
func (w Wording) answered(f store.AlertFacts) Words {
	if f.Kind == store.AlertOperator {
		return Words{ours("It can be read again; seen " + moment(f.ResolvedAt) + ".")}
	}
	line := "Answered in public"
	r := f.Reply
	if r == nil || f.Comment == nil || f.Comment.Said.IsZero() || r.Said.IsZero() || !exactly(f.Comment.Said, f.Comment.Latest) ||
		!exactly(r.Said, r.Latest) || r.Said.Before(f.Comment.Said) {
		line += "; seen " + moment(f.ResolvedAt)
	} else {
		line += " after " + length(r.Said.Sub(f.Comment.Said))
		if c, err := talk.NewCalendar(f.Nation, w.Holidays); err == nil && c.Knows(f.Comment.Said, r.Said) {
			line += " (working hours: " + length(c.Between(f.Comment.Said, r.Said)) + ")"
		}
	}
	if r != nil && r.Beside {
		line += "; the answer stands beside the comment, not under it: that it answers this one is our reading"
	}
	line += "."
	if r != nil && r.Manner == audit.MannerStock {
		line += " It reads as a standard answer, such as “please message us”."
	}
	return Words{ours(line)}
}

// exactly reports whether a time is told to the minute: what is dated by its day alone says nothing about hours.
func exactly(from, to time.Time) bool { return to.IsZero() || to.Sub(from) <= 10*time.Minute }

// length says a length of time in its two largest units: 2 h 10 min, 3 days 4 h.
func length(d time.Duration) string {
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	switch {
	case days > 0 && hours > 0:
		return plural(days, "day") + fmt.Sprintf(" %d h", hours)
	case days > 0:
		return plural(days, "day")
	case hours > 0 && minutes > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case hours > 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d min", minutes)
}
