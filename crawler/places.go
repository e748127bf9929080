package crawler

import (
	"sync"
	"time"
)

const (
	promptly = time.Second // a site that takes longer gives its worker's place to another lane meanwhile
	maxSlow  = 256         // requests that may wait for slow sites without a place; of a body each holds smallBody, and what it has of the room
)

// places are the workers' places: as many requests are worked on at once. One that waits for a slow site lends its
// place, so that sites that drip or hang keep nobody else waiting.
type places struct {
	free chan struct{}
	slow chan struct{}
}

func newPlaces(workers int) *places {
	return &places{free: make(chan struct{}, workers), slow: make(chan struct{}, maxSlow)}
}

// place is what one worker holds. A nil place is nobody's: all its methods do nothing.
type place struct {
	of    *places
	mu    sync.Mutex
	timer *time.Timer
	lent  bool
}

// away says that the holder waits for a site from now on.
func (p *place) away() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(promptly, p.lend)
}

func (p *place) lend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil {
		return
	}
	select {
	case p.of.slow <- struct{}{}:
		p.lent = true
		<-p.of.free
	default: // too many are slow already: the rest wait for each other
	}
}

// back ends the wait. It takes a place again, where its own was lent, before anything is decoded or parsed.
func (p *place) back() {
	if p == nil || !p.ended() {
		return
	}
	<-p.of.slow
	p.of.free <- struct{}{}
}

// ended stops the clock and says whether the place was lent.
func (p *place) ended() (lent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	lent, p.timer, p.lent = p.lent, nil, false
	return lent
}

// leave gives the place up for good.
func (p *place) leave() {
	p.back()
	<-p.of.free
}
