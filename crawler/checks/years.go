package checks

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// codesYear is the year of a code of practice, which says nothing of the year in which somebody compared himself with it.
var codesYear = regexp.MustCompile(`\bcode\W{0,3}(?:april |from |of )?20[0-9][0-9]|20[0-9][0-9] (?:statutory |joint |housing ombudsman |new )*(?:complaint |complaints )?(?:handling )?code`)

// newestYear gives the newest year that a text names, without those after the time of reading; 0 where it names none.
// Of 2024/25, 2024-25 and "April 2024 to March 2025" that is 2025.
func newestYear(lower string, at time.Time) (newest int) {
	if strings.Contains(lower, "code") {
		lower = codesYear.ReplaceAllString(lower, "code")
	}
	for i := 0; i+4 <= len(lower); i++ {
		year, ok := yearAt(lower, i)
		if !ok {
			continue
		}
		rest := strings.TrimLeft(lower[i+4:], " /-_–")
		next := (year + 1) % 100
		if len(lower[i+4:]) > len(rest) && len(rest) >= 2 && rest[:2] == twoDigits(next) && (len(rest) == 2 || !digit(rest[2])) && year < at.Year() {
			year++
		}
		if year <= at.Year() {
			newest = max(newest, year)
		}
	}
	return newest
}

// yearAt reads a year of this century that stands by itself.
func yearAt(s string, i int) (int, bool) {
	if s[i] != '2' || s[i+1] != '0' || !digit(s[i+2]) || !digit(s[i+3]) || i > 0 && (digit(s[i-1]) || strings.HasSuffix(s[:i], "£")) || i+4 < len(s) && digit(s[i+4]) {
		return 0, false
	}
	year, err := strconv.Atoi(s[i : i+4])
	return year, err == nil && year >= 2010
}

func twoDigits(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// isFresh reports whether a year is the current one or the one before it.
func isFresh(year int, at time.Time) bool { return year >= at.Year()-1 }

// yearValue is the value that a look gives of a year, none for 0.
func yearValue(year int) audit.Values {
	if year == 0 {
		return nil
	}
	return audit.Values{audit.ValueYear: audit.Number(year)}
}

// withMonths asks a check that goes by years anew in the next month, in case its answer stands until then: calendar years, reporting
// years and what is due in them begin and end with one.
func withMonths(look func(*crawler.Page) crawler.Look) func(*crawler.Page) crawler.Look {
	return func(p *crawler.Page) crawler.Look {
		l := look(p)
		if at := p.Answer.At.UTC(); l.State != audit.Unknown && !at.IsZero() {
			l.Until = time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		}
		return l
	}
}
