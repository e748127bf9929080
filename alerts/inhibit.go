package alerts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/store"
)

// InhibitRule keeps alerts that the target matchers hold for from being told while an alert that the source matchers hold for
// goes on, in Alertmanager's words.
type InhibitRule struct {
	SourceMatchers []string `yaml:"source_matchers"`
	TargetMatchers []string `yaml:"target_matchers"`
	// Equal names the labels that must be the same in both; one that both lack is the same.
	Equal []string `yaml:"equal"`
}

func (r InhibitRule) validate(key string) error {
	errs := []error{validMatchers(key+".source_matchers", r.SourceMatchers), validMatchers(key+".target_matchers", r.TargetMatchers),
		validLabels(key+".equal", r.Equal)}
	for part, matchers := range map[string][]string{"source_matchers": r.SourceMatchers, "target_matchers": r.TargetMatchers} {
		if len(matchers) == 0 {
			errs = append(errs, fmt.Errorf("%s.%s: missing: without one every alert would be meant", key, part))
		}
	}
	return errors.Join(errs...)
}

// inhibitRule is an InhibitRule that was read.
type inhibitRule struct {
	source, target []matcher
	equal          []string
	is             func(store.Alert) bool                      // what the source is besides; nil: anything
	of             func(a store.Alert, on store.Occasion) bool // what the target is besides; nil: anything
}

// blindRule is always in force: while a platform cannot be read there is one alert to the operator, and what comes of not
// seeing is not told of its places. A change is not among that: it is confirmed by what was seen.
var blindRule = inhibitRule{
	source: []matcher{{label: "kind", value: string(store.AlertOperator)}},
	equal:  []string{"platform"},
	is:     func(a store.Alert) bool { return strings.HasPrefix(a.Ref, string(store.Blind)+" ") },
	of:     unseen,
}

// unseen reports whether an alert would be told because something was not seen: that a complaint has no public answer yet, that
// reviews or a page are no longer there, that one place cannot be read, or that work was given up.
func unseen(a store.Alert, on store.Occasion) bool {
	return on == store.Reminded || a.Kind == store.AlertUnanswered || a.Kind == store.AlertReviews || a.Kind == store.AlertMissing ||
		a.Kind == store.AlertOperator && (strings.HasPrefix(a.Ref, string(store.GaveUp)+" ") || strings.HasPrefix(a.Ref, string(store.Unreadable)+" "))
}

func newInhibitRules(configured []InhibitRule) ([]inhibitRule, error) {
	rules := []inhibitRule{blindRule}
	for i, c := range configured {
		source, errSource := readMatchers(c.SourceMatchers)
		target, errTarget := readMatchers(c.TargetMatchers)
		if err := errors.Join(errSource, errTarget); err != nil {
			return nil, fmt.Errorf("alerts.inhibit_rules[%d]: %w", i, err)
		}
		rules = append(rules, inhibitRule{source: source, target: target, equal: c.Equal})
	}
	return rules, nil
}

func (r inhibitRule) isSource(a store.Alert) bool {
	return matches(r.source, labels(a)) && (r.is == nil || r.is(a))
}

func (r inhibitRule) isTarget(a store.Alert, on store.Occasion) bool {
	return matches(r.target, labels(a)) && (r.of == nil || r.of(a, on))
}

func (r inhibitRule) equals(a, b store.Alert) bool {
	x, y := labels(a).all(), labels(b).all()
	return !slices.ContainsFunc(r.equal, func(label string) bool { return x[label] != y[label] })
}

// kinds are those that a source can be of; nil: any.
func (r inhibitRule) kinds() []store.AlertKind {
	for _, m := range r.source {
		if m.label == "kind" && m.pattern == nil && !m.not {
			return []store.AlertKind{store.AlertKind(m.value)}
		}
	}
	return nil
}

// inhibition is the rules with the alerts that hold.
type inhibition struct {
	rules  []inhibitRule
	firing []store.Alert // each the source of at least one rule
}

// inhibition reads which alerts hold now that could keep back others.
func (a *Alerter) inhibition(ctx context.Context, now time.Time) (inhibition, error) {
	var kinds []store.AlertKind
	for _, r := range a.rules {
		of := r.kinds()
		if of == nil {
			kinds = nil
			break
		}
		kinds = append(kinds, of...)
	}
	isSource := func(alert store.Alert) bool {
		return slices.ContainsFunc(a.rules, func(r inhibitRule) bool { return r.isSource(alert) })
	}
	firing, err := a.store.Holding(ctx, kinds, isSource, now)
	return inhibition{a.rules, firing}, err
}

// by gives the id of an alert that keeps this one from being told, or "". As in Alertmanager, one that is both source and
// target of a rule is not kept back by another that is both, so that two do not silence each other. That a person may be in
// danger is never kept back.
func (i inhibition) by(a store.Alert, on store.Occasion) string {
	if len(i.firing) == 0 || a.Kind == store.AlertPrivate {
		return ""
	}
	for _, r := range i.rules {
		if !r.isTarget(a, on) {
			continue
		}
		both := r.isSource(a)
		for _, s := range i.firing {
			if s.ID != a.ID && r.isSource(s) && r.equals(s, a) && (!both || !r.isTarget(s, store.FirstTold)) {
				return s.ID
			}
		}
	}
	return ""
}
