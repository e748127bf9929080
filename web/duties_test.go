package web

import (
	"net/http"
	"strings"
	"testing"

	"doorknock/audit"
)

// TestDutiesOnThePage: what binds is scored beside the Door, what may bind or will bind is named and in no score, and where
// nothing binds the page says so.
func TestDutiesOnThePage(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	wants(t, w.ask("/organisations/heron", http.StatusOK), "Duties E 0 of 100 Based on 1 of 1 duties (100 % coverage).",
		"Is there a complaints page within two clicks of the home page? Duty since 1 Apr 2024: A Code of Complaints, section 3 not found in our look 0")
	wants(t, w.ask("/organisations/badger", http.StatusOK), "Not applicable: no duty on our list binds this organisation.",
		"In no score Is there a complaints page within two clicks of the home page? Not sure whether it binds them, so in no score: A Code of Complaints, section 3")
	wants(t, w.ask("/organisations/wren", http.StatusOK), "Not applicable", "In no score", "From 1 Apr 2027 on: A Code of Complaints, section 3")
	wants(t, w.ask("/method", http.StatusOK), "Binds housing associations in England since 1 Apr 2024, by A Code of Complaints, section 3: The policy is easy to find.",
		"Not sure whether it binds councils in Wales", "from 1 Apr 2027 on", "published: all that the rule names was read on the site")
	file := w.ask("/league.csv", http.StatusOK)
	if !strings.Contains(file, "duties_score,duties_band,duties_known,duties_applicable") || !strings.Contains(file, ",0.0,E,1,1") {
		t.Errorf("the league's file tells no duties:\n%s", file)
	}
	if file := w.ask("/organisations/badger.csv", http.StatusOK); !strings.Contains(file, ",unsure,") {
		t.Errorf("the organisation's file tells no basis:\n%s", file)
	}
}

// TestOnlyWhoIsAskedIsAsked: a question that is none to an organisation is on none of its pages and in no coverage.
func TestOnlyWhoIsAskedIsAsked(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	d := testDuties()
	d.Asked = map[audit.CheckID]audit.Whom{"forum": {Nations: []string{audit.England}}}
	w.serve(Options{Duties: d})
	wants(t, w.ask("/league", http.StatusOK), "Badgerbrook Council Council, Wales 50 of 100 1 of 2 known (50 %)", "Otter Homes Housing association, England A 100 of 100 2 of 3 known (66 %)")
	if page := w.ask("/organisations/badger", http.StatusOK); strings.Contains(page, "Is there a residents") {
		t.Error("Wales is asked for a forum")
	}
	wants(t, w.ask("/organisations/badger", http.StatusOK), "Based on 1 of 2 questions (50 % coverage).")
}

// TestValuesOnThePage: what was read beside a state is said in words, with its unit.
func TestValuesOnThePage(t *testing.T) {
	s := &site{}
	var err error
	if s.words, err = readWords("en"); err != nil {
		t.Fatal(err)
	}
	got := s.values(audit.Values{
		audit.ValueYear: audit.Number(2025), audit.ValueHours: audit.Text("Mo-Fr 09:00-17:00"), audit.ValueReplyMinutes: audit.Number(1440),
		audit.ValueReplyWithin: audit.Text("working_days"), audit.ValueReplyMinutes.Of("x"): audit.Number(90), audit.ValueNewest: audit.Text("2026-03-01"),
		audit.ValueItems: audit.Number(1200), audit.ValueWording: audit.Text("0123456789abcdef"),
	})
	var lines []string
	for _, v := range got {
		lines = append(lines, v.Name+": "+v.Says)
	}
	want := "Year: 2025; Watched: Mo-Fr 09:00-17:00; Reply promised within: 1 day; Reply promised within (X): 90 minutes; Counting: working days; Newest: 1 Mar 2026; Items looked at: 1,200"
	if got := strings.Join(lines, "; "); got != want {
		t.Errorf("values\n%s, want\n%s", got, want)
	}
	for _, d := range audit.ValueKeys() {
		if d.Key != audit.ValueWording && strings.HasPrefix(s.words.say("value."+string(d.Key)), "⟦") {
			t.Errorf("the catalogue has no word for %s", d.Key)
		}
	}
}
