package store

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"doorknock/audit"
)

const (
	offlineAgain  = 5 * time.Minute    // a visit that reached nothing outside is tried again after this
	blockedWeekly = 7 * 24 * time.Hour // after three blocked visits in a row we ask once a week
	blockedLimit  = 3

	// For changedFor after a change of a whole place, and while complaints pour in, we look twice as often. Not more: eight
	// visits of 40 pages are 320 requests a day, below the daily cap of 400.
	changedFor = 7 * 24 * time.Hour
	// A spike is spikeLeast complaints or more in spikeSpan, and spikeTimes as many as were usual in the weeks before. Of a
	// place with one complaint a week five in three days come by chance about once in twenty years; a spike seen wrongly
	// costs a site a few more polite requests, and tells nobody anything.
	spikeSpan  = 3 * 24 * time.Hour
	spikePast  = 8 * 7 * 24 * time.Hour
	spikeLeast = 5
	spikeTimes = 3
	// A place of which quietFor no door has changed and no comment was made is looked at half as often: a change is seen
	// three hours later on average, while it takes a day to be confirmed, and most places are like this.
	quietFor = 60 * 24 * time.Hour
)

// Hours are the hours in which sites are looked at, of Monday to Friday without holidays. The zero value is any time.
type Hours struct {
	From, To time.Duration // since midnight by the clock on the wall; To after From
	Zone     *time.Location
	Holidays map[string]bool // dates (2026-12-25) that are no working days
}

// Open reports whether sites may be looked at then.
func (h Hours) Open(t time.Time) bool {
	if h.Zone == nil {
		return true
	}
	from, to, working := h.day(t.In(h.Zone))
	return working && !t.Before(from) && t.Before(to)
}

// day gives the hours of the local day of t.
func (h Hours) day(t time.Time) (from, to time.Time, working bool) {
	wall := func(d time.Duration) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), int(d/time.Hour), int(d%time.Hour/time.Minute), 0, 0, h.Zone)
	}
	day := t.Weekday()
	working = day != time.Saturday && day != time.Sunday && !h.Holidays[t.Format(time.DateOnly)]
	return wall(h.From), wall(h.To), working
}

// shift moves a time outside the hours into the next of them. What a night or a weekend puts off is spread over the
// first interval of the day by share (0 to 1), so that a morning does not begin with everything at once.
func (h Hours) shift(t time.Time, interval time.Duration, share float64) time.Time {
	if h.Open(t) {
		return t
	}
	local := t.In(h.Zone)
	for {
		from, to, working := h.day(local)
		if working && t.Before(from) {
			return from.Add(time.Duration(share * float64(min(to.Sub(from), interval)))).UTC()
		}
		local = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, h.Zone)
	}
}

// past is all of what is recorded that a channel's next visit follows from.
type past struct {
	channel     string
	first, last time.Time // oldest and newest look of ours
	changed     time.Time // newest confirmed change of the whole place; zero: none
	spoken      string    // newest ISO week with a comment; "": none
	complaints  int       // by the public, said in the spikeSpan before last
	before      int       // complaints of the spikePast before that
	again       time.Time // earliest time at which a second look can confirm something; zero: nothing is pending
	blocked     int       // visits in a row that the lane blocked
	notBefore   time.Time // a Retry-After or back-off in force
}

// rhythm is how often the operator wants places to be looked at.
type rhythm struct {
	interval time.Duration
	hours    Hours
}

// next says when a channel is due, and why in one sentence. It depends on nothing but what is recorded: neither on the
// clock nor on the order in which it was recorded. The jitter of ±10 % comes from the channel's id, so that channels
// spread and the same past makes the same time.
func (r rhythm) next(p past) (time.Time, string) {
	wait, why := r.wait(p)
	due := p.last.Add(wait + time.Duration(jitter(p.channel)*float64(wait)))
	if !p.again.IsZero() && p.again.Before(due) && p.blocked < blockedLimit {
		due, why = p.again, "what was seen last waits for a second look"
	}
	if p.notBefore.After(due) {
		due, why = p.notBefore, "the site asked us to wait until then"
	}
	if open := r.hours.shift(due, r.interval, (jitter(p.channel)+0.1)*5); open.After(due) {
		due, why = open, why+"; put off to working hours"
	}
	return ms(due), why
}

func (r rhythm) wait(p past) (time.Duration, string) {
	switch usual := spikeTimes * float64(p.before) * float64(spikeSpan) / float64(spikePast); {
	case p.blocked >= blockedLimit:
		return max(r.interval, blockedWeekly), fmt.Sprintf("the site turned us away %d times in a row, so we ask once a week", p.blocked)
	case p.blocked > 0:
		return r.interval << p.blocked, fmt.Sprintf("the site turned us away %d times in a row, so we ask less often", p.blocked)
	case p.complaints >= spikeLeast && float64(p.complaints) >= usual:
		return r.interval / 2, fmt.Sprintf("%d complaints in three days, after %d in the eight weeks before: twice as often", p.complaints, p.before)
	case !p.changed.IsZero() && p.last.Sub(p.changed) < changedFor:
		return r.interval / 2, "a door changed on " + p.changed.UTC().Format("2 January 2006") + ": twice as often for a week"
	case r.quiet(p):
		return min(2*r.interval, max(r.interval, blockedWeekly)), "no change and no comment for 60 days: half as often"
	}
	return r.interval, "the usual interval after the last look"
}

func (r rhythm) quiet(p past) bool {
	since := p.last.Add(-quietFor)
	return !p.first.After(since) && p.changed.Before(since) && p.spoken < weekOf(audit.Comment{}, since)
}

// jitter is between -0.1 and 0.1.
func jitter(channel string) float64 {
	b, err := hex.DecodeString(audit.Hash("jitter", channel))
	if err != nil {
		return 0
	}
	return float64(binary.BigEndian.Uint64(b))/(1<<64)*0.2 - 0.1
}
