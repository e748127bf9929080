package audit_test

import (
	"testing"
	"time"

	"doorknock/audit"
)

func TestHolidaysCountWorkingDays(t *testing.T) {
	h := audit.Holidays{First: 2026, Last: 2026, Days: map[string]map[string]bool{
		audit.England:  {"2026-12-25": true, "2026-12-28": true, "2026-04-06": true},
		audit.Scotland: {"2026-12-25": true, "2026-12-28": true, "2026-06-15": true},
	}}
	at := func(date string) time.Time {
		day, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		return day.Add(9*time.Hour + 30*time.Minute)
	}
	for _, c := range []struct {
		nation, from string
		days         int
		want         string
	}{
		{audit.England, "2026-12-24", 1, "2026-12-29"}, // Christmas, a weekend, and the Monday for Boxing Day
		{audit.England, "2026-06-12", 1, "2026-06-15"},
		{audit.Scotland, "2026-06-12", 1, "2026-06-16"},
		{audit.Scotland, "2026-04-03", 1, "2026-04-06"},
		{audit.UK, "2026-04-03", 1, "2026-04-07"}, // the longest of any nation
		{audit.UK, "2026-06-12", 1, "2026-06-16"},
		{"", "2026-06-12", 1, "2026-06-16"},
		{audit.England, "2026-11-02", 10, "2026-11-16"},
		{audit.England, "2026-11-07", 0, "2026-11-07"},
	} {
		if got := h.After(c.nation, at(c.from), c.days); !got.Equal(at(c.want)) {
			t.Errorf("%d working days after %s in %q: %s, want %s", c.days, c.from, c.nation, got.Format(time.DateOnly), c.want)
		}
	}
	if !h.Known(at("2026-01-01")) || h.Known(at("2027-01-01")) || (audit.Holidays{}).Known(at("2026-01-01")) {
		t.Error("which years are known is not told right")
	}
	if all := h.Everywhere(); len(all) != 2 || !all["2026-12-25"] || !all["2026-12-28"] {
		t.Errorf("everywhere %v", all)
	}
}
