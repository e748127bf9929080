package alerts

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"doorknock/audit"
	"doorknock/store"
)

// With gives the tree with the Slack channels that asked for alerts: each subscription is a route beside the others that is the
// top route once more, with its groups, times and muted times, for one label and that channel. It escalates to nobody, and takes
// neither what says that a person may be in danger nor what is for whoever runs this installation. A channel that a receiver of
// the settings writes to is that receiver. A subscription whose app is no longer in the settings is left out.
func (r *Route) With(subscriptions []store.SlackSubscription, c Config) *Route {
	top := *r
	top.beside = nil
	for _, s := range subscriptions {
		receiver, known := subscriber(s, c.Receivers)
		if !known || !knownLabel(s.Label) {
			continue
		}
		own := *r
		own.routes, own.beside, own.Escalate = nil, nil, nil
		own.Receiver, own.ID, own.Key = receiver, audit.Hash("route", "subscription", receiver), "asked for in Slack by "+audit.Untrusted(s.Author).Plain(80)
		own.Matchers = []string{s.Label + " = " + s.Value}
		own.matchers = []matcher{{label: s.Label, value: s.Value}}
		for _, never := range []store.AlertKind{store.AlertPrivate, store.AlertOperator} {
			own.matchers = append(own.matchers, matcher{label: "kind", value: string(never), not: true})
		}
		if own.matchers[0].names(store.AlertComplaint) {
			own.asks = append(slices.Clone(own.asks), store.AlertComplaint)
		}
		top.beside = append(top.beside, &own)
	}
	return &top
}

// subscriber names a subscribed Slack channel as a receiver, and reports false where no bot of the settings writes there.
func subscriber(s store.SlackSubscription, receivers []ReceiverConfig) (name string, known bool) {
	at := slices.IndexFunc(receivers, func(r ReceiverConfig) bool { return r.Name == s.Receiver && r.Slack != nil && r.Slack.bot() })
	if at < 0 {
		return "", false
	}
	if receivers[at].Slack.Channel == s.Channel {
		return s.Receiver, true
	}
	return s.Receiver + "#" + s.Channel, true
}

// Tree gives the routes of a configuration with those of the Slack channels that asked for alerts.
func Tree(ctx context.Context, c Config, db *store.DB) (*Route, error) {
	top, err := NewRoute(c)
	if err != nil {
		return nil, err
	}
	subscriptions, err := db.SlackSubscriptions(ctx)
	return top.With(subscriptions, c), err
}

// tree gives the routes as they are now, and makes sure that each subscribed channel has its receiver.
func (a *Alerter) tree(ctx context.Context) (*Route, error) {
	subscriptions, err := a.store.SlackSubscriptions(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range subscriptions {
		a.admit(s)
	}
	return a.route.With(subscriptions, a.config), nil
}

// admit makes the receiver of a subscription, where it needs one of its own.
func (a *Alerter) admit(s store.SlackSubscription) {
	bot := a.bot(s.Receiver)
	name, known := subscriber(s, a.config.Receivers)
	if bot == nil || !known {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.receivers[name] != nil {
		return
	}
	own := bot.in(s.Channel)
	o := &outlet{name: name, receiver: own, bot: own, due: make(chan struct{}, 1)}
	a.receivers[name], a.resolved = o, append(a.resolved, name)
	if a.open != nil {
		a.open(o)
	}
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
