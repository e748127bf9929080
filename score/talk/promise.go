package talk

import (
	"time"

	"doorknock/audit"
)

// Promise is a reply time that an organisation states, as the check rules_promise reads it.
type Promise struct {
	Within time.Duration
	Counts string // all, working_hours, working_days: which time the promise counts
	Hours  Hours
	Stated bool // the hours are stated too; else they are Office
}

// PromiseOf gives what is promised for a channel: what is said of it by name, else what is said of all. On an
// organisation's own site the channel is "".
func PromiseOf(v audit.Values, channel string) (Promise, bool) {
	get := func(k audit.ValueKey) (audit.Value, bool) {
		if x, ok := v[k.Of(channel)]; ok && channel != "" {
			return x, true
		}
		x, ok := v[k]
		return x, ok
	}
	minutes, ok := get(audit.ValueReplyMinutes)
	if !ok || minutes.Number <= 0 {
		return Promise{}, false
	}
	p := Promise{Within: time.Duration(minutes.Number) * time.Minute, Counts: "all", Hours: Office()}
	if counts, ok := get(audit.ValueReplyWithin); ok {
		p.Counts = counts.Text
	}
	if hours, ok := get(audit.ValueHours); ok {
		if read, ok := ParseHours(hours.Text); ok {
			p.Hours, p.Stated = read, true
		}
	}
	return p, true
}

// PromiseFor gives what is promised on a platform.
func PromiseFor(v audit.Values, p audit.Platform) (Promise, bool) { return PromiseOf(v, named(p)) }

// Kept says how often a promise was kept.
type Kept struct {
	Cases int // comments that were watched for at least the promised time
	Met   int // of them, answered within it
	Early int // watched for less, answered or not
}

// Keep compares waits with a promise, in the hours that the promise counts and by the nation's bank holidays. A promise of
// working days is met until the end of the last of them.
func (p Promise) Keep(threads []Thread, c Calendar) Kept {
	c.Hours = p.Hours
	var k Kept
	for _, t := range threads {
		from, to, answered, ok := t.Wait()
		switch {
		case !ok:
		case !p.Over(c, from, t.Begins.Watched):
			k.Early++
		default:
			k.Cases++
			if answered && p.in(c, from, to) {
				k.Met++
			}
		}
	}
	return k
}

// in reports whether what came at a time came within the promise.
func (p Promise) in(c Calendar, from, at time.Time) bool {
	switch p.Counts {
	case "working_days":
		return at.Before(c.DaysAfter(from, p.days()))
	case "working_hours":
		return c.Between(from, at) <= p.Within
	}
	return at.Sub(from) <= p.Within
}

// Over reports whether the promised time has run out at a time.
func (p Promise) Over(c Calendar, from, at time.Time) bool {
	switch p.Counts {
	case "working_days":
		return !at.Before(c.DaysAfter(from, p.days()))
	case "working_hours":
		return c.Between(from, at) >= p.Within
	}
	return at.Sub(from) >= p.Within
}

func (p Promise) days() int { return int(p.Within / (24 * time.Hour)) }
