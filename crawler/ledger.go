package crawler

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"doorknock/audit"
)

// Interface is how a platform's own interface is asked. Its requests are calls: they go to one origin and nowhere else, keep
// a gap and a budget of their own, and are not bound by robots.txt where the operator holds a key: then the terms that come
// with the key say what may be asked.
type Interface struct {
	Origin  string        // scheme://host[:port] that calls go to; "" for a platform whose channels have each their own
	Version string        // of the interface, where its addresses name one
	Gap     time.Duration // least time between two calls
	Budget  int           // calls a UTC day with one key; 0 = no limit
	Cap     int64         // millionths of a US dollar a month; 0 = nothing may be spent
	Control string        // address of a channel known to be open; "" for none
	// Heed reads an answer for what it says of us: that we ask too much, or that the key is no good. It is pure.
	Heed func(status int, h http.Header, body []byte, now time.Time) Advice
}

// Advice is what an interface asks of whoever calls it. The zero value asks nothing.
type Advice struct {
	Rest   time.Duration // no call for so long
	Reason audit.Reason  // rate_limited, or no_access where the key is at fault; "" with a Rest is the former
	Said   string        // the interface's own code, which goes into the log
	Narrow bool          // the key lacks a permission for this one call: the operator is told, and other calls go on
}

// Call is what a request to an interface may cost, in millionths of a US dollar.
type Call struct {
	Most int64                   // counted before it is sent
	Cost func(body []byte) int64 // what the answer came to; nil: Most
}

func (i Interface) validate(name audit.Platform) error {
	if i.Origin == "" {
		return nil
	}
	if u, err := url.Parse(i.Origin); err != nil || u.Host == "" || u.Scheme+"://"+u.Host != i.Origin {
		return fmt.Errorf("platforms.%s.base_url: want scheme://host, as https://api.example.org", name)
	}
	if i.Gap < 0 || i.Budget < 0 || i.Cap < 0 {
		return fmt.Errorf("platforms.%s: gap %v, budget %d, cap %d: want 0 or more", name, i.Gap, i.Budget, i.Cap)
	}
	return nil
}

// ledger counts the calls and the money of all keys in this process. Visits bring what earlier ones left, and take it with them.
type ledger struct {
	mu sync.Mutex
	of map[string]*audit.InterfaceMemory
}

func newLedger() *ledger { return &ledger{of: map[string]*audit.InterfaceMemory{}} }

// recall takes in what an earlier visit left, perhaps on another machine. Of two memories the stricter counts.
func (l *ledger) recall(all map[string]audit.InterfaceMemory, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, m := range all {
		was := l.get(name)
		if was.Print != "" && was.Print != m.Print {
			continue // of another key than is held now
		}
		was.Print = m.Print
		switch {
		case m.Day > was.Day && m.Day <= dayOf(now):
			was.Day, was.Calls = m.Day, m.Calls
		case m.Day == was.Day:
			was.Calls = max(was.Calls, m.Calls)
		}
		switch {
		case m.Month > was.Month && m.Month <= monthOf(now):
			was.Month, was.Spent = m.Month, m.Spent
		case m.Month == was.Month:
			was.Spent = max(was.Spent, m.Spent)
		}
		if m.Until.After(was.Until) {
			was.Until = earlier(m.Until, now.Add(maxRetryAfter))
			was.Trouble, was.Said, was.Since, was.Narrow = m.Trouble, m.Said, m.Since, m.Narrow
		} else if was.Trouble == "" && was.Since.IsZero() {
			was.Trouble, was.Said, was.Since, was.Narrow = m.Trouble, m.Said, m.Since, m.Narrow
		}
	}
}

func (l *ledger) get(name string) *audit.InterfaceMemory {
	m := l.of[name]
	if m == nil {
		m = &audit.InterfaceMemory{}
		l.of[name] = m
	}
	return m
}

// may says why a call is not made, "" where it is. A key other than the one that was in trouble begins anew.
func (l *ledger) may(name, print string, i Interface, c Call, now time.Time) audit.Reason {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.get(name)
	if m.Print != print {
		*m = audit.InterfaceMemory{Print: print, Day: m.Day, Calls: m.Calls, Month: m.Month, Spent: m.Spent}
	}
	turn(m, now)
	switch {
	case now.Before(m.Until):
		return cmp.Or(m.Trouble, audit.ReasonRateLimited)
	case i.Budget > 0 && m.Calls >= i.Budget:
		return audit.ReasonRateLimited
	case c.Most > 0 && m.Spent+c.Most > i.Cap:
		return audit.ReasonRateLimited
	}
	return ""
}

// turn begins a new day's and a new month's count.
func turn(m *audit.InterfaceMemory, now time.Time) {
	if day := dayOf(now); m.Day != day {
		m.Day, m.Calls = day, 0
	}
	if month := monthOf(now); m.Month != month {
		m.Month, m.Spent = month, 0
	}
}

// spend counts a call as it goes out, at the most that it may cost.
func (l *ledger) spend(name string, c Call, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.get(name)
	turn(m, now)
	m.Calls++
	m.Spent += c.Most
}

// answered settles a call: what it cost, and what the interface asks of us. began reports trouble with the key that was not
// known before, of which the operator is told.
func (l *ledger) answered(name, step string, c Call, f *fetched, a Advice, now time.Time) (began bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.get(name)
	if c.Cost != nil && f.body != nil {
		m.Spent -= max(0, c.Most-c.Cost(f.body))
	}
	switch {
	case a.Narrow:
		if began = m.Trouble != audit.ReasonNoAccess; began {
			m.Trouble, m.Said, m.Since, m.Narrow = audit.ReasonNoAccess, firstBytes(a.Said, 60), now, step
		}
		return began
	case a.Rest <= 0:
		if f.status == http.StatusOK && (m.Narrow == "" || widened(name, step, m, now)) {
			m.Trouble, m.Said, m.Since, m.Until, m.Narrow = "", "", time.Time{}, time.Time{}, ""
		}
		return false
	}
	m.Narrow = ""
	reason := cmp.Or(a.Reason, audit.ReasonRateLimited)
	began = reason == audit.ReasonNoAccess && m.Trouble != reason
	if m.Trouble != reason {
		m.Since = now
	}
	m.Trouble, m.Said = reason, firstBytes(a.Said, 60)
	m.Until = now.Add(min(a.Rest, maxRetryAfter))
	return began
}

// narrowFor is how long a key counts as too narrow that is asked about many accounts, of which some may be seen and others not:
// so long nobody is told of it again.
const narrowFor = 30 * 24 * time.Hour

// widened reports whether a call that was answered shows that a key is no longer too narrow.
func widened(name, step string, m *audit.InterfaceMemory, now time.Time) bool {
	own := strings.Contains(name, "/") // of one account alone
	return own && m.Narrow == step || !own && now.Sub(m.Since) > narrowFor
}

// remember gives what the next visit needs to know, of the names that the last one left and of those that were asked since.
func (l *ledger) remember(before map[string]audit.InterfaceMemory, used map[string]bool) map[string]audit.InterfaceMemory {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := maps.Clone(before)
	for name := range used {
		if all == nil {
			all = map[string]audit.InterfaceMemory{}
		}
		all[name] = *l.get(name)
	}
	return all
}

func monthOf(t time.Time) string { return t.UTC().Format("2006-01") }
