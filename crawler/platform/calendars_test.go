package platform_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// calendarSite is a site whose page of events links files of dates, one of them elsewhere.
func calendarSite(links string, files map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		frame := func(body string) string { return page("Example Homes", body).body }
		file, ok := files[r.Host+r.URL.Path]
		switch {
		case ok && file == "":
			http.NotFound(w, r)
		case ok:
			w.Header().Set("Content-Type", "application/octet-stream") // as servers send what they do not know
			w.Header().Set("ETag", `"1"`)
			if r.Header.Get("If-None-Match") != "" {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, file)
		case r.URL.Path == "/":
			fmt.Fprint(w, frame(`<a href="/whats-on">Events</a>`))
		case r.URL.Path == "/whats-on":
			fmt.Fprint(w, frame(`<h2>Events</h2><p>`+links+`</p>`))
		case r.URL.Path == "/homes", r.URL.Path == "/jobs":
			fmt.Fprint(w, frame(""))
		default:
			http.NotFound(w, r)
		}
	})
}

func calendarOn(day time.Time, more string) string {
	return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:" + day.Format("20060102") + "\r\n" + more + "END:VEVENT\r\nEND:VCALENDAR\r\n"
}

// TestCalendarFilesOfASite: a linked file of dates is an answer of its own, which is evidence and is read again as it was; where it
// cannot be read the question stays open, and so it does behind a link that nobody followed.
func TestCalendarFilesOfASite(t *testing.T) {
	ahead, past := time.Now().AddDate(0, 1, 0), time.Now().AddDate(-1, 0, 0)
	for name, c := range map[string]struct {
		links string
		files map[string]string
		want  string   // of the finding
		asked []string // of files
	}{
		"something ahead": {`<a href="webcal://ash.test/all.ics">Subscribe</a>`, map[string]string{"ash.test/all.ics": calendarOn(ahead, "")},
			"open /all.ics DTSTART;VALUE=DATE:" + ahead.Format("20060102"), []string{"ash.test/all.ics"}},
		"on another site": {`<a href="http://days.test/ash.ics">Subscribe</a>`, map[string]string{"days.test/ash.ics": calendarOn(past, "RRULE:FREQ=WEEKLY\r\n")},
			"open /ash.ics RRULE:FREQ=WEEKLY", []string{"days.test/ash.ics"}},
		"all past": {`<a href="/all.ics">Subscribe</a>`, map[string]string{"ash.test/all.ics": calendarOn(past, "ATTENDEE:mailto:jo@ash.test\r\n")},
			"restricted /all.ics DTSTART;VALUE=DATE:" + past.Format("20060102"), []string{"ash.test/all.ics"}},
		"nothing in it":       {`<a href="/all.ics">Subscribe</a>`, map[string]string{"ash.test/all.ics": "BEGIN:VCALENDAR\nEND:VCALENDAR\n"}, "unknown no_marker", []string{"ash.test/all.ics"}},
		"not to be read":      {`<a href="/all.ics">Subscribe</a>`, map[string]string{"ash.test/all.ics": ""}, "unknown not_found", []string{"ash.test/all.ics"}},
		"robots forbid":       {`<a href="http://days.test/ash.ics">Subscribe</a>`, map[string]string{"days.test/robots.txt": "User-agent: *\nDisallow: /\n"}, "unknown robots", nil},
		"a page in its place": {`<a href="/all.ics">Subscribe</a>`, map[string]string{"ash.test/all.ics": "<!doctype html><p>Sorry"}, "unknown unrecognised", []string{"ash.test/all.ics"}},
		"more than are read": {`<a href="/1.ics">1</a> <a href="/2.ics">2</a> <a href="/3.ics">3</a> <a href="/4.ics">4</a>`,
			map[string]string{"ash.test/1.ics": calendarOn(past, ""), "ash.test/2.ics": calendarOn(past, ""), "ash.test/3.ics": calendarOn(past, ""), "ash.test/4.ics": calendarOn(past, "")},
			"unknown incomplete", []string{"ash.test/1.ics", "ash.test/2.ics", "ash.test/3.ics"}},
		"a page that tells the day": {`Tea on ` + ahead.Format("2 January 2006") + ` <a href="/1.ics">Your calendar</a>`, map[string]string{"ash.test/1.ics": calendarOn(past, "")}, "open /whats-on", nil},
		"bank holidays":             {`<a href="http://www.gov.uk/bank-holidays.ics">Bank holidays</a>`, map[string]string{"www.gov.uk/bank-holidays.ics": calendarOn(ahead, "")}, "unknown no_marker", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			far := calendarSite(c.links, c.files)
			l := goLive(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, ".ics") {
					mu.Lock()
					asked = append(asked, r.Host+r.URL.Path)
					mu.Unlock()
				}
				far.ServeHTTP(w, r)
			}), nil, func(o *crawler.Options) {
				for _, host := range [...]string{"ash.test", "days.test", "www.gov.uk"} {
					o.Hosts[host] = o.Hosts["facebook.far.test"]
				}
			})
			for again := range 2 { // the days of a file that has not changed go by all the same: it is read anew
				asked = nil
				v := l.look(audit.Web, "http://ash.test/")
				found, err := crawler.FoldOne(checks.Events(), v, crawler.ByCheck(v.Readings)["events"], "")
				if err != nil {
					t.Fatal(err)
				}
				got := found[0].Verdict.State().String() + " " + string(found[0].Verdict.Reason())
				if e := found[0].Verdict.Evidence(); e != nil {
					got = strings.TrimSpace(got) + " " + strings.TrimPrefix(strings.TrimPrefix(e.URL, "http://ash.test"), "http://days.test")
					if e.Capture != "" && strings.HasSuffix(e.URL, ".ics") {
						got += " " + e.Excerpt
						l.readsAgain(v, e)
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" && (again == 0 || strings.Contains(c.want, ".ics")) {
					t.Errorf("the answer (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.asked, asked); diff != "" {
					t.Errorf("the files that were asked for (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// readsAgain fails where the capture that some evidence rests on does not say so again, as `evidence replay` reads it.
func (l *live) readsAgain(v audit.Visit, e *audit.Evidence) {
	l.t.Helper()
	i := slices.IndexFunc(v.Captures, func(c audit.Capture) bool { return c.ID == e.Capture })
	if i < 0 {
		l.t.Fatalf("no capture %q", e.Capture)
	}
	x := l.keeper.all[v.Captures[i].Offset-1]
	readings, err := crawler.ReadAgain(checks.All(), crawler.Again{Capture: v.Captures[i], How: v.How, Header: http.Header{}, Body: x.Body}, nil)
	if err != nil || len(readings) != 1 {
		l.t.Fatalf("read again: %d answers, %v", len(readings), err)
	}
	if diff := cmp.Diff(e, readings[0].Verdict.Evidence()); diff != "" {
		l.t.Errorf("read again (-then +now):\n%s", diff)
	}
}
