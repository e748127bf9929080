package digest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/internal/hostile"
)

// anyEdition is a week or month in which anything may have happened, with names of any kind.
func anyEdition(r *rand.Rand, names []string) digest.Edition {
	few := func() int { return []int{0, 0, 1, 3, 7, 40, 900}[r.IntN(7)] }
	name := func() string { return names[r.IntN(len(names))] }
	states := []audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent}
	changes := func() (all []digest.Change) {
		for range few() {
			c := digest.Change{Name: name(), ID: "forum", Check: "Does the site show community centres, rooms to hire and gardens, and how to use them?",
				From: states[r.IntN(4)], To: states[r.IntN(4)], ConfirmedAt: now, Finding: "f1", Published: r.IntN(3) == 0}
			if r.IntN(4) == 0 {
				c.Correction, c.CorrectedAt = "a visit that arrived late shows that it did not happen so", now
			}
			all = append(all, c)
		}
		return all
	}
	e := digest.Edition{Week: "2026-W47", From: now.AddDate(0, 0, -3), To: now.AddDate(0, 0, 4), MadeAt: now, Opened: changes(), Closed: changes(), Corrected: changes(),
		PostsOpen: few(), PostsShut: few(), Comments: digest.Few(few()), Visits: few(), Looked: few(), Organisations: 900, Doors: 4000, Known: few(), Checking: few(),
		Some: r.IntN(2) == 0, Month: r.IntN(4) == 0}
	e.Complaints, e.Answered = e.Comments/2, e.Comments/3
	e.Before = digest.Talk{Comments: digest.Few(few()), Complaints: digest.Few(few()), Answered: 0}
	for _, reason := range audit.Reasons()[:min(few(), 20)] {
		e.Unseen = append(e.Unseen, digest.Unseen{Reason: reason, N: 3})
	}
	if r.IntN(6) == 0 {
		e.Opened, e.Closed, e.Corrected, e.PostsOpen, e.PostsShut, e.Comments = nil, nil, nil, 0, 0, 3
	}
	if r.IntN(2) == 0 {
		e.Good = &digest.Good{Name: name(), ID: "involve", Finding: "f2"}
	}
	if r.IntN(4) > 0 {
		e.Ask = &digest.Ask{Name: name(), ID: "complaints_report", Check: "Is there a yearly complaints report, with the governing body's response beside it?"}
	}
	for range min(few(), 20) {
		e.Duties = append(e.Duties, digest.Due{From: now.AddDate(0, 1, 0), Source: "A Code", ID: "forum", Check: "Is there a residents' forum?"})
	}
	return e
}

// TestWhatStandsAboveTheLinks: whatever a week brings, one line, then at most four parts, together under 250 words in either
// language; a quiet week is one line; everything is told or counted; mail stays small.
func TestWhatStandsAboveTheLinks(t *testing.T) {
	names := []string{"Elm Homes", strings.Repeat("a b ", 100), strings.Repeat("Homes for the people of ", 9), "x"}
	for _, h := range hostile.Texts() {
		names = append(names, h.Text[:min(len(h.Text), 2000)])
	}
	longest, quiet := 0, 0
	for seed := range 150 {
		r := rand.New(rand.NewPCG(47, uint64(seed)))
		e := anyEdition(r, names)
		for _, language := range digest.Languages() {
			told := e.Tell(language)
			n := told.WordsAbove()
			longest = max(longest, n)
			if n >= 250 || len(told.Above) > 4 || strings.Contains(told.Summary, "\n") || told.Summary == "" {
				t.Fatalf("seed %d, %s: %d words, %d parts, %q", seed, language, n, len(told.Above), told.Summary)
			}
			if e.Quiet() {
				quiet++
				if len(told.Above) > 0 || len(told.Letters) > 0 {
					t.Fatalf("seed %d: a quiet week tells %d parts", seed, len(told.Above))
				}
			}
			var text, page strings.Builder
			if err := told.Text(&text); err != nil {
				t.Fatal(err)
			}
			if err := told.HTML(&page); err != nil {
				t.Fatal(err)
			}
			for what, s := range map[string]string{"text": text.String(), "page": page.String()} {
				if strings.Contains(s, "⟦") || strings.Contains(s, "ZgotmplZ") || len(s) > 100_000 {
					t.Fatalf("seed %d, %s: the %s has %d bytes or lacks a string:\n%s", seed, language, what, len(s), s)
				}
			}
			wantTold(t, e, told)
		}
	}
	if quiet == 0 || longest < 120 {
		t.Errorf("%d quiet editions, the longest has %d words: these weeks show little", quiet, longest)
	}
	t.Logf("the longest has %d words above the links; %d were quiet", longest, quiet)
}

