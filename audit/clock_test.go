package audit

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Our clock is set between two looks. The second counts when neither our clock nor those of the sites say that it came too
// soon.
func TestClockSetBetweenTwoLooks(t *testing.T) {
	const hour = time.Hour
	for _, x := range []struct {
		name          string
		ran           time.Duration // between the looks, in truth
		before, after time.Duration // by how much our clock was ahead
		unknown       bool          // too few sites answered at the second look
		confirmed     bool
		due           time.Duration // after the second look by our clock
	}{
		{name: "right all the time", ran: day, confirmed: true},
		{name: "set on a day", ran: hour, after: day, due: 23 * hour},
		{name: "set on a day, and a day has passed", ran: day, after: day, confirmed: true},
		{name: "set on an hour", ran: 23*hour + 30*time.Minute, after: hour, due: 30 * time.Minute},
		{name: "a day slow, put right", ran: hour, before: -day, due: 23 * hour},
		{name: "a day slow, put right, and few sites answer", ran: hour, before: -day, unknown: true, due: 23 * hour},
		{name: "fifty years slow, put right", ran: hour, before: -50 * 365 * day, due: 23 * hour},
		{name: "a day fast, put right", ran: 30 * hour, before: day, due: 18 * hour}, // by our clock six hours have passed
		{name: "a day fast all the time", ran: day, before: day, after: day, confirmed: true},
		{name: "set back an hour", ran: 24 * hour, before: hour, due: hour},
	} {
		t.Run(x.name, func(t *testing.T) {
			first, second := finding(t, x.before, Closed, Anonymous), finding(t, x.ran+x.after, Closed, Anonymous)
			first.ClockOff, second.ClockOff = x.before, x.after
			if x.unknown {
				second.ClockOff = 0
			}
			got := Confirm([]Finding{second, first}, day)
			if (got.Stage == Confirmed) != x.confirmed {
				t.Errorf("stage %q, confirmed wanted: %v", got.Stage, x.confirmed)
			}
			if x.confirmed {
				return
			}
			if due := got.DueAgain.Sub(second.ObservedAt); due != x.due {
				t.Errorf("due again %v after the second look, want %v", due, x.due)
			}
			third := finding(t, x.ran+x.after+x.due, Closed, Anonymous)
			third.ClockOff = second.ClockOff
			if got := Confirm([]Finding{second, third, first}, day); got.Stage != Confirmed {
				t.Errorf("a look when it is due leaves it %q", got.Stage)
			}
		})
	}
}

// setClock lets our clock be set now and then: what a look says of it follows from its time, so that equal looks are equal.
func setClock(r *rand.Rand, all []Finding) {
	var off time.Duration
	for i := range all {
		if r.IntN(8) == 0 {
			off = []time.Duration{0, time.Hour, -time.Hour, day, -day}[r.IntN(5)]
		}
		if r.IntN(10) > 0 { // else too few answered
			all[i].ClockOff = off
		}
	}
}

// Whatever was done to the clock, the fold needs no order, survives a roll-up, and confirms nothing that the clocks of the
// sites call too soon.
func TestClockSetFoldsTheSame(t *testing.T) {
	changes, dropped := 0, 0
	for seed := range 300 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(9, uint64(seed)))
			all := looks(t, r, 40+r.IntN(150))
			setClock(r, all)
			want := Confirm(all, day)
			byID := map[string]Finding{}
			for _, x := range all {
				byID[x.ID] = x
			}
			for _, c := range want.Changes {
				changes++
				first, x := byID[c.FirstFinding], byID[c.Finding]
				if x.How != PageToken && (x.ObservedAt.Sub(first.ObservedAt) < day || x.ObservedAt.Add(-x.ClockOff).Sub(first.ObservedAt.Add(-first.ClockOff)) < day) {
					t.Errorf("confirmed too soon: %v (%v) by %v (%v)", first.ObservedAt, first.ClockOff, x.ObservedAt, x.ClockOff)
				}
			}
			left := roll(t, all, all[len(all)*2/3].ObservedAt, func(string) bool { return false })
			dropped += len(all) - len(left)
			r.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
			if diff := cmp.Diff(want, Confirm(left, day), standings, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("rolled up and in another order (-want +got):\n%s", diff)
			}
		})
	}
	if changes < 100 || dropped < 1000 {
		t.Errorf("%d changes, %d findings rolled up: too few to tell", changes, dropped)
	}
}
