package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

// conversation records one visit that sees n comments of the public, a working day apart from Monday 2 November at ten on, the
// first so many of them answered after two hours, four hours, six hours...
func (w *town) conversation(c audit.Channel, n, answered int) {
	w.t.Helper()
	when := noon.AddDate(0, 0, -1)
	id := audit.JobID(c.ID, when)
	v := audit.Visit{V: 1, ID: id, Channel: c, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when,
		Posts: []audit.Post{{ID: "post-" + c.ID, URL: c.URL + "news/hello", Title: "Hello"}}}
	at := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC)
	for i := range n {
		said := at.AddDate(0, 0, i/5*7+i%5).Add(time.Duration(i/10) * time.Minute)
		m := audit.Comment{ID: fmt.Sprintf("%s-%02d", c.ID, i), Post: "post-" + c.ID, System: "wordpress", Author: "aa", By: audit.AuthorPublic,
			Time: said, Text: "SECRET-WORDS", TextHash: fmt.Sprint(i), Native: true}
		v.Comments = append(v.Comments, m)
		if i < answered {
			a := m
			a.ID, a.Parent, a.By, a.Time = m.ID+"-a", m.ID, audit.AuthorOrganisation, said.Add(time.Duration(2*i+2)*time.Hour)
			v.Comments = append(v.Comments, a)
		}
	}
	if _, err := w.db.Record(context.Background(), store.Recording{Visit: v, Now: when}); err != nil {
		w.t.Fatal(err)
	}
}

