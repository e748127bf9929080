package checks

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// read reads the days of an element: those that its markup states for programs, and those that its words say.
func (d *eventDays) read(n *html.Node) {
	d.readMarkup(n)
	d.readText(n)
}

// passes reports whether an element says nothing of when something is held: menus, scripts, the frame of the page, when it
// was written, and what visitors wrote below.
func (d *eventDays) passes(n *html.Node) bool {
	switch n.Data {
	case "script", "style", "template", "noscript", "select", "nav", "footer":
		return true
	case "header":
		return !within(n, "main", "article", "section")
	case "aside":
		return d.reading == inMain
	}
	return len(n.Attr) > 0 && slices.ContainsFunc(append(names(n), lowerAttr(n, "itemprop")), func(name string) bool { return written[name] })
}

// written are the names of elements that say when a page was written, or hold what its visitors wrote.
var written = map[string]bool{
	"published": true, "updated": true, "entry-date": true, "post-date": true, "posted-on": true, "entry-meta": true, "post-meta": true, "submitted": true,
	"datepublished": true, "datemodified": true, "datecreated": true, "dt-published": true, "dt-updated": true,
	"comments": true, "comment-list": true, "commentlist": true, "respond": true,
}

// readMarkup reads the days in the attributes by which HTML, microdata, RDFa and microformats state them, and in links.
func (d *eventDays) readMarkup(n *html.Node) {
	if n.Type != html.ElementNode || d.passes(n) {
		return
	}
	if d.unseen(n) {
		d.reading = inMain
		d.read(n)
		d.reading = inEvents
		return
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "datetime", "content", "title", "value":
			if day, ok := isoDay(a.Val); ok {
				d.take(n, day)
			}
		case "href":
			d.readLink(n)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		d.readMarkup(c)
	}
}

// unseen reports whether an element of an event is not shown.
func (d *eventDays) unseen(n *html.Node) bool { return d.reading == inEvents && d.p.Hidden(n) }

// isoDay reads the day with which a time of ISO 8601 begins.
func isoDay(value string) (time.Time, bool) {
	value = strings.TrimSpace(value)
	if len(value) < len(time.DateOnly) || len(value) > len(time.DateOnly) && digit(value[len(time.DateOnly)]) {
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, value[:len(time.DateOnly)])
	return day, err == nil
}

// readValue reads a day of schema.org's data, which is meant to be a standard's and is often words.
func (d *eventDays) readValue(n *html.Node, value string) {
	if day, ok := isoDay(value); ok {
		d.take(n, day)
		return
	}
	d.readWords(n, value)
}

// fewBytes is the most that a date holds which is put together from boxes: one for the day, one for the month.
const fewBytes = 40

// readText reads the words of an element, line by line, and the words of a small one as one line.
func (d *eventDays) readText(n *html.Node) {
	if n.Type != html.ElementNode || d.passes(n) || d.unseen(n) {
		return
	}
	var line strings.Builder
	d.write(&line, n, fewBytes+1)
	if line.Len() <= fewBytes {
		d.readWords(n, line.String())
		return
	}
	line.Reset()
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode || c.Type == html.ElementNode && inLine(c) {
			d.write(&line, c, maxLine)
			continue
		}
		d.readWords(n, line.String())
		line.Reset()
		d.readText(c)
	}
	d.readWords(n, line.String())
}

// maxLine bounds a line; what is longer is prose, and its end is not read.
const maxLine = 4000

// write writes the words of an element, blanks between them, until there are enough.
func (d *eventDays) write(line *strings.Builder, n *html.Node, most int) {
	switch {
	case line.Len() >= most:
	case n.Type == html.TextNode:
		for w := range strings.FieldsSeq(n.Data) {
			line.WriteString(w)
			line.WriteByte(' ')
		}
	case n.Type == html.ElementNode && !d.passes(n) && !d.unseen(n):
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			d.write(line, c, most)
		}
	}
}

// inLine reports whether an element stands in a line of text, and so does all that it holds.
func inLine(n *html.Node) bool {
	switch n.Data {
	case "a", "abbr", "b", "em", "i", "small", "span", "strong", "sub", "sup", "time", "u", "mark", "data", "font":
	default:
		return false
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && !inLine(c) {
			return false
		}
	}
	return true
}

