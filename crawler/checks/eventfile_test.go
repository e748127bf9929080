package checks_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// calendarOf makes a file of dates of events, each given by its lines.
func calendarOf(events ...string) string {
	const zone = "BEGIN:VTIMEZONE\nTZID:Europe/London\nBEGIN:STANDARD\nDTSTART:20991025T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE\n"
	text := "BEGIN:VCALENDAR\nVERSION:2.0\n" + zone
	for _, e := range events {
		text += "BEGIN:VEVENT\nUID:1@fernley.example\nSUMMARY:Tea\n" + e + "\nBEGIN:VALARM\nTRIGGER:-PT15M\nDURATION:P9999D\nEND:VALARM\nEND:VEVENT\n"
	}
	return strings.ReplaceAll(text+"END:VCALENDAR\n", "\n", "\r\n")
}

// dates is a file of dates as a visit gets it, at seven in the morning of 22 November 2026.
func dates(body string) *crawler.Page {
	at := &url.URL{Scheme: "https", Host: "www.fernley.example", Path: "/events.ics"}
	return crawler.NewPage(crawler.Answer{
		Request: crawler.Request{URL: at.String(), For: crawler.ForCalendar, Accept: "text/calendar"}, URL: at, Status: 200, Body: []byte(body),
		Header: http.Header{"Content-Type": {"text/calendar; charset=utf-8"}}, At: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC), Capture: "file",
	}, nil)
}

