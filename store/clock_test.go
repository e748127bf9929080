package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// madeBy is a look by a clock that is ahead by so much; it happens after so much true time.
func madeBy(ahead, after time.Duration, s audit.State) Recording {
	r := look(oak(), day0.Add(after+ahead), s)
	r.Visit.ClockOff = ahead
	return r
}

// A clock set on by a day makes no second look of one that came an hour after the first, neither at once nor after what is
// old was rolled up. The look that is due then confirms.
func TestClockSetOnConfirmsNothingEarly(t *testing.T) {
	db := open(t, nil)
	record(t, db, madeBy(0, 0, audit.Open))
	record(t, db, madeBy(0, 6*hour, audit.Closed))
	early := record(t, db, madeBy(aDay, 7*hour, audit.Closed))
	if len(early.Changes) != 0 {
		t.Fatalf("an hour after the first look a day seems to have passed, and confirms: %+v", early.Changes)
	}
	due := day0.Add(aDay + 30*hour).Format(time.RFC3339)
	if got := one(t, db, `SELECT due_again FROM state_now WHERE scope = ''`); got[:19] != due[:19] {
		t.Errorf("due again %s, want %s", got, due)
	}
	for after := 13 * hour; after < 30*hour; after += 6 * hour {
		if got := record(t, db, madeBy(aDay, after, audit.Closed)); len(got.Changes) != 0 {
			t.Fatalf("confirmed %v after the first look", after-6*hour)
		}
	}
	if got := record(t, db, madeBy(aDay, 30*hour, audit.Closed)); len(got.Changes) != 1 {
		t.Errorf("a day later: changes %+v, want one", got.Changes)
	}
	before := dump(t, db, `SELECT id, finding, first_finding FROM state_change`)
	if _, err := db.Tidy(t.Context(), day0.Add(60*aDay), func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if n := one(t, db, `SELECT looks FROM finding_run`); n == "0" {
		t.Error("nothing was rolled up")
	}
	late := madeBy(0, 5*hour, audit.Unknown) // makes the fold read all that is left
	late.Now = day0.Add(60 * aDay)
	record(t, db, late)
	if after := dump(t, db, `SELECT id, finding, first_finding FROM state_change WHERE withdrawn_at IS NULL`); !slices.Equal(before, after) || len(after) != 1 {
		t.Errorf("changes %v, after a roll-up %v", before, after)
	}
}

// A clock that was a month ahead is put right, and by it the newest look is the oldest: a door that opened would seem to have closed,
// in a month. That is no news, now or then; what the right clock confirms is.
func TestClockSetBackMakesNoNews(t *testing.T) {
	db := open(t, nil)
	const month = 30 * aDay
	record(t, db, madeBy(month, 0, audit.Closed))
	record(t, db, madeBy(month, aDay, audit.Closed))
	if got := record(t, db, madeBy(0, 2*aDay, audit.Open)); len(got.Changes) != 0 {
		t.Errorf("the door opened, and news are %+v", got.Changes)
	}
	record(t, db, madeBy(0, 3*aDay, audit.Closed))
	if got := record(t, db, madeBy(0, 4*aDay, audit.Closed)); len(got.Changes) != 1 {
		t.Errorf("it closed, and news are %+v", got.Changes)
	}
	for after := 5 * aDay; after < 2*month; after += 5 * aDay {
		if got := record(t, db, madeBy(0, after, audit.Closed)); len(got.Changes) != 0 {
			t.Errorf("after %v news are %+v", after, got.Changes)
		}
	}
	if got := dump(t, db, `SELECT from_state, to_state, history FROM state_change WHERE withdrawn_at IS NULL`); !slices.Equal(got, []string{`"open" "closed" "0"`}) {
		t.Errorf("changes: %v", got)
	}
}

func TestStatusTellsOfTheClock(t *testing.T) {
	db := open(t, nil)
	for _, x := range []struct {
		r   Recording
		now time.Duration
		n   int
		off time.Duration
	}{
		{madeBy(0, 0, audit.Open), 0, 0, 0},
		{madeBy(-hour, 3*hour, audit.Open), 2 * hour, 1, -hour},
		{madeBy(aDay, 9*hour, audit.Open), 33 * hour, 1, aDay},  // as it seems a day later
		{madeBy(aDay, 10*hour, audit.Open), 10 * hour, 3, aDay}, // set back since
		{madeBy(0, 60*hour, audit.Open), 60 * hour, 0, 0},
	} {
		record(t, db, x.r)
		s, err := db.Status(t.Context(), day0.Add(x.now+hour/2))
		if err != nil || s.Clock.Visits != x.n || s.Clock.Ahead != x.off {
			t.Errorf("after %v: %+v, %v, want %d visits, the last %v ahead", x.now, s.Clock, err, x.n, x.off)
		}
	}
	plan := dump(t, db, `EXPLAIN QUERY PLAN SELECT clock_off_s, observed_at FROM visit WHERE clock_off_s <> 0 AND recorded_at BETWEEN 'a' AND 'b' ORDER BY rowid`)
	if !slices.ContainsFunc(plan, func(line string) bool { return strings.Contains(line, "visit_clock_off") }) {
		t.Errorf("looking at the clock reads every visit: %v", plan)
	}
}

// A crowd is many channels, each in a lane of its own, looked at as they come due by the clock that there is.
type crowd struct {
	t        *testing.T
	db       *DB
	channels map[string]audit.Channel
	now      time.Time // by our clock
	ran      time.Duration
	looked   map[string][]time.Duration // by channel: how long all had run at each look
}

func newCrowd(t *testing.T, n int) *crowd {
	c := &crowd{t: t, db: open(t, nil), channels: map[string]audit.Channel{}, now: day0, looked: map[string][]time.Duration{}}
	var all []audit.Channel
	for i := range n {
		x := site("oak", fmt.Sprintf("oak%d.test", i), true)
		c.channels[x.ID], all = x, append(all, x)
	}
	if err := c.db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes"}}, all); err != nil {
		t.Fatal(err)
	}
	return c
}

