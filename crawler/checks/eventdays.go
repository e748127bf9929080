package checks

import (
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// heldWhen says of a page that shows events whether the days it states have all gone by. Where nothing states a day, or
// the time of the look is not known, the answer stays what it is.
func heldWhen(p *crawler.Page, found crawler.Look) crawler.Look {
	if p.Answer.At.IsZero() {
		return found
	}
	d := daysOf(p)
	d.readEvents()
	if len(d.ahead) > 0 {
		found.Values = audit.Values{audit.ValueAhead: audit.Number(len(d.ahead))}
	}
	if d.newest == nil || d.open() {
		found.Until = d.until()
		return found
	}
	if d.readRest(); d.open() {
		found.Until = d.until()
		return found
	}
	return crawler.Look{State: audit.Restricted, Kind: audit.KindOld, Rule: "past-events", Mark: d.newest,
		Values: audit.Values{audit.ValueNewest: audit.Text(d.day.Format(time.DateOnly))}}
}

func daysOf(p *crawler.Page) *eventDays {
	return &eventDays{p: p, today: p.Answer.At.UTC().Truncate(24 * time.Hour), ahead: map[time.Time]bool{}, vague: map[dayOfYear]bool{}, full: map[dayOfYear]bool{}}
}

// datedFile gives a link to a file of dates beside which a day stands: there is an event, whatever else is in the file.
func datedFile(p *crawler.Page) *html.Node {
	file := calendarFile(p)
	if file == nil {
		return nil
	}
	d := daysOf(p)
	if d.readAround(file); len(d.full)+len(d.vague) == 0 {
		return nil
	}
	return file
}

// eventDays are the days that a page states of its events.
type eventDays struct {
	p       *crawler.Page
	today   time.Time
	newest  *html.Node // states the newest of the days that are surely past
	day     time.Time  // which it is
	ahead   map[time.Time]bool
	late    bool               // a day that may not be over yet, or something without an end
	vague   map[dayOfYear]bool // stated without a year
	full    map[dayOfYear]bool // stated with one
	reading part
}

// part says where of the page is read. What does not stand in an event, or is not shown, can only speak against its being
// past.
type part uint8

const (
	inEvents  part = iota
	inMain         // the rest of the main content, and what is hidden
	inAllElse      // here a day without a year is a teaser's
)

// dayOfYear is a day without its year.
type dayOfYear struct {
	month time.Month
	day   int
}

// open reports whether something may still lie ahead. A day without a year is any year's, but where the same day stands
// there with its year.
func (d *eventDays) open() bool {
	for v := range d.vague {
		if !d.full[v] {
			return true
		}
	}
	return d.late || len(d.ahead) > 0
}

// until is when less of what the page states lies ahead: after the first of its days, else once one of these days is surely over.
// Zero where no day says so.
func (d *eventDays) until() time.Time {
	switch {
	case len(d.ahead) > 0:
		return slices.MinFunc(slices.Collect(maps.Keys(d.ahead)), time.Time.Compare).AddDate(0, 0, 1)
	case d.late:
		return d.today.AddDate(0, 0, graceDays+1)
	}
	return time.Time{}
}

// graceDays are for zones and for what ends after midnight.
const graceDays = 1

func (d *eventDays) over(day time.Time) bool { return day.Before(d.today.AddDate(0, 0, -graceDays)) }

// take notes a day that an element states.
func (d *eventDays) take(n *html.Node, day time.Time) {
	switch {
	case d.reading != inEvents:
		d.late = d.late || day.After(d.today)
		return
	case !day.Before(d.today):
		d.ahead[day] = true
	case !d.over(day):
		d.late = true
	case d.newest == nil || day.After(d.day):
		d.newest, d.day = n, day
	}
	d.full[dayOfYear{day.Month(), day.Day()}] = true
}

// readEvents reads the parts of the page that are events.
func (d *eventDays) readEvents() {
	for _, data := range dataOf(d.p) {
		if data.hasType(eventTypes...) {
			d.readData(data)
		}
	}
	var last *html.Node
	for _, n := range d.p.Elements() {
		if (last == nil || !holds(last, n)) && d.isEvent(n) {
			last = n
			d.read(n)
		}
	}
	if eventHeads.on(d.p) {
		for _, name := range [...]string{"h1", "h2", "h3", "h4", "caption", "legend"} {
			for _, head := range d.p.Tag(name) {
				d.readUnder(head)
			}
		}
	}
	if label := eventDetails(d.p); label != nil {
		d.read(label.Parent)
	}
	for _, line := range crawler.Memo(d.p, "lined events", findLined) {
		d.read(line)
	}
	if file := calendarFile(d.p); file != nil && d.newest == nil {
		d.readAround(file)
	}
}

// readAround reads what stands around a link to a file of dates: the least part of the page that states a day.
func (d *eventDays) readAround(file *html.Node) {
	for e, up := file.Parent, 0; e != nil && e.Data != "body" && up < 3 && len(d.full)+len(d.vague) == 0; e, up = e.Parent, up+1 {
		d.read(e)
	}
}

// isEvent reports whether an element is one event or a list of them: by its type, or by a name that says so.
func (d *eventDays) isEvent(n *html.Node) bool {
	switch n.Data {
	case "html", "head", "body", "main", "a", "nav", "script", "link", "form", "input", "select":
		return false
	}
	if len(n.Attr) == 0 || d.p.Hidden(n) || inMenu(n) {
		return false
	}
	return namedForEvents(n) || slices.ContainsFunc(names(n), isPluginName) || isEventType(crawler.Attr(n, "itemtype")) || isEventType(crawler.Attr(n, "typeof"))
}

func isPluginName(name string) bool { return slices.Contains(pluginNames, name) }

// readUnder reads the list that headedList finds under a heading.
func (d *eventDays) readUnder(head *html.Node) {
	if !eventHeading(d.p, head) || daysAfter(d.p, head) == 0 {
		return
	}
	for from, up := head, 0; up < 3 && from != nil && from.Data != "body"; from, up = from.Parent, up+1 {
		said := len(d.full) + len(d.vague)
		for n := from.NextSibling; n != nil && n.Data != head.Data; n = n.NextSibling {
			if n.Type == html.ElementNode && entriesWithDay(d.p, n, maxEntries) > 0 {
				d.read(n)
			}
		}
		if len(d.full)+len(d.vague) > said {
			return
		}
	}
}

// readRest reads the rest of the page, where something may stand that lies ahead.
func (d *eventDays) readRest() {
	d.reading = inAllElse
	for _, n := range d.p.Tag("body") {
		d.read(n)
	}
	d.reading = inMain
	d.read(mainOf(d.p))
}

// dataKeys are schema.org's words for when something is held; endless are those for what has no end, or no day for now.
var (
	dataKeys = []string{`"startdate"`, `"enddate"`}
	endless  = []string{"eventschedule", "repeatfrequency", "eventpostponed"}
	lasting  = []string{"EventSeries", "ExhibitionEvent", "CourseInstance", "Festival"} // begun is not over
)

// readData reads the days of events that a script tells search engines.
func (d *eventDays) readData(data typed) {
	text := strings.ToLower(data.text)
	d.late = d.late || stemIn(text, endless) || data.hasType(lasting...) && !strings.Contains(text, dataKeys[1])
	for _, key := range dataKeys {
		for _, rest := range strings.Split(text, key)[1:] {
			value := strings.TrimLeft(rest, " \t\r\n:")
			if said, ok := strings.CutPrefix(value, `"`); ok {
				said, _, _ = strings.Cut(said, `"`)
				d.readValue(data.script, said)
			}
		}
	}
}

// readLink reads the days of a link that puts one event into a calendar.
func (d *eventDays) readLink(n *html.Node) {
	href := strings.ReplaceAll(lowerAttr(n, "href"), "%3a", ":")
	if !strings.HasPrefix(href, "data:text/calendar") && !strings.Contains(href, "dates=") {
		return
	}
	d.late = d.late || strings.Contains(href, "rrule")
	for _, key := range [...]string{"dtstart:", "dtend:", "value=date:", "dates=", "/", "%2f"} {
		for _, rest := range strings.Split(href, key)[1:] {
			if day, err := time.Parse("20060102", rest[:min(8, len(rest))]); err == nil {
				d.take(n, day)
			}
		}
	}
}
