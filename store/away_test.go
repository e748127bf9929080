package store

import (
	"testing"
	"time"

	"doorknock/audit"
)

// Since when and why the queue cannot be reached is read beside the program, with what waits for it; when it is back, nothing is.
func TestQueueAway(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	now := day0.Add(8 * hour) // this look is due again, and the first one at the other site
	reads := func(want QueueAway) {
		t.Helper()
		s, err := db.Status(t.Context(), now)
		if err != nil || s.Queue != want {
			t.Errorf("%+v, %v, want %+v", s.Queue, err, want)
		}
	}
	keep := func(since time.Time, why string) {
		t.Helper()
		if err := db.KeepQueueAway(t.Context(), since, why); err != nil {
			t.Fatal(err)
		}
	}
	reads(QueueAway{})
	keep(day0.Add(7*hour), "EOF")
	keep(day0.Add(7*hour), "wrong password")
	reads(QueueAway{Since: day0.Add(7 * hour), Why: "wrong password", Looks: 2, Events: len(dump(t, db, `SELECT id FROM event`))})
	keep(time.Time{}, "")
	reads(QueueAway{})
}