// wantTold wants each change to be told or counted, good news first.
func wantTold(t *testing.T, e digest.Edition, told digest.Telling) {
	t.Helper()
	if e.Quiet() {
		return
	}
	lines, rest := 0, 0
	for _, line := range told.Above[0].Lines {
		if line.Bullet {
			lines++
		} else if n := len(line.Words); n > 1 {
			_, _ = fmt.Sscan(strings.Trim(line.Words[1].Ours, "."), &rest)
			break
		}
	}
	if all := len(e.Opened) + len(e.Closed); lines > 5 || all > lines && lines+rest != all {
		t.Fatalf("%d changes: %d told, %d counted", all, lines, rest)
	}
	if lines > 0 && len(e.Opened) > 0 {
		if first := told.Above[0].Lines[0].Mark != ""; first == e.Opened[0].CorrectedAt.IsZero() {
			t.Fatal("good news does not come first")
		}
	}
}

// TestEditionsOfMonths: a month ends where the next begins, and each week's comments are in one month.
func TestEditionsOfMonths(t *testing.T) {
	r := newRows(t)
	r.comments("2026-W44", 40, 0, 0) // ends on 1 November
	r.comments("2026-W48", 50, 0, 0) // ends on 29 November
	r.comments("2026-W49", 60, 0, 0) // ends on 6 December
	r.change("elm", "", audit.Closed, audit.Open, stamp(now.Add(-time.Hour)), nil, "")
	r.change("oak", "", audit.Closed, audit.Open, stamp(now.AddDate(0, -1, 0)), nil, "")
	o := options
	o.Now, o.Week = now.AddDate(0, 2, 0), "2026-11"
	e, err := digest.Make(t.Context(), r.db, o)
	if err != nil {
		t.Fatal(err)
	}
	if e.SoFar || len(e.Opened) != 1 || e.Comments != 90 || len(e.Weeks) != 5 || len(e.Trend) != 6 || e.Trend[4].Opened != 1 || e.Trend[5].Opened != 1 {
		t.Errorf("November: %+v", e)
	}
	text, _ := both(t, r.db, o)
	for _, want := range []string{"doorknock, November 2026\n", "Doors that opened, by month", "  October 2026: 1\n", "  Week to 1 November: 40\n", "  Week to 8 November: fewer than 5\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the month does not say %q:\n%s", want, text)
		}
	}
	for _, bad := range []string{"2026-13", "2026-00", "2027-03", "2026-1"} {
		if err := digest.ValidWeek(bad, o.Now); err == nil {
			t.Errorf("%s is a month", bad)
		}
	}
}

// TestDutiesDue: those that begin within sixty days for organisations of the edition, and no others.
func TestDutiesDue(t *testing.T) {
	r := newRows(t)
	r.change("elm", "", audit.Closed, audit.Open, stamp(now.Add(-time.Hour)), nil, "")
	row := audit.Duty{Check: "comments", Source: "A Code", Address: "https://code.test/", Binds: true, Sure: true, From: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Whom: audit.Whom{Nations: []string{audit.England}, Sectors: []string{"council"}}}
	later, doubted, others := row, row, row
	later.From, doubted.Sure, others.Whom = row.From.AddDate(0, 2, 0), false, audit.Whom{Nations: []string{audit.Wales}, Sectors: []string{"council"}}
	o := options
	o.Duties = audit.Duties{Rows: []audit.Duty{row, later, doubted, others}}
	text, page := both(t, r.db, o)
	if strings.Count(text, "(A Code)") != 1 || !strings.Contains(text, "* From 1 January 2027: May visitors comment on posts? (A Code)") || !strings.Contains(page, `<a href="https://code.test/">A Code</a>`) {
		t.Errorf("duties:\n%s", text)
	}
	o.Only = []string{}
	if text, _ := both(t, r.db, o); strings.Contains(text, "A Code") {
		t.Error("a duty of others is told")
	}
}

// TestWelshEdition: a Welsh edition holds no English but names and sources.
func TestWelshEdition(t *testing.T) {
	r := seen(t)
	r.comments("2026-W47", 60, 0, 40)
	e, err := digest.Make(t.Context(), r.db, options)
	if err != nil {
		t.Fatal(err)
	}
	mail, err := e.Mail(digest.Foot{Preferences: "https://doors.test/p", Unsubscribe: "https://doors.test/u", Again: true}, digest.Welsh)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "welsh.golden.txt", mail.Text)
	if !strings.Contains(mail.HTML, `<html lang="cy">`) {
		t.Error("the page does not say that it is Welsh")
	}
}
