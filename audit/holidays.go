package audit

import "time"

// Holidays are the days from Monday to Friday that are no working days, as each nation has them. The zero value knows of
// none, and of no year.
type Holidays struct {
	First, Last int                        // years of which every nation's days are known
	Days        map[string]map[string]bool // nation (England) → date (2026-12-25)
}

// Known reports whether the year of t is one of those.
func (h Holidays) Known(t time.Time) bool { return h.First <= t.Year() && t.Year() <= h.Last }

// Working reports whether t lies on a working day in a nation. Of a body of the whole kingdom, or of one whose nation
// nobody told, a day that any nation has free is none: a notice may be too long for somebody, and is too short for nobody.
func (h Holidays) Working(nation string, t time.Time) bool {
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return false
	}
	date := t.Format(time.DateOnly)
	if days, own := h.Days[nation]; own {
		return !days[date]
	}
	for _, days := range h.Days {
		if days[date] {
			return false
		}
	}
	return true
}

// After gives the same hour so many working days after t.
func (h Holidays) After(nation string, t time.Time, days int) time.Time {
	for ; days > 0; days-- {
		for t = t.AddDate(0, 0, 1); !h.Working(nation, t); t = t.AddDate(0, 0, 1) {
		}
	}
	return t
}

// Everywhere gives the days that every nation has free.
func (h Holidays) Everywhere() map[string]bool {
	all := map[string]bool{}
	for _, days := range h.Days {
		for date := range days {
			all[date] = true
		}
	}
	for date := range all {
		for _, days := range h.Days {
			if !days[date] {
				delete(all, date)
			}
		}
	}
	return all
}
