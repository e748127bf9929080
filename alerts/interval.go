package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TimeInterval is a named set of times, in Alertmanager's words: nights, weekends.
type TimeInterval struct {
	Name          string      `yaml:"name"`
	TimeIntervals []TimeRange `yaml:"time_intervals"`
}

// TimeRange is the times that every part that is given allows. A range that ends before it begins goes over midnight.
type TimeRange struct {
	Times    []ClockRange `yaml:"times"`
	Weekdays []string     `yaml:"weekdays"` // saturday, or monday:friday
	Location string       `yaml:"location"` // such as Europe/London (default UTC)
}

// ClockRange is from one hour and minute up to, and not with, another; 24:00 is the day's end.
type ClockRange struct {
	StartTime string `yaml:"start_time"`
	EndTime   string `yaml:"end_time"`
}

// interval is a TimeInterval that was read.
type interval []span

// span is one TimeRange that was read. Minutes count from midnight.
type span struct {
	zone  *time.Location
	days  [7]bool
	clock [][2]int
}

func (t TimeInterval) read() (interval, error) {
	var all interval
	var errs []error
	for i, r := range t.TimeIntervals {
		s, err := r.read()
		if err != nil {
			errs = append(errs, fmt.Errorf("time_intervals[%d].%w", i, err))
		}
		all = append(all, s)
	}
	return all, errors.Join(errs...)
}

func (r TimeRange) read() (s span, err error) {
	if s.zone, err = time.LoadLocation(r.Location); err != nil || r.Location == "Local" {
		return s, fmt.Errorf("location: %q is not a time zone, as Europe/London", r.Location)
	}
	for _, text := range r.Weekdays {
		first, last, isRange := strings.Cut(text, ":")
		from, to := weekday(first), weekday(last)
		if !isRange {
			to = from
		}
		if from < 0 || to < 0 {
			return s, fmt.Errorf("weekdays: %q is not a day, as saturday, or days, as monday:friday", text)
		}
		for d := from; ; d = (d + 1) % 7 {
			s.days[d] = true
			if d == to {
				break
			}
		}
	}
	if len(r.Weekdays) == 0 {
		s.days = [7]bool{true, true, true, true, true, true, true}
	}
	for _, c := range r.Times {
		from, to := minutes(c.StartTime), minutes(c.EndTime)
		if from < 0 || to < 0 || from == to {
			return s, fmt.Errorf("times: %q to %q is not a start_time and an end_time, as \"18:00\" and \"08:00\"", c.StartTime, c.EndTime)
		}
		s.clock = append(s.clock, [2]int{from, to})
	}
	return s, nil
}

func weekday(name string) int {
	return slices.IndexFunc([]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}, func(day string) bool {
		return strings.EqualFold(day, strings.TrimSpace(name))
	})
}

func minutes(text string) int {
	if text == "24:00" {
		return 24 * 60
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

// holds reports whether a time lies in the interval.
func (i interval) holds(t time.Time) bool {
	return slices.ContainsFunc(i, func(s span) bool { return s.holds(t) })
}

// holds reads the clock on the wall of the zone, so that 18:00 is 18:00 in summer and in winter. Of a range over midnight
// the hours after midnight belong to the day on which it began.
func (s span) holds(t time.Time) bool {
	t = t.In(s.zone)
	minute, today := t.Hour()*60+t.Minute(), int(t.Weekday())
	if len(s.clock) == 0 {
		return s.days[today]
	}
	yesterday := (today + 6) % 7
	for _, c := range s.clock {
		from, to := c[0], c[1]
		switch {
		case from < to && s.days[today] && minute >= from && minute < to:
			return true
		case from > to && (s.days[today] && minute >= from || s.days[yesterday] && minute < to):
			return true
		}
	}
	return false
}

// furthest is how far ahead the end of muted times is looked for; then it is looked for again.
const furthest = 8 * 24 * time.Hour

// mutedUntil gives the first minute at which a route with these intervals tells again, or the zero time where it tells now.
// A route is muted within any of mute, and outside all of active where there are any.
func mutedUntil(now time.Time, mute, active []interval) time.Time {
	in := func(all []interval, t time.Time) bool {
		return slices.ContainsFunc(all, func(i interval) bool { return i.holds(t) })
	}
	muted := func(t time.Time) bool { return in(mute, t) || len(active) > 0 && !in(active, t) }
	if !muted(now) {
		return time.Time{}
	}
	t := now.Truncate(time.Minute)
	for end := t.Add(furthest); muted(t) && t.Before(end); t = t.Add(time.Minute) {
	}
	return t
}
