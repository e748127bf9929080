package alerts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/store"
)

// Condition is what has become of an alert, in one word.
type Condition string

// The conditions, in the order in which they are tried: the first that holds is the alert's.
const (
	Answered     Condition = "answered"     // the organisation's public answer was seen
	Acknowledged Condition = "acknowledged" // somebody has taken it on
	Silenced     Condition = "silenced"     // a silence kept it back from whoever would have been told
	Inhibited    Condition = "inhibited"    // another alert tells, or told, in its place
	Held         Condition = "held"         // nobody is told yet: its group waits, or its route is muted
	Open         Condition = "open"         // anything else
)

// Conditions lists them, those that want somebody first.
func Conditions() []Condition {
	return []Condition{Open, Held, Inhibited, Silenced, Acknowledged, Answered}
}

// Severities lists the four, the gravest first.
func Severities() []string { return []string{"critical", "warning", "notice", "info"} }

// ConditionOf says what has become of an alert.
func ConditionOf(r store.Raised) Condition {
	switch {
	case r.Answered:
		return Answered
	case r.AckedBy != "":
		return Acknowledged
	case r.Silenced && !r.Told:
		return Silenced
	case (r.Inhibited != "" || r.Flapping != "" || r.Lapsed) && !r.Told:
		return Inhibited
	case r.Waits && !r.Told:
		return Held
	}
	return Open
}

// SeverityOf says how soon somebody should look: one of Severities.
func SeverityOf(a store.Alert) string { return severity(a) }

// Filter picks alerts of a list; what is left out takes all.
type Filter struct {
	Organisation, Kind, Severity string
	Condition                    Condition
}

// Validate names a kind, a severity or a condition that does not exist.
func (f Filter) Validate() error {
	var conditions []string
	for _, c := range Conditions() {
		conditions = append(conditions, string(c))
	}
	for _, field := range []struct {
		label, value string
		known        []string
	}{{"kind", f.Kind, closed("kind")}, {"severity", f.Severity, closed("severity")}, {"state", string(f.Condition), conditions}} {
		if field.value != "" && !slices.Contains(field.known, field.value) {
			return fmt.Errorf("%s %q is not one of %s", field.label, field.value, strings.Join(field.known, ", "))
		}
	}
	return nil
}

// Of gives those alerts that the filter takes, in their order.
func (f Filter) Of(all []store.Raised) []store.Raised {
	return slices.DeleteFunc(slices.Clone(all), func(r store.Raised) bool {
		return f.Organisation != "" && f.Organisation != r.Organisation || f.Kind != "" && f.Kind != string(r.Kind) ||
			f.Severity != "" && f.Severity != severity(r.Alert) || f.Condition != "" && f.Condition != ConditionOf(r)
	})
}

// Matching gives those alerts that a silence of these matchers keeps back. An error names what is wrong with a matcher.
func Matching(all []store.Raised, matchers []string) ([]store.Raised, error) {
	read, err := readMatchers(matchers)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(r store.Raised) bool {
		return !keeps(read, r.Alert)
	}), nil
}

// keeps reports whether a silence of these matchers keeps an alert back. Word of silences and of our own trouble none does; that
// somebody may be in danger only one that names that kind, as only a route that names it tells of it.
func keeps(matchers []matcher, a store.Alert) bool {
	switch a.Kind {
	case store.AlertOperator:
		return false
	case store.AlertPrivate:
		if !slices.ContainsFunc(matchers, func(m matcher) bool { return m.names(store.AlertPrivate) }) {
			return false
		}
	}
	return matches(matchers, labels(a))
}

// TryFor is how far back the alerts lie on which a silence is tried before it begins.
const TryFor = 7 * 24 * time.Hour
