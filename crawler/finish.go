package crawler

import (
	"fmt"

	"github.com/klauspost/compress/flate"

	"doorknock/audit"
)

// weekly is the back-off of a site that has blocked three visits in a row.
const (
	blockedTooOften = 3
	weekly          = 7 * maxRetryAfter
)

// finish asks the plan for its sum, writes the memory for the next visit, and hands the visit over.
func (v *visit) finish() {
	if v.finished {
		return
	}
	var walk Walk
	if v.plan != nil {
		walk = v.plan.Done(append(v.unread, v.queue...))
	}
	switch {
	case v.doubt:
		v.out.Unchanged = nil
	case v.arrived():
		v.out.Same = &audit.Same{Visit: v.trail.route.Visit, Findings: v.trail.route.Findings}
	}
	if err := v.flush(); err != nil {
		v.fail(err)
		return
	}
	v.finished = true
	out := &v.out
	out.Coverage, out.Posts, out.Comments, out.Listings, out.Confirmed = walk.Coverage, walk.Posts, walk.Comments, walk.Listings, walk.Confirmed
	if out.Moved == "" {
		out.Moved = walk.Moved
	}
	for _, r := range walk.Readings {
		v.addMissing(r)
	}
	if walk.How != "" {
		out.How = walk.How
	}
	if v.home != "" {
		for _, r := range v.unknowns(v.job.Channel.URL, v.home, v.c.now().UTC()) {
			v.addMissing(r)
		}
	}
	out.Unread = v.unreadable()
	out.Offline = !v.reached && v.failedOutside() && v.c.cutOff()
	out.ClockOff = v.c.transport.clock.ahead(out.ObservedAt) // which may have been set since
	out.Memory, out.Readings = v.memory(walk), v.gathered.Readings()
	v.disbelieve()
	v.c.lanes.release(v.lane, &out.Memory.Host)
	v.backOff()
	v.done(*out, nil)
}

// flush has what was kept put on the disk, before anybody is told of it.
func (v *visit) flush() error {
	if v.c.o.Keeper == nil || len(v.out.Captures) == 0 {
		return nil
	}
	if err := v.c.o.Keeper.Flush(v.ctx, v.job.ID); err != nil {
		return fmt.Errorf("keep captures: %w", err)
	}
	return nil
}

// addMissing adds a reading that no page gave, unless it only says "unknown" where a page has spoken.
func (v *visit) addMissing(r audit.Reading) {
	if r.Verdict.State() != audit.Unknown || !v.gathered.Spoken(r.Check, r.Scope) {
		v.add(r)
	}
}

// unreadable says why the place could not be read. That its robots.txt forbids it is an answer, and no failure.
func (v *visit) unreadable() audit.Reason {
	if v.home == audit.ReasonRobots && !v.book.failed() {
		return ""
	}
	return v.home
}

// failedOutside says that a request was sent and got no answer.
func (v *visit) failedOutside() bool { return len(v.out.Captures) > 0 }

func (v *visit) memory(walk Walk) audit.Memory {
	m := audit.Memory{Host: audit.HostMemory{Robots: v.book.remember(), Blocked: v.job.Memory.Host.Blocked,
		Interfaces: v.c.ledger.remember(v.job.Memory.Host.Interfaces, v.called), Control: v.job.Memory.Host.Control}}
	if v.out.Same != nil {
		m.Pages = v.otherwise()
		return m
	}
	m.Route = v.walked(walk)
	m.Pages = make(map[string]audit.PageMemory)
	z := v.c.packers.Get().(*flate.Writer)
	defer v.c.packers.Put(z)
	for requested, outline := range walk.Pages {
		l, ok := v.looked[requested]
		if !ok {
			continue
		}
		if !l.unchanged {
			packed, err := outline.Pack(l.facts, z)
			if err != nil { // it is read anew the next time
				v.c.o.Log.Error("a page cannot be remembered", "channel", v.job.Channel.ID, "url", l.url, "error", err)
				continue
			}
			l.memory.Outline = packed
		}
		m.Pages[l.url] = l.memory
	}
	return m
}

// otherwise gives the pages of a visit that found all as before whose memory is another all the same: the bytes came
// again under a new validator.
func (v *visit) otherwise() map[string]audit.PageMemory {
	of := make(map[string]audit.PageMemory)
	for _, l := range v.looked {
		was := v.job.Memory.Pages[l.url]
		if was.Outline = ""; l.memory != was {
			of[l.url] = l.memory
		}
	}
	return of
}

// backOff counts visits that were blocked one after another, and lets a site that keeps blocking us rest for a week.
func (v *visit) backOff() {
	m := &v.out.Memory.Host
	switch {
	case v.home == "":
		m.Blocked = 0
	case v.reached && (v.home == audit.ReasonBlocked || v.home == audit.ReasonRateLimited):
		m.Blocked++
		if until := v.c.now().UTC().Add(weekly); m.Blocked >= blockedTooOften && until.After(m.NotBefore) {
			m.NotBefore = until
			v.c.o.Log.Warn("site blocks us again and again; next look in a week", "channel", v.job.Channel.ID, "url", v.job.Channel.URL)
		}
	}
}
