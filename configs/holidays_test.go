package configs

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// Every day of the file follows from the rules by which the holidays are made, or was proclaimed.
func TestHolidaysFollowTheRules(t *testing.T) {
	h, err := Holidays()
	if err != nil {
		t.Fatal(err)
	}
	if h.First > 2025 || h.Last < 2028 {
		t.Errorf("years %d to %d, want 2025 to 2028 at least", h.First, h.Last)
	}
	want := map[string]map[string]bool{}
	for year := h.First; year <= h.Last; year++ {
		for nation, days := range ruled(year) {
			if want[nation] == nil {
				want[nation] = map[string]bool{}
			}
			for _, d := range days {
				want[nation][d.Format(time.DateOnly)] = true
			}
		}
	}
	want[audit.Scotland]["2026-06-15"] = true // the World Cup
	for nation, days := range want {
		if d := cmp.Diff(slices.Sorted(maps.Keys(days)), slices.Sorted(maps.Keys(h.Days[nation]))); d != "" {
			t.Errorf("%s (-by the rules +in the file):\n%s", nation, d)
		}
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(h.Days))); d != "" {
		t.Errorf("nations (-want +got):\n%s", d)
	}
}

// ruled gives a year's days by the rules of the Banking and Financial Dealings Act and what is proclaimed every year.
func ruled(year int) map[string][]time.Time {
	on := func(month time.Month, day int) time.Time { return time.Date(year, month, day, 0, 0, 0, 0, time.UTC) }
	first := func(month time.Month) time.Time { return on(month, 1).AddDate(0, 0, (8-int(on(month, 1).Weekday()))%7) }
	last := func(month time.Month) time.Time {
		end := on(month+1, 0)
		return end.AddDate(0, 0, -(int(end.Weekday())+6)%7)
	}
	// moved puts days off to the next days from Monday to Friday that none of them is on.
	moved := func(days ...time.Time) []time.Time {
		var off []time.Time
		for _, d := range days {
			for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday || slices.Contains(off, d) {
				d = d.AddDate(0, 0, 1)
			}
			off = append(off, d)
		}
		return off
	}
	sunday := easter(year)
	friday, monday := sunday.AddDate(0, 0, -2), sunday.AddDate(0, 0, 1)
	christmas := moved(on(12, 25), on(12, 26))
	england := slices.Concat(moved(on(1, 1)), []time.Time{friday, monday, first(5), last(5), last(8)}, christmas)
	return map[string][]time.Time{
		audit.England: england, audit.Wales: england,
		audit.Scotland:        slices.Concat(moved(on(1, 1), on(1, 2)), []time.Time{friday, first(5), last(5), first(8)}, moved(on(11, 30)), christmas),
		audit.NorthernIreland: slices.Concat(england, moved(on(3, 17)), moved(on(7, 12))),
	}
}

// easter is Easter Sunday by the anonymous rule of 1876.
func easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e, f := b/4, b%4, (b+8)/25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}

func TestHolidaysFileIsRefused(t *testing.T) {
	good := "years:\n  2025:\n    England and Wales: [01-01]\n    Scotland: [01-01]\n    Northern Ireland: [01-01]\n"
	if _, err := readHolidays("h.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"no year":         "years: {}\n",
		"a gap":           good + strings.ReplaceAll(strings.TrimPrefix(good, "years:\n"), "2025", "2027"),
		"a part missing":  strings.Replace(good, "    Scotland: [01-01]\n", "", 1),
		"another part":    good + "    Cornwall: [03-05]\n",
		"no day":          strings.Replace(good, "Scotland: [01-01]", "Scotland: [02-30]", 1),
		"a Sunday":        strings.Replace(good, "Scotland: [01-01]", "Scotland: [01-05]", 1),
		"a key not known": good + "bank: 1\n",
	} {
		if _, err := readHolidays("h.yaml", []byte(text)); err == nil {
			t.Errorf("%s: read without a word", what)
		}
	}
}
