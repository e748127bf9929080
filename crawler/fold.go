package crawler

import (
	"fmt"
	"runtime/debug"
	"slices"

	"doorknock/audit"
)

// Fold makes the findings of one visit: each check folds its own readings. nation is the organisation's, "" where it is
// not known.
func Fold(checks []Check, v audit.Visit, readings []audit.Reading, nation string) (all []audit.Finding, err error) {
	of := ByCheck(readings)
	for _, c := range checks {
		found, err := FoldOne(c, v, of[c.ID], nation)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// ByCheck puts readings together by their checks, each check's in the order they came.
func ByCheck(readings []audit.Reading) map[audit.CheckID][]audit.Reading {
	many := make(map[audit.CheckID]int)
	for i := range readings {
		many[readings[i].Check]++
	}
	of := make(map[audit.CheckID][]audit.Reading, len(many))
	room := make([]audit.Reading, len(readings)) // of all of them: a visit has hundreds, and lists that grow are copied again and again
	for i := range readings {
		c := readings[i].Check
		list, known := of[c]
		if !known {
			list, room = room[:0:many[c]], room[many[c]:]
		}
		of[c] = append(list, readings[i])
	}
	return of
}

// FoldOne makes the findings of one check from its readings of a visit; none where it is not asked of the visit's platform.
// nation is as Fold has it.
// A check that panics over what a site sent is an error that names it.
func FoldOne(c Check, v audit.Visit, of []audit.Reading, nation string) ([]audit.Finding, error) {
	if !slices.Contains(c.On, v.Channel.Platform) {
		return nil, nil
	}
	return fold(c, Folding{Visit: v, Check: c, Readings: of, Coverage: v.Coverage[c.ID], Nation: nation})
}

func fold(c Check, f Folding) (found []audit.Finding, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fold check %s: panic: %v\n%s", c.ID, p, debug.Stack())
		}
	}()
	return c.Fold(f), nil
}
