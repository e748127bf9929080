package comment

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"doorknock/score/comment/encoder"
)

func TestInClauses(t *testing.T) {
	for text, want := range map[string][]string{
		"":                   nil,
		"The heating is off": {"The heating is off"},
		"You fixed the gate, but the heating has been off since May. Nobody came!": {"You fixed the gate,", " but the heating has been off since May.", " Nobody came!"},
		"No. No. No. The lift is broken again":                                     {"No. No. No. The lift is broken again"},
		"Paid £3.50 for post. Still no answer":                                     {"Paid £3.50 for post.", " Still no answer"},
		"Dim gwres yma o gwbl, ac mae'r plant yn oer":                              {"Dim gwres yma o gwbl,", " ac mae'r plant yn oer"},
		"tiny\nlines\nof\nno\nlength at all here":                                  {"tiny\nlines\nof\nno\n", "length at all here"},
	} {
		var got []string
		for _, c := range inClauses(text, mostClauses) {
			got = append(got, text[c.Start:c.End])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// The clause that complains weighs most, one that thanks weighs against, and nothing is told where there is nothing to compare.
func TestExplainLeavesOutOneClauseAtATime(t *testing.T) {
	s := trainedHere(t)
	const text = "The new playground looks nice, but I rang about the boiler three weeks ago and nobody called back"
	a := s.Explain(text)
	if a.Tier != 2 || !a.IsComplaint {
		t.Fatalf("tier %d, complaint %.2f: choose a text that the encoder is asked about", a.Tier, a.Complaint)
	}
	most, least := a.Clauses[0], a.Clauses[0]
	for _, c := range a.Clauses {
		if c.Weight > most.Weight {
			most = c
		}
		if c.Weight < least.Weight {
			least = c
		}
	}
	if words := text[most.Start:most.End]; !strings.Contains(words, "boiler") && !strings.Contains(words, "nobody") {
		t.Errorf("most by %q: %+v", words, a.Clauses)
	}
	if words := text[least.Start:least.End]; !strings.Contains(words, "playground") {
		t.Errorf("least by %q: %+v", words, a.Clauses)
	}
	for _, text := range []string{"", "Lovely evening, and thanks to all who came", "My boiler is broken"} {
		if a := s.Explain(text); len(a.Clauses) > 0 {
			t.Errorf("%q: %+v", text, a.Clauses)
		}
	}
}

// All that the scorer carries fits into ten megabytes, and none of it is read before a comment needs it: New costs nothing
// of it, and a text that the first tier is sure of does not wake the encoder.
func TestModelsAreSmallAndLazy(t *testing.T) {
	size := 0
	for _, name := range []string{"complaint.model", "labels.model", "danger.model", "signs.model", "encoder/encoder.model"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += int(info.Size())
	}
	if size > 10_000_000 {
		t.Errorf("%d bytes", size)
	}
	s := trainedHere(t)
	m, err := s.model()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	read := m.encoder
	m.encoder = func() (*encoder.Encoder, error) { asked++; return read() }
	if s.Assess("Still NO heating, this is a disgrace, useless, nobody answers!!!"); asked > 0 {
		t.Errorf("the encoder was asked %d times about a text that is sure", asked)
	}
	if s.Assess("The garden party was lovely, but the lift is out again and my mum is on the fourth floor"); asked != 1 {
		t.Errorf("the encoder was asked %d times about a text that is not", asked)
	}
}

// However long a text is, the runs that Explain makes of the encoder read no more than their budget together.
func TestExplainHasABudget(t *testing.T) {
	s := trainedHere(t)
	const sentence = "The garden party was lovely, but I rang about the boiler three weeks ago and nobody called back. "
	for times, most := range map[int]int{1: 8, 4: 2, 5: 2, 6: 0, 20: 0} {
		text := strings.Repeat(sentence, times)
		a := s.Explain(text)
		if a.Tier != 2 || !a.IsComplaint {
			t.Fatalf("%d times: tier %d, complaint %v", times, a.Tier, a.IsComplaint)
		}
		if len(a.Clauses) > most || times == 1 && len(a.Clauses) < 2 {
			t.Errorf("%d bytes: %d clauses, want at most %d", len(text), len(a.Clauses), most)
		}
		if read := len(inClauses(text, min(mostClauses, clauseBytes/len(text)))) * len(text); most > 0 && read > clauseBytes+len(text) {
			t.Errorf("%d bytes: the encoder reads %d", len(text), read)
		}
	}
}

// ClausesAreWhole: the clauses of a text are all of it, in order, and no more than are looked at; for FuzzAssess.
func ClausesAreWhole(t *testing.T, text string) {
	t.Helper()
	at := 0
	all := inClauses(text, mostClauses)
	for _, c := range all {
		if c.Start != at || c.End <= c.Start || utf8.ValidString(text) && !utf8.ValidString(text[c.Start:c.End]) {
			t.Fatalf("%q: %+v", text, all)
		}
		at = c.End
	}
	if at != len(text) || len(all) > mostClauses {
		t.Fatalf("%q: %+v", text, all)
	}
}

func trainedHere(t *testing.T) *Scorer {
	t.Helper()
	s, err := NewTrained(Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
