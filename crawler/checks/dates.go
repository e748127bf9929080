package checks

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"doorknock/audit"
	"doorknock/crawler"
)

// Reporting years end on 31 March and are named here by the year in which they end.

// finishedYear is the reporting year that ended last before a look.
func finishedYear(at time.Time) int {
	if at.Month() < time.April {
		return at.Year() - 1
	}
	return at.Year()
}

// dueYear is the reporting year whose results can be expected at the time of a look: half a year is left to publish them.
func dueYear(at time.Time) int {
	if at.Month() >= time.April && at.Month() < time.October {
		return finishedYear(at) - 1
	}
	return finishedYear(at)
}

// reportingYear gives the newest finished reporting year that a text names: "2024/25", "2024 to 2025", "to March 2025". A
// year by itself may be either of two and counts only where that makes no difference. 0 where none is named.
func reportingYear(text string, at time.Time) (newest int) {
	words := dateWords(text)
	for i, w := range words {
		year, ok := fullYear(w)
		if !ok {
			continue
		}
		switch {
		case i+1 < len(words) && endsYear(words[i+1], year), i+2 < len(words) && words[i+1] == "to" && endsYear(words[i+2], year):
			year++
		case i > 0 && (words[i-1] == "march" || words[i-1] == "mawrth"):
		case i > 0 && endsYear(w, year-1) && words[i-1] == strconv.Itoa(year-1), i > 1 && words[i-1] == "to":
			continue // the end of a span
		case i > 0 && crawler.MonthNamed(words[i-1]) > 0:
			continue
		case year != finishedYear(at) && year+1 >= dueYear(at):
			continue
		}
		if year <= finishedYear(at) {
			newest = max(newest, year)
		}
	}
	return newest
}

// endsYear reports whether a word is the second half of a reporting year that begins in a year: "25" or "2025" after 2024.
func endsYear(w string, begins int) bool {
	full := strconv.Itoa(begins + 1)
	return w == full || w == full[2:]
}

func fullYear(w string) (int, bool) {
	if len(w) != 4 || w[:2] != "20" || !isNumber(w) {
		return 0, false
	}
	n, err := strconv.Atoi(w)
	return n, err == nil
}

// dateWords are a text's words and numbers in lower case, without what stands between them. "12th" is 12.
func dateWords(text string) []string {
	words := strings.FieldsFunc(crawler.Lower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, w := range words {
		for _, ordinal := range [...]string{"st", "nd", "rd", "th"} {
			if day, ok := strings.CutSuffix(w, ordinal); ok && isNumber(day) {
				words[i] = day
			}
		}
	}
	return words
}

// newestDay gives the newest day, not after the look, that a text names with its month and year. Of a month without a day
// it gives the last one. The zero time where none is named.
func newestDay(text string, at time.Time) (newest time.Time) {
	words := dateWords(text)
	for i := range words {
		day, ok := dayAt(words, i)
		thisMonth := day.Year() == at.Year() && day.Month() == at.Month() && (i == 0 || !isDay(words[i-1]))
		if ok && day.After(newest) && (!day.After(at) || thisMonth) {
			newest = day
		}
	}
	return newest
}

// dayAt reads the day whose month stands at a place among words: "12 November 2025", "November 12 2025", "November 2025",
// "12/11/2025", "2025-11-12".
func dayAt(words []string, i int) (time.Time, bool) {
	word := func(j int) string {
		if j < 0 || j >= len(words) {
			return ""
		}
		return words[j]
	}
	month := crawler.MonthNamed(words[i])
	year, after := fullYear(word(i + 1))
	switch {
	case month > 0 && after && isDay(word(i-1)):
		return calendarDay(year, month, word(i-1))
	case month > 0 && after:
		return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC), true
	case month > 0 && isDay(word(i+1)):
		year, after = fullYear(word(i + 2))
		d, ok := calendarDay(year, month, word(i+1))
		return d, ok && after
	case month > 0 || len(words[i]) > 2 || !isNumber(words[i]):
		return time.Time{}, false
	}
	number, _ := strconv.Atoi(words[i])
	if number < 1 || number > 12 {
		return time.Time{}, false
	}
	if after && isDay(word(i-1)) {
		return calendarDay(year, time.Month(number), word(i-1))
	}
	year, before := fullYear(word(i - 1))
	if before && isDay(word(i+1)) {
		return calendarDay(year, time.Month(number), word(i+1))
	}
	return time.Time{}, false
}

func isDay(w string) bool { return len(w) > 0 && len(w) <= 2 && isNumber(w) && w != "0" && w != "00" }

func calendarDay(year int, month time.Month, day string) (time.Time, bool) {
	n, err := strconv.Atoi(day)
	t := time.Date(year, month, n, 0, 0, 0, 0, time.UTC)
	return t, err == nil && t.Day() == n && t.Month() == month
}

// foldDated is foldSite for what is published again and again: what is old speaks only where nothing newer was read.
func foldDated(f crawler.Folding) []audit.Finding {
	isOld := func(r audit.Reading) int {
		if r.Verdict.Kind() == audit.KindOld {
			return 1
		}
		return 0
	}
	f.Readings = slices.Clone(f.Readings)
	slices.SortStableFunc(f.Readings, func(a, b audit.Reading) int { return isOld(a) - isOld(b) })
	return foldSite(f)
}
