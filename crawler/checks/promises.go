package checks

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What sentences of rules promise, in English and Welsh. Everything here reads one sentence in lower case; the pages are
// few that come this far.

var (
	// replying and watching are stems of the verbs without which a time is no promise.
	replying = []string{"repl", "respon", "answer", "get back to", "come back to", "ymateb", "ateb"}
	watching = append([]string{
		"monitor", "staffed", "manned", "watch", "we are here", "we're here", "our team is here", "look at", "read ", "check ", "checked", "available", "online between", "online from",
		"active between", "monitro", "darllen", "ar gael", "gwylio", "staffio",
	}, replying...)
	// notWatching are stems of sentences about other things with hours: the telephone, the office, those who must not use the page.
	notWatching = []string{"call us", "call our", "phone", "ring us", "ffoni", "office is open", "offices are open", "reception", "if you do not", "if you don't", "you reply", "you respond"}
)

// channelWords tell of which one channel a sentence speaks.
var channelWords = []struct {
	channel string
	stems   []string
}{
	{"facebook", []string{"facebook"}},
	{"x", []string{"twitter", " x ", "tweet", " x,", "(x)"}},
	{"instagram", []string{"instagram"}},
	{"youtube", []string{"youtube"}},
	{"linkedin", []string{"linkedin"}},
	{"nextdoor", []string{"nextdoor"}},
	{"whatsapp", []string{"whatsapp"}},
	{"messages", []string{"direct message", "private message", "messenger", "inbox", "neges breifat", "negeseuon preifat"}},
	{"chat", []string{"live chat", "web chat", "webchat"}},
	{"email", []string{"email", "e-mail", "e-bost"}},
}

// channelIn gives the one channel that a sentence names, "" where it names none or several.
func channelIn(s string) (channel string) {
	for _, w := range channelWords {
		if !stemIn(" "+s+" ", w.stems) {
			continue
		}
		if channel != "" {
			return ""
		}
		channel = w.channel
	}
	return channel
}

// promiseTime is a reply time: minutes of every hour, of the hours of work, or of whole days of work.
type promiseTime struct {
	minutes int
	within  string
}

// spelt are numbers that are written out, mutated forms of Welsh among them.
var spelt = map[string]string{
	"one": "1", "an": "1", "a": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12",
	"un": "1", "dau": "2", "ddau": "2", "dwy": "2", "ddwy": "2", "tri": "3", "thri": "3", "tair": "3", "dair": "3", "pedwar": "4", "bedwar": "4", "pedair": "4", "bedair": "4",
	"pump": "5", "bump": "5", "phump": "5", "pum": "5", "bum": "5", "chwech": "6", "chwe": "6", "saith": "7", "wyth": "8", "naw": "9", "deg": "10", "ddeg": "10",
}

// withinTime finds a number with its unit behind a word that makes it a limit. The unit's adjective may stand on either side, as
// in Welsh.
var withinTime = regexp.MustCompile(`\b(?:within|in|under|inside|less than|up to|o fewn|mewn|ymhen)(?: the| an?)?(?: next| first)? ?(\d{1,3}|[a-z]{1,6})?[ -]?` +
	`(working |business |office |calendar )?(minute|min|hour|hr|day|munud|awr|oriau|diwrnod|ddiwrnod|dydd)[a-z]*( gwaith)?`)

// replyTime reads the time within which a sentence promises an answer.
func replyTime(s string) (promiseTime, bool) {
	if !stemIn(s, replying) || denies(s) || strings.Contains(s, "unable") {
		return promiseTime{}, false
	}
	m := withinTime.FindStringSubmatch(s)
	if m == nil {
		if stemIn(s, []string{"the next working day", "by the next working day", "diwrnod gwaith nesaf"}) {
			return promiseTime{24 * 60, "working_days"}, true
		}
		return promiseTime{}, false
	}
	n, ok := numberOf(m[1])
	if !ok {
		return promiseTime{}, false
	}
	atWork := m[2] == "working " || m[2] == "business " || m[2] == "office " || m[4] != ""
	switch m[3] {
	case "minute", "min", "munud":
		return promiseTime{n, hoursCounted(s, atWork)}, true
	case "hour", "hr", "awr", "oriau":
		return promiseTime{n * 60, hoursCounted(s, atWork)}, true
	}
	if atWork {
		return promiseTime{n * 24 * 60, "working_days"}, true
	}
	return promiseTime{n * 24 * 60, "all"}, true
}

func hoursCounted(s string, atWork bool) string {
	if atWork || stemIn(s, []string{
		"during office", "during working", "during our office", "during our working", "during business", "during opening", "during these", "during those", "in office hours", "in working hours",
		"in these hours", "in those hours", "within office hours", "within working hours", "monday to friday", "on weekdays", "yn ystod oriau", "oriau gwaith", "oriau swyddfa",
	}) {
		return "working_hours"
	}
	return "all"
}

// numberOf reads digits or a number that is written out; none is one: "within an hour" has lost its "an" by then.
func numberOf(word string) (int, bool) {
	if word == "" {
		return 1, true
	}
	if digits, ok := spelt[word]; ok {
		word = digits
	}
	n, err := strconv.Atoi(word)
	return n, err == nil && n > 0
}

