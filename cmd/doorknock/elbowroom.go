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

// roomAtWork is how large the heap may grow while visits are under way before garbage is collected. The runtime's own rule, at
// twice what lives, collects every twenty megabytes while little lives, which is a twelfth of a page's whole cost; the limit
// that is held with 2,000 sites at once lies far above, and there twice what lives is more than this anyhow.
const roomAtWork = 88 << 20

// usualPercent is the runtime's own rule.
const usualPercent = 100

// elbowRoom lets garbage lie while there is room and visits are under way. When nothing is looked at, the runtime's rule holds
// again from the next collection on, which comes within two minutes.
type elbowRoom struct {
	under atomic.Int64 // visits under way

	mu  sync.Mutex
	now int // the percentage that is set; 0 before and after Run
}

// during counts a visit while it is made.
func (e *elbowRoom) during(visit func(context.Context, audit.Job) (audit.Visit, error)) func(context.Context, audit.Job) (audit.Visit, error) {
	return func(ctx context.Context, j audit.Job) (audit.Visit, error) {
		e.under.Add(1)
		defer e.under.Add(-1)
		return visit(ctx, j)
	}
}

// Run settles the percentage after each collection, until ctx ends. GOGC in the environment goes before it.
func (e *elbowRoom) Run(ctx context.Context) error {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	e.mu.Lock()
	e.now = usualPercent
	e.mu.Unlock()
	e.afterNext()
	e.afterStart(ctx)
	<-ctx.Done()
	e.mu.Lock()
	defer e.mu.Unlock()
	debug.SetGCPercent(usualPercent)
	e.now = 0
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

// afterNext has the percentage settled when the next collection has ended: it finds a value that nobody holds.
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
	if e.now == 0 {
		return false
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	next := percentFor(live[0].Value.Uint64(), e.under.Load() > 0)
	if next < e.now*9/10 || next > e.now*11/10 { // to set it stops all goroutines for a moment
		debug.SetGCPercent(next)
		e.now = next
	}
	return true
}

// percentFor gives the percentage by which the heap grows from what lives to roomAtWork.
func percentFor(live uint64, busy bool) int {
	if !busy || live >= roomAtWork/2 {
		return usualPercent
	}
	const most = 1000 // a heap that has only just begun
	return min(int((roomAtWork-live)*100/max(live, 1)), most)
}
