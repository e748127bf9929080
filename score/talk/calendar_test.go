package talk

import (
	"testing"
	"time"

	"doorknock/audit"
)

// days are the bank holidays around the turn of 2026, Easter and two of one nation alone.
func days() audit.Holidays {
	set := func(dates ...string) map[string]bool {
		m := map[string]bool{}
		for _, d := range dates {
			m[d] = true
		}
		return m
	}
	return audit.Holidays{First: 2026, Last: 2027, Days: map[string]map[string]bool{
		audit.England:  set("2026-04-03", "2026-04-06", "2026-08-31", "2026-12-25", "2026-12-28", "2027-01-01"),
		audit.Scotland: set("2026-04-03", "2026-08-03", "2026-11-30", "2026-12-25", "2026-12-28", "2027-01-01", "2027-01-04"),
	}}
}

func calendar(t *testing.T, nation string) Calendar {
	t.Helper()
	c, err := NewCalendar(nation, days())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func when(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestBetween: each stretch of working time is worked by hand beside it. Until 29 March and from 25 October 2026 the clocks
// show UTC, between them an hour more.
func TestBetween(t *testing.T) {
	cases := []struct {
		nation, hours, from, to string
		want                    time.Duration
	}{
		{audit.England, "", "2026-11-16T10:00:00Z", "2026-11-16T12:30:00Z", 2*h + 30*time.Minute}, // one Monday morning
		{audit.England, "", "2026-11-16T12:30:00Z", "2026-11-16T10:00:00Z", 0},                    // the wrong way round
		{audit.England, "", "2026-11-16T07:00:00Z", "2026-11-16T20:00:00Z", 8 * h},                // before nine and after five nothing counts
		{audit.England, "", "2026-11-20T16:00:00Z", "2026-11-23T10:00:00Z", 2 * h},                // Friday four to five, Monday nine to ten
		{audit.England, "", "2026-11-21T08:00:00Z", "2026-11-22T20:00:00Z", 0},                    // a weekend
		// Good Friday and Easter Monday are off in England: Thursday four to five, Tuesday nine to ten, in summer time.
		{audit.England, "", "2026-04-02T15:00:00Z", "2026-04-07T09:00:00Z", 2 * h},
		// In Scotland Easter Monday is worked: eight hours more.
		{audit.Scotland, "", "2026-04-02T15:00:00Z", "2026-04-07T09:00:00Z", 10 * h},
		// St Andrew's Day is off in Scotland only.
		{audit.Scotland, "", "2026-11-27T16:00:00Z", "2026-12-01T09:30:00Z", 90 * time.Minute},
		{audit.England, "", "2026-11-27T16:00:00Z", "2026-12-01T09:30:00Z", 9*h + 30*time.Minute},
		// Of nobody knows which nation, a day that any has free is free.
		{audit.UK, "", "2026-11-27T16:00:00Z", "2026-12-01T09:30:00Z", 90 * time.Minute},
		// The clocks go forward on Sunday 29 March: Friday 16:00 UTC is four o'clock, Monday 08:30 UTC is half past nine.
		{audit.England, "", "2026-03-27T16:00:00Z", "2026-03-30T08:30:00Z", 90 * time.Minute},
		// They go back on Sunday 25 October: Friday 15:00 UTC is four o'clock, Monday 09:30 UTC is half past nine.
		{audit.England, "", "2026-10-23T15:00:00Z", "2026-10-26T09:30:00Z", 90 * time.Minute},
		// Who watches on Sundays from midnight to six works five hours on the one, seven on the other.
		{audit.England, "Su 00:00-06:00", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 5 * h},
		{audit.England, "Su 00:00-06:00", "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z", 7 * h},
		// Weekends count where they are stated; bank holidays are off nevertheless: Thursday, Saturday, Sunday, Tuesday, eight to eight.
		{audit.England, "Mo-Su 08:00-20:00", "2026-04-02T00:00:00Z", "2026-04-08T00:00:00Z", 48 * h},
		{audit.England, "24/7", "2026-04-02T00:00:00Z", "2026-04-08T00:00:00Z", 144 * h}, // around the clock nothing is off
		{audit.England, "Mo-Fr 00:00-24:00", "2026-11-16T00:00:00Z", "2026-11-18T06:00:00Z", 54 * h},
	}
	for _, c := range cases {
		cal := calendar(t, c.nation)
		if c.hours != "" {
			var ok bool
			if cal.Hours, ok = ParseHours(c.hours); !ok {
				t.Fatalf("hours %q are not read", c.hours)
			}
		}
		if got := cal.Between(when(t, c.from), when(t, c.to)); got != c.want {
			t.Errorf("%s %q from %s to %s: %v, want %v", c.nation, c.hours, c.from, c.to, got, c.want)
		}
	}
}

func TestParseHours(t *testing.T) {
	office := Office()
	sundays := Hours{Days: [7]bool{true}, From: 10 * 60, To: 12*60 + 30}
	over := Hours{Days: [7]bool{true, true, false, false, false, true, true}, From: 9 * 60, To: 17 * 60}
	for in, want := range map[string]Hours{
		"Mo-Fr 09:00-17:00": office, "Mo-Fr": office, "09:00-17:00": office, "Mo,Tu,We-Fr": office, "Su 10:00-12:30": sundays, "Fr-Mo": over,
	} {
		if got, ok := ParseHours(in); !ok || got != want {
			t.Errorf("%q: %+v, %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "Mo-Xx", "9-5", "Mo-Fr 17:00-09:00", "Mo-Fr 09:00-25:00", "Mo Tu 09:00-10:00", "09:00-17:00 Mo", "Mo-Fr 09:00", "-"} {
		if got, ok := ParseHours(in); ok {
			t.Errorf("%q is read as %+v", in, got)
		}
	}
}

func TestDaysAfter(t *testing.T) {
	for _, c := range []struct {
		nation, from string
		n            int
		want         string // the midnight at its end
	}{
		{audit.England, "2026-11-16T10:00:00Z", 1, "2026-11-18T00:00:00Z"},
		{audit.England, "2026-11-20T22:00:00Z", 1, "2026-11-24T00:00:00Z"}, // Friday night: Monday
		{audit.England, "2026-11-21T10:00:00Z", 1, "2026-11-24T00:00:00Z"}, // Saturday: Monday
		{audit.England, "2026-04-02T10:00:00Z", 2, "2026-04-08T23:00:00Z"}, // over Easter: Tuesday, Wednesday; midnight in summer
		{audit.Scotland, "2026-04-02T10:00:00Z", 2, "2026-04-07T23:00:00Z"},
		{audit.England, "2026-10-23T23:30:00Z", 1, "2026-10-27T00:00:00Z"}, // half past midnight on Saturday, by the clocks of that night
	} {
		if got := calendar(t, c.nation).DaysAfter(when(t, c.from), c.n); !got.Equal(when(t, c.want)) {
			t.Errorf("%s, %d days after %s: %v, want %s", c.nation, c.n, c.from, got.UTC(), c.want)
		}
	}
}
