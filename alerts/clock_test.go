package alerts

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"doorknock/audit"
)

// Our clock is set while one alert waits in its group, another for a second attempt, and more come after. Each is told, once,
// in its first minutes: none is lost, none is told twice, none waits until the clock has come there again.
func TestClockSetAmongAlerts(t *testing.T) {
	const day = 24 * time.Hour
	for name, step := range map[string]time.Duration{
		"set on an hour": time.Hour, "set back an hour": -time.Hour, "set on a day": day, "set back a day": -day,
		"asleep for three days": 3 * day, "set back a year": -365 * day, "left alone": 0,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, time.Now())
				a, d := office(t, f, RouteConfig{})
				var off atomic.Int64
				a.running = time.Now
				a.now = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				d.script = []error{errors.New("no route to host"), errors.New("no route to host"), errors.New("no route to host")}
				running(t, a, 12*time.Minute, func() {
					handle(t, a, f.change("elm", "", "", audit.Open, audit.Closed))
					time.Sleep(31 * time.Second) // its first attempts fail
					handle(t, a, f.change("oak", "", "", audit.Open, audit.Closed))
					time.Sleep(5 * time.Second)
					off.Store(int64(step))
					if _, err := f.db.SetBack(t.Context(), a.now()); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Second)
					handle(t, a, f.change("elm", "", "", audit.Closed, audit.Open))
				})
				told := map[string]int{}
				for _, m := range d.taken() {
					told[m.Title] += m.Items
					if m.Repeat || m.Reminder || m.At > 10*time.Minute {
						t.Errorf("%+v", m)
					}
				}
				if told["Elm Homes: a door closed"] != 1 || told["Elm Homes: a door opened"] != 1 || told["Oak Homes: a door closed"] != 1 || len(told) != 3 {
					t.Errorf("told %v", told)
				}
				if n := f.unmarked(); n != 0 {
					t.Errorf("%d events unmarked", n)
				}
				f.close()
			})
		})
	}
}
