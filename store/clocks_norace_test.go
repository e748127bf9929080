//go:build !race

package store

import (
	"testing"
	"time"
)

// However our clock is set, no channel is visited again and again, and none is forgotten: of 30 looked at every six hours
// each has its look within an interval or two, and the rhythm is the usual one a day later. What came due at once is
// visited as fast as the queue takes it, and no faster.
func TestClockSetAmongManyChannels(t *testing.T) {
	const most = 4
	for _, x := range []struct {
		name string
		step time.Duration
	}{
		{name: "set on an hour", step: hour}, {name: "set back an hour", step: -hour}, {name: "set on a day", step: aDay},
		{name: "set back a day", step: -aDay}, {name: "set back a year", step: -365 * aDay}, {name: "set on a month", step: 30 * aDay},
		{name: "asleep for three days", step: 3 * aDay},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newCrowd(t, 30)
			c.run(2*aDay, most)
			set := c.ran
			c.now = c.now.Add(x.step)
			if busiest := c.run(12*hour, most); busiest > most {
				t.Errorf("%d at a time", busiest)
			}
			for id, looks := range c.looked {
				n := 0
				for _, at := range looks {
					if at >= set {
						n++
					}
				}
				if n < 1 || n > 4 {
					t.Errorf("%s was looked at %d times in the 12 hours after", c.channels[id].URL, n)
				}
			}
			c.run(2*aDay, most)
			least, longest := c.gaps(set + 12*hour)
			if least < 5*hour || longest > 7*hour {
				t.Errorf("half a day later looks lie %v to %v apart, want about six hours", least, longest)
			}
			if n := one(t, c.db, `SELECT count(*) FROM state_now WHERE state <> 'open' OR stage <> 'confirmed'`); n != "0" {
				t.Errorf("%s states are not what was seen", n)
			}
		})
	}
}
