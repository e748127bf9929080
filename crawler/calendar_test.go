package crawler

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCalendarsOfAPage: what a page links as a file of dates is found by the ways in which systems write it, and asked for over the web.
func TestCalendarsOfAPage(t *testing.T) {
	p := NewPage(Answer{URL: &url.URL{Scheme: "https", Host: "www.fernley.example", Path: "/events/"}, Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte(`<!DOCTYPE html><head><title>Events</title>
<link rel="alternate" type="text/calendar" href="/events/?ical=1"><link rel="alternate" type="application/rss+xml" href="/feed.ics"></head><body>
<a href="WebCal://www.fernley.example/All.ics#top">All</a> <a href="https://days.example/ash.ics?public">Ash</a> <a href="?format=ical">Ours</a>
<a hidden href="/hidden.ics">no</a> <a href="/icsa/">no</a> <a href="javascript:x.ics">no</a></body>`)}, nil)
	want := []string{"https://www.fernley.example/events/?ical=1", "https://www.fernley.example/All.ics", "https://days.example/ash.ics?public", "https://www.fernley.example/events/?format=ical"}
	if diff := cmp.Diff(want, p.Outline().Calendars); diff != "" {
		t.Errorf("calendars (-want +got):\n%s", diff)
	}
}

// TestCalendarOfPeople: a file that names people is sealed, whatever it says of them.
func TestCalendarOfPeople(t *testing.T) {
	for lines, want := range map[string]bool{"SUMMARY:Tea with every ATTENDEE": false, "attendee;CN=Jo:mailto:jo@x.example": true, "CONTACT:Jo, 01": true} {
		p := NewPage(Answer{Request: Request{For: ForCalendar}, Status: http.StatusOK,
			Body: []byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261203\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n")}, nil)
		if got := p.holdsPeople(); got != want {
			t.Errorf("%q: sealed %v, want %v", lines, got, want)
		}
	}
}
