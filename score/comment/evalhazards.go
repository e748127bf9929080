package comment

import (
	"fmt"
	"slices"
	"strings"

	"doorknock/audit"
)

// HazardRow is a sentence with what a person says of it. Hazards are rule ids where the rule is affirmed, or id:context;
// id:any where people may differ, which counts for nothing. Urgent: a person should look at once.
type HazardRow struct {
	Text    string
	Hazards []string
	Urgent  bool
}

// HazardFigures count what the rules made of labelled sentences.
type HazardFigures struct {
	Rows                            int
	Wanted, Said, Right             int // affirmed rules: labelled, said, both
	Urgent, UrgentSaid, UrgentFound int // sentences: labelled, said, both with a labelled rule affirmed
	ContextWanted, ContextRight     int // sentences in which a rule stands in a context that is not affirmed: not affirmed
	Wrong                           []HazardMistake
}

// HazardMistake is one thing that the rules got wrong.
type HazardMistake struct {
	What string `json:"what"` // missed, false, urgency, context
	Want string `json:"want"`
	Got  string `json:"got"`
	Text string `json:"text"`
}

// Compare adds one sentence. A label that cannot be read is an error.
func (f *HazardFigures) Compare(row HazardRow, a audit.Assessment) error {
	f.Rows++
	got := affirmedIDs(a)
	var want, free []string
	for _, label := range row.Hazards {
		id, context, more := strings.Cut(label, ":")
		switch {
		case !more:
			want = append(want, id)
		case context == "any":
			free = append(free, id)
		case !slices.Contains([]string{negated, resolved, hypothetical, promotional}, context):
			return fmt.Errorf("label %q names no context", label)
		default:
			f.ContextWanted++
			if !slices.Contains(got, id) {
				f.ContextRight++
			} else {
				f.miss("context", label, "affirmed", row.Text)
			}
		}
	}
	f.Wanted += len(want)
	found := 0
	for _, id := range want {
		if slices.Contains(got, id) {
			found++
		} else {
			f.miss("missed", id, strings.Join(got, " "), row.Text)
		}
	}
	f.Right += found
	for _, id := range got {
		switch {
		case slices.Contains(want, id):
			f.Said++
		case !slices.Contains(free, id):
			f.Said++
			f.miss("false", strings.Join(want, " "), id, row.Text)
		}
	}
	f.urgent(row, a.Urgency, found > 0)
	return nil
}

func (f *HazardFigures) urgent(row HazardRow, said string, found bool) {
	is := said == Urgent
	if is {
		f.UrgentSaid++
	}
	if row.Urgent {
		f.Urgent++
	}
	switch {
	case row.Urgent && is && found:
		f.UrgentFound++
	case row.Urgent != is:
		want := "not urgent"
		if row.Urgent {
			want = Urgent
		}
		f.miss("urgency", want, said, row.Text)
	}
}

func (f *HazardFigures) miss(what, want, got, text string) {
	f.Wrong = append(f.Wrong, HazardMistake{what, want, got, text})
}

// affirmedIDs lists the affirmed rules of an assessment, each once.
func affirmedIDs(a audit.Assessment) []string {
	var ids []string
	for _, h := range a.Hazards {
		if h.Affirmed && !slices.Contains(ids, h.ID) {
			ids = append(ids, h.ID)
		}
	}
	return ids
}
