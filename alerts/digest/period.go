package digest

import (
	"fmt"
	"time"
)

// Period is what an edition tells of: an ISO week or a calendar month, from London's midnight to London's midnight.
type Period struct {
	Name  string // 2026-W47 or 2026-11
	From  time.Time
	To    time.Time // the first moment that is no longer in it
	Month bool
}

// london is the zone of weeks and months.
func london() (*time.Location, error) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("load the zone of the week: %w", err)
	}
	return zone, nil
}

// ReadPeriod reads the name of a week or month that has begun; "" is the week that now is in.
func ReadPeriod(name string, now time.Time) (Period, error) {
	zone, err := london()
	if err != nil {
		return Period{}, err
	}
	p := weekOf(now.In(zone))
	if name != "" {
		if p, err = parsePeriod(name, zone); err != nil {
			return p, err
		}
	}
	if p.From.After(now) {
		return p, fmt.Errorf("read %q: it has not begun", name)
	}
	return p, nil
}

func parsePeriod(name string, zone *time.Location) (Period, error) {
	if day, err := time.ParseInLocation("2006-01", name, zone); err == nil {
		return monthOf(day), nil
	}
	var year, week int
	if n, err := fmt.Sscanf(name, "%4d-W%2d", &year, &week); n != 2 || err != nil || name != weekName(year, week) {
		return Period{}, fmt.Errorf("read %q: want a week such as 2026-W47 or a month such as 2026-11", name)
	}
	p := weekOf(time.Date(year, 1, 4+7*(week-1), 12, 0, 0, 0, zone)) // 4 January is in week 1
	if p.Name != name {
		return Period{}, fmt.Errorf("read %q: %d has no such week", name, year)
	}
	return p, nil
}

func weekName(year, week int) string { return fmt.Sprintf("%04d-W%02d", year, week) }

func weekOf(t time.Time) Period {
	back := (int(t.Weekday()) + 6) % 7
	from := time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, t.Location())
	return Period{Name: weekName(from.ISOWeek()), From: from, To: from.AddDate(0, 0, 7)}
}

func monthOf(t time.Time) Period {
	from := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
	return Period{Name: from.Format("2006-01"), From: from, To: from.AddDate(0, 1, 0), Month: true}
}

// Of gives the period of the same kind that a time is in.
func (p Period) Of(t time.Time) Period {
	if t = t.In(p.From.Location()); p.Month {
		return monthOf(t)
	}
	return weekOf(t)
}

// Before is the one before.
func (p Period) Before() Period { return p.Of(p.From.AddDate(0, 0, -1)) }

// After is the next.
func (p Period) After() Period { return p.Of(p.To) }

// Last is its last day.
func (p Period) Last() time.Time { return p.To.AddDate(0, 0, -1) }

// weeks are the weeks whose comments are counted for it: itself, or those that end in the month.
func (p Period) weeks() []Period {
	if !p.Month {
		return []Period{p}
	}
	var all []Period
	for w := weekOf(p.From); !w.Last().After(p.Last()); w = w.After() {
		all = append(all, w)
	}
	return all
}

func (p Period) weekNames() []string {
	var names []string
	for _, w := range p.weeks() {
		names = append(names, w.Name)
	}
	return names
}

// lastOver are the week and the month that were over last.
func lastOver(now time.Time) ([2]Period, error) {
	zone, err := london()
	if err != nil {
		return [2]Period{}, err
	}
	now = now.In(zone)
	return [2]Period{weekOf(now).Before(), monthOf(now).Before()}, nil
}
