package audit

import (
	"strings"
	"time"
)

// runGap is the most that two looks of one run lie apart: a run says of every two days between its ends that somebody
// looked, and what was seen. A longer silence of ours ends the run, and stays to be seen as what it was.
const runGap = 48 * time.Hour

// Run is what a kept finding says of the looks before it whose own findings were rolled up, because all of them said the same.
type Run struct {
	First string    `json:"first"` // the finding with which the run began; it is kept too
	From  time.Time `json:"from"`  // its observed_at
	Looks int       `json:"looks"` // between the two
}

// A Stretch is a part of a run to be rolled up: of its findings the first and the last stay.
type Stretch struct {
	First, Last *Finding
	Between     []*Finding
}

// Stretches finds, among the findings of one (channel, check, scope), the runs of equal answers from before a time. Nothing
// that the fold rests on lies between the ends of a stretch, so that Confirm makes the same of what stays as of all: the
// first sight of a state, the look that confirmed it, and the last. Findings that keep says must stay end a stretch too.
func Stretches(findings []Finding, before time.Time, keep func(id string) bool, after time.Duration, quarantine ...Hold) []Stretch {
	sorted := inOrder(findings)
	f := folding{after: after, quarantine: quarantine, bearing: map[string]bool{}}
	f.all(sorted)
	opens := map[string]bool{} // findings with which a run begins that was rolled up before
	for _, x := range sorted {
		if x.Run != nil {
			opens[x.Run.First] = true
		}
	}
	stays := func(x *Finding) bool { return f.bearing[x.ID] || opens[x.ID] || keep(x.ID) }
	var all []Stretch
	for _, row := range rows(sorted, before) {
		var same []*Finding
		for _, x := range row {
			if len(same) > 0 && !x.continues(same[len(same)-1]) {
				all, same = appendStretches(all, same, stays), nil
			}
			same = append(same, x)
		}
		all = appendStretches(all, same, stays)
	}
	return all
}

// rows are the findings from before a time that are compared with each other: those that saw something, which a look that
// could not see does not interrupt; and, apart, those that could not see, by the reason why.
func rows(sorted []Finding, before time.Time) [][]*Finding {
	index := map[Reason]int{"": 0}
	all := make([][]*Finding, 1)
	for i := range sorted {
		x := &sorted[i]
		if !x.ObservedAt.Before(before) {
			break
		}
		n, known := index[x.Verdict.Reason()]
		if !known {
			n = len(all)
			index[x.Verdict.Reason()], all = n, append(all, nil)
		}
		all[n] = append(all[n], x)
	}
	return all
}

// appendStretches cuts a row of equal findings at those that stay.
func appendStretches(all []Stretch, same []*Finding, stays func(*Finding) bool) []Stretch {
	first := 0
	for i, x := range same {
		elsewhere := x.Run != nil && x.Run.First != same[first].ID // ends a run that does not begin here
		if i < len(same)-1 && !stays(x) && !elsewhere {
			continue
		}
		if i-first > 1 {
			all = append(all, Stretch{First: same[first], Last: x, Between: same[first+1 : i]})
		}
		first = i
	}
	return all
}

// continues reports whether x says the same as the look before it, soon enough after it.
func (x *Finding) continues(p *Finding) bool {
	a, b := x.Verdict, p.Verdict
	if a.State() != b.State() || a.Kind() != b.Kind() || a.Reason() != b.Reason() || x.How != p.How || x.System != p.System || !x.Values.Equal(p.Values) {
		return false
	}
	near := x.ObservedAt.Sub(p.ObservedAt) <= runGap || x.Run != nil && !x.Run.From.After(p.ObservedAt)
	return near || a.State() == Unknown // n times between two days nobody could see: that says nothing about the days between
}

// inRun reports whether a finding that came late contradicts a run that was rolled up around it. The looks of the run
// went on saying the same soon after it, so that it unsettles nothing; their own findings are no longer there to say so.
func inRun(sorted []Finding, x *Finding) bool {
	for i := range sorted {
		y := &sorted[i]
		if y.Run != nil && y.Verdict.State() != Unknown && y.Verdict.State() != x.Verdict.State() &&
			x.ObservedAt.After(y.Run.From) && x.ObservedAt.Before(y.ObservedAt) {
			return true
		}
	}
	return false
}

func compareFindings(a, b Finding) int {
	if c := a.ObservedAt.Compare(b.ObservedAt); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}
