package crawler

import (
	"bytes"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
)

// maxCalendars is how many calendar files of one page are remembered.
const maxCalendars = 8

// CalendarFile reports whether an address, in lower case, is that of a file of dates, or one to subscribe to.
func CalendarFile(href string) bool {
	return strings.HasPrefix(href, "webcal:") || strings.HasSuffix(href, ".ics") || strings.Contains(href, ".ics?") || strings.Contains(href, "ical=1") || strings.Contains(href, "format=ical")
}

// calendars gives the addresses of the calendar files that the page links: an answer of their own.
func (p *Page) calendars() (found []string) {
	take := func(href string) {
		u, ok := p.Resolve(overWeb(href, p.URL()))
		if !ok || len(found) == maxCalendars {
			return
		}
		u.Fragment, u.RawFragment = "", ""
		found = append(found, u.String())
	}
	for _, n := range p.Tag("link") {
		if Lower(Attr(n, "rel")) == "alternate" && Lower(Attr(n, "type")) == "text/calendar" {
			take(Attr(n, "href"))
		}
	}
	for _, n := range p.Tag("a") {
		if p.linksCalendar(n) {
			take(Attr(n, "href"))
		}
	}
	return found
}

func (p *Page) linksCalendar(a *html.Node) bool {
	return CalendarFile(Lower(strings.TrimSpace(Attr(a, "href")))) && !p.Hidden(a)
}

// overWeb is an address with the scheme of its page in place of webcal, which says what the file is for and not how it comes.
func overWeb(href string, page *url.URL) string {
	for _, scheme := range [...]string{"webcals:", "webcal:"} {
		if href = strings.TrimSpace(href); hasPrefixFold(href, scheme) {
			return page.Scheme + ":" + href[len(scheme):]
		}
	}
	return href
}

// Calendar is what a file of dates (RFC 5545) says of when its events are held.
type Calendar struct {
	Events []CalendarEvent
	Whole  bool // it was read to its end; else it may hold more
	People bool // it names people: who is invited, who invites, whom to ask
}

// CalendarEvent is when one event is held. What is called off, and what the file marks as private, is none. Days are those of the file:
// in another zone they may be the day before or after.
type CalendarEvent struct {
	Surely  time.Time  // the last day on which it is surely held
	Last    time.Time  // no day after it is one of the event's; zero: which it is cannot be told
	Endless bool       // it comes again and again, and no end is stated
	Mark    audit.Mark // of the line that says so, without capture and address
}

// maxCalendarEvents bounds what is taken of one file.
const maxCalendarEvents = 20_000

// ReadCalendar reads a file of dates; false where it is none.
func ReadCalendar(body []byte) (Calendar, bool) {
	r := calendarReader{body: body}
	for at := len(body) - len(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))); at < len(body); {
		var line calendarLine
		if line, at = r.line(at); !r.take(line) {
			break
		}
	}
	return r.made, r.began
}

// calendarLine is one property: a line with those that continue it.
type calendarLine struct {
	name, value string // name in upper case
	at, length  int    // of its bytes, the end of the line aside
}

// maxProperty is how much is read of one property; those that say when are short.
const maxProperty = 4 << 10

// line reads the property that begins at a place, and gives where the next one does.
func (r *calendarReader) line(at int) (l calendarLine, next int) {
	l.at = at
	var whole []byte
	for next = at; ; {
		end := bytes.IndexByte(r.body[next:], '\n')
		if end < 0 {
			end = len(r.body) - next
		}
		part := bytes.TrimSuffix(r.body[next:next+end], []byte("\r"))
		l.length = next + len(part) - at
		if next > at {
			part = part[1:]
		}
		whole = append(whole, part[:min(len(part), maxProperty-min(len(whole), maxProperty))]...)
		next = min(next+end+1, len(r.body))
		if next == len(r.body) || r.body[next] != ' ' && r.body[next] != '\t' {
			break
		}
	}
	text := string(whole)
	name, _, _ := strings.Cut(text[:max(0, colon(text))], ";")
	l.name = strings.ToUpper(name)
	l.value = strings.TrimSpace(text[colon(text)+1:])
	return l, next
}

// colon gives where a property's value is parted off: at the first colon that is not between quotation marks, -1 without.
func colon(text string) int {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ':' && !quoted:
			return i
		}
	}
	return -1
}

// calendarReader reads a file property by property.
type calendarReader struct {
	body  []byte
	made  Calendar
	began bool
	open  []string // components, from the outermost
	off   bool     // the calendar calls its events off
	event calendarEntry
}

// maxComponents is how deep a file's parts may lie in each other; three are usual.
const maxComponents = 16

// take reads one property, and reports whether to go on.
func (r *calendarReader) take(l calendarLine) bool {
	r.made.Whole = false
	switch {
	case l.name == "BEGIN":
		return r.begin(strings.ToUpper(l.value))
	case !r.began:
		return false
	case l.name == "END":
		return r.end(strings.ToUpper(l.value))
	case l.name == "METHOD":
		r.off = r.off || len(r.open) == 1 && strings.EqualFold(l.value, "CANCEL")
	case l.name == "ATTENDEE", l.name == "ORGANIZER", l.name == "CONTACT": //nolint:misspell // RFC 5545 spells it so
		r.made.People = true
	case r.inEvent():
		r.event.take(l)
	case l.name == "" && l.value == "":
		r.made.Whole = len(r.open) == 0 // an empty line at the end
	}
	return true
}

func (r *calendarReader) begin(part string) bool {
	if len(r.open) == 0 && part != "VCALENDAR" || len(r.open) == maxComponents {
		return false
	}
	if len(r.open) == 0 {
		r.began, r.off = true, false
	}
	r.open = append(r.open, part)
	if r.inEvent() {
		r.event = calendarEntry{}
	}
	return true
}

func (r *calendarReader) end(part string) bool {
	last := len(r.open) - 1
	if last < 0 || r.open[last] != part {
		return false
	}
	if e, held := r.event.held(r.body); held && !r.off && r.inEvent() {
		if len(r.made.Events) == maxCalendarEvents {
			return false
		}
		r.made.Events = append(r.made.Events, e)
	}
	r.open = r.open[:last]
	r.made.Whole = last == 0
	return true
}

// inEvent reports whether what comes is said of an event itself: alarms lie in events, and zones have days and rules of their own.
func (r *calendarReader) inEvent() bool { return len(r.open) == 2 && r.open[1] == "VEVENT" }
