package crawler

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	clockOff    = 5 * time.Minute // from which our clock is called wrong
	clockAgree  = time.Minute     // two that differ by no more say the same
	clockLanes  = 3               // the fewest that can agree
	clockAge    = time.Hour       // a word about our clock counts for so long
	clockWords  = 9               // the newest answers of a lane that count
	clockAbsurd = 100 * 365 * 24 * time.Hour
)

// clock compares our clock with those of the sites, by the Date headers of their answers. One site's clock may be wrong:
// only what most of the lanes of the last hour agree on says anything of ours.
type clock struct {
	log *slog.Logger
	ran func(from, to time.Time) time.Duration // as the monotonic clock counts, which nobody sets

	mu    sync.Mutex
	lanes map[string][]sighting
	off   bool // it was told
}

// sighting is by how much our clock was ahead of an answer's, and when by ours.
type sighting struct {
	ahead time.Duration
	at    time.Time
}

func newClock(log *slog.Logger) *clock {
	return &clock{log: log, lanes: make(map[string][]sighting), ran: func(from, to time.Time) time.Duration { return to.Sub(from) }}
}

// aheadOf gives by how much now is ahead of what an answer says. A cache says in Age how long ago its Date was.
func aheadOf(h http.Header, now time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	if age := h.Get("Age"); age != "" {
		s, err := strconv.ParseUint(age, 10, 31)
		if err != nil {
			return 0, false
		}
		date = date.Add(time.Duration(s) * time.Second) //nolint:gosec // of 31 bits
	}
	ahead := now.Sub(date)
	return ahead, ahead.Abs() < clockAbsurd
}

// note takes an answer's word.
func (c *clock) note(lane string, h http.Header, now time.Time) {
	ahead, ok := aheadOf(h, now)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	said := c.lanes[lane]
	c.lanes[lane] = append(said[max(0, len(said)+1-clockWords):], sighting{ahead, now})
}

// ahead is by how much our clock was ahead at a time (less than 0: behind) as most lanes agree, in whole seconds; 0 where they do
// not, where too few have answered, and within the few minutes that do no harm.
func (c *clock) ahead(at time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead, agreed := agree(c.words(at))
	if !agreed {
		return 0
	}
	off := ahead.Abs() > clockOff
	switch {
	case off && !c.off:
		c.log.Warn("this machine's clock is wrong, as the visited sites agree: set it by network time", "ahead", ahead.Round(time.Second))
	case !off && c.off:
		c.log.Info("this machine's clock is right again")
	}
	if c.off = off; !off {
		return 0
	}
	return ahead.Round(time.Second)
}

// words gives one word a lane, of those said by the clock that told the time at, before it was set or the machine slept and after.
// What is old is forgotten.
func (c *clock) words(at time.Time) []time.Duration {
	all := make([]time.Duration, 0, len(c.lanes))
	for lane, said := range c.lanes {
		said = slices.DeleteFunc(said, func(s sighting) bool { return c.ran(s.at, at) > clockAge })
		if len(said) == 0 {
			delete(c.lanes, lane)
			continue
		}
		c.lanes[lane] = said
		of := make([]time.Duration, 0, clockWords)
		for _, s := range said {
			if wall := at.Round(0).Sub(s.at.Round(0)); (wall - c.ran(s.at, at)).Abs() <= clockAgree {
				of = append(of, s.ahead)
			}
		}
		if len(of) > 0 {
			all = append(all, middle(of))
		}
	}
	return all
}

// agree gives the middle of the lanes' words if more than half of the lanes say the same.
func agree(words []time.Duration) (time.Duration, bool) {
	if len(words) < clockLanes {
		return 0, false
	}
	m, same := middle(words), 0
	for _, w := range words {
		if (w - m).Abs() <= clockAgree {
			same++
		}
	}
	return m, 2*same > len(words)
}

func middle(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
