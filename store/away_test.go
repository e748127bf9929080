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

// That the queue lost streams is told for a week, with which and when.
func TestQueueLost(t *testing.T) {
	db := open(t, nil)
	if err := db.KeepQueueLost(t.Context(), day0, []string{"JOBS", "VISITS"}); err != nil {
		t.Fatal(err)
	}
	if err := db.KeepQueueLost(t.Context(), day0.Add(hour), []string{"JOBS"}); err != nil {
		t.Fatal(err)
	}
	for after, told := range map[time.Duration]bool{2 * hour: true, 8 * 24 * hour: false} {
		s, err := db.Status(t.Context(), day0.Add(after))
		if q := s.QueueLost; err != nil || told != (len(q.Streams) == 1) || told != q.At.Equal(day0.Add(hour)) {
			t.Errorf("after %v: %+v, %v", after, q, err)
		}
	}
}

// What went through the queue is known by visits that a crawler made and by events that a stage marked lately, and by nothing else.
func TestPassedThroughTheQueue(t *testing.T) {
	db := open(t, nil)
	passed := func(when string, after time.Duration, visits, events bool) {
		t.Helper()
		if v, e, err := db.Passed(t.Context(), day0.Add(after)); err != nil || v != visits || e != events {
			t.Errorf("%s: visits %t, events %t, %v, want %t, %t", when, v, e, err, visits, events)
		}
	}
	passed("a new database", 0, false, false)
	saved := look(oak(), day0, audit.Open)
	saved.Visit.How = audit.SavedPage
	record(t, db, saved)
	passed("a page that somebody saved", hour, false, false)
	out := record(t, db, look(oak(), day0.Add(hour), audit.Open))
	passed("a visit", 2*hour, true, false)
	for _, e := range append(out.Events, unmarked(t, db)...) {
		if err := db.MarkEvent(t.Context(), ScoreStage, e.ID, day0.Add(2*hour)); err != nil {
			t.Fatal(err)
		}
	}
	passed("its event is scored", 3*hour, true, true)
	passed("a month later", 31*24*hour, true, false)
}

func unmarked(t *testing.T, db *DB) []audit.Event {
	t.Helper()
	events, err := db.Unmarked(t.Context(), ScoreStage, day0.Add(1000*hour), 10)
	if err != nil || len(events) == 0 {
		t.Fatalf("no event is to be scored: %v", err)
	}
	return events
}
