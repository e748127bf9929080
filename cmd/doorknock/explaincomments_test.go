package main

import (
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/store"
)

// What is told of a comment is what it was judged by: rules with their words and places, the strongest words, the language,
// the dates, the law that was in force there then. Of a person in danger nothing of that is told.
func TestExplainedComment(t *testing.T) {
	rules, err := configs.Hazards()
	if err != nil {
		t.Fatal(err)
	}
	clocks, err := configs.Clocks()
	if err != nil {
		t.Fatal(err)
	}
	in := &installation{clocks: clocks}
	of := audit.Organisation{ID: "elm", Nation: audit.England, Sector: "council"}
	said := time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC)
	const text = "Mould again, and no smell of gas. Nobody answers"
	c := store.AssessedComment{ID: "c1", URL: "https://elm.test/p#c1", Said: said, Text: text, Assessment: audit.Assessment{
		Complaint: 0.91, IsComplaint: true, Urgency: "high", Lang: "other", Tier: 0, Model: "rules-2",
		Hazards: []audit.Hazard{{ID: "damp_mould", Kind: "danger", Text: "Mould", Start: 0, End: 5, Affirmed: true, Context: "affirmed"},
			{ID: "gas", Kind: "danger", Text: "smell of gas", Start: 20, End: 32, Context: "negated"}},
		Threat: new(0.81), Spam: new(0.02), Signs: []audit.Sign{{Label: "threat", ID: "harm", Span: audit.Span{Start: 34, End: 40, Weight: 6.9}}},
		Spans: []audit.Span{{Start: 34, End: 48, Weight: 1.8}}, Clauses: []audit.Span{{Start: 0, End: 33, Weight: 0.7}}}}
	shown := func(c store.AssessedComment) string {
		var out strings.Builder
		in.explained(c, of, rules).print(&out)
		return out.String()
	}
	got := shown(c)
	for _, want := range []string{"urgency high; 91 % likely a complaint, by rules-2 (tier 0), in a language that is read by rules only", `rule damp_mould: affirmed: "Mould", bytes 0 to 5`,
		`rule gas: negated: "smell of gas", bytes 20 to 32`, `+1.8: "Nobody answers", bytes 34 to 48`, "beside that: threat 81 %, spam 2 %", `+6.9 for threat by the sign harm: "Nobody", bytes 34 to 40`, `+0.7 by the whole clause: "Mould again, and no smell of gas.", bytes 0 to 33`, "would be Monday 23 November 2026 to acknowledge it", "(Awaab's Law), significant damp and mould, since 2025-10-27"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "Gas Safety") || strings.Contains(got, "missed") {
		t.Errorf("it tells of a rule that is denied, or that something was missed:\n%s", got)
	}
	c.Text = ""
	if got := shown(c); strings.Contains(got, "bytes 0") || !strings.Contains(got, "no longer kept") {
		t.Errorf("words that are gone:\n%s", got)
	}
	c.Text, c.Assessment.Hazards[0].Kind = text, "private"
	if got := shown(c); strings.Contains(got, "damp") || strings.Contains(got, "Mould") || strings.Contains(got, "Code") || strings.Contains(got, "threat") || !strings.Contains(got, "A person may be in danger") {
		t.Errorf("a person in danger:\n%s", got)
	}
}
