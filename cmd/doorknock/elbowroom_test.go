package main

import (
	"context"
	"runtime"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"doorknock/audit"
)

// Garbage may lie up to the room there is, and above it the runtime's own rule holds, as it does while nobody is looked at.
func TestPercentFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		live uint64
		busy bool
		want int
	}{
		{30 << 20, false, 100},
		{22 << 20, true, 300},
		{40 << 20, true, 120},
		{44 << 20, true, 100},
		{200 << 20, true, 100},
		{1, true, 1000},
		{0, true, 1000},
	} {
		if got := percentFor(c.live, c.busy); got != c.want {
			t.Errorf("with %d bytes alive, busy %v: %d per cent, want %d", c.live, c.busy, got, c.want)
		}
	}
}

// The percentage follows from whether a visit is under way, and is the usual one when the stage has ended.
func TestElbowRoom(t *testing.T) {
	t.Setenv("GOGC", "")
	ctx, cancel := context.WithCancel(t.Context())
	room, ended := new(elbowRoom), make(chan error, 1)
	go func() { ended <- room.Run(ctx) }()
	untilPercent := func(is func(int) bool) {
		t.Helper()
		for range 200 {
			runtime.GC()
			if is(percentNow()) {
				return
			}
			time.Sleep(10 * time.Millisecond) // the cleanup runs beside us
		}
		t.Fatalf("the percentage stays at %d", percentNow())
	}
	_, _ = room.during(func(context.Context, audit.Job) (audit.Visit, error) {
		untilPercent(func(p int) bool { return p > usualPercent })
		return audit.Visit{}, nil
	})(ctx, audit.Job{})
	untilPercent(func(p int) bool { return p == usualPercent })
	cancel()
	if err := <-ended; err != nil || percentNow() != usualPercent {
		t.Errorf("ended with %v and %d per cent", err, percentNow())
	}
}

func percentNow() int {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	return int(s[0].Value.Uint64())
}

// What only the start needed is given back soon after it, where nothing is looked at.
func TestStartsMemoryIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		new(elbowRoom).afterStart(t.Context())
		runtime.ReadMemStats(&after)
		if after.NumForcedGC == before.NumForcedGC {
			t.Error("nothing was collected after the start")
		}
	})
}
