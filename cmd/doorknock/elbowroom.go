package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"doorknock/audit"
)

// roomAtWork is how much the runtime may take in all while visits are under way before garbage is collected. The runtime's own
// rule, at twice what lives, collects every twenty megabytes while little lives, which is a twelfth of a page's whole cost. It is a
// limit on all that the runtime takes, and no percentage of what lives: a percentage that fits what one collection left alive
// holds until the next, and where more lives then, all of it is multiplied.
const roomAtWork = 112 << 20

// besideHeap is what the runtime takes beside the heap's objects while visits are under way: stacks, its own books, and gaps.
const besideHeap = 24 << 20

// usualPercent is the runtime's own rule.
const usualPercent = 100

// rule is when garbage is collected: when the heap has grown by so many per cent of what lived (-1: whatever it grew by), or the
// runtime has taken as much as the limit.
type rule struct {
	percent int
	limit   int64
}

// elbowRoom lets garbage lie while there is room and visits are under way. When nothing is looked at, the runtime's rule holds
// again from the next collection on, which comes within two minutes.
type elbowRoom struct {
	under atomic.Int64 // visits under way

	mu    sync.Mutex
	usual rule
	now   rule // zero before and after Run
}

// during counts a visit while it is made.
func (e *elbowRoom) during(visit func(context.Context, audit.Job) (audit.Visit, error)) func(context.Context, audit.Job) (audit.Visit, error) {
	return func(ctx context.Context, j audit.Job) (audit.Visit, error) {
		e.under.Add(1)
		defer e.under.Add(-1)
		return visit(ctx, j)
	}
}

// Run settles the rule after each collection, until ctx ends. GOGC in the environment goes before it.
func (e *elbowRoom) Run(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	e.mu.Lock()
	e.usual = rule{usualPercent, debug.SetMemoryLimit(-1)}
	e.now = e.usual
	e.mu.Unlock()
	e.afterNext()
	e.afterStart(ctx)
	<-ctx.Done()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.usual.instead(e.now)
	e.now = rule{}
	return nil
}

// startOver is how long after the stages began nothing of the start is under way any more.
const startOver = time.Second

// afterStart gives back what only the start needed, some megabytes that would stay with us until the next collection, two
// minutes later where nothing is due. Where visits are under way already, theirs comes soon.
func (e *elbowRoom) afterStart(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(startOver):
	}
	if e.under.Load() == 0 {
		debug.FreeOSMemory()
	}
}

// afterNext has the rule settled when the next collection has ended: it finds a value that nobody holds.
func (e *elbowRoom) afterNext() {
	runtime.AddCleanup(&struct{ *elbowRoom }{}, func(e *elbowRoom) {
		if e.settle() {
			e.afterNext()
		}
	}, e)
}

// settle is false when Run has ended.
func (e *elbowRoom) settle() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.now == (rule{}) {
		return false
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	next := e.usual
	if e.under.Load() > 0 {
		next = atWork(int64(live[0].Value.Uint64()), e.usual.limit)
	}
	e.now = next.instead(e.now)
	return true
}

// atWork gives the room there is, and where much lives half as much again, up to the usual limit.
func atWork(live, usual int64) rule {
	return rule{-1, min(max(roomAtWork, live+live/2+besideHeap), usual)}
}

// instead has the rule hold in place of another and gives the one that holds. To set one stops all goroutines for a moment, which
// a limit that is nearly the same is not worth.
func (r rule) instead(of rule) rule {
	if r.percent == of.percent && r.limit-r.limit/10 <= of.limit && of.limit-of.limit/10 <= r.limit {
		return of
	}
	debug.SetGCPercent(r.percent)
	debug.SetMemoryLimit(r.limit)
	return r
}