// run looks, every ten minutes, at what is due, at most so many at a time, as the queue does.
func (c *crowd) run(d time.Duration, most int) (busiest int) {
	c.t.Helper()
	for end := c.ran + d; c.ran < end; c.ran, c.now = c.ran+10*time.Minute, c.now.Add(10*time.Minute) {
		if _, err := c.db.SetBack(c.t.Context(), c.now); err != nil {
			c.t.Fatal(err)
		}
		jobs, err := c.db.Due(c.t.Context(), c.now, most)
		if err != nil {
			c.t.Fatal(err)
		}
		busiest = max(busiest, len(jobs))
		for _, j := range jobs {
			r := look(j.Channel, c.now, audit.Open)
			r.Visit.ID, r.Visit.Due = j.ID, j.Due
			r.Visit.Memory.Host = audit.HostMemory{LastRequest: c.now, Day: c.now.Format(time.DateOnly), Requests: 9}
			if out := record(c.t, c.db, r); out.Duplicate || !out.Due.After(c.now) {
				c.t.Fatalf("at %v, %v: %+v, next look %v later", c.now, j.Channel.URL, out, out.Due.Sub(c.now))
			}
			c.looked[j.Channel.ID] = append(c.looked[j.Channel.ID], c.ran)
		}
	}
	return busiest
}

// gaps gives the shortest and the longest time between two looks at a channel after all had run for so long.
func (c *crowd) gaps(from time.Duration) (least, most time.Duration) {
	least = 1000 * hour
	for _, looks := range c.looked {
		last := c.ran
		for i := len(looks) - 1; i >= 0 && last > from; i-- {
			most = max(most, last-looks[i])
			if i < len(looks)-1 {
				least = min(least, looks[i+1]-looks[i])
			}
			last = looks[i]
		}
	}
	return least, most
}
