package checks

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReplyTime reads promises as landlords write them, and sentences that promise nothing.
func TestReplyTime(t *testing.T) {
	for s, want := range map[string]string{
		"we aim to reply within one working day":                  "1440 working_days",
		"we will respond to your message within 24 hours":         "1440 all",
		"we'll get back to you within 2 working hours":            "120 working_hours",
		"we answer within an hour during office hours":            "60 working_hours",
		"we try to respond in under 30 minutes, monday to friday": "30 working_hours",
		"you will have an answer within five working days":        "7200 working_days",
		"we reply by the next working day":                        "1440 working_days",
		"we aim to respond within 48 hours":                       "2880 all",
		"replies come within 3 business days":                     "4320 working_days",
		"rydym yn ymateb o fewn dau ddiwrnod gwaith":              "2880 working_days",
		"byddwn yn ateb o fewn 24 awr":                            "1440 all",
		"byddwn yn ymateb o fewn dwy awr yn ystod oriau gwaith":   "120 working_hours",
		"we cannot reply within one hour":                         "",
		"we remove spam within one hour":                          "",
		"we reply as soon as we can":                              "",
		"the response team was set up in 2 offices":               "",
		"we will respond within a reasonable time":                "",
	} {
		got := ""
		if p, ok := replyTime(s); ok {
			got = fmt.Sprint(p.minutes, " ", p.within)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestWatchHours(t *testing.T) {
	for s, want := range map[string]string{
		"our pages are monitored monday to friday, 9am to 5pm":           "Mo-Fr 09:00-17:00",
		"we monitor this page 9-4 mon-fri":                               "Mo-Fr 09:00-16:00",
		"we are here between 08:30 and 17:00 on weekdays":                "Mo-Fr 08:30-17:00",
		"the page is staffed from nine to five, monday to friday":        "Mo-Fr 09:00-17:00",
		"we read comments on mondays and thursdays from 10am until noon": "Mo,Th",
		"our team watches the page 24 hours a day":                       "24/7",
		"we check messages seven days a week, 8am–8pm":                   "Mo-Su 08:00-20:00",
		"we answer saturday and sunday 10.00 to 14.00":                   "Sa,Su 10:00-14:00",
		"rydym yn darllen popeth rhwng naw a phump":                      "09:00-17:00",
		"mae'r dudalen yn cael ei monitro o ddydd llun i ddydd gwener":   "Mo-Fr",
		"rydym ar gael dydd llun i gwener, 9yb tan 5yh":                  "Mo-Fr 09:00-17:00",
		"the page is not monitored at weekends":                          "",
		"outside 9am to 5pm nobody answers":                              "",
		"our event runs from 9am to 5pm":                                 "",
		"we answered 9 to 5 questions":                                   "",
		"we read everything":                                             "",
	} {
		if got, _ := watchHours(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestWording: rewrapping, dates and repeats make no difference, and other words do.
func TestWording(t *testing.T) {
	was := []string{"We reply  within one\nhour.", "Last updated 3 May 2026", "These rules hold from 1 May 2025 on.", "Be kind.", "Be kind."}
	is := []string{"We reply within one hour.", "These rules hold from 2 June 2026 on.", "Be kind.", "Page last reviewed: June 2026"}
	want := []string{"We reply within one hour", "These rules hold from (date) on", "Be kind"}
	for _, sentences := range [][]string{was, is} {
		if d := cmp.Diff(want, worded(sentences)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	if d := cmp.Diff(want, worded(append(is, "We may block people."))); d == "" {
		t.Error("a new sentence makes no difference")
	}
}

func promisesAreBounded(t *testing.T, s string) {
	t.Helper()
	if p, ok := replyTime(s); ok && (p.minutes <= 0 || p.minutes > 999*24*60) {
		t.Errorf("%q: %+v", s, p)
	}
	if h, ok := watchHours(s); ok && (h == "" || len(h) > 100) {
		t.Errorf("%q: %q", s, h)
	}
	channelIn(s)
	worded([]string{s})
}
