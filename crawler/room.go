package crawler

import (
	"context"
	"slices"
	"sync"
	"time"
)

// largeBytes is what bodies may hold together beyond the first smallBody of each, while they come and until they are read.
const largeBytes = 48 << 20

// room bounds the memory of large bodies, in bytes: a place for each would be held by a drip as by a page, and a few drips
// would keep everybody waiting. A body takes room as it grows. Where there is none, the smallest that waits is next, and the
// bodies that have been large on their way for over grace, longest first, are given up for it. So what is slow takes room from
// nobody, and what is quick waits at most until the others are quick no more.
type room struct {
	mu      sync.Mutex
	left    int
	guests  []*guest // in the order in which they came, and until they leave
	waiting []*guest // the smallest first
	now     func() time.Time
}

// guest is one body that holds room, or waits for some. A nil guest holds none.
type guest struct {
	room   *room
	giveUp func() // ends its way here
	since  time.Time
	timer  *time.Timer
	holds  int
	wants  int           // more, while it waits
	ready  chan struct{} // closed when it has got what it wants
	gone   bool          // it was given up
	landed bool          // it came, or its end did: what it holds is worked on by us alone
}

func newRoom(n int) *room { return &room{left: n, now: time.Now} }

// enter makes a guest that holds nothing yet.
func (r *room) enter(giveUp func()) *guest {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &guest{room: r, giveUp: giveUp, since: r.now(), timer: time.AfterFunc(grace, r.look)}
	r.guests = append(r.guests, g)
	return g
}

// take waits for n bytes more.
func (g *guest) take(ctx context.Context, n int) error {
	r := g.room
	r.mu.Lock()
	g.wants, g.ready = n, make(chan struct{})
	at, _ := slices.BinarySearchFunc(r.waiting, g.holds+g.wants+1, func(o *guest, size int) int { return o.holds + o.wants - size })
	r.waiting = slices.Insert(r.waiting, at, g)
	r.serve()
	r.mu.Unlock()
	select {
	case <-g.ready:
		return nil
	case <-ctx.Done():
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waiting = slices.DeleteFunc(r.waiting, func(o *guest) bool { return o == g })
		r.serve()
		return ctx.Err()
	}
}

// land says that the body is on its way no more.
func (g *guest) land() {
	if g == nil {
		return
	}
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.landed = true
	g.timer.Stop()
}

// leave gives back what the guest holds.
func (g *guest) leave() {
	if g == nil {
		return
	}
	r := g.room
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += g.holds
	r.guests = slices.DeleteFunc(r.guests, func(o *guest) bool { return o == g })
	r.serve()
}

// look is called when a guest has been on its way for so long that it may be given up.
func (r *room) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serve()
}

// serve hands out what is left, and makes room for the next in turn.
func (r *room) serve() {
	for len(r.waiting) > 0 && r.waiting[0].wants <= r.left {
		g := r.waiting[0]
		r.waiting = r.waiting[1:]
		r.left -= g.wants
		g.holds += g.wants
		close(g.ready)
	}
	if len(r.waiting) > 0 {
		r.clear(r.waiting[0])
	}
}

// clear gives up as many as must be for one that waits, and none where those that are leaving already will do.
func (r *room) clear(next *guest) {
	coming := r.left
	for _, g := range r.guests {
		if g.gone {
			coming += g.holds
		}
	}
	for _, g := range r.guests {
		if coming >= next.wants {
			return
		}
		if g != next && !g.gone && !g.landed && r.now().Sub(g.since) >= grace {
			g.gone = true
			coming += g.holds
			g.giveUp()
		}
	}
}
