package checks

import (
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// lookCalendar reads a file of dates that a page links. Its days are compared as a page's are: an event is past from the second day
// after its last one on, which is more than zones differ.
func lookCalendar(p *crawler.Page) crawler.Look {
	file, ok := crawler.ReadCalendar(p.Answer.Body)
	if !ok || p.Answer.At.IsZero() {
		return crawler.Look{Reason: audit.ReasonUnrecognised}
	}
	d := daysOf(p)
	var open, newest *crawler.CalendarEvent
	for i := range file.Events {
		switch e := &file.Events[i]; {
		case e.Endless, !e.Surely.Before(d.today):
			if open = e; !e.Surely.Before(d.today) {
				d.ahead[e.Surely] = true
			}
		case e.Last.IsZero() || !d.over(e.Last):
			d.late = true
		case newest == nil || e.Surely.After(newest.Surely):
			newest = e
		}
	}
	switch {
	case open != nil:
		found := crawler.Look{State: audit.Open, Rule: "calendar-dates", Facts: markIn(p, open.Mark)}
		if len(d.ahead) > 0 {
			found.Values = audit.Values{audit.ValueAhead: audit.Number(len(d.ahead))}
		}
		return found
	case !file.Whole:
		return crawler.Look{Reason: audit.ReasonParseError}
	case d.late || newest == nil:
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "past-events", Facts: markIn(p, newest.Mark),
		Values: audit.Values{audit.ValueNewest: audit.Text(newest.Surely.Format(time.DateOnly))}}
}

func markIn(p *crawler.Page, m audit.Mark) *audit.Mark {
	m.Capture, m.URL = p.Answer.Capture, p.URL().String()
	return &m
}
