package crawler

import (
	"strings"
	"testing"
	"time"
)

func TestReadWhen(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2019-08-01T01:15:45+02:00":            "2019-08-01T01:15:45+02:00",
		"2012-12-11 11:07":                     "2012-12-11T11:07:00Z",
		"January 7th, 2013 at 10:09 am":        "2013-01-07T10:09:00Z",
		"June 28, 2015 at 10:25 pm":            "2015-06-28T22:25:00Z",
		"July 6, 2015 at 12:00 am":             "2015-07-06T00:00:00Z",
		"26 abril 2022 a las 14:02":            "2022-04-26T14:02:00Z",
		"3 de mayo de 2021":                    "2021-05-03T00:00:00Z 2021-05-03T23:59:59Z",
		"8. Dezember 2010 um 10:56":            "2010-12-08T10:56:00Z",
		"11.05.2012 11:38":                     "2012-05-11T11:38:00Z",
		"Am 29. Mai 2017 um 14:38":             "2017-05-29T14:38:00Z",
		"Mittwoch, Mai 10, 2017 4:14:00 PM":    "2017-05-10T16:14:00Z",
		"18 November 2011 11:26PM":             "2011-11-18T23:26:00Z",
		"14/04/2020 at 3:00 pm":                "2020-04-14T15:00:00Z",
		"01/02/2026":                           "2026-02-01T00:00:00Z 2026-02-01T23:59:59Z",
		"1er janvier 2024 à 09:05":             "2024-01-01T09:05:00Z",
		"9 Tachwedd 2026 am 18:30":             "2026-11-09T18:30:00Z",
		"3 h ago":                              "2026-11-22T08:00:00Z 2026-11-22T09:00:00Z",
		"2 days ago":                           "2026-11-19T12:00:00Z 2026-11-20T12:00:00Z",
		"an hour ago":                          "2026-11-22T10:00:00Z 2026-11-22T11:00:00Z",
		"vor 2 Stunden":                        "2026-11-22T09:00:00Z 2026-11-22T10:00:00Z",
		"il y a 3 heures":                      "2026-11-22T08:00:00Z 2026-11-22T09:00:00Z",
		"hace 5 días":                          "2026-11-16T12:00:00Z 2026-11-17T12:00:00Z",
		"3 awr yn ôl":                          "2026-11-22T08:00:00Z 2026-11-22T09:00:00Z",
		"4w":                                   "2026-10-18T12:00:00Z 2026-10-25T12:00:00Z",
		"5 d":                                  "2026-11-16T12:00:00Z 2026-11-17T12:00:00Z",
		"Yesterday":                            "2026-11-20T12:00:00Z 2026-11-22T12:00:00Z",
		"gestern":                              "2026-11-20T12:00:00Z 2026-11-22T12:00:00Z",
		"31/02/2026":                           "", // no calendar has it
		"21:00":                                "", // of which day?
		"1970-01-01T00:00:00Z":                 "",
		"9 January 1999":                       "",
		"2 March 2031":                         "",
		"":                                     "",
		"Be the first":                         "",
		"99999999999999999999":                 "",
		strings.Repeat("1 January 2020 ", 20):  "", // prose
		"chapter 3, page 12 of 2020 questions": "",
	} {
		got := ""
		if w := ReadWhen(text, at, true); !w.IsZero() {
			got = w.From.Format(time.RFC3339)
			if !w.To.Equal(w.From) {
				got += " " + w.To.Format(time.RFC3339)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if w := ReadWhen("01/02/2026", at, false); !w.IsZero() {
		t.Errorf("a date that may be two was read as %v", w.From)
	}
	if w := ReadWhen("02/13/2026", at, false); w.From.Month() != time.February {
		t.Errorf("a date that can be one only: %v", w.From)
	}
}

func whenIsASpan(t *testing.T, text string, dayFirst bool) {
	t.Helper()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w := ReadWhen(text, at, dayFirst)
	if w.IsZero() {
		return
	}
	if w.To.Before(w.From) || w.From.Year() < firstYear || w.From.After(at.Add(aheadAtAll)) {
		t.Errorf("%q: from %v to %v", text, w.From, w.To)
	}
}

// FuzzTimes reads any text as the time of a comment, and as the clock of a server.
func FuzzTimes(f *testing.F) {
	f.Add("14/04/2020 at 3:00 pm", "", true)
	f.Add("vor 99999 Jahren", "x", false)
	f.Add("Sun, 22 Nov 2026 12:00:00 GMT", "3600", false)
	f.Add("Sunday, 22-Nov-26 12:00:00 GMT", "-1", true)
	f.Fuzz(func(t *testing.T, text, age string, dayFirst bool) {
		whenIsASpan(t, text, dayFirst)
		clockIsNear(t, text, age)
	})
}
