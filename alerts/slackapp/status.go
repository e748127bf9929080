package slackapp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// status says how this doorknock is: what the command of that name prints, in five lines.
func (a *App) status(ctx context.Context, _ ask, _ string, _ time.Time) (*alerts.Message, error) {
	lines, err := a.statusLines(ctx)
	if err != nil {
		return nil, err
	}
	return said(lines...), nil
}

func (a *App) statusLines(ctx context.Context) ([]string, error) {
	s, err := a.o.Store.Status(ctx, a.o.Now())
	if err != nil {
		return nil, err
	}
	sent, err := a.o.Store.DeliveryCounts(ctx)
	if err != nil {
		return nil, err
	}
	doors := make([]string, 0, 5)
	for _, state := range []audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent, audit.Unknown} {
		doors = append(doors, fmt.Sprintf("%s %d", state, s.States[state.String()]))
	}
	return []string{
		fmt.Sprintf("%s with %s; %d not looked at yet, %d due now.", counted(s.Organisations, "organisation"), counted(s.Channels, "channel"), s.Never, s.Due),
		"Doors, as confirmed: " + strings.Join(doors, ", ") + ".",
		fmt.Sprintf("%s for a second look; %d held from the public.", waits(s.Pending, "state"), total(s.Held)),
		a.looked(s),
		trouble(s, sent),
	}, nil
}

// looked says when something was last seen: silence must never look like "all is well".
func (a *App) looked(s store.Status) string {
	var visit, saw time.Time
	for _, f := range s.LastVisit {
		visit, saw = later(visit, f.Visit), later(saw, f.Saw)
	}
	if visit.IsZero() {
		return "Nothing was looked at yet."
	}
	words := "Last look: " + a.clock(visit)
	if saw.IsZero() {
		return words + "; nothing was seen yet."
	}
	return words + "; last saw something: " + a.clock(saw) + "."
}

// trouble says what is stuck, or that nothing is.
func trouble(s store.Status, sent map[store.DeliveryState]int) string {
	parts := []string{}
	if !s.Queue.Since.IsZero() {
		parts = append(parts, "the queue cannot be reached")
	}
	for _, p := range []struct {
		n     int
		words string
	}{
		{sent[store.DeliveryQueued] + sent[store.DeliverySending] + sent[store.DeliveryUncertain], "messages wait to be delivered"},
		{sent[store.DeliveryDead], "messages were given up"},
		{total(s.Dead), "pieces of work were given up"},
		{len(s.Quarantines), "questions are held because many answers moved at once"},
		{len(s.Keys), "keys of platforms are refused"},
		{len(s.Unread), "places could not be read at three looks or more"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", p.words, p.n))
		}
	}
	if len(parts) == 0 {
		return "Nothing is stuck."
	}
	return "Stuck: " + strings.Join(parts, "; ") + ". `doorknock status` says more."
}

func waits(n int, word string) string {
	if n == 1 {
		return "1 " + word + " waits"
	}
	return counted(n, word) + " wait"
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