// readWords reads the days that a line of words says.
func (d *eventDays) readWords(n *html.Node, line string) {
	if !strings.ContainsAny(line, "0123456789") {
		d.late = d.late || d.reading != inAllElse && d.regular(dateWords(line))
		return
	}
	words := slices.DeleteFunc(dateWords(line), func(w string) bool { return between[w] })
	if d.reading != inAllElse {
		d.late = d.late || d.regular(words)
	}
	for i := range words {
		if slices.ContainsFunc(words[max(0, i-4):i], func(w string) bool { return tellsWriting[w] }) {
			continue
		}
		if other, may := otherReading(words, i); may {
			d.late = d.late || !d.over(other)
		}
		day, ok := dayAt(words, i)
		switch {
		case ok:
			d.take(n, day)
		case d.reading != inAllElse:
			d.bare(words, i)
		}
	}
	if d.reading != inAllElse && dottedDay(line) {
		d.vague[dayOfYear{}] = true
	}
}

// between are words that stand between the parts of a date; tellsWriting those before the day on which a page was written.
var (
	between      = map[string]bool{"de": true, "del": true, "of": true, "o": true, "the": true, "st": true, "nd": true, "rd": true, "th": true}
	tellsWriting = map[string]bool{"posted": true, "published": true, "updated": true, "reviewed": true, "modified": true, "aktualisiert": true, "veröffentlicht": true, "diweddarwyd": true, "cyhoeddwyd": true}
)

// otherReading gives the day of three numbers at a place where the month stands first: "03/12/2019" may be either.
func otherReading(words []string, i int) (time.Time, bool) {
	if i+2 >= len(words) || !isDay(words[i]) || !isDay(words[i+1]) {
		return time.Time{}, false
	}
	year, full := fullYear(words[i+2])
	month, err := strconv.Atoi(words[i])
	if !full || err != nil || month > 12 {
		return time.Time{}, false
	}
	return calendarDay(year, time.Month(month), words[i+1])
}

// bare notes a day and month that stand at a place without a year, but where they begin a span that ends with one.
func (d *eventDays) bare(words []string, i int) {
	if !isMonth(words[i]) {
		return
	}
	month := crawler.MonthNamed(words[i])
	for _, j := range [...]int{i - 1, i + 1} {
		if j < 0 || j >= len(words) || !isDay(words[j]) {
			continue
		}
		for end := i + 1; end < len(words) && end <= i+3; end++ {
			if _, dated := dayAt(words, end); dated && crawler.MonthNamed(words[end]) > 0 {
				return
			}
		}
		n, err := strconv.Atoi(words[j])
		if err != nil || month == 0 {
			n = 0 // a month of which we know the beginning only
		}
		d.vague[dayOfYear{month, n}] = true
	}
}

// dottedDay reports whether a line says a day by its numbers and no year: "12.05.".
func dottedDay(line string) bool {
	for w := range strings.FieldsSeq(line) {
		parts := strings.Split(strings.Trim(w, "(),;–-"), ".")
		if len(parts) == 3 && isDay(parts[0]) && isDay(parts[1]) && parts[2] == "" {
			return true
		}
	}
	return false
}

// regular reports whether a line says that something is held again and again: "every Tuesday", "weekly", "the first Friday
// of the month". "Mondays" says so in an event; beside one it may be when the office is open.
func (d *eventDays) regular(words []string) bool {
	for i, w := range words {
		next := words[i+1 : min(len(words), i+4)]
		if often[w] || d.reading == inEvents && onDays[w] || each[w] && slices.ContainsFunc(next, func(w string) bool { return weekDays[w] || spansOfTime[w] }) || ordinals[w] && len(next) > 0 && weekDays[next[0]] {
			return true
		}
	}
	return false
}

var (
	often    = wordSet("weekly fortnightly monthly quarterly ongoing wythnosol misol wöchentlich monatlich hebdomadaire mensuel semanal mensual settimanale mensile")
	onDays   = wordSet("mondays tuesdays wednesdays thursdays fridays saturdays sundays montags dienstags mittwochs donnerstags freitags samstags sonntags")
	each     = wordSet("every each bob pob jeden jede jedes chaque tous toutes cada todos todas ogni")
	ordinals = wordSet("first second third fourth last erster zweiter dritter letzter premier deuxième dernier primer segundo último")
	weekDays = wordSet("monday tuesday wednesday thursday friday saturday sunday dydd llun mawrth mercher iau gwener sadwrn sul " +
		"montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lundis mardis mercredis jeudis vendredis " +
		"samedis dimanches lunes martes miércoles jueves viernes sábado domingo lunedì martedì mercoledì giovedì venerdì sabato domenica")
	spansOfTime = wordSet("day weekday week weekend fortnight month quarter wythnos mis tag woche monat jour semaine mois día semana mes giorno settimana mese")
)
