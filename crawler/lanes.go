package crawler

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"doorknock/audit"
)

// ErrStopped is returned for work that was waiting or came when the crawler had stopped.
var ErrStopped = errors.New("the crawler has stopped")

// lanes is the heap of lanes by next allowed time. Work waits in its lane as a value, without goroutine or timer of
// its own; one dispatcher sleeps until the first lane is due and gives its work to a worker, of which there are as many
// as there are places. Where more lanes are due than there are places, the visit that began first goes on first: what it
// holds in memory grows with every page, and many half-made visits cost what few whole ones do not.
type lanes struct {
	gap time.Duration
	cap int
	now func() time.Time

	mu      sync.Mutex
	byName  map[string]*lane
	later   laneHeap      // by the time they are due
	due     laneHeap      // those whose time has come, by age
	begun   int           // visits so far
	wake    chan struct{} // tells the dispatcher that the heap's top may have changed
	stopped bool
}

// lane is one registrable domain: at most one request under way, the rest queued.
type lane struct {
	name    string
	pace    pace
	queue   []func(*ticket)
	busy    bool
	holders int // visits that hold the lane's memory
	born    int // which visit was the first of these; 0 where the lane is another's errand, which goes first
	at      time.Time
	in      *laneHeap // nil: in none
	index   int
}

// ticket is the right to send one request to a lane. Whoever gets one must call done. refused says why the right is
// empty: the lane's cap or a long Retry-After, or the crawler has stopped.
type ticket struct {
	lanes   *lanes
	lane    *lane
	refused audit.Reason
	stopped bool
	spent   bool
	place   *place // the worker's who sends the request
}

// work is a ticket on its way to a worker.
type work struct {
	ticket *ticket
	do     func(*ticket)
}

func newLanes(gap time.Duration, cap int) *lanes {
	return &lanes{gap: gap, cap: cap, now: time.Now, byName: make(map[string]*lane), wake: make(chan struct{}, 1),
		later: laneHeap{before: func(a, b *lane) bool { return a.at.Before(b.at) }},
		due:   laneHeap{before: func(a, b *lane) bool { return a.born < b.born || a.born == b.born && a.at.Before(b.at) }},
	}
}

// submit queues work for a lane. Once the crawler has stopped the work is called at once, with a stopped ticket.
func (ls *lanes) submit(name string, do func(*ticket)) {
	ls.mu.Lock()
	if ls.stopped {
		ls.mu.Unlock()
		do(&ticket{stopped: true})
		return
	}
	l := ls.get(name)
	l.queue = append(l.queue, do)
	ls.place(l)
	ls.mu.Unlock()
	ls.nudge()
}

// wait gets a ticket for a caller that has a goroutine of its own, such as a browser's request.
func (ls *lanes) wait(ctx context.Context, name string) (*ticket, error) {
	got := make(chan *ticket, 1)
	var claimed atomic.Bool // by the ticket that came, or by the caller that left
	ls.submit(name, func(t *ticket) {
		if !claimed.CompareAndSwap(false, true) {
			t.done()
			return
		}
		t.place = nil // the worker goes on at once; the caller is no worker
		got <- t
	})
	var t *ticket
	select {
	case t = <-got:
	case <-ctx.Done():
		if !claimed.CompareAndSwap(false, true) {
			(<-got).done()
		}
		return nil, ctx.Err()
	}
	if t.stopped {
		t.done()
		return nil, ErrStopped
	}
	return t, nil
}

// hold takes a visit's memory into its lane and keeps the lane until release.
func (ls *lanes) hold(name string, m audit.HostMemory) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.get(name)
	if l.holders++; l.holders == 1 {
		ls.begun++
		l.born = ls.begun
	}
	l.pace.recall(m, ls.now())
	ls.place(l)
}

// release gives the lane's memory back, unless the visit will not be heard of (nil), and forgets a lane that nobody needs.
func (ls *lanes) release(name string, m *audit.HostMemory) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.get(name)
	if l.holders--; l.holders == 0 {
		l.born = 0
	}
	if m != nil {
		l.pace.remember(m)
	}
	ls.forget(l)
}

// setDelay makes the lane keep a Crawl-delay, if it is longer than what it keeps.
func (ls *lanes) setDelay(name string, d time.Duration) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.get(name)
	l.pace.delay = max(l.pace.delay, d)
	ls.place(l)
}

// setGap gives a lane a gap of its own in place of the configured one, and no cap: the ledger counts what interfaces are asked.
func (ls *lanes) setGap(name string, gap time.Duration) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.get(name)
	l.pace.gap, l.pace.cap = gap, 0
	ls.place(l)
}

func (ls *lanes) get(name string) *lane {
	l := ls.byName[name]
	if l == nil {
		ls.sweep()
		l = &lane{name: name, pace: pace{gap: ls.gap, cap: ls.cap}}
		ls.byName[name] = l
	}
	return l
}

// sweepAt bounds the lanes that are kept although nobody waits for them; it is checked as new ones come.
const sweepAt = 4096

func (ls *lanes) sweep() {
	if len(ls.byName)%sweepAt != sweepAt-1 {
		return
	}
	for _, l := range ls.byName {
		ls.forget(l)
	}
}

