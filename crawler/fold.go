package crawler

import (
	"fmt"
	"runtime/debug"
	"slices"

	"doorknock/audit"
)

// Fold makes the findings of one visit: each check that is asked of the visit's platform folds its own readings. A
// check that panics over what a site sent is an error that names it.
func Fold(checks []Check, v audit.Visit, readings []audit.Reading) (all []audit.Finding, err error) {
	for _, c := range checks {
		if !slices.Contains(c.On, v.Channel.Platform) {
			continue
		}
		of := slices.DeleteFunc(slices.Clone(readings), func(x audit.Reading) bool { return x.Check != c.ID })
		found, err := fold(c, Folding{Visit: v, Check: c, Readings: of, Coverage: v.Coverage[c.ID]})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func fold(c Check, f Folding) (found []audit.Finding, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fold check %s: panic: %v\n%s", c.ID, p, debug.Stack())
		}
	}()
	return c.Fold(f), nil
}
