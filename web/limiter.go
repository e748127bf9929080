package web

import (
	"sync"
	"time"
)

// limiterMost is how many names a limiter holds before it forgets those whose time is over.
const limiterMost = 1000

// A Limiter counts what somebody does within a span of time: wrong passwords from an address, forms of an invitation.
type Limiter struct {
	most int
	span time.Duration
	now  func() time.Time
	mu   sync.Mutex
	done map[string][]time.Time
}

// NewLimiter allows each name most notes within a span.
func NewLimiter(most int, span time.Duration, now func() time.Time) *Limiter {
	return &Limiter{most: most, span: span, now: now, done: map[string][]time.Time{}}
}

// Allowed reports whether the name has notes left.
func (l *Limiter) Allowed(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.recent(name)) < l.most
}

// Note counts one.
func (l *Limiter) Note(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.done) > limiterMost {
		for n := range l.done {
			if len(l.recent(n)) == 0 {
				delete(l.done, n)
			}
		}
	}
	l.done[name] = append(l.recent(name), l.now())
}

func (l *Limiter) recent(name string) []time.Time {
	all := l.done[name]
	for len(all) > 0 && l.now().Sub(all[0]) >= l.span {
		all = all[1:]
	}
	return all
}
