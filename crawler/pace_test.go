package crawler

import (
	"testing"
	"time"
	_ "time/tzdata"

	"doorknock/audit"
)

// The day that a cap counts is UTC's, in summer too, when London's has begun an hour before.
func TestDailyCapTurnsAtMidnightUTC(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name    string
		now     time.Time
		refuses bool
	}{
		{"the last second of a winter's day", time.Date(2026, 1, 5, 23, 59, 59, 0, london), true},
		{"midnight in winter", time.Date(2026, 1, 6, 0, 0, 0, 0, london), false},
		{"midnight in London's summer", time.Date(2026, 6, 6, 0, 0, 0, 0, london), true},
		{"one o'clock in London's summer", time.Date(2026, 6, 6, 1, 0, 0, 0, london), false},
	} {
		day := x.now.Add(-2 * time.Hour)
		p := pace{cap: 2}
		p.recall(audit.HostMemory{Day: dayOf(day), Requests: 1}, day)
		p.spend(day)
		if got := p.refuses(x.now); got != x.refuses {
			t.Errorf("%s: refuses %t, want %t", x.name, got, x.refuses)
		}
		p.spend(x.now)
		if want := map[bool]int{true: 3, false: 1}[x.refuses]; p.requests != want {
			t.Errorf("%s: %d requests of its day, want %d", x.name, p.requests, want)
		}
	}
}

// A count that comes with a job is taken in, whichever is higher; one of an older day, or of a day to come, is not.
func TestDailyCapRecalled(t *testing.T) {
	now := time.Date(2026, 6, 6, 12, 0, 0, 0, time.UTC)
	for name, x := range map[string]struct {
		have, memory, want int
		day                string
	}{
		"of today, higher":  {1, 7, 7, "2026-06-06"},
		"of today, lower":   {9, 7, 9, "2026-06-06"},
		"of yesterday":      {1, 7, 1, "2026-06-05"},
		"of a day to come":  {1, 7, 1, "2026-06-07"},
		"of another year's": {1, 7, 1, "2025-06-06"},
	} {
		p := pace{day: dayOf(now), requests: x.have}
		p.recall(audit.HostMemory{Day: x.day, Requests: x.memory}, now)
		if p.requests != x.want {
			t.Errorf("%s: %d, want %d", name, p.requests, x.want)
		}
	}
}

// A lane is not forgotten while the day counts requests of a visit that failed: its next visit comes with the old count.
func TestDailyCapCountsFailedVisits(t *testing.T) {
	ls := newLanes(time.Second, 10)
	now := time.Date(2026, 6, 6, 12, 0, 0, 0, time.UTC)
	ls.now = func() time.Time { return now }
	visit := func(requests int, carry *audit.HostMemory) {
		for range requests {
			now = now.Add(2 * time.Second)
			ls.submit("example.org", func(*ticket) {})
			w, _ := ls.next()
			if w == nil || w.ticket.refused != "" || w.ticket.spend() != nil {
				t.Fatal("no request allowed")
			}
			w.ticket.done()
		}
		now = now.Add(time.Hour)
		ls.release("example.org", carry)
	}
	old := audit.HostMemory{Day: "2026-06-06", Requests: 2}
	ls.hold("example.org", old)
	visit(3, nil) // failed: the next job brings the old count again
	ls.hold("example.org", old)
	var carried audit.HostMemory
	visit(1, &carried)
	if carried.Requests != 6 {
		t.Errorf("%d requests counted, want 6", carried.Requests)
	}
	if n := len(ls.byName); n != 0 {
		t.Errorf("%d lanes are kept though their count went home with the visit", n)
	}
	ls.hold("example.org", old)
	visit(1, nil)
	now = now.Add(24 * time.Hour)
	ls.mu.Lock()
	ls.forget(ls.byName["example.org"])
	ls.mu.Unlock()
	if n := len(ls.byName); n != 0 {
		t.Errorf("%d lanes are kept after their day", n)
	}
}
