package talk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // working hours are London's on machines without a zone database too

	"doorknock/audit"
)

// Hours are the hours of a week in which somebody watches, on the days that are marked, Sunday first.
type Hours struct {
	Days     [7]bool
	From, To int  // minutes since midnight
	Always   bool // around the clock, bank holidays too
}

// Office is what is counted as working hours where nobody states any: Monday to Friday, nine to five.
func Office() Hours {
	return Hours{Days: [7]bool{false, true, true, true, true, true, false}, From: 9 * 60, To: 17 * 60}
}

var dayCodes = []string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

// ParseHours reads stated hours as the check rules_promise writes them: "Mo-Fr 09:00-17:00", "Mo,We-Fr 10:00-12:00", "Mo-Fr",
// "09:00-17:00" or "24/7". What is not stated is as in Office. False for anything else.
func ParseHours(s string) (Hours, bool) {
	h := Office()
	if s == "24/7" {
		h.Always = true
		return h, true
	}
	parts := strings.Fields(s)
	if len(parts) == 0 || len(parts) > 2 {
		return Hours{}, false
	}
	last := parts[len(parts)-1]
	if strings.Contains(last, ":") {
		var ok bool
		if h.From, h.To, ok = clockStretch(last); !ok {
			return Hours{}, false
		}
		parts = parts[:len(parts)-1]
	}
	switch {
	case len(parts) > 1:
		return Hours{}, false
	case len(parts) == 1:
		h.Days = [7]bool{}
		for part := range strings.SplitSeq(parts[0], ",") {
			if !h.mark(part) {
				return Hours{}, false
			}
		}
	}
	return h, true
}

// mark adds a day, or a range of days that may run over the end of the week.
func (h *Hours) mark(days string) bool {
	first, last, isRange := strings.Cut(days, "-")
	if !isRange {
		last = first
	}
	from, to := dayNumber(first), dayNumber(last)
	if from < 0 || to < 0 {
		return false
	}
	for d := from; ; d = (d + 1) % 7 {
		h.Days[d] = true
		if d == to {
			return true
		}
	}
}

func dayNumber(code string) int {
	for i, c := range dayCodes {
		if c == code {
			return i
		}
	}
	return -1
}

// clockStretch reads "09:00-17:00" as minutes since midnight; the end may be 24:00.
func clockStretch(s string) (from, to int, ok bool) {
	first, last, _ := strings.Cut(s, "-")
	from, okFrom := clockMinutes(first)
	to, okTo := clockMinutes(last)
	return from, to, okFrom && okTo && from < to
}

func clockMinutes(s string) (int, bool) {
	hour, minute, ok := strings.Cut(s, ":")
	h, errH := strconv.Atoi(hour)
	m, errM := strconv.Atoi(minute)
	n := h*60 + m
	return n, ok && errH == nil && errM == nil && h >= 0 && m >= 0 && m < 60 && n <= 24*60
}

// Calendar knows the working time of one nation.
type Calendar struct {
	Zone     *time.Location
	Nation   string
	Holidays audit.Holidays
	Hours    Hours
}

// NewCalendar gives the working time of a nation: Office hours in London's time, which all of the kingdom keeps.
func NewCalendar(nation string, holidays audit.Holidays) (Calendar, error) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return Calendar{}, fmt.Errorf("load the zone of working hours: %w", err)
	}
	return Calendar{Zone: zone, Nation: nation, Holidays: holidays, Hours: Office()}, nil
}

// Between gives how much working time lies between two times, 0 where the second is not later. Wall clocks that are put
// forward or back make a day that is worked through that night shorter or longer, as they do for whoever works then.
func (c Calendar) Between(from, to time.Time) time.Duration {
	if !to.After(from) {
		return 0
	}
	if c.Hours.Always {
		return to.Sub(from)
	}
	var sum time.Duration
	year, month, day := from.In(c.Zone).Date()
	for ; ; day++ {
		opens := time.Date(year, month, day, 0, c.Hours.From, 0, 0, c.Zone)
		if !opens.Before(to) {
			return sum
		}
		if !c.worked(time.Date(year, month, day, 12, 0, 0, 0, c.Zone)) {
			continue
		}
		closes := time.Date(year, month, day, 0, c.Hours.To, 0, 0, c.Zone)
		if start, end := later(opens, from), earlier(closes, to); end.After(start) {
			sum += end.Sub(start)
		}
	}
}

// worked reports whether a day is one on which somebody watches: a stated one that is no bank holiday. Where somebody
// watches at weekends, a bank holiday is a day off nevertheless.
func (c Calendar) worked(noon time.Time) bool {
	if !c.Hours.Days[noon.Weekday()] {
		return false
	}
	if d := noon.Weekday(); d == time.Saturday || d == time.Sunday {
		return true // the substitute of a holiday at a weekend lies on a day of the week
	}
	return c.Holidays.Working(c.Nation, noon)
}

// DaysAfter gives the end of the n-th working day after the day of t: midnight of the nation's clocks.
func (c Calendar) DaysAfter(t time.Time, n int) time.Time {
	year, month, day := t.In(c.Zone).Date()
	last := c.Holidays.After(c.Nation, time.Date(year, month, day, 12, 0, 0, 0, c.Zone), n)
	year, month, day = last.Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, c.Zone)
}

// Knows reports whether the bank holidays of both years are known.
func (c Calendar) Knows(from, to time.Time) bool {
	return c.Holidays.Known(from) && c.Holidays.Known(to)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
