package crawler

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// When is the time that a page states: From until To, which differ where the page says a day only, or "3 h ago". The
// zero value is none stated, or none that can be true.
type When struct{ From, To time.Time }

// IsZero reports that no time is stated.
func (w When) IsZero() bool { return w.From.IsZero() }

// What a site says of its own past can be true only within these bounds.
const (
	firstYear  = 2004           // before that there were no blogs with comments
	aheadAtAll = 48 * time.Hour // clocks and zones differ
	longestAgo = 30 * 365 * 24 * time.Hour
	maxWhen    = 120 // bytes of a stated time; what is longer is prose
)

// ReadWhen reads a time as sites state it: in the letters of a standard, in words of English, Welsh, German, French or
// Spanish, in numbers, or by how long ago it was. at is the time of the look, from which "3 h ago" is counted; dayFirst
// says that 01/02/2026 is in February, as in Britain: without it such a date, which may be either, is none. A time
// without a zone is taken as UTC.
func ReadWhen(text string, at time.Time, dayFirst bool) When {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxWhen {
		return When{}
	}
	if t, ok := standardTime(text); ok {
		return plausible(When{t, t}, at)
	}
	words := timeWords(text)
	if w, ok := ago(words, at); ok {
		return plausible(w, at)
	}
	return plausible(statedTime(words, dayFirst), at)
}

func plausible(w When, at time.Time) When {
	if !Plausible(w.From, at) {
		return When{}
	}
	return w
}

// Plausible reports whether a time that a site states can be true of its own past. at is the time of the look; the zero
// time knows no future.
func Plausible(t, at time.Time) bool {
	return t.Year() >= firstYear && (at.IsZero() || !t.After(at.Add(aheadAtAll)))
}