// TestCalendarFiles reads files of dates: open needs a day that is surely ahead, and old that none may be.
func TestCalendarFiles(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		state audit.State
		why   string // the reason, or the words that say so
		ahead int
	}{
		"a day ahead":                {calendarOf("DTSTART;VALUE=DATE:20261203"), audit.Open, "DTSTART;VALUE=DATE:20261203", 1},
		"an hour of UTC":             {calendarOf("DTSTART:20261203T190000Z"), audit.Open, "DTSTART:20261203T190000Z", 1},
		"an hour of a zone":          {calendarOf("DTSTART;TZID=Europe/London:20261203T190000"), audit.Open, "DTSTART;TZID=Europe/London:20261203T190000", 1},
		"today":                      {calendarOf("DTSTART:20261122T060000Z"), audit.Open, "DTSTART:20261122T060000Z", 1},
		"two ahead, one past":        {calendarOf("DTSTART:20261203", "DTSTART:20200101", "DTSTART:20261204"), audit.Open, "DTSTART:20261204", 2},
		"begun, not over":            {calendarOf("DTSTART:20261101\nDTEND:20261130"), audit.Open, "DTSTART:20261101", 1},
		"over yesterday, by its end": {calendarOf("DTSTART:20261119\nDTEND:20261122"), audit.Unknown, "no_marker", 0},
		"three weeks long":           {calendarOf("DTSTART:20261110\nDURATION:P3W"), audit.Open, "DTSTART:20261110", 1},
		"yesterday, somewhere still": {calendarOf("DTSTART;TZID=Nowhere:20261121T230000"), audit.Unknown, "no_marker", 0},
		"past":                       {calendarOf("DTSTART:20200101T190000Z", "DTSTART:20200102"), audit.Restricted, "DTSTART:20200102", 0},
		"past, a line folded":        {calendarOf("DTST\n ART;TZID=\"Eu\n\trope: London\":2020\n 0102T190000"), audit.Restricted, "DTST\r\n ART;TZID=\"Eu\r\n\trope: London\":2020\r\n 0102T190000", 0},
		"every week without an end":  {calendarOf("DTSTART:20200107T100000\nRRULE:FREQ=WEEKLY;BYDAY=TU"), audit.Open, "RRULE:FREQ=WEEKLY;BYDAY=TU", 0},
		"every week, until next May": {calendarOf("DTSTART:20200107T100000\nRRULE:FREQ=WEEKLY;UNTIL=20270501T100000Z"), audit.Open, "RRULE:FREQ=WEEKLY;UNTIL=20270501T100000Z", 1},
		"every week, until a May":    {calendarOf("RRULE:FREQ=WEEKLY;UNTIL=20210501\nDTSTART:20200107T100000"), audit.Restricted, "RRULE:FREQ=WEEKLY;UNTIL=20210501", 0},
		"until today, rarely":        {calendarOf("DTSTART:20200107\nRRULE:FREQ=MONTHLY;BYDAY=1TU;UNTIL=20261122"), audit.Unknown, "no_marker", 0},
		"first Tuesdays, for long":   {calendarOf("DTSTART:20200107\nRRULE:FREQ=MONTHLY;BYDAY=1TU;UNTIL=20281122"), audit.Open, "RRULE:FREQ=MONTHLY;BYDAY=1TU;UNTIL=20281122", 1},
		"ten times":                  {calendarOf("DTSTART:20200107\nRRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU,TH"), audit.Restricted, "RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU,TH", 0},
		"a thousand times":           {calendarOf("DTSTART:20200107\nRRULE:FREQ=WEEKLY;COUNT=1000"), audit.Open, "RRULE:FREQ=WEEKLY;COUNT=1000", 1},
		"twelve months, on the 31st": {calendarOf("DTSTART:20250131\nRRULE:FREQ=MONTHLY;COUNT=12"), audit.Unknown, "no_marker", 0},
		"days of January, who knows": {calendarOf("DTSTART:20200101\nRRULE:FREQ=DAILY;BYMONTH=1;COUNT=300"), audit.Unknown, "no_marker", 0},
		"a rule that is none":        {calendarOf("DTSTART:20200107\nRRULE:WEEKLY"), audit.Unknown, "no_marker", 0},
		"an end that is none":        {calendarOf("DTSTART:20200107\nRRULE:FREQ=WEEKLY;UNTIL=soon"), audit.Unknown, "no_marker", 0},
		"some are left out":          {calendarOf("DTSTART:20200107\nRRULE:FREQ=WEEKLY;UNTIL=20270501\nEXDATE:20261124"), audit.Unknown, "no_marker", 0},
		"further dates":              {calendarOf("DTSTART:20200107\nRDATE:20210107T100000,20270107T100000"), audit.Open, "DTSTART:20200107", 1},
		"called off":                 {calendarOf("DTSTART:20261203\nSTATUS:CANCELLED"), audit.Unknown, "no_marker", 0},
		"all called off":             {strings.Replace(calendarOf("DTSTART:20261203"), "VERSION", "METHOD:CANCEL\r\nVERSION", 1), audit.Unknown, "no_marker", 0},
		"private":                    {calendarOf("DTSTART:20261203\nCLASS:PRIVATE"), audit.Unknown, "no_marker", 0},
		"nothing in it":              {calendarOf(), audit.Unknown, "no_marker", 0},
		"a task":                     {strings.ReplaceAll(calendarOf("DTSTART:20261203"), "VEVENT", "VTODO"), audit.Unknown, "no_marker", 0},
		"cut short":                  {strings.TrimSuffix(calendarOf("DTSTART:20200101"), "END:VCALENDAR\r\n"), audit.Unknown, "parse_error", 0},
		"cut short, a day ahead":     {strings.TrimSuffix(calendarOf("DTSTART:20261203"), "END:VCALENDAR\r\n"), audit.Open, "DTSTART:20261203", 1},
		"a page":                     {"<!DOCTYPE html><p>Page not found", audit.Unknown, "unrecognised", 0},
		"empty":                      {"", audit.Unknown, "unrecognised", 0},
	} {
		p := dates(c.file)
		all := p.Read(checks.All())
		if len(all) != 1 || all[0].Check != "events" {
			t.Fatalf("%s: %d checks answered, want events alone", name, len(all))
		}
		r := all[0]
		why := string(r.Verdict.Reason())
		if e := r.Verdict.Evidence(); e != nil {
			why = e.Excerpt
		}
		if r.Verdict.State() != c.state || why != c.why || c.state == audit.Restricted && r.Verdict.Kind() != audit.KindOld {
			t.Errorf("%s: %v/%s by %q, want %v by %q", name, r.Verdict.State(), r.Verdict.Kind(), why, c.state, c.why)
		}
		if got := r.Values[audit.ValueAhead].Number; got != c.ahead {
			t.Errorf("%s: %d days ahead, want %d", name, got, c.ahead)
		}
		evident(t, p, r)
	}
}

// FuzzCalendarFile: for any bytes an answer points at bytes of the file, and old is said of nothing that goes on.
func FuzzCalendarFile(f *testing.F) {
	f.Add([]byte(calendarOf("DTSTART:20261203T190000Z\nDTEND:20261204", "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=3\nRDATE:20210101\nEXDATE:20200301\nDURATION:P1DT2H")))
	f.Add([]byte("\xef\xbb\xbfBEGIN:VCALENDAR\nBEGIN:VEVENT\nDTST\n ART;TZID=\"a:\xff\":19990101\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		p := dates(string(body))
		r := p.Read([]crawler.Check{checks.Events()})[0]
		evident(t, p, r)
		c, _ := crawler.ReadCalendar(body)
		for _, e := range c.Events {
			if r.Verdict.State() == audit.Restricted && (e.Endless || e.Last.IsZero() || e.Last.Before(e.Surely)) {
				t.Fatalf("old, though an event is %+v", e)
			}
		}
	})
}
