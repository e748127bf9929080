package alerts

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"doorknock/audit"
	"doorknock/store"
)

// asked gives the groups of the Slack channels that asked for alerts like this one, beside those of the routes. What nobody may
// be told and what is for whoever runs this installation goes to none of them. A subscription waits and groups as the top route.
func (a *Alerter) asked(ctx context.Context, alert store.Alert) ([]store.AlertTarget, error) {
	if alert.Kind == store.AlertPrivate || alert.Kind == store.AlertOperator {
		return nil, nil
	}
	all, err := a.subscribed(ctx)
	if err != nil {
		return nil, err
	}
	var targets []store.AlertTarget
	has := labels(alert).all()
	for _, s := range all {
		if has[s.Label] != s.Value || alert.Kind == store.AlertComplaint && !a.route.each && s.Label != "kind" {
			continue
		}
		targets = append(targets, store.AlertTarget{Group: audit.Hash("group", s.ID, alert.Organisation), Route: "subscription", Receiver: subscriber(s),
			Wait: a.route.GroupWait, Interval: a.route.GroupInterval})
	}
	return targets, nil
}

// subscriber names a Slack channel as a receiver.
func subscriber(s store.SlackSubscription) string { return s.Receiver + "#" + s.Channel }

// subscribed lists the subscriptions that can be served, and makes sure that each has its receiver. One whose app is no longer
// in the settings cannot, and neither is one whose channel the settings send to anyway.
func (a *Alerter) subscribed(ctx context.Context) ([]store.SlackSubscription, error) {
	all, err := a.store.SlackSubscriptions(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s store.SlackSubscription) bool { return !a.admit(s) }), nil
}

// admit makes the receiver of a subscription, and reports false where there can be none.
func (a *Alerter) admit(s store.SlackSubscription) bool {
	bot := a.bot(s.Receiver)
	if bot == nil || bot.channel == s.Channel {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	name := subscriber(s)
	if a.receivers[name] != nil {
		return true
	}
	own := bot.in(s.Channel)
	o := &outlet{name: name, receiver: own, bot: own, due: make(chan struct{}, 1)}
	a.receivers[name], a.resolved = o, append(a.resolved, name)
	if a.open != nil {
		a.open(o)
	}
	return true
}

// bot gives the bot of a receiver of the settings, nil where it has none.
func (a *Alerter) bot(receiver string) *slackBot {
	if o := a.outlet(receiver); o != nil {
		return o.bot
	}
	return nil
}

// in is the same bot in another channel of its workspace.
func (s *slackBot) in(channel string) *slackBot {
	other := *s
	other.channel = channel
	return &other
}

// Tell sends a message of ours to a Slack channel through the bot of a receiver, once and now.
func (a *Alerter) Tell(ctx context.Context, receiver, channel string, m Message) error {
	bot := a.bot(receiver)
	if bot == nil {
		return fmt.Errorf("%w: no receiver %q writes to Slack by a bot token", ErrPermanent, receiver)
	}
	return attempt(ctx, func(ctx context.Context) error { return bot.in(channel).Send(ctx, m) })
}

// opened has open called with every receiver there is and with each that comes later, until it is called with nil.
func (a *Alerter) opened(open func(*outlet)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = open
	if open == nil {
		return
	}
	for _, o := range a.receivers {
		open(o)
	}
}

// outlet gives a receiver by its name, or nil.
func (a *Alerter) outlet(name string) *outlet {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.receivers[name]
}

// hearResolved lists the receivers that are told when what they were told is answered.
func (a *Alerter) hearResolved() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.resolved)
}

// names lists the receivers.
func (a *Alerter) names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.receivers))
}
