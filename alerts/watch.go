package alerts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// watch looks once for what no event tells (our own trouble, silences that begin and end, alerts that nobody took on in time),
// and says when to look again.
func (a *Alerter) watch(ctx context.Context) (next time.Time, err error) {
	now := a.now()
	matters, err := a.store.Matters(ctx, now)
	if err != nil {
		return next, err
	}
	for _, m := range matters {
		if err := a.tellOperator(ctx, m); err != nil {
			return next, err
		}
	}
	if err := a.store.MarkOver(ctx, now); err != nil {
		return next, fmt.Errorf("look what is over: %w", err)
	}
	if err := a.follow(ctx, now); err != nil {
		return next, err
	}
	if err := a.look(ctx, now); err != nil {
		return next, err
	}
	return now.Add(a.idle), nil
}

// follow tells of doors that are quiet again, and whom else of what nobody has taken on.
func (a *Alerter) follow(ctx context.Context, now time.Time) error {
	if err := a.settle(ctx, now); err != nil {
		return err
	}
	for _, r := range a.route.all() {
		if err := a.escalate(ctx, r, now); err != nil {
			return err
		}
	}
	return nil
}

// tellOperator raises the alert about a matter. Of a receiver that does not take its messages the others are told.
func (a *Alerter) tellOperator(ctx context.Context, m store.Matter) error {
	return a.tellOf(ctx, matterAlert(m), m)
}

func (a *Alerter) tellOf(ctx context.Context, alert store.Alert, m store.Matter) error {
	to := targets(a.route, alert)
	if m.Topic == store.Undelivered || m.Topic == store.Disconnected {
		to = slices.DeleteFunc(to, func(t store.AlertTarget) bool { return t.Receiver == m.Place })
	}
	return a.raise(ctx, "", &alert, to)
}

// matterAlert is the alert to the operator about a matter: the same matter makes the same alert.
func matterAlert(m store.Matter) store.Alert {
	urgency := "normal"
	if m.Topic == store.SilenceStarted || m.Topic == store.SilenceEnded {
		urgency = "none"
	}
	alert := store.Alert{ID: store.AlertID(store.AlertOperator, m.Ref()), Kind: store.AlertOperator, Ref: m.Ref(), Platform: m.Platform,
		Check: m.Check, Urgency: urgency, ObservedAt: m.At}
	if m.Topic == store.Unreadable {
		alert.Found = store.Found{Count: m.Read, Reason: audit.Reason(m.Detail)}
	}
	return alert
}

// escalate tells the second receiver of a route what nobody has acknowledged or answered in time.
func (a *Alerter) escalate(ctx context.Context, r *Route, now time.Time) error {
	if r.Escalate == nil {
		return nil
	}
	left, err := a.store.Unacknowledged(ctx, r.ID, r.Escalate.Receiver, now.Add(-r.Escalate.After))
	if err != nil || len(left) == 0 {
		return err
	}
	hold, err := a.holding(ctx)
	if err != nil {
		return err
	}
	for _, alert := range left {
		target := r.target(labels(alert))
		target.Group, target.Receiver, target.Escalates, target.Wait, target.Repeat = audit.Hash("escalate", target.Group), r.Escalate.Receiver, true, 0, 0
		due, err := a.store.Escalate(ctx, alert.ID, []store.AlertTarget{target}, hold, now)
		if err != nil {
			return err
		}
		a.wake(due, []store.AlertTarget{target})
	}
	return nil
}

// holding reads the silences in force and the alerts that hold, and gives what judges alerts by them and by the routes' muted
// times.
func (a *Alerter) holding(ctx context.Context) (store.Hold, error) {
	now := a.now()
	active, err := a.silences(ctx, now)
	if err != nil {
		return nil, err
	}
	inhibited, err := a.inhibition(ctx, now)
	if err != nil {
		return nil, err
	}
	tree, err := a.tree(ctx)
	if err != nil {
		return nil, err
	}
	return func(route string, alert store.Alert, on store.Occasion) store.Held {
		if by := inhibited.by(alert, on); by != "" {
			return store.Held{Inhibitor: by}
		}
		return held(tree.byID(route), alert, active, now)
	}, nil
}

// silences reads those in force.
func (a *Alerter) silences(ctx context.Context, now time.Time) ([]silence, error) {
	all, err := a.store.Silences(ctx, now)
	if err != nil {
		return nil, err
	}
	var active []silence
	for _, s := range all {
		if !s.Active(now) {
			continue
		}
		read, err := readMatchers(s.Matchers)
		if err != nil {
			return nil, fmt.Errorf("read silence %s: %w", s.ID, err)
		}
		active = append(active, silence{s, read})
	}
	return active, nil
}

// silence is a silence in force with its matchers compiled.
type silence struct {
	store.Silence
	matchers []matcher
}

func readMatchers(texts []string) ([]matcher, error) {
	var all []matcher
	for _, text := range texts {
		m, err := parseMatcher(text)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// held judges one alert. No silence keeps back word of silences and of our own trouble, and what is urgent, or says that somebody
// may be in danger, passes through muted times. A route that there is no longer (nil) mutes nothing.
func held(r *Route, alert store.Alert, silences []silence, now time.Time) store.Held {
	for _, s := range silences {
		if keeps(s.matchers, alert) {
			return store.Held{Silence: s.ID}
		}
	}
	if r != nil && alert.Urgency != "urgent" && alert.Kind != store.AlertPrivate {
		return store.Held{Until: mutedUntil(now, r.mute, r.active)}
	}
	return store.Held{}
}

func matches(all []matcher, l Labels) bool {
	for _, m := range all {
		if !m.holds(l) {
			return false
		}
	}
	return true
}

// NewSilence makes a silence of matchers as a route has them, from now on. An error names what is wrong.
func NewSilence(matchers []string, author, comment string, now time.Time, lasts time.Duration) (store.Silence, error) {
	switch {
	case len(matchers) == 0:
		return store.Silence{}, errors.New("a silence needs a matcher, such as organisation=hollybank")
	case lasts <= 0:
		return store.Silence{}, errors.New("a silence needs a time that it lasts, such as 2h")
	case comment == "":
		return store.Silence{}, errors.New("a silence needs a comment: why nobody is to be told")
	}
	if _, err := readMatchers(matchers); err != nil {
		return store.Silence{}, err
	}
	return store.Silence{Matchers: matchers, Author: author, Comment: comment, StartsAt: now, EndsAt: now.Add(lasts)}, nil
}