// standardTime reads ISO 8601 as browsers and WordPress write it.
func standardTime(text string) (time.Time, bool) {
	if len(text) < len("2006-01-02T5:04") || text[4] != '-' || text[7] != '-' {
		return time.Time{}, false
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05-0700", "2006-01-02T15:04-07:00", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// word is a number, a word in lower case, or one of the marks that part numbers.
type word struct {
	text   string
	number int  // -1 where it is none
	digits int  // how many it was written with
	mark   byte // of a separator: . / : -
}

// timeWords takes a stated time apart. "7th" is a number, and so is "1er".
func timeWords(text string) (all []word) {
	runes := []rune(Lower(text))
	for i := 0; i < len(runes); {
		switch r := runes[i]; {
		case r >= '0' && r <= '9':
			j := i
			for j < len(runes) && runes[j] >= '0' && runes[j] <= '9' {
				j++
			}
			n, err := strconv.Atoi(string(runes[i:j]))
			if err != nil || j-i > 6 {
				n = -1
			}
			all = append(all, word{number: n, digits: j - i})
			i = ordinal(runes, j)
		case unicode.IsLetter(r):
			j := i
			for j < len(runes) && (unicode.IsLetter(runes[j]) || runes[j] == '’' || runes[j] == '\'') {
				j++
			}
			all = append(all, word{text: string(runes[i:j]), number: -1})
			i = j
		case r == '.' || r == '/' || r == ':' || r == '-':
			all = append(all, word{number: -1, mark: byte(r)})
			i++
		default:
			i++
		}
	}
	return all
}

// ordinal skips what makes a number an ordinal.
func ordinal(runes []rune, at int) int {
	for _, suffix := range [...]string{"st", "nd", "rd", "th", "er", "ain", "eg", "fed", "º", "ª"} {
		end := at + len([]rune(suffix))
		if end <= len(runes) && string(runes[at:end]) == suffix && (end == len(runes) || !unicode.IsLetter(runes[end])) {
			return end
		}
	}
	return at
}

var months = monthNames(
	"january jan ionawr januar jänner janvier janv enero ene gennaio",
	"february feb chwefror chwef februar février févr fevr febrero febbraio",
	"march mar mawrth märz mrz mars marzo",
	"april apr ebrill avril avr abril abr aprile",
	"may mai mayo maggio",
	"june jun mehefin meh juni juin junio giugno",
	"july jul gorffennaf gorff juli juillet juil julio luglio",
	"august aug awst août aout agosto ago",
	"september sep sept medi septembre septiembre settembre",
	"october oct hydref hyd oktober okt octobre octubre ottobre",
	"november nov tachwedd tach novembre noviembre",
	"december dec rhagfyr rhag dezember dez décembre déc diciembre dic dicembre",
)

func monthNames(lists ...string) map[string]time.Month {
	m := map[string]time.Month{}
	for i, list := range lists {
		for name := range strings.FieldsSeq(list) {
			m[name] = time.Month(i + 1)
		}
	}
	return m
}

// MonthNamed gives the month that a word in lower case names in English, Welsh, German, French, Spanish or Italian; 0 for none.
func MonthNamed(word string) time.Month { return months[word] }

// statedTime reads a day with a year, and the time of day where one stands beside it.
func statedTime(words []word, dayFirst bool) When {
	day, ok := dayInWords(words)
	if !ok {
		day, ok = dayInNumbers(words, dayFirst)
	}
	if !ok {
		return When{}
	}
	if clock, ok := clockOf(words); ok {
		t := day.Add(clock)
		return When{t, t}
	}
	return When{day, day.Add(24*time.Hour - time.Second)}
}

// dayInWords reads a month's name with a day and a year of four digits on either side: "7 January 2013", "January 7th,
// 2013", "Mai 10, 2017".
func dayInWords(words []word) (time.Time, bool) {
	for i, w := range words {
		month, ok := months[w.text]
		if w.text == "" || !ok {
			continue
		}
		before, after := numberBefore(words, i), numbersAfter(words, i)
		switch {
		case before > 0 && before <= 31 && len(after) > 0 && isYear(after[0]):
			return dateOf(after[0], month, before)
		case len(after) > 1 && after[0] > 0 && after[0] <= 31 && isYear(after[1]):
			return dateOf(after[1], month, after[0])
		}
	}
	return time.Time{}, false
}

// numberBefore is the number right before a word, with nothing but a mark or a small word ("de", "o") between; -1 where none is.
func numberBefore(words []word, i int) int {
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		switch {
		case words[j].number >= 0:
			return words[j].number
		case words[j].text != "" && len(words[j].text) > 2:
			return -1
		}
	}
	return -1
}

// numbersAfter are the first two numbers after a word.
func numbersAfter(words []word, i int) (all []int) {
	for _, w := range words[i+1:] {
		if w.number >= 0 {
			all = append(all, w.number)
		}
		if len(all) == 2 {
			break
		}
	}
	return all
}

func isYear(n int) bool { return n >= 1990 && n <= 2100 }

// dayInNumbers reads "11.05.2012", "14/04/2020", "2020-04-14". With slashes the order must be known, or must follow.
func dayInNumbers(words []word, dayFirst bool) (time.Time, bool) {
	for i := 0; i+4 < len(words); i++ {
		a, b, c := words[i], words[i+2], words[i+4]
		mark := words[i+1].mark
		if mark == 0 || mark == ':' || mark != words[i+3].mark || a.number < 0 || b.number < 0 || c.number < 0 {
			continue
		}
		switch {
		case a.digits == 4 && isYear(a.number):
			return dateOf(a.number, time.Month(b.number), c.number)
		case c.digits == 2:
			c.number += 2000
		}
		switch {
		case !isYear(c.number):
		case mark == '.' || dayFirst || a.number > 12:
			return dateOf(c.number, time.Month(b.number), a.number)
		case b.number > 12:
			return dateOf(c.number, time.Month(a.number), b.number)
		}
	}
	return time.Time{}, false
}

// dateOf refuses a day that no calendar has, such as 31/02.
func dateOf(year int, month time.Month, day int) (time.Time, bool) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t, t.Day() == day && t.Month() == month
}

