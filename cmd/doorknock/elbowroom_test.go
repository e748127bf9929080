package main

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"doorknock/audit"
)

// Garbage may lie up to the room there is. Where much lives there is more of it, by what lives and never by a percentage of an
// earlier collection; and never more than the limit that holds without us.
func TestRoomAtWork(t *testing.T) {
	t.Parallel()
	const usual = 320 << 20
	for _, c := range []struct{ live, usual, want int64 }{
		{0, usual, roomAtWork},
		{22 << 20, usual, roomAtWork},
		{58 << 20, usual, roomAtWork},
		{100 << 20, usual, 174 << 20},
		{300 << 20, usual, usual},
		{22 << 20, 64 << 20, 64 << 20},
		{22 << 20, math.MaxInt64, roomAtWork},
	} {
		if got := atWork(c.live, c.usual); got != (rule{-1, c.want}) {
			t.Errorf("with %d bytes alive and %d allowed: %+v, want %d", c.live, c.usual, got, c.want)
		}
	}
}

// The rule follows from whether a visit is under way, and is the usual one when the stage has ended.
func TestElbowRoom(t *testing.T) {
	t.Setenv("GOGC", "")
	usual := ruleNow()
	ctx, cancel := context.WithCancel(t.Context())
	room, ended := new(elbowRoom), make(chan error, 1)
	go func() { ended <- room.Run(ctx) }()
	untilRule := func(is func(rule) bool) {
		t.Helper()
		for range 200 {
			runtime.GC()
			if is(ruleNow()) {
				return
			}
			time.Sleep(10 * time.Millisecond) // the cleanup runs beside us
		}
		t.Fatalf("the rule stays %+v", ruleNow())
	}
	atWork := func(r rule) bool { return r.percent == -1 && r.limit >= roomAtWork && r.limit < usual.limit }
	visit := func(during func()) {
		_, _ = room.during(func(context.Context, audit.Job) (audit.Visit, error) {
			untilRule(atWork)
			during()
			return audit.Visit{}, nil
		})(ctx, audit.Job{})
	}
	visit(func() {})
	untilRule(func(r rule) bool { return r == usual })
	visit(func() {
		cancel()
		if err := <-ended; err != nil || ruleNow() != usual {
			t.Errorf("ended with %v and %+v, want %+v", err, ruleNow(), usual)
		}
	})
}

func ruleNow() rule {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	return rule{int(s[0].Value.Uint64()), debug.SetMemoryLimit(-1)}
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