var (
	clockRange = regexp.MustCompile(`\b(\d{1,2})(?:[:.](\d\d))? ?(am|pm|yb|yh|y bore|y prynhawn|yr hwyr)? ?(?:to|until|till|and|-|–|—|i|tan|hyd|a|ac) ?(\d{1,2})(?:[:.](\d\d))? ?(am|pm|yb|yh|y bore|y prynhawn|yr hwyr)?\b`)
	dayWords   = regexp.MustCompile(`\b(monday|mon|tuesday|tues|tue|wednesday|wed|thursday|thurs|thu|friday|fri|saturday|sat|sunday|sun|llun|lun|mawrth|fawrth|mercher|fercher|iau|gwener|wener|sadwrn|sul)s?\b`)
	dayCodes   = map[string]string{
		"mo": "Mo", "tu": "Tu", "we": "We", "th": "Th", "fr": "Fr", "sa": "Sa", "su": "Su", "ll": "Mo", "lu": "Mo", "ma": "Tu", "fa": "Tu", "me": "We", "fe": "We", "ia": "Th", "gw": "Fr",
	}
)

// watchHours reads when a sentence says that somebody watches, as "Mo-Fr 09:00-17:00", "Mo-Fr" or "24/7".
func watchHours(s string) (string, bool) {
	if !stemIn(s, watching) || stemIn(" "+s+" ", []string{" not ", "n't ", " closed", "outside ", " nid ", "y tu allan"}) {
		return "", false
	}
	if stemIn(s, []string{"24/7", "24 hours a day", "around the clock", "24 awr y dydd"}) {
		return "24/7", true
	}
	days, hours := daysIn(s), clockIn(s, daysIn(s) != "")
	switch {
	case hours == "" && (days == "" || !stemIn(s, watching[:len(watching)-len(replying)])):
		return "", false
	case days == "" || hours == "":
		return days + hours, true
	}
	return days + " " + hours, true
}

// clockIn reads the first stretch of the clock; bare says that "9 to 5" is one, as beside days.
func clockIn(s string, bare bool) string {
	words := strings.Fields(s)
	for i, w := range words {
		word := strings.TrimRight(w, ",.:")
		if digits, ok := spelt[word]; ok && len(word) > 2 {
			words[i] = digits + w[len(word):]
			bare = true
		}
	}
	for _, m := range clockRange.FindAllStringSubmatch(strings.Join(words, " "), -1) {
		if m[2] == "" && m[3] == "" && m[5] == "" && m[6] == "" && !bare {
			continue
		}
		from, ok := clock(m[1], m[2], m[3])
		to, also := clock(m[4], m[5], m[6])
		if !ok || !also {
			continue
		}
		if m[6] == "" && m[3] == "" && to <= from && to < 12*60 {
			to += 12 * 60 // nine to five
		}
		if m[3] == "" && isLate(m[6]) && from < 7*60 && m[2] == "" {
			from += 12 * 60 // one to five in the afternoon
		}
		if from < to {
			return hhmm(from) + "-" + hhmm(to)
		}
	}
	return ""
}

func isLate(half string) bool {
	return half == "pm" || half == "yh" || half == "y prynhawn" || half == "yr hwyr"
}

// clock gives minutes since midnight.
func clock(hour, minute, half string) (int, bool) {
	h, _ := strconv.Atoi(hour)
	m, _ := strconv.Atoi(minute)
	switch {
	case isLate(half) && h < 12:
		h += 12
	case half != "" && !isLate(half) && h == 12:
		h = 0
	}
	return h*60 + m, h <= 24 && m < 60
}

func hhmm(n int) string {
	return twoDigits(n/60) + ":" + twoDigits(n%60)
}

// daysIn reads days of the week: a range, or a list of them.
func daysIn(s string) string {
	if stemIn(s, []string{"seven days a week", "7 days a week", "every day", "bob dydd"}) {
		return "Mo-Su"
	}
	found := dayWords.FindAllStringIndex(s, -1)
	var days []string
	for i, at := range found {
		day := dayCode(s[at[0]:at[1]])
		if i > 0 && rangeBetween(s[found[i-1][1]:at[0]]) && len(days) > 0 {
			days[len(days)-1] += "-" + day
			continue
		}
		if !slices.Contains(days, day) {
			days = append(days, day)
		}
	}
	if len(days) == 0 && stemIn(s, []string{"weekday", "working days", "dyddiau gwaith", "dyddiau'r wythnos"}) {
		return "Mo-Fr"
	}
	return strings.Join(days, ",")
}

func dayCode(word string) string {
	switch {
	case strings.HasPrefix(word, "sad"):
		return "Sa"
	case word == "sul":
		return "Su"
	}
	return dayCodes[word[:2]]
}

// rangeBetween reports whether the words between two days make a range of them.
func rangeBetween(s string) bool {
	switch strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(s), " dydd"), " ddydd") {
	case "to", "until", "till", "through", "-", "–", "—", "i", "tan", "hyd":
		return true
	}
	return false
}
