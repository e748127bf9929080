package digest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/internal/hostile"
)

// readCalendar reads a calendar back: unfolded lines, the properties of each event, unescaped.
func readCalendar(t *testing.T, text string) (events []map[string]string) {
	t.Helper()
	for _, line := range strings.SplitAfter(text, "\r\n") {
		if len(line) > 77 || strings.Count(line, "\n") != strings.Count(line, "\r\n") || strings.Count(line, "\r") != strings.Count(line, "\r\n") {
			t.Fatalf("a line of %d bytes: %q", len(line), line)
		}
	}
	var event map[string]string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n ", ""), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "BEGIN:VEVENT":
			event = map[string]string{}
		case line == "END:VEVENT":
			events = append(events, event)
			event = nil
		case event != nil:
			event[name] = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(value)
		}
	}
	if !strings.HasPrefix(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") || !strings.HasSuffix(text, "END:VCALENDAR\r\n") {
		t.Errorf("no calendar: %q", text)
	}
	return events
}

func TestCalendarReadsBack(t *testing.T) {
	day := time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC)
	for _, h := range hostile.Texts() {
		c := digest.Calendar{Name: h.Text, Made: now, Dates: []digest.Date{{ID: "x", Day: day, Summary: h.Text, Text: "a, b; c\\d " + strings.Repeat("Llandudno’s ŵ ", 20), Address: h.Text}}}
		var b strings.Builder
		if err := c.Write(&b); err != nil {
			t.Fatal(err)
		}
		events := readCalendar(t, b.String())
		if len(events) != 1 || events[0]["DTSTART;VALUE=DATE"] != "20270401" || events[0]["DTEND;VALUE=DATE"] != "20270402" || events[0]["UID"] != "x@doorknock" ||
			events[0]["SUMMARY"] != audit.Untrusted(h.Text).Plain(1000) || !strings.HasPrefix(events[0]["DESCRIPTION"], `a, b; c\d Llandudno’s ŵ`) {
			t.Errorf("%s: %q", h.Name, events)
		}
	}
}

func TestDutyDates(t *testing.T) {
	row := audit.Duty{Check: "comments", Source: "A Code", Part: "section 3", Address: "https://code.test/", Binds: true, Sure: true,
		From: time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2028, 4, 1, 0, 0, 0, 0, time.UTC), Whom: audit.Whom{Nations: []string{audit.England}, Sectors: []string{"council"}}}
	past, doubted := row, row
	past.From, past.Until, doubted.Sure = now.AddDate(-2, 0, 0), time.Time{}, false
	all := audit.Duties{Rows: []audit.Duty{row, past, doubted}}
	council := []audit.Organisation{{ID: "elm", Nation: audit.England, Sector: "council"}}
	got := digest.DutyDates(all, options.Titles, council, now, digest.English)
	var said []string
	for _, d := range got {
		said = append(said, d.Day.Format(time.DateOnly)+" "+d.Summary+" "+d.Text)
	}
	if diff := cmp.Diff([]string{"2027-04-01 A duty begins: May visitors comment on posts? A Code, section 3", "2028-04-01 A duty ends: May visitors comment on posts? A Code, section 3"}, said); diff != "" {
		t.Error(diff)
	}
	again := digest.DutyDates(all, options.Titles, council, now, digest.Welsh)
	if again[0].ID != got[0].ID || !strings.HasPrefix(again[0].Summary, "Mae dyletswydd yn dechrau: A gaiff") || got[0].ID == got[1].ID {
		t.Errorf("%+v", again)
	}
	if none := digest.DutyDates(all, options.Titles, []audit.Organisation{{Nation: audit.Wales, Sector: "council"}}, now, digest.English); len(none) != 0 {
		t.Errorf("duties of others: %+v", none)
	}
}

// TestAnswerDates: the end of a notice and the days of a code, counted by organisation and day.
func TestAnswerDates(t *testing.T) {
	r := newRows(t)
	r.change("elm", "", audit.Open, audit.Closed, stamp(now.AddDate(0, 0, 10)), nil, "")
	r.state("elm", audit.Closed, "", audit.Unknown)
	r.exec(`UPDATE state_now SET published_at = ?`, stamp(now.AddDate(0, 0, 10)))
	for i := range 3 {
		r.exec(`INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent, said_at, week, text_hash, length_class, observed_at, recorded_at)
			VALUES ('c'||?1,'elm','elm','v1','p','','','',1,'',?2,'2026-W47','','short',?2,?2)`, i, stamp(now))
		r.exec(`INSERT INTO assessment (comment, complaint, is_complaint, hazards, urgency, lang, tier, spans, model, observed_at, recorded_at) VALUES ('c'||?1,0.9,1,'[]','normal','en',0,'[]','rules-1',?2,?2)`, i, stamp(now))
	}
	r.exec(`INSERT INTO comment (id, organisation, channel, visit, post, system, url, author, author_by, parent, said_at, week, text_hash, length_class, observed_at, recorded_at)
		VALUES ('answer','elm','elm','v1','p','','','',2,'c2',?1,'2026-W47','','short',?1,?1)`, stamp(now))
	deadlines, err := r.db.Deadlines(t.Context(), now.AddDate(0, -1, 0), now)
	if err != nil {
		t.Fatal(err)
	}
	clocks := audit.Clocks{Holidays: audit.Holidays{First: 2026, Last: 2027, Days: map[string]map[string]bool{audit.England: {}}}, Rows: []audit.ComplaintClock{{Source: "A Code", Nations: []string{audit.England}, Sectors: []string{"council"}, Answer: 5}}}
	organisations := []audit.Organisation{{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council"}}
	got := digest.AnswerDates(deadlines, organisations, clocks, "https://doors.test", digest.English)
	var said []string
	for _, d := range got {
		said = append(said, d.Day.Format(time.DateOnly)+" "+d.Summary)
	}
	want := []string{"2026-11-26 Elm Homes: to be answered by today, if they are complaints: 2", "2026-11-29 Elm Homes: the notice of something seen ends"}
	if diff := cmp.Diff(want, said); diff != "" || got[0].Address != "https://doors.test/organisations/elm" {
		t.Errorf("%s\n%+v\n%+v", diff, deadlines, got)
	}
}