func (ls *lanes) forget(l *lane) {
	if l.holders == 0 && !l.busy && len(l.queue) == 0 && l.pace.asleep(ls.now()) {
		delete(ls.byName, l.name)
	}
}

// place puts the lane where it belongs, or takes it out while it has nothing to hand on.
func (ls *lanes) place(l *lane) {
	if l.in != nil {
		heap.Remove(l.in, l.index)
	}
	if l.busy || len(l.queue) == 0 {
		return
	}
	l.at = l.pace.due()
	if l.pace.refuses(ls.now()) {
		l.at = time.Time{}
	}
	heap.Push(&ls.later, l)
}

func (ls *lanes) nudge() {
	select {
	case ls.wake <- struct{}{}:
	default:
	}
}

// run hands due work to workers until ctx is done, then tells all waiting work that the crawler has stopped and
// returns when the workers are done.
func (ls *lanes) run(ctx context.Context, workers int) {
	var pool sync.WaitGroup
	ls.dispatch(ctx, newPlaces(workers), &pool)
	ls.stop()
	pool.Wait()
}

func (ls *lanes) dispatch(ctx context.Context, places *places, pool *sync.WaitGroup) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		w, sleep := ls.next()
		if w == nil {
			timer.Reset(sleep)
			select {
			case <-timer.C:
			case <-ls.wake:
			case <-ctx.Done():
				return
			}
			continue
		}
		select {
		case places.free <- struct{}{}:
			w.ticket.place = &place{of: places}
			pool.Go(func() {
				defer w.ticket.place.leave()
				w.do(w.ticket)
			})
		case <-ctx.Done():
			w.ticket.stopped = true
			w.do(w.ticket)
			return
		}
	}
}

// next takes the first work of the oldest lane that is due, else says how long to sleep.
func (ls *lanes) next() (*work, time.Duration) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	now := ls.now()
	for len(ls.later.lanes) > 0 && !ls.later.lanes[0].at.After(now) {
		heap.Push(&ls.due, heap.Pop(&ls.later))
	}
	switch {
	case len(ls.due.lanes) > 0:
	case len(ls.later.lanes) > 0:
		return nil, ls.later.lanes[0].at.Sub(now)
	default:
		return nil, time.Hour
	}
	l := ls.due.lanes[0]
	t := &ticket{lanes: ls, lane: l}
	if l.pace.refuses(now) {
		t.refused = audit.ReasonRateLimited
	}
	do := l.queue[0]
	l.queue[0] = nil
	l.queue, l.busy = l.queue[1:], true
	ls.place(l)
	return &work{ticket: t, do: do}, 0
}

// stop empties every queue. Work told so must not queue again: it would be called at once, and so on.
func (ls *lanes) stop() {
	ls.mu.Lock()
	ls.stopped = true
	var waiting []func(*ticket)
	for _, l := range ls.byName {
		waiting = append(waiting, l.queue...)
		l.queue = nil
		ls.place(l)
	}
	ls.mu.Unlock()
	for _, do := range waiting {
		do(&ticket{stopped: true})
	}
}

// spend uses the ticket for a request that goes out now. A second request needs a second ticket.
func (t *ticket) spend() error {
	if t.refused != "" || t.stopped || t.spent {
		return errors.New("request without a ticket of its lane")
	}
	t.lanes.mu.Lock()
	defer t.lanes.mu.Unlock()
	t.spent = true
	t.lane.pace.spend(t.lanes.now())
	return nil
}

// rest keeps the ticket's lane quiet for a Retry-After.
func (t *ticket) rest(d time.Duration) {
	t.lanes.mu.Lock()
	defer t.lanes.mu.Unlock()
	t.lane.pace.rest(t.lanes.now(), d)
}

// done frees the lane. The pace counts from the end of a request, so that a slow site is not pressed.
func (t *ticket) done() {
	if t.lane == nil {
		return
	}
	ls, l := t.lanes, t.lane
	ls.mu.Lock()
	if t.spent {
		l.pace.last = ls.now()
	}
	l.busy = false
	ls.place(l)
	ls.forget(l)
	ls.mu.Unlock()
	t.lane = nil
	ls.nudge()
}

// laneHeap holds lanes in order. A lane is in one at a time.
type laneHeap struct {
	lanes  []*lane
	before func(a, b *lane) bool
}

func (h *laneHeap) Len() int           { return len(h.lanes) }
func (h *laneHeap) Less(i, j int) bool { return h.before(h.lanes[i], h.lanes[j]) }
func (h *laneHeap) Swap(i, j int) {
	h.lanes[i], h.lanes[j] = h.lanes[j], h.lanes[i]
	h.lanes[i].index, h.lanes[j].index = i, j
}

// Push implements heap.Interface.
func (h *laneHeap) Push(x any) {
	l := x.(*lane)
	l.in, l.index = h, len(h.lanes)
	h.lanes = append(h.lanes, l)
}

// Pop implements heap.Interface.
func (h *laneHeap) Pop() any {
	last := len(h.lanes) - 1
	l := h.lanes[last]
	h.lanes[last], h.lanes = nil, h.lanes[:last]
	l.in = nil
	return l
}
