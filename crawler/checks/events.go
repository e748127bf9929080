package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// Events asks whether the site lists what residents can come to.
func Events() crawler.Check {
	return crawler.Check{
		ID:    "events",
		Title: "Does the site list events that residents can come to?",
		Why:   "A meeting that nobody hears of is a meeting without residents.",
		Basis: "practice, in the Door: whether one can come and be heard",
		Rule: "Open where a page of the site lists events or is about one: told by the marks of its calendar plugin or by what its system calls the page, " +
			"by markup or data of schema.org or hCalendar, by a calendar file beside a day, by a part of the page that is named for events or stands " +
			"under a heading that says so and holds at least two dates, by day, time and place of one event, or by lines that say when and where. " +
			"A link to a calendar file (iCal) alone says nothing; a visit reads the file, and where an event in it is held today or later, or comes again " +
			"without an end, the site is open; cancelled and private events are none. " +
			"Restricted (old) where every day that the page states is surely past: in its data and markup and in its words, an event's last day where one is told, and a " +
			"day later. A day without a year is never surely past, nor is what is held every week or put off; a list without days is open. " +
			"The word in a menu is no list, and no absence either. On a saved page of Facebook the Page's own tab counts.",
		Version:      5,
		Door:         true,
		On:           []audit.Platform{audit.Web},
		Site:         true,
		Words:        []string{"event", "calendar", "what s on", "whats on", "diary", "digwyddiad", "calendr", "veranstaltung", "termine"},
		Look:         lookEvents,
		LookCalendar: lookCalendar,
		Fold:         foldSite,
	}
}

var eventStems = []string{"event", "what's on", "whats-on", "what’s on", "calendar", "calendr", "digwyddiad", "veranstaltung", "vénement", "vènement", "evenement", "evento", "eventi"}

// What must stand in a body before its elements are looked through for markup of events, of calendars, of dates.
var (
	eventMarkup    = []string{"schema.org", "vevent", "h-event"}
	calendarMarkup = []string{"webcal:", ".ics", "ical=1", "format=ical"}
	dateMarkup     = []string{"datatype=", "startdate"}
)

func lookEvents(p *crawler.Page) crawler.Look {
	if n := eventsTab(p); n != nil {
		return crawler.Look{State: audit.Open, Rule: "facebook-events-tab", Mark: n}
	}
	if _, _, board := boardOf(p); !board && (speaksOf(p, eventStems) || eventHeads.on(p) || tells(p, eventLines)) {
		for _, rule := range eventRules {
			if n := rule.find(p); n != nil {
				return heldWhen(p, crawler.Look{State: audit.Open, Rule: rule.name, Mark: n})
			}
		}
		if n, s := p.Drawer("events"); n != nil {
			return crawler.Look{Reason: audit.ReasonNeedsJS, System: s.Name}
		}
		if calendarFile(p) != nil {
			return crawler.Look{Reason: audit.ReasonIncomplete} // what is in it stands on no page
		}
		if leadsElsewhere(p, eventStems) {
			return crawler.Look{Reason: audit.ReasonThirdParty}
		}
	}
	if eventHeads.on(p) || placedDay(p) != nil || tells(p, eventLines) { // a day and a place, of what nobody says, or a line of when alone
		return crawler.Look{Reason: audit.ReasonNoMarker}
	}
	return quietUnless(p, eventStems)
}

// eventRules are tried in order; each gives the element that says so.
var eventRules = []struct {
	name string
	find func(*crawler.Page) *html.Node
}{
	{"calendar-plugin", pluginEvent},
	{"page-of-events", eventPage},
	{"marked-up-event", markedEvent},
	{"event-in-data", eventInData},
	{"calendar-file", datedFile},
	{"dated-list", datedList},
	{"headed-list", headedList},
	{"event-details", eventDetails},
	{"event-in-lines", linedEvent},
}

