package crawler

import (
	"context"
	"sync"
	"time"
)

const (
	grace    = 5 * time.Second // a body may start slowly
	window   = 10              // seconds over which the rate is taken
	leastPer = 1 << 10         // bytes a second
)

// meter cuts a body that comes slower than leastPer bytes a second over a window. It costs a quick body one timer
// that never fires.
type meter struct {
	mu     sync.Mutex
	bytes  int
	marks  []int // bytes at each second since the grace ended
	cut    bool
	over   bool
	paused bool
	timer  *time.Timer
	cancel context.CancelFunc
}

func newMeter(cancel context.CancelFunc) *meter {
	m := &meter{cancel: cancel}
	m.mu.Lock() // the timer's first tick may come before the field is set
	defer m.mu.Unlock()
	m.timer = time.AfterFunc(grace, m.tick)
	return m
}

// Write counts what passes.
func (m *meter) Write(p []byte) (int, error) {
	m.mu.Lock()
	m.bytes += len(p)
	m.mu.Unlock()
	return len(p), nil
}

func (m *meter) tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return
	}
	m.marks = append(m.marks, m.bytes)
	if n := len(m.marks); !m.paused && n > window && m.bytes-m.marks[n-1-window] < window*leastPer {
		m.cut = true
		m.cancel()
		return
	}
	m.timer.Reset(time.Second)
}

// giveUp cuts a body that is slow enough to make others wait.
func (m *meter) giveUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.over {
		m.cut = true
		m.cancel()
	}
}

// pause keeps the meter from counting a wait of our own against the site.
func (m *meter) pause(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paused, m.marks = on, nil
}

func (m *meter) slow() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cut
}

func (m *meter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.timer.Stop()
}