// TestWhoAnswers: with a sample the page says rate and times; of few it says nothing but that they are few.
func TestWhoAnswers(t *testing.T) {
	w := newTown(t, nil)
	w.list([]audit.Organisation{organisation("teal", "Teal Homes", audit.England, "housing_association"), organisation("plum", "Plum Homes", audit.England, "council"),
		organisation("rust", "Rust Homes", audit.England, "council")}, channel("teal", true), channel("plum", true), channel("rust", true))
	w.conversation(channel("teal", true), 12, 8)
	w.conversation(channel("plum", true), 3, 1)
	page := w.ask("/organisations/teal", 200)
	for _, want := range []string{
		// Ten of the twelve were said at least a week before Friday 20 November, noon; the first eight were answered.
		"80 % (8 of 10)",
		// Twelve wait; answered after 2, 4, ... 16 hours: S is a half after the sixth, 12 hours.
		"12.0 hours (of 12 whose times are told)", "fewer than nine in ten were answered while they were watched (of 12)",
		// From ten o'clock on seven hours are worked that day: the sixth answer, at ten at night, came after seven hours of work.
		"7.0 hours (of 12 whose times are told)",
		"Begun by the public", "too few to say",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	few := w.ask("/organisations/plum", 200)
	if !strings.Contains(few, "fewer than 5") || strings.Contains(few, "whose times are told") || strings.Contains(few, "(1 of 3)") {
		t.Errorf("of three comments the page says more than that they are few:\n%s", few)
	}
	if none := w.ask("/organisations/rust", 200); !strings.Contains(none, "there is nothing to say of answers") {
		t.Error("of no comments the page says something")
	}
	if strings.Contains(page+few, "SECRET") {
		t.Error("a comment's words are on the page")
	}
}

// TestPromiseBesideMeasure: what the rules promise stands beside what was measured since, in the same hours.
func TestPromiseBesideMeasure(t *testing.T) {
	w := newTown(t, nil)
	c := channel("teal", true)
	w.list([]audit.Organisation{organisation("teal", "Teal Homes", audit.England, "housing_association")}, c)
	for _, day := range []int{-25, -23} { // confirmed before the first comment
		when := noon.AddDate(0, 0, day)
		id := audit.JobID(c.ID, when)
		page := audit.Capture{ID: audit.LongHash("capture", id), URL: c.URL + "rules", Status: 200, Hash: audit.LongHash(id), At: when}
		_, err := w.db.Record(context.Background(), store.Recording{Now: when, Visit: audit.Visit{V: 1, ID: id, Channel: c, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when, Captures: []audit.Capture{page}},
			Findings: []audit.Finding{{Check: "rules_promise", Verdict: verdict(t, says{"rules_promise", audit.Open, "", "We reply"}, page),
				Values: audit.Values{audit.ValueReplyMinutes: audit.Number(300), audit.ValueReplyWithin: audit.Text("working_hours"), audit.ValueHours: audit.Text("Mo-Fr 09:00-17:00")}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.conversation(c, 12, 8)
	page := w.ask("/organisations/teal", 200)
	// Five hours of work: the answers after two and four hours came in time; the third and all later took six or more, and four none
	// at all. The last was said on Tuesday 17 November; all waits had run out by Friday noon.
	want := "Its rules for talking promise an answer on its web site within 5 hours, counting working hours. Of 12 comments since that was first seen there, fewer than 5 were answered in that time"
	if !strings.Contains(page, want) {
		t.Errorf("the page lacks %q:\n%s", want, page)
	}
}

// TestTalkSentences: what is said of a made-up report, and what is not said of a smaller one.
func TestTalkSentences(t *testing.T) {
	catalogue, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{words: catalogue}
	odd := talk.Unusual{Age: 26 * time.Hour, Count: 31, Fewer: 97, Of: 100, Median: 4}
	odd.Post.Title, odd.Post.URL = "Heating off at Alder House", "https://teal.test/news/heat"
	large := talk.Report{
		All:    talk.Replies{Threads: 200, Settled: 190, Answered: 150, Manners: talk.Manners{Stock: 30, Action: 60, Other: 10}, Untold: 7, ByPlace: 12, HolidaysUnknown: true},
		Public: 300, PerHomes: 24.19, NoComplaint: talk.ShareOf(240, 300), Edited: 6, Streak: talk.Streak{Weeks: 5},
		Kinds:   []talk.KindFigures{{Kind: "people", Posts: 4, Comments: 50, Answered: 3}, {Kind: "jobs", Posts: 2}},
		Unusual: []talk.Unusual{odd},
		Visibility: talk.Visibility{Complaints: talk.Gone{Watched: 100, Gone: 20}, Others: talk.Gone{Watched: 400, Gone: 20}, Hidden: 12, Removed: 2,
			Difference: talk.Difference{Enough: true, Seen: true, Ratio: 4, Low: 2.2401, High: 7.1425}},
	}
	v := s.talkView(large)
	all := strings.Join(append(v.Begin, v.Said...), "\n")
	for _, want := range []string{
		"24.2 comments by the public for each 1,000 homes", "80 % of what the public said there is no complaint, as our method reads it (95 % interval: 75 to 84 %, of 300 comments)",
		"Of 100 answers whose words were read, 30 % only ask", "60 % name something", "In each of the last 5 weeks", "Of 7 it cannot be told", "Of the answers, 12 stand beside",
		"years whose bank holidays are not known", "Of 500 comments by the public that were watched, 40 are no longer visible to a visitor", "tells exactly: hidden 12, removed fewer than 5.",
		"Of those that our method does not read as complaints, 5 % (20 of 400) are no longer visible: the ordinary coming and going",
		"4.00 times as often no longer visible as others (95 % interval: 2.24 to 7.14)", "6 had another wording",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("lacks %q:\n%s", want, all)
		}
	}
	wantKinds := []kindRow{{"People and community", "4", "50 (12.5 a post)", "fewer than 5"}, {"Jobs", "2", "none", "none"}}
	if diff := cmp.Diff(wantKinds, v.Kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	wantOdd := []oddRow{{"Heating off at Alder House", "https://teal.test/news/heat", "31 comments after 26.0 hours; of the 100 posts before it, 97 had fewer at that age, and half had 4 or fewer."}}
	if diff := cmp.Diff(wantOdd, v.Odd); diff != "" {
		t.Errorf("unusual (-want +got):\n%s", diff)
	}
	large.Cut = noon.AddDate(0, 0, -10)
	if v := s.talkView(large); v.Begin[0] != "More was said here in twelve weeks than is counted: only the newest comments, in whole weeks and 50,000 at most. The figures begin on 11 November 2026." {
		t.Errorf("of figures that begin later: %q", v.Begin[0])
	}
	if v := s.talkView(talk.Report{Cut: noon}); !strings.HasPrefix(v.Note, "More was said here in twelve weeks than is counted") {
		t.Errorf("of so many that none is counted: %q", v.Note)
	}
	small := talk.Report{
		All: talk.Replies{Threads: 9, Settled: 9, Answered: 5, Manners: talk.Manners{Stock: 5, Action: 4}}, Public: 9, NoComplaint: talk.ShareOf(27, 29),
		Visibility: talk.Visibility{Others: talk.Gone{Watched: 9, Gone: 3}}, Streak: talk.Streak{Weeks: 1},
	}
	if v := s.talkView(small); len(v.Begin)+len(v.Said)+len(v.Kinds)+len(v.Odd) != 0 || v.Rows[1].All != "too few to say (fewer than 10, or fewer than 5 answered)" || v.Rows[0].Complaints != "fewer than 30" {
		t.Errorf("of few: %+v", v)
	}
	for _, v := range []talk.Visibility{ // what is few could be worked out from the two others
		{Complaints: talk.Gone{Watched: 100, Gone: 3}, Others: talk.Gone{Watched: 400, Gone: 20}}, {Complaints: talk.Gone{Watched: 100, Gone: 20}, Others: talk.Gone{Watched: 400, Gone: 4}},
		{Complaints: talk.Gone{Watched: 20, Gone: 6}, Others: talk.Gone{Watched: 400, Gone: 20}},
	} {
		if got := strings.Join(s.visibility(v), " "); strings.Contains(got, "ordinary") {
			t.Errorf("%+v: %s", v, got)
		}
	}
	for said, visibility := range map[string]talk.Visibility{
		"cannot be said":     {Others: talk.Gone{Watched: 40, Gone: 8}},
		"No difference seen": {Others: talk.Gone{Watched: 400, Gone: 24}, Complaints: talk.Gone{Watched: 100, Gone: 10}, Difference: talk.Difference{Enough: true}},
	} {
		if got := strings.Join(s.visibility(visibility), " "); !strings.Contains(got, said) || strings.Contains(got, "delet") {
			t.Errorf("%q lacks %q", got, said)
		}
	}
	if got := s.streak(talk.Streak{Slipped: true, Before: 4}); len(got) != 1 || !strings.Contains(got[0], "in each of the 4 before it") {
		t.Errorf("a slip: %q", got)
	}
}

// The dates are those of the code of the nation, for a complaint made today; where no code is known nothing is said.
func TestClockLine(t *testing.T) {
	words, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{words: words, now: func() time.Time { return time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC) }, clocks: audit.Clocks{
		Holidays: audit.Holidays{First: 2026, Last: 2026, Days: map[string]map[string]bool{audit.England: {}, audit.Scotland: {"2026-11-30": true}}},
		Rows: []audit.ComplaintClock{{Source: "Code", Nations: []string{audit.England}, Sectors: []string{"council"}, Acknowledge: 5, Answer: 10, FromAcknowledged: true},
			{Source: "Procedure", Nations: []string{audit.Scotland}, Sectors: []string{"council"}, Answer: 10}}}}
	for nation, want := range map[string]string{
		audit.England:         "If somebody makes a complaint today, the dates by the Code would be 23 November 2026 to acknowledge it and 7 December 2026 at the latest to answer it: working days, without bank holidays.",
		audit.Scotland:        "If somebody makes a complaint today, the date for a first answer by the Procedure would be 1 December 2026: working days, without bank holidays.",
		audit.NorthernIreland: "",
	} {
		if got := strings.Join(s.clockLine(audit.Organisation{Nation: nation, Sector: "council"}), " "); got != want {
			t.Errorf("%s: %q, want %q", nation, got, want)
		}
	}
}

// TestTalkTakesTurns: who asks for figures about talk while as many are being made as may be waits, no longer than it is asked for.
func TestTalkTakesTurns(t *testing.T) {
	s := &site{talking: make(chan struct{})} // no place is free
	asked, giveUp := context.WithCancel(t.Context())
	giveUp()
	if _, err := s.talkReport(asked, nil, organisation("teal", "Teal Homes", audit.England, "council")); !errors.Is(err, context.Canceled) {
		t.Errorf("without a place: %v", err)
	}
}
