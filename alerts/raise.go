package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// HandleEvent turns one committed event into alerts, puts them into the groups of every route that takes them, and
// marks the event as done, in one transaction. The same event again changes nothing. An error means that nothing
// was written: the event comes again.
func (a *Alerter) HandleEvent(ctx context.Context, e audit.Event) error {
	facts, err := a.store.EventFacts(ctx, e)
	if errors.Is(err, store.ErrNotFound) { // erased since, or of a kind that is not told
		return a.raise(ctx, e, nil)
	}
	if err != nil {
		return fmt.Errorf("load what event %s speaks of: %w", e.ID, err)
	}
	if c := facts.Change; c != nil && a.sites[c.Check] && facts.Platform == audit.Web && !audit.ChangesOverSites(c.From, c.To, c.Sites) {
		return a.raise(ctx, e, nil) // another site of theirs answers the question as well or better
	}
	alert := judge(facts, a.now(), a.maxAge)
	if alert != nil {
		alert.Event = e.ID
	}
	return a.raise(ctx, e, alert)
}

func (a *Alerter) raise(ctx context.Context, e audit.Event, alert *store.Alert) error {
	var targets []store.AlertTarget
	if alert != nil {
		targets = a.targets(*alert)
	}
	due, err := a.store.RaiseAlert(ctx, e.ID, alert, targets, a.now())
	if err != nil {
		return fmt.Errorf("raise alert of event %s: %w", e.ID, err)
	}
	for _, receiver := range due {
		if o := a.receivers[receiver]; o != nil {
			nudge(o.due)
		}
	}
	if len(targets) > len(due) { // a group's timer may have been set
		nudge(a.flush)
	}
	return nil
}

// judge says which alert the facts are worth, or nil. It is pure.
//
// A withdrawn change, the organisation's own words and a comment that is neither complaint nor danger are worth
// none. What a first look finds, and what was said longer ago than maxAge, are worth one alert for the whole visit. Of
// a comment without a date that stood on its page before we read it, only its post's date tells how old it can be.
func judge(f store.AlertFacts, now time.Time, maxAge time.Duration) *store.Alert {
	alert := f.Alert
	switch {
	case f.Change != nil:
		if f.Change.Withdrawn || f.Change.Covered {
			return nil
		}
		alert.Kind, alert.Ref, alert.Urgency = store.AlertChange, f.Change.ID, "normal"
		if f.Change.Scope != "" {
			alert.Urgency = "none" // one post among many: told, but a route can leave it out
		}
	case f.Comment != nil:
		c := f.Comment
		if c.By == audit.AuthorOrganisation || (!c.IsComplaint && len(c.Hazards) == 0) {
			return nil
		}
		alert.Kind, alert.Ref, alert.Urgency = store.AlertComplaint, f.Ref, c.Urgency
		if c.FirstLook || c.Standing && now.Sub(c.Said) > maxAge || now.Sub(c.Latest) > maxAge {
			alert.Kind, alert.Ref, alert.Urgency = store.AlertBacklog, c.Visit, "none"
		}
	default:
		return nil
	}
	alert.ID = store.AlertID(alert.Kind, alert.Ref)
	return &alert
}

func labels(a store.Alert) Labels {
	return Labels{Organisation: a.Organisation, Sector: a.Sector, Platform: string(a.Platform), Check: string(a.Check),
		Kind: string(a.Kind), Urgency: a.Urgency}
}

// targets lists the groups that the routes put an alert into.
func (a *Alerter) targets(alert store.Alert) []store.AlertTarget {
	l := labels(alert)
	var targets []store.AlertTarget
	for _, r := range a.route.Match(l) {
		targets = append(targets, store.AlertTarget{Group: r.Group(l), Route: r.ID, Receiver: r.Receiver,
			Wait: r.GroupWait, Interval: r.GroupInterval, Repeat: r.RepeatInterval})
	}
	return targets
}
