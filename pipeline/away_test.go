package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"doorknock/internal/servers"
)

// A queue that cannot be reached is told with since when, while the start waits for it and while we run; when it is back that
// is told, and what could not be told is told again.
func TestQueueAwayIsTold(t *testing.T) {
	dir, port := t.TempDir(), servers.Port(t)
	type word struct {
		since time.Time
		why   string
	}
	said := make(chan word, 100)
	var refuse atomic.Bool
	hears := func(what string, away bool) word {
		t.Helper()
		select {
		case w := <-said:
			if w.since.IsZero() == away || (w.why == "") == away {
				t.Fatalf("%s: told %+v", what, w)
			}
			return w
		case <-time.After(time.Minute):
			t.Fatalf("%s: nobody is told", what)
		}
		return word{}
	}
	opened := make(chan *Broker, 1)
	go func() {
		b, err := Open(context.WithoutCancel(t.Context()), Options{Config: Config{URL: fmt.Sprintf("nats://127.0.0.1:%d", port)}, Log: testLog(t),
			Away: func(_ context.Context, since time.Time, why string) error {
				if refuse.Swap(false) {
					return errors.New("the disk is full")
				}
				select {
				case said <- word{since, why}:
				default: // nobody reads the start's every try
				}
				return nil
			}})
		if err != nil {
			t.Error(err)
		}
		opened <- b
	}()
	hears("the start waits", true)
	s := outsideServer(t, dir, port)
	b := <-opened
	if b == nil {
		t.FailNow()
	}
	defer b.Close()
	for len(said) > 0 {
		hears("the start waits", true)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Watch(ctx) }()
	hears("it is there", false)
	if err := b.Ready(); err != nil {
		t.Error(err)
	}
	before := time.Now()
	refuse.Store(true)
	s.Shutdown()
	s.WaitForShutdown()
	if w := hears("it went", true); w.since.Before(before) || time.Since(w.since) > time.Minute {
		t.Errorf("away since %v, want just now", w.since)
	}
	if b.Ready() == nil {
		t.Error("it is said to be there")
	}
	s = outsideServer(t, dir, port)
	defer s.WaitForShutdown()
	defer s.Shutdown()
	for { // it may say more of what it meets until then
		if w := <-said; w.since.IsZero() {
			break
		}
	}
	stop()
	hears("the end", false)
	must(t, <-ended)
}
