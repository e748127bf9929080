package crawler

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"doorknock/audit"
)

// calendarEntry is an event as its properties state it.
type calendarEntry struct {
	begins, ends time.Time
	lasts        time.Duration
	more         []time.Time // further dates
	rule         calendarRule
	unheld       bool // it is called off, or private
	skips        bool // some of its dates are left out
	mark         calendarLine
}

const day = 24 * time.Hour

func (e *calendarEntry) take(l calendarLine) {
	switch l.name {
	case "DTSTART":
		if e.begins = calendarTime(l.value); e.rule == nil {
			e.mark = l
		}
	case "DTEND":
		e.ends = calendarTime(l.value)
	case "DURATION":
		e.lasts = calendarSpan(l.value)
	case "RRULE":
		e.rule, e.mark = readCalendarRule(l.value), l
	case "RDATE":
		for one := range strings.SplitSeq(l.value, ",") {
			if t := calendarTime(one); !t.IsZero() && len(e.more) < maxProperty/8 {
				e.more = append(e.more, t)
			}
		}
	case "EXDATE":
		e.skips = true
	case "STATUS":
		e.unheld = e.unheld || strings.EqualFold(l.value, "CANCELLED")
	case "CLASS":
		e.unheld = e.unheld || strings.EqualFold(l.value, "PRIVATE") || strings.EqualFold(l.value, "CONFIDENTIAL")
	}
}

// held says when the event is held; false where it is not, or does not say.
func (e *calendarEntry) held(body []byte) (CalendarEvent, bool) {
	if e.begins.IsZero() || e.unheld {
		return CalendarEvent{}, false
	}
	lasts := max(e.lasts, e.ends.Sub(e.begins), 0)
	if lasts > 0 {
		lasts -= time.Second // what ends at midnight is not held on the day that begins
	}
	made := CalendarEvent{Surely: e.begins, Last: e.begins, Mark: markOfLine(body, e.mark)}
	for _, t := range e.more {
		made.Surely, made.Last = later(made.Surely, t), later(made.Last, t)
	}
	if e.rule != nil {
		e.repeat(&made)
	}
	if made.Surely = onlyDay(made.Surely.Add(lasts)); !made.Last.IsZero() {
		made.Last = onlyDay(made.Last.Add(lasts))
	}
	return made, true
}

// repeat says how far the rule by which an event comes again reaches. One that we do not understand reaches nobody knows where.
func (e *calendarEntry) repeat(made *CalendarEvent) {
	gap := e.rule.gap()
	count, counted := e.rule.number("COUNT")
	until := calendarTime(e.rule["UNTIL"])
	switch {
	case e.rule.each() == 0 || e.rule["UNTIL"] != "" && until.IsZero() || e.rule["COUNT"] != "" && (!counted || gap == 0):
		made.Last = time.Time{}
	case !until.IsZero():
		made.Last = later(made.Last, until)
		if gap > 0 && !e.skips {
			made.Surely = later(made.Surely, until.AddDate(0, 0, -gap))
		}
	case counted:
		made.Last = later(made.Last, e.begins.AddDate(0, 0, min(count*gap, maxDays)))
		if gap == e.rule.each() && len(e.rule.parts()) == 0 && !e.skips {
			made.Surely = later(made.Surely, e.begins.AddDate(0, 0, min((count-1)*gap, maxDays)))
		}
	default:
		made.Last, made.Endless = time.Time{}, true
	}
}

// calendarRule is a rule by which an event comes again, by its keys in upper case.
type calendarRule map[string]string

func readCalendarRule(value string) calendarRule {
	r := calendarRule{}
	for part := range strings.SplitSeq(value, ";") {
		key, v, _ := strings.Cut(part, "=")
		r[strings.ToUpper(strings.TrimSpace(key))] = strings.ToUpper(strings.TrimSpace(v))
	}
	return r
}

const (
	most    = 10_000  // the greatest number that a rule is believed
	maxDays = 400_000 // no rule is followed farther
)

func (r calendarRule) number(key string) (n int, ok bool) {
	n, err := strconv.Atoi(r[key])
	return n, err == nil && n > 0 && n <= most
}

// parts are the keys by which a rule chooses days within its weeks, months or years.
func (r calendarRule) parts() (keys []string) {
	for key := range r {
		if strings.HasPrefix(key, "BY") {
			keys = append(keys, key)
		}
	}
	return keys
}

// each is how many days lie between the times of a rule at the most, but for the days that it chooses; 0 where it cannot be told.
func (r calendarRule) each() int {
	every, ok := r.number("INTERVAL")
	if !ok {
		every = 1
	}
	return every * map[string]int{"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}[r["FREQ"]]
}

// gap is the most days that may lie between two of a rule's, 0 where it cannot be told. Days of a week come every week; a day of a month
// may be one that few have: the fifth Friday, the 31st, 29 February.
func (r calendarRule) gap() int {
	switch r["FREQ"] {
	case "MONTHLY", "YEARLY":
		return 4 * r.each()
	}
	for _, part := range r.parts() {
		if part != "BYDAY" || r["FREQ"] != "WEEKLY" {
			return 0 // it may choose its months, and rest for most of the year
		}
	}
	return r.each()
}

// calendarTime reads the time with which a value begins: a day, and the hour where one is stated. In which zone that is does not matter where
// days are compared with a day to spare.
func calendarTime(value string) time.Time {
	value = strings.TrimSpace(value)
	for _, layout := range [...]string{"20060102T150405", "20060102"} {
		if len(value) < len(layout) {
			continue
		}
		if t, err := time.Parse(layout, value[:len(layout)]); err == nil && t.Year() > 1900 {
			return t
		}
	}
	return time.Time{}
}

// calendarSpan reads how long something lasts: "P2D", "PT1H30M", "P1W".
func calendarSpan(value string) (d time.Duration) {
	units := map[byte]time.Duration{'W': 7 * day, 'D': day, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	digits := ""
	for i := range len(value) {
		c := value[i]
		if '0' <= c && c <= '9' {
			digits += string(c)
			continue
		}
		if n, err := strconv.Atoi(digits); err == nil && n <= most {
			d += time.Duration(n) * units[c]
		}
		digits = ""
	}
	return d
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func onlyDay(t time.Time) time.Time { return t.Truncate(day) }

// markOfLine marks a property of a calendar file: all of it, or its first bytes, where it is long or not of ASCII.
func markOfLine(body []byte, l calendarLine) audit.Mark {
	length := 0
	for length < min(l.length, maxExcerpt) && body[l.at+length] < utf8.RuneSelf {
		length++
	}
	return audit.Mark{Offset: l.at, Length: length, Excerpt: string(body[l.at : l.at+length])}
}
