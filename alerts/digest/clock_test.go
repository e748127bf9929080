package digest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"doorknock/alerts/digest"
	"doorknock/audit"
)

// Every moment is in one edition and only one: over five years, with both changes of London's clock, leap days, and years of
// 52 and 53 weeks, each edition begins where the one before ended, and is the one that is made in it.
func TestEditionsLeaveNothingOut(t *testing.T) {
	r := newRows(t)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, london) // a Monday
	end := time.Date(2029, 1, 8, 0, 0, 0, 0, london)
	lengths, names := map[time.Duration]int{}, map[string]bool{}
	for at.Before(end) {
		e, err := digest.Make(t.Context(), r.db, digest.Options{Now: at})
		if err != nil {
			t.Fatal(err)
		}
		last, err := digest.Make(t.Context(), r.db, digest.Options{Now: e.To.Add(-time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		if !e.From.Equal(at) || last.Week != e.Week || names[e.Week] || !e.SoFar {
			t.Fatalf("at %v: week %s from %v, again: %v; at its end: week %s", at, e.Week, e.From, names[e.Week], last.Week)
		}
		names[e.Week] = true
		lengths[e.To.Sub(e.From)]++
		at = e.To
	}
	if diff := cmp.Diff(map[time.Duration]int{167 * time.Hour: 5, 168 * time.Hour: 252, 169 * time.Hour: 5}, lengths); diff != "" {
		t.Errorf("lengths of weeks:\n%s", diff)
	}
	for name, want := range map[string]bool{"2024-W09": true, "2026-W53": true, "2024-W53": false, "2025-W01": true, "2028-W09": true} {
		if names[name] != want {
			t.Errorf("week %s: %v", name, names[name])
		}
	}
}

// Whatever the clock says when it is made, the edition of a week that is over is the same: set on or back, and after three
// days asleep over the end of the week there is one, and the days asleep are in it or in the next.
func TestEditionOfAWeekIsTheSame(t *testing.T) {
	r := newRows(t)
	r.change("elm", "", audit.Closed, audit.Open, stamp(now.Add(-time.Hour)), nil, "")
	r.comments("2026-W47", 40, 3, 12)
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	o := options
	o.Now, o.Week = monday, "2026-W47"
	want, err := digest.Make(t.Context(), r.db, o)
	if err != nil || len(want.Opened) != 1 {
		t.Fatal(want.Opened, err)
	}
	for _, step := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 400 * 24 * time.Hour} {
		o.Now = monday.Add(step)
		got, err := digest.Make(t.Context(), r.db, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(digest.Edition{}, "MadeAt"), cmpopts.IgnoreUnexported(digest.Edition{})); diff != "" {
			t.Errorf("made %v later:\n%s", step, diff)
		}
	}
	o.Now = monday.Add(-24 * time.Hour) // set back into the week: the same edition, and it says that it is not whole
	early, err := digest.Make(t.Context(), r.db, o)
	if err != nil || !early.SoFar || early.Week != want.Week || len(early.Opened) != 1 {
		t.Errorf("set back a day: %+v, %v", early, err)
	}
}