// clockOf reads "10:56", "4:14:00 PM", "11:26pm".
func clockOf(words []word) (time.Duration, bool) {
	for i := 0; i+2 < len(words); i++ {
		h, m := words[i], words[i+2]
		if words[i+1].mark != ':' && (words[i+1].mark != '.' || !halfDay(words, i+3)) || h.number < 0 || m.number < 0 || m.digits != 2 || h.number > 23 || m.number > 59 || h.digits > 2 {
			continue
		}
		next, seconds := i+3, 0
		if next+1 < len(words) && words[next].mark == ':' && words[next+1].number >= 0 && words[next+1].number < 60 {
			seconds, next = words[next+1].number, next+2
		}
		hour := h.number
		if next < len(words) {
			switch half := strings.TrimSuffix(words[next].text, "m"); {
			case half == "p" && hour < 12:
				hour += 12
			case half == "a" && hour == 12:
				hour = 0
			}
		}
		return time.Duration(hour)*time.Hour + time.Duration(m.number)*time.Minute + time.Duration(seconds)*time.Second, true
	}
	return 0, false
}

// halfDay reports whether am or pm stands at a place: only then is "4.14" a time of day.
func halfDay(words []word, i int) bool {
	return i < len(words) && (words[i].text == "am" || words[i].text == "pm" || words[i].text == "a" || words[i].text == "p")
}

// units are the spans that "ago" is told in.
var units = unitNames(map[time.Duration]string{
	time.Second:          "s sec secs second seconds sekunde sekunden seconde secondes segundo segundos eiliad",
	time.Minute:          "m min mins minute minutes minuten minuto minutos munud funud",
	time.Hour:            "h hr hrs hour hours std stunde stunden heure heures hora horas awr",
	24 * time.Hour:       "d day days tag tage tagen jour jours día días dia dias diwrnod ddiwrnod dydd",
	7 * 24 * time.Hour:   "w wk wks week weeks woche wochen semaine semaines semana semanas wythnos",
	30 * 24 * time.Hour:  "mo month months monat monate monaten mois mes meses mis fis",
	365 * 24 * time.Hour: "y yr yrs year years jahr jahre jahren an ans année années año años blwyddyn flynedd flwyddyn mlynedd",
})

func unitNames(lists map[time.Duration]string) map[string]time.Duration {
	m := map[string]time.Duration{}
	for unit, list := range lists {
		for name := range strings.FieldsSeq(list) {
			m[name] = unit
		}
	}
	return m
}

// whole are words that stand for a span by themselves.
var wholeWords = map[string]struct{ from, to time.Duration }{
	"yesterday": {48 * time.Hour, 0}, "gestern": {48 * time.Hour, 0}, "hier": {48 * time.Hour, 0}, "ayer": {48 * time.Hour, 0}, "ddoe": {48 * time.Hour, 0},
	"today": {24 * time.Hour, 0}, "heute": {24 * time.Hour, 0}, "aujourd'hui": {24 * time.Hour, 0}, "aujourd’hui": {24 * time.Hour, 0}, "hoy": {24 * time.Hour, 0}, "heddiw": {24 * time.Hour, 0},
	"just": {10 * time.Minute, 0}, "now": {10 * time.Minute, 0},
}

var numberNames = map[string]int{"a": 1, "an": 1, "one": 1, "einem": 1, "einer": 1, "un": 1, "une": 1, "una": 1, "two": 2, "zwei": 2, "deux": 2, "dos": 2, "dwy": 2, "dau": 2}

// ago reads "3 h ago", "vor 2 Stunden", "il y a 3 heures", "hace 5 días", "3 awr yn ôl", "yesterday". The page rounds
// down, so the time lies in the span between that many units and one more.
func ago(words []word, at time.Time) (When, bool) {
	if at.IsZero() || len(words) > 8 {
		return When{}, false
	}
	tells := false
	for _, w := range words {
		switch w.text {
		case "ago", "vor", "hace", "ôl", "il", "y":
			tells = true
		}
		if span, ok := wholeWords[w.text]; ok && w.text != "hier" || ok && len(words) <= 3 {
			return When{at.Add(-span.from), at.Add(-span.to)}, true
		}
	}
	for i := 0; i+1 < len(words); i++ {
		n := words[i].number
		if named, ok := numberNames[words[i].text]; ok {
			n = named
		}
		unit, ok := units[words[i+1].text]
		short := len(words) == 2 && unit >= time.Minute // "5 d"
		if !ok || n < 0 || !tells && !short || n > int(longestAgo/unit) {
			continue
		}
		return When{at.Add(-time.Duration(n+1) * unit), at.Add(-time.Duration(n) * unit)}, true
	}
	return When{}, false
}
