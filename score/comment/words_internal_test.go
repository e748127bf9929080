package comment

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Letters with dots are one word and end no sentence; a unit stands apart from its number; all else with digits is one word.
func TestWordsAsTyped(t *testing.T) {
	for text, want := range map[string][]string{
		"The C.O. alarm went":        {"the", "co", "alarm", "went"},
		"C.O alarm, e.g. now":        {"co", "alarm", "eg", "now"},
		"my 3yr old at 4c by 12hrs":  {"my", "3", "yr", "old", "at", "4", "c", "by", "12hrs"},
		"the 10th at 4am":            {"the", "10th", "at", "4am"},
		"flat B. It leaks. a.b.c.de": {"flat", "b", "it", "leaks", "abc", "de"},
		"é.ö. ü.":                    {"éö", "ü"},
	} {
		var got []string
		for _, w := range words(text) {
			got = append(got, w.text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	ws := words("The C.O. alarm went. flat B. It leaks")
	if ws[2].sentence != 0 || ws[4].sentence != 1 || ws[6].sentence != 2 {
		t.Errorf("%+v", ws)
	}
}
