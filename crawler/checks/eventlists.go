package checks

import (
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// eventTypes are schema.org's types of what people come to. Broadcasts, deliveries and publications are events there too.
var eventTypes = []string{
	"Event", "BusinessEvent", "ChildrensEvent", "ComedyEvent", "CourseInstance", "DanceEvent", "EducationEvent", "ExhibitionEvent", "Festival", "FoodEvent", "Hackathon",
	"LiteraryEvent", "MusicEvent", "ScreeningEvent", "SocialEvent", "SportsEvent", "TheaterEvent", "VisualArtsEvent", "EventSeries",
}

// eventInData gives the data of an event that the page tells search engines.
func eventInData(p *crawler.Page) *html.Node {
	for _, d := range dataOf(p) {
		if d.hasType(eventTypes...) {
			return d.script
		}
	}
	return nil
}

// eventPages are classes that a system gives to the body of an event's own page, or of its list of events.
var eventPages = map[string]bool{
	"single-tribe_events": true, "post-type-archive-tribe_events": true, "tribe-events-page-template": true, "single-mec-events": true, "post-type-archive-mec-events": true,
	"single-event": true, "single-events": true, "post-type-archive-event": true, "post-type-archive-events": true, "single-ajde_events": true, "single-sc_event": true,
	"single-ai1ec_event": true, "single-event_listing": true, "node-type-event": true, "node-type-events": true, "page-node-type-event": true, "page-node-type-events": true,
	"portaltype-event": true, "template-event_view": true, "template-event_listing": true, "com_jevents": true, "com_icagenda": true, "com_dpcalendar": true, "com_rseventspro": true,
	"collection-type-events": true,
}

// eventPage gives the body of a page that its system calls an event or a list of events.
func eventPage(p *crawler.Page) *html.Node {
	for _, b := range p.Tag("body") {
		for _, name := range names(b) {
			if eventPages[name] {
				return b
			}
		}
	}
	return nil
}

// eventHeads are the whole of a heading over a list of events.
var eventHeads = newPhrases(
	"events", "upcoming events", "our events", "all events", "latest events", "forthcoming events", "coming events", "next events", "local events", "community events", "resident events",
	"residents' events", "residents’ events", "tenant events", "events calendar", "event calendar", "calendar of events", "events and activities", "what's on", "what’s on", "what's on near you", "diary dates", "dates for your diary", "diary of events",
	"veranstaltungen", "aktuelle veranstaltungen", "kommende veranstaltungen", "nächste veranstaltungen", "veranstaltungskalender", "veranstaltungshinweise", "termine", "aktuelle termine",
	"nächste termine", "kommende termine", "unsere termine", "terminkalender", "événements", "prochains événements", "événements à venir", "agenda des événements", "manifestations", "prochains rendez-vous",
	"eventos", "próximos eventos", "agenda de eventos", "calendario de eventos", "digwyddiadau", "ein digwyddiadau", "digwyddiadau i ddod", "digwyddiadau nesaf", "beth sydd ymlaen", "calendr digwyddiadau",
	"eventi", "prossimi eventi", "calendario eventi", "evenementen",
)

// headedList gives the heading of a list of events that has at least two entries with a day each: in the elements that
// follow it, or that follow the one it stands in.
func headedList(p *crawler.Page) *html.Node {
	if !eventHeads.on(p) {
		return nil
	}
	for _, name := range [...]string{"h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend"} {
		for _, n := range p.Tag(name) {
			if eventHeading(p, n) && daysAfter(p, n) >= 2 {
				return n
			}
		}
	}
	return nil
}

func eventHeading(p *crawler.Page, n *html.Node) bool {
	text := p.ShortText(n)
	return len(text) < maxHeading && eventHeads.is[withoutYears(strings.Trim(plainLower(text), " :.!"))] && !p.Hidden(n) && !inMenu(n) && !inSideBar(n)
}

// withoutYears is a heading without the years that it is for: "termine 2026", "2026 events", "events for 2026/27". One for
// a month may head a leaf of a calendar, where every day stands and nothing is held.
func withoutYears(head string) string {
	if !strings.ContainsAny(head, "0123456789") {
		return head
	}
	words := strings.FieldsFunc(head, func(r rune) bool { return strings.ContainsRune(" -–/&", r) })
	for len(words) > 1 && isYear(words[0]) {
		words = words[1:]
	}
	for len(words) > 1 && endsInYear(words) {
		words = words[:len(words)-1]
		if last := len(words) - 1; last > 0 && beforeYear[words[last]] {
			words = words[:last]
		}
	}
	return strings.Join(words, " ")
}

// endsInYear reports whether some words end in a year, be it the second of a span in short.
func endsInYear(words []string) bool {
	last := len(words) - 1
	return isYear(words[last]) || isYear(words[last-1]) && isYear("20"+words[last])
}

// beforeYear are the words between a heading and its years, or between them.
var beforeYear = wordSet("in for and im für und en pour et para y yn ar gyfer per")

// inSideBar reports whether an element stands beside what the page is about: there, words alone tell too little.
func inSideBar(n *html.Node) bool {
	for e := n; e != nil && e.Data != "body"; e = e.Parent {
		if e.Data == "aside" || lowerAttr(e, "role") == "complementary" {
			return true
		}
		for _, name := range names(e) {
			if strings.Contains(name, "sidebar") || strings.Contains(name, "side-bar") || strings.HasPrefix(name, "widget") {
				return true
			}
		}
	}
	return false
}

// daysAfter counts the entries with a day that come after a heading, up to the next heading of its rank: among its own
// siblings, else among those of the one or two elements that hold nothing but it.
func daysAfter(p *crawler.Page, head *html.Node) int {
	from := head
	for range 3 {
		days := 0
		for n := from.NextSibling; n != nil && days < 2; n = n.NextSibling {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == head.Data {
				break
			}
			days += entriesWithDay(p, n, maxEntries)
		}
		if days >= 2 || from.Parent == nil || from.Parent.Data == "body" {
			return days
		}
		from = from.Parent
	}
	return 0
}

// maxEntries is how many elements of a list are looked at for a day.
const maxEntries = 200

// entriesWithDay counts the innermost elements of an element that state a day, the element itself included, and stops at
// two.
func entriesWithDay(p *crawler.Page, n *html.Node, most int) int {
	if p.Hidden(n) {
		return 0
	}
	if n.Data == "time" || statesDay(ownText(n)) {
		return 1
	}
	days := 0
	for c := n.FirstChild; c != nil && days < 2 && most > 0; c = c.NextSibling {
		if c.Type == html.ElementNode {
			most--
			days += entriesWithDay(p, c, most)
		}
	}
	return days
}

// monthStems are the first three letters of the months in English, Welsh, German, French, Spanish and Italian.
var monthStems = map[string]bool{
	"jan": true, "feb": true, "mar": true, "apr": true, "may": true, "jun": true, "jul": true, "aug": true, "sep": true, "oct": true, "nov": true, "dec": true,
	"ion": true, "chw": true, "maw": true, "ebr": true, "mai": true, "meh": true, "gor": true, "aws": true, "med": true, "hyd": true, "tac": true, "rha": true,
	"mär": true, "okt": true, "dez": true, "fév": true, "avr": true, "jui": true, "aoû": true, "déc": true, "ene": true, "abr": true, "ago": true, "dic": true,
	"gen": true, "mag": true, "giu": true, "lug": true, "set": true, "ott": true,
}

// statesDay reports whether a short text states a day of a month: "12 May", "May 12th", "Sa, 12. Mai", "12.05.2026".
func statesDay(text string) bool {
	if len(text) < 4 || len(text) > 300 || !strings.ContainsAny(text, "0123456789") {
		return false
	}
	words := dateWords(text)
	for i, w := range words {
		if !isDay(w) {
			continue
		}
		switch {
		case i > 0 && isMonth(words[i-1]), i+1 < len(words) && isMonth(words[i+1]), i+2 < len(words) && (words[i+1] == "de" || words[i+1] == "o") && isMonth(words[i+2]):
			return true
		case i+2 < len(words) && isDay(words[i+1]) && (isYear(words[i+2]) || isYear("20"+words[i+2])) && !strings.Contains(text, ":"+words[i+1]):
			return true
		}
	}
	return false
}

func isMonth(w string) bool {
	runes := []rune(w)
	return len(runes) >= 3 && len(runes) <= 11 && monthStems[string(runes[:3])]
}

func isYear(w string) bool {
	_, ok := fullYear(w)
	return ok
}

// The labels under which a page tells of one event.
var (
	whenLabels  = newPhrases("date", "when", "dates", "datum", "wann", "termin", "quand", "fecha", "cuándo", "dyddiad", "pryd", "data", "quando")
	timeLabels  = newPhrases("time", "times", "start time", "starts", "start", "uhrzeit", "beginn", "zeit", "heure", "horaire", "hora", "horario", "amser", "orario", "doors open")
	placeLabels = newPhrases("venue", "location", "where", "place", "veranstaltungsort", "lieu", "lugar", "lleoliad", "luogo")
)

// eventDetails gives the first of three labels (day, time, place) that stand in one part of a page and not in a form: the
// page is about an event.
func eventDetails(p *crawler.Page) *html.Node {
	if !timeLabels.on(p) {
		return nil
	}
	return labelledDay(p, true)
}

// placedDay gives the label of a day that stands in one part of a page with that of a place, where of an hour nothing is
// told: it may be an event's.
func placedDay(p *crawler.Page) *html.Node { return labelledDay(p, false) }

func labelledDay(p *crawler.Page, timed bool) *html.Node {
	if !whenLabels.on(p) || !placeLabels.on(p) {
		return nil
	}
	for _, n := range crawler.Memo(p, "labels of days", dayLabels) {
		if !p.Hidden(n) && !within(n, "form", "nav") && !inSideBar(n) && besideLabels(n, timed) {
			return n
		}
	}
	return nil
}

func dayLabels(p *crawler.Page) []*html.Node {
	return headsIn(p, []string{"dt", "th", "strong", "b", "h3", "h4", "span"}, whenLabels)
}

// besideLabels reports whether labels of place, and of time where that is asked, stand in the same list or table as one of a
// day, in elements of the same name.
func besideLabels(day *html.Node, timed bool) bool {
	for e, up := day.Parent, 0; e != nil && up < 3; e, up = e.Parent, up+1 {
		var hours, place bool
		seen := 0
		for c := range e.Descendants() {
			if c.Type == html.ElementNode && c.Data == day.Data {
				hours, place = hours || isHead(c, timeLabels), place || isHead(c, placeLabels)
			}
			if seen++; seen > maxEntries {
				break
			}
		}
		if (hours || !timed) && place {
			return true
		}
	}
	return false
}

// eventLines are words that stand at the beginning of a line which says when something is held, and placeLines where. "Date"
// alone is none of them: it may be a picture's, or that of works.
var (
	eventLines = []string{"termin:", "wann:", "when:", "quand:", "cuándo:", "pryd:", "quando:"}
	placeLines = []string{"ort:", "veranstaltungsort:", "treffpunkt:", "where:", "venue:", "où:", "lieu:", "lugar:", "dónde:", "ble:", "lleoliad:", "dove:", "luogo:"}
)

const (
	nearLines = 5  // how far below a line of a day that of its place may stand
	shortLine = 90 // how much may stand in it
)

// linedEvent gives the first line of a page's content that says when something is held, with a line near it that says
// where. One event alone says the hour too.
func linedEvent(p *crawler.Page) *html.Node {
	lined := crawler.Memo(p, "lined events", findLined)
	if len(lined) == 0 {
		return nil
	}
	return lined[0]
}

func findLined(p *crawler.Page) (lines []*html.Node) {
	if !tells(p, eventLines) || !tells(p, placeLines) {
		return nil
	}
	blocks := contentOf(p).blocks
	timed := false
	for i, b := range blocks {
		day, ok := lineAfter(b.lower, eventLines)
		if !ok || !statesDay(day) {
			continue
		}
		for _, near := range blocks[i:min(len(blocks), i+nearLines)] {
			if _, ok := lineAfter(near.lower, placeLines); ok {
				lines = append(lines, b.n)
				timed = timed || statesHour(day)
				break
			}
		}
	}
	if len(lines) == 1 && !timed {
		return nil
	}
	return lines
}

// lineAfter gives what follows the first of some words that stands in a text at the beginning of a word.
func lineAfter(text string, words []string) (string, bool) {
	for _, w := range words {
		at := strings.Index(text, w)
		if at < 0 || at > 0 && text[at-1] != ' ' {
			continue
		}
		rest := text[at+len(w):]
		return strings.ToValidUTF8(rest[:min(len(rest), shortLine)], ""), true
	}
	return "", false
}

// statesHour reports whether a text states an hour of the day: "19 Uhr", "18:30", "7pm", "7.30 pm".
func statesHour(text string) bool {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;()", r) })
	for i, w := range words {
		if hour, minute, ok := strings.Cut(w, ":"); ok && len(hour) <= 2 && isNumber(hour) && len(minute) >= 2 && isNumber(minute[:2]) {
			return true
		}
		if i > 0 && hours[w] && digit(words[i-1][len(words[i-1])-1]) {
			return true
		}
		for _, half := range [...]string{"am", "pm", "h"} {
			if before, ok := strings.CutSuffix(w, half); ok && before != "" && digit(before[len(before)-1]) {
				return true
			}
		}
	}
	return false
}

var hours = wordSet("uhr am pm h heures horas ore")

// eventsTab gives the tab by which a Facebook Page of the old look leads to its own events.
func eventsTab(p *crawler.Page) *html.Node {
	if !onFacebook(p) {
		return nil
	}
	for _, n := range p.Tag("div") {
		if lowerAttr(n, "data-key") == "tab_events" && p.ShortText(n) != "" {
			return n
		}
	}
	return nil
}
