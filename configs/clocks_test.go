package configs

import (
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// The dates are worked out by hand, over a bank holiday that one nation has and another has not, and over a change of the clock.
func TestComplaintDates(t *testing.T) {
	clocks, err := Clocks()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ nation, sector, made, acknowledge, answer string }{
		{audit.England, "council", "2026-11-16T10:00:00Z", "2026-11-23", "2026-12-07"},
		{audit.England, "housing_association", "2026-12-23T09:00:00Z", "2027-01-04", "2027-01-18"}, // 25 and 28 December and 1 January are no working days
		{audit.England, "housing_association", "2026-08-27T23:30:00Z", "2026-09-07", "2026-09-21"}, // half past midnight of the 28th in London; 31 August is a holiday
		{audit.Scotland, "housing_association", "2026-08-27T10:00:00Z", "", "2026-09-03"},          // no holiday at the end of August
		{audit.Scotland, "council", "2026-11-27T10:00:00Z", "", "2026-12-07"},                      // St Andrew's day
		{audit.Wales, "housing_association", "2026-03-27T10:00:00Z", "2026-04-07", "2026-04-28"},   // Good Friday and Easter Monday, and the clock goes on
		{audit.NorthernIreland, "housing_association", "2026-11-16T10:00:00Z", "", ""},
		{audit.England, "trade_union", "2026-11-16T10:00:00Z", "", ""},
		{audit.England, "council", "2023-11-16T10:00:00Z", "", ""}, // before the code
		{audit.England, "council", "2028-12-20T10:00:00Z", "", ""}, // holidays of 2029 are not known
	} {
		made, err := time.Parse(time.RFC3339, test.made)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := clocks.Dates(test.nation, test.sector, made)
		got := [2]string{}
		if ok {
			got[1] = d.Answer.Format(time.DateOnly)
			if !d.Acknowledge.IsZero() {
				got[0] = d.Acknowledge.Format(time.DateOnly)
			}
		}
		if want := [2]string{test.acknowledge, test.answer}; got != want {
			t.Errorf("%s, %s, %s: %v, want %v", test.nation, test.sector, test.made, got, want)
		}
		if said := d.String(); strings.Contains(said, "missed") || strings.Contains(said, "deadline") {
			t.Errorf("it says %q", said)
		}
	}
}

func TestClockMistakes(t *testing.T) {
	_, err := readClocks("clocks.yaml", []byte("clocks:\n  - source: A code\n    nations: [Atlantis]\n    sectors: [pirate]\n    from: soon\n    answer: 0\n"), audit.Holidays{})
	for _, want := range []string{"clocks.yaml:3", `"Atlantis"`, `"pirate"`, `clocks[0].from: "soon"`, "needs a source"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}
