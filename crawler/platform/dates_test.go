package platform

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]string{
		"Thu, 19 Nov 2026 09:00:00 +0000": "2026-11-19T09:00:00Z",
		"Thu, 19 Nov 2026 09:00:00 GMT":   "2026-11-19T09:00:00Z",
		"Thu, 9 Jul 2026 09:00:00 BST":    "2026-07-09T08:00:00Z",
		"19 Nov 2026 09:00 EST":           "2026-11-19T14:00:00Z",
		"19 Nov 26 09:00:00 +0100":        "2026-11-19T08:00:00Z", // RFC 822's year of two digits
		"Thu, 19 Nov 26 09:00 Z":          "2026-11-19T09:00:00Z",
		"Tue, 24 Nov 2026 11:00:00 +0000": "2026-11-24T11:00:00Z", // a post that is announced
		"Tue, 24 Nov 2026 13:00:00 +0000": "",                     // more than two days ahead
		"Thu, 01 Jan 1970 00:00:00 +0000": "",
		"Wed, 31 Dec 2003 23:59:59 +0000": "",
		"19 Nov 99 09:00:00 +0000":        "", // 1999
		"Thu, 19 Nov 2026 09:00:00 XYZ":   "", // an offset that nobody knows
		"31 Feb 2026 09:00:00 +0000":      "",
		"31/02/2026":                      "",
		"01/02/2026":                      "", // no feed writes so; nothing is guessed
		"yesterday":                       "",
		"":                                "",
	} {
		if got := mailTime(s, at); !same(got, want) {
			t.Errorf("%q is %v, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"2026-11-19T09:00:00+01:00": "2026-11-19T08:00:00Z", "2026-11-30T00:00:00Z": "", "1970-01-01T00:00:00Z": "", "2026-02-31T00:00:00Z": "", "0000-00-00": "",
	} {
		if got := isoTime(s, at); !same(got, want) {
			t.Errorf("Atom's %q is %v, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"2026-11-19T09:00:00": "2026-11-19T09:00:00Z", "2027-01-01T00:00:00": "", "0000-00-00T00:00:00": "", "1999-01-01T00:00:00": "",
	} {
		if got := utcTime(s, at); !same(got, want) {
			t.Errorf("WordPress's %q is %v, want %q", s, got, want)
		}
	}
	if got := isoTime("2126-01-01T00:00:00Z", time.Time{}); got.IsZero() {
		t.Error("a saved body whose time of look is not known has no future")
	}
}

func same(got time.Time, want string) bool {
	return want == "" && got.IsZero() || want != "" && got.Format(time.RFC3339) == want
}
