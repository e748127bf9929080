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
	a.reached(AfterRead)
	if errors.Is(err, store.ErrNotFound) { // erased since, or of a kind that is not told
		return a.raise(ctx, e.ID, nil, nil)
	}
	if err != nil {
		return fmt.Errorf("load what event %s speaks of: %w", e.ID, err)
	}
	if c := facts.Change; c != nil && a.sites[c.Check] && facts.Platform == audit.Web && !audit.ChangesOverSites(c.From, c.To, c.Sites) {
		return a.raise(ctx, e.ID, nil, nil) // another site of theirs answers the question as well or better
	}
	switch c := facts.Comment; {
	case c == nil:
	case c.By == audit.AuthorOrganisation: // it may answer what was told
		a.replied.Store(true)
		nudge(a.flush)
	default:
		a.lively.add(e.Channel)
	}
	alert := judge(facts, a.now(), a.maxAge)
	if alert == nil {
		return a.raise(ctx, e.ID, nil, nil)
	}
	alert.Event = e.ID
	if alert.Kind == store.AlertPrivate {
		a.log.Warn("a comment says that a person may be in danger: somebody should look at it now", "receivers_told", len(targets(a.route, *alert)),
			"organisation", alert.Organisation, "comment", alert.Ref, "url", audit.Untrusted(facts.Comment.URL))
	}
	if alert.Kind == store.AlertComplaint && facts.Comment.Followed {
		answers, err := a.answers(ctx, alert.Channel, []store.OpenAlert{{ID: alert.ID, Comment: alert.Ref}}, a.now())
		if err != nil {
			return fmt.Errorf("look for an answer to what event %s speaks of: %w", e.ID, err)
		}
		if len(answers) > 0 { // it was answered before we read it: on record, and told to nobody
			_, err := a.store.RaiseAlert(ctx, e.ID, alert, nil, nil, a.now())
			return errors.Join(err, a.store.Resolve(ctx, answers, a.now()))
		}
	}
	in, err := a.flaps(ctx, facts, *alert)
	if err != nil {
		return fmt.Errorf("tell of the door of event %s: %w", e.ID, err)
	}
	return a.tell(ctx, e.ID, *alert, in)
}

// tell raises an alert for all whom the routes name and for those who asked for such. flapping is the alert that tells it in
// its place, "" where none does.
func (a *Alerter) tell(ctx context.Context, event string, alert store.Alert, flapping string) error {
	tree, err := a.tree(ctx)
	if err != nil {
		return err
	}
	to := targets(tree, alert)
	for i := range to {
		to[i].Flapping = flapping
	}
	return a.raise(ctx, event, &alert, to)
}

func (a *Alerter) raise(ctx context.Context, event string, alert *store.Alert, targets []store.AlertTarget) error {
	var hold store.Hold
	if alert != nil {
		var err error
		if hold, err = a.holding(ctx); err != nil {
			return err
		}
	}
	due, err := a.store.RaiseAlert(ctx, event, alert, targets, hold, a.now())
	if err != nil {
		return fmt.Errorf("raise alert of event %s: %w", event, err)
	}
	a.reached(AfterRaise)
	a.wake(due, targets)
	return nil
}

// wake nudges the receivers that have something to send, and the timer where a group's may have been set.
func (a *Alerter) wake(due []string, targets []store.AlertTarget) {
	for _, receiver := range due {
		if o := a.outlet(receiver); o != nil {
			nudge(o.due)
		}
	}
	if len(targets) > len(due) { // a group's timer may have been set
		nudge(a.flush)
	}
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
		if c.By == audit.AuthorOrganisation || (!c.IsComplaint && !c.Private && len(c.Hazards)+len(c.Duties) == 0) {
			return nil
		}
		alert.Kind, alert.Ref, alert.Urgency = commentKind(c, now, maxAge), f.Ref, c.Urgency
		if alert.Kind == store.AlertBacklog {
			alert.Ref, alert.Urgency = c.Visit, "none"
		}
	default:
		return nil
	}
	alert.ID = store.AlertID(alert.Kind, alert.Ref)
	return &alert
}

// commentKind says what a comment that is worth telling is told as. An urgent danger that is young is told by itself, however late
// we saw it.
func commentKind(c *store.CommentFacts, now time.Time, maxAge time.Duration) store.AlertKind {
	old := now.Sub(c.Latest) > maxAge || c.Standing && now.Sub(c.Said) > maxAge
	danger := len(c.Hazards) > 0
	switch {
	case c.Private && now.Sub(c.Latest) <= max(privateAge, maxAge):
		return store.AlertPrivate
	case danger && c.Urgency == "urgent" && !old:
		return store.AlertHazard
	case old || seenLate(c) != "":
		return store.AlertBacklog
	case danger:
		return store.AlertHazard
	}
	return store.AlertComplaint
}

// longGap is for how long a place may go unread beyond its time and what was said meanwhile still be told one by one.
const longGap = 6 * time.Hour

// roundedTo is how much later than its page says a comment can have been made: pages drop the seconds, and what they tell as
// a longer span has its end in Latest.
const roundedTo = time.Minute

// seenLate says in words why a comment is among many that were said before we could read them, or "".
func seenLate(c *store.CommentFacts) string {
	switch {
	case c.FirstLook:
		return "this was our first look at the place"
	case c.Latest.Add(roundedTo).Before(c.Connected):
		return "it was said before our first look at the place"
	case c.Gap > longGap:
		return "the place could not be read for " + length(c.Gap) + " before"
	}
	return ""
}

// privateAge is how old a comment may be that says a person may be in danger and still be told, at a first look too.
const privateAge = 30 * 24 * time.Hour

func labels(a store.Alert) Labels {
	return Labels{Organisation: a.Organisation, Sector: a.Sector, Platform: string(a.Platform), Check: string(a.Check),
		Kind: string(a.Kind), Urgency: a.Urgency, Severity: severity(a)}
}

// severity is how soon somebody should look, with the meanings of docs/configuration.md.
func severity(a store.Alert) string {
	switch {
	case a.Urgency == "urgent":
		return "critical"
	case a.Urgency == "high", a.Kind == store.AlertUnanswered, a.Kind == store.AlertMissing, a.Kind == store.AlertOperator && a.Urgency == "normal":
		return "warning"
	case a.Urgency == "normal":
		return "notice"
	}
	return "info"
}

// targets lists the groups that the routes put an alert into. One that says that a person may be in danger is a message of its own.
func targets(tree *Route, alert store.Alert) []store.AlertTarget {
	l := labels(alert)
	var all []store.AlertTarget
	for _, r := range tree.Tells(l) {
		target := r.target(l)
		switch alert.Kind {
		case store.AlertPrivate:
			target.Group = audit.Hash("private", target.Group, alert.ID)
		case store.AlertBacklog: // one summary of all organisations
			target.Group = audit.Hash("backlog", r.ID)
			target.Interval = max(target.Interval, backlogEvery)
		}
		all = append(all, target)
	}
	return all
}

// backlogEvery is how often a route's receiver is told at most what first looks and gaps brought.
const backlogEvery = time.Hour

func (r *Route) target(l Labels) store.AlertTarget {
	return store.AlertTarget{Group: r.Group(l), Route: r.ID, Receiver: r.Receiver,
		Wait: r.GroupWait, Interval: r.GroupInterval, Repeat: r.RepeatInterval}
}
