package platform

import (
	"strings"
	"time"

	"doorknock/crawler"
)

// plausible gives the time in UTC, or none where it cannot be true.
func plausible(t, at time.Time) time.Time {
	if !crawler.Plausible(t, at) {
		return time.Time{}
	}
	return t.UTC()
}

// zones are the zones that RFC 822 names, and Britain's summer. time.Parse would take any letters for a zone, at an
// offset that depends on the machine.
var zones = map[string]string{
	"GMT": "+0000", "UT": "+0000", "UTC": "+0000", "Z": "+0000", "BST": "+0100",
	"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}

// mailTime reads the date of an RSS item: RFC 822 with or without weekday and seconds, years of two digits too.
func mailTime(s string, at time.Time) time.Time {
	words := strings.Fields(s)
	if len(words) == 0 {
		return time.Time{}
	}
	if offset, named := zones[words[len(words)-1]]; named {
		words[len(words)-1] = offset
	}
	if strings.HasSuffix(words[0], ",") {
		words = words[1:] // the weekday says nothing new
	}
	for _, layout := range [...]string{"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04 -0700", "2 Jan 06 15:04:05 -0700", "2 Jan 06 15:04 -0700"} {
		if t, err := time.Parse(layout, strings.Join(words, " ")); err == nil {
			return plausible(t, at)
		}
	}
	return time.Time{}
}

// isoTime reads the date of an Atom entry.
func isoTime(s string, at time.Time) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return plausible(t, at)
}

// utcTime reads WordPress's date_gmt, which has no zone.
func utcTime(s string, at time.Time) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		return time.Time{}
	}
	return plausible(t, at)
}
