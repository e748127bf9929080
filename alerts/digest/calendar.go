package digest

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"doorknock/audit"
	"doorknock/store"
)

// Calendar is a list of days as a calendar of RFC 5545.
type Calendar struct {
	Name  string
	Made  time.Time // DTSTAMP of its events; of a day rather than a moment, so that one that says nothing new is the same
	Dates []Date
}

// Date is a whole day. Its ID is made from what it tells of, so that it stays one event however often it is fetched.
type Date struct {
	ID            string
	Day           time.Time
	Summary, Text string
	Address       string // "" where there is none
}

// DutyDates are the days on which duties begin or end for any of some organisations, from a day on.
func DutyDates(duties audit.Duties, titles map[audit.CheckID]string, of []audit.Organisation, from time.Time, language string) []Date {
	w := In(language)
	var dates []Date
	for _, d := range duties.Rows {
		binds := func(o audit.Organisation) bool { return duties.Asks(d.Check, o) && d.Whom.Holds(o) }
		if !d.Binds || !d.Sure || titles[d.Check] == "" || !slices.ContainsFunc(of, binds) {
			continue
		}
		for key, day := range map[string]time.Time{"date.begins": d.From, "date.ends": d.Until} {
			if day.Before(from) {
				continue
			}
			question := w.Question(d.Check, titles[d.Check])
			dates = append(dates, Date{ID: audit.LongHash("duty date", key, d.Source, d.Part, string(d.Check), day.Format(time.DateOnly), strings.Join(d.Nations, ","), strings.Join(d.Sectors, ",")),
				Day: day, Summary: w.Say(key, "question", question), Text: strings.TrimSuffix(d.Source+", "+d.Part, ", "), Address: d.Address})
		}
	}
	sortDates(dates)
	return dates
}

// AnswerDates are the days by which organisations are to reply: when a notice ends, and when a code would have comments
// answered that our method reads as complaints and to which no public answer was seen. For an operator's own people.
func AnswerDates(deadlines []store.Deadline, of []audit.Organisation, clocks audit.Clocks, base, language string) []Date {
	w := In(language)
	by := map[string]audit.Organisation{}
	for _, o := range of {
		by[o.ID] = o
	}
	counts := map[Date]int{}
	for _, d := range deadlines {
		o, known := by[d.Organisation]
		if !known {
			continue
		}
		date := Date{Day: d.At, Summary: w.Say("date.notice", "name", their(o.Name))}
		if !d.Notice {
			dates, known := clocks.Dates(o.Nation, o.Sector, d.At)
			if !known {
				continue
			}
			date = Date{Day: dates.Answer, Text: dates.Source}
		}
		date.Day = time.Date(date.Day.Year(), date.Day.Month(), date.Day.Day(), 0, 0, 0, 0, time.UTC)
		date.ID = audit.LongHash("answer date", o.ID, date.Day.Format(time.DateOnly), fmt.Sprint(d.Notice))
		if base != "" {
			date.Address = base + "/organisations/" + o.ID
		}
		if !d.Notice {
			date.Summary = o.ID // until they are counted
		}
		counts[date]++
	}
	var all []Date
	for date, n := range counts {
		if o, known := by[date.Summary]; known {
			date.Summary = w.Say("date.answer", "name", their(o.Name), "n", n)
		}
		all = append(all, date)
	}
	sortDates(all)
	return all
}

func sortDates(all []Date) {
	slices.SortFunc(all, func(a, b Date) int {
		if c := a.Day.Compare(b.Day); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Write writes the calendar: all-day events, lines folded at 75 bytes between characters, CRLF.
func (c Calendar) Write(w io.Writer) error {
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//doorknock//dates//EN")
	line("METHOD", "PUBLISH")
	line("NAME", calendarText(c.Name))
	line("X-WR-CALNAME", calendarText(c.Name))
	for _, d := range c.Dates {
		line("BEGIN", "VEVENT")
		line("UID", d.ID+"@doorknock")
		line("DTSTAMP", c.Made.UTC().Format("20060102T150405Z"))
		line("DTSTART;VALUE=DATE", d.Day.Format("20060102"))
		line("DTEND;VALUE=DATE", d.Day.AddDate(0, 0, 1).Format("20060102"))
		line("SUMMARY", calendarText(d.Summary))
		line("DESCRIPTION", calendarText(d.Text))
		if u := audit.Untrusted(d.Address).Link(); u != "" {
			line("URL", u)
		}
		line("TRANSP", "TRANSPARENT")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write calendar %s: %w", c.Name, err)
	}
	return nil
}

// calendarText escapes as RFC 5545 asks; what acts on the text around it is taken out first.
func calendarText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(audit.Untrusted(s).Plain(1000))
}

// fold writes one content line in pieces of at most 75 bytes.
func fold(b *strings.Builder, line string) {
	room := 75
	for _, r := range line {
		if n := utf8.RuneLen(r); n > room {
			b.WriteString("\r\n ")
			room = 74
		}
		n, _ := b.WriteRune(r)
		room -= n
	}
	b.WriteString("\r\n")
}