// pluginNames are classes that calendar plugins give to an event, and to nothing else.
var pluginNames = []string{
	"type-tribe_events", "tribe-events-event", "tribe-event-title", "tribe-events-calendar-list__event", "tribe-events-list-widget", "tribe-events-event", "tribe-events-single", // The Events Calendar
	"tribe-events-calendar-month__calendar-event", "tribe-events-widget-events-list__event", "tribe-events-pro-week-grid__event",
	"mec-event-article", "mec-event-title", "mec-single-event", // Modern Events Calendar
	"em-event", "em-item-title", "em-events-list", // Events Manager
	"eventon_list_event", "ajde_evcal_calendar", // EventON
	"ai1ec-event", "ai1ec-single-event", // All-in-One Event Calendar
	"mc-event", "mc_event", // My Calendar
	"eo-event-meta", "eo-events-widget", // Event Organiser
	"event_listing", "wpem-event-listings", // WP Event Manager
	"sc_event_title", "sugar_calendar_event", // Sugar Calendar
	"simcal-event",                                                         // Simple Calendar
	"eventlist-event",                                                      // Squarespace
	"fc-event",                                                             // FullCalendar, as a server prints it
	"jevents", "jev_listrow", "ic-event", "rsepro-title-block", "dp-event", // Joomla
	"node--type-event", "node-event", "view-events", "view-event", "view-upcoming-events", "view-id-events", // Drupal
	"tx-cal-controller", "sfeventmgt", "tx-sf-event-mgt", "tx-calendarize-pi1", "news-event", // TYPO3
	"mod_eventlist", "mod_eventreader", "mod_upcoming_events", // Contao
	"lw_cal_event", "lw_event_item", "localist_widget", // LiveWhale, Localist
	"ccm-block-calendar-event-list",               // Concrete
	"events-calendar-event", "civicrm-event-info", // CiviCRM
}

func pluginEvent(p *crawler.Page) *html.Node {
	for _, name := range pluginNames {
		for _, n := range visible(p, p.Class(name)) {
			if n.Data != "body" && !inMenu(n) && p.ShortText(n) != "" {
				return n
			}
		}
	}
	return nil
}

// inMenu reports whether an element is, or lies in, an entry of a menu.
func inMenu(n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if e.Data == "nav" {
			return true
		}
		for _, name := range names(e) {
			if strings.HasPrefix(name, "menu-item") || strings.HasPrefix(name, "nav-menu-item") {
				return true
			}
		}
	}
	return false
}

// markedEvent gives an element that is marked up as an event.
func markedEvent(p *crawler.Page) *html.Node {
	if !speaksOf(p, eventMarkup) {
		return nil
	}
	for _, n := range typedOrNamed(p, "vevent", "h-event") {
		own := isEventType(crawler.Attr(n, "itemtype")) || isEventType(crawler.Attr(n, "typeof")) || hasName(n, "vevent") || hasName(n, "h-event")
		if own && !p.Hidden(n) && p.ShortText(n) != "" {
			return n
		}
	}
	return nil
}

func isEventType(kind string) bool {
	kind = crawler.Lower(strings.TrimSpace(kind))
	switch kind[strings.LastIndexByte(kind, '/')+1:] {
	case "broadcastevent", "publicationevent", "deliveryevent", "userinteraction":
		return false
	}
	return strings.HasSuffix(kind, "event") && (strings.Contains(kind, "schema.org/") || kind == "event")
}

// calendarFile gives a link to a file of dates, or to subscribe to one.
func calendarFile(p *crawler.Page) *html.Node {
	if !speaksOf(p, calendarMarkup) {
		return nil
	}
	for _, l := range links(p) {
		if crawler.CalendarFile(l.href) && !p.Hidden(l.n) {
			return l.n
		}
	}
	return nil
}

// eventNames are stems of the names of a part of a page that lists events.
var eventNames = []string{"event", "evento", "eventi", "veranstaltung", "termin", "digwyddiad", "whats-on", "whatson"}
var eventNameSigns = crawler.NewSigns(eventNames...)

// datedList gives a part of the page that is named for events and holds at least two dates.
func datedList(p *crawler.Page) *html.Node {
	if len(p.Tag("time")) == 0 && !speaksOf(p, dateMarkup) {
		return nil
	}
	for _, n := range p.Elements() {
		switch n.Data {
		case "ul", "ol", "div", "section", "aside", "table":
		default:
			continue
		}
		if len(n.Attr) == 0 || !namedForEvents(n) || p.Hidden(n) || inMenu(n) || dates(n) < 2 {
			continue
		}
		return n
	}
	return nil
}

func namedForEvents(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key != "id" && a.Key != "class" {
			continue
		}
		if !eventNameSigns.In(a.Val) {
			continue
		}
		for name := range strings.FieldsSeq(crawler.Lower(a.Val)) {
			if stemIn(name, eventNames) && !strings.Contains(name, "prevent") && !strings.Contains(name, "events-none") {
				return true
			}
		}
	}
	return false
}

// dates counts the dates that a list marks up as such.
func dates(n *html.Node) int {
	found := 0
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		if c.Data == "time" || strings.Contains(lowerAttr(c, "datatype"), "date") || crawler.Attr(c, "itemprop") == "startDate" {
			found++
		}
	}
	return found
}
