package slackapp

import (
	"context"
	"slices"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// subscribe has a Slack channel get the alerts about an organisation or a sector, beside what the settings send where. The
// channel itself is told: that tries the way there, and nobody gets alerts without knowing by whose wish.
func (a *App) subscribe(ctx context.Context, q ask, words string, asked time.Time) (*alerts.Message, error) {
	verb, rest, _ := strings.Cut(words, " ")
	switch strings.ToLower(verb) {
	case "":
		return said("To what? "+Command+" subscribe ORGANISATION, or a sector: "+strings.Join(audit.Sectors(), ", ")+", or a label as routes have it, such as kind=complaint: every complaint.",
			Command+" subscribe list shows what this workspace gets; "+Command+" subscribe remove ORGANISATION ends it for this channel."), nil
	case "list":
		return a.subscriptions(ctx)
	case "remove":
		return a.unsubscribe(ctx, q, strings.TrimSpace(rest), asked)
	}
	s, named, answer, err := a.wanted(ctx, q, words, asked)
	if err != nil || answer != nil {
		return answer, err
	}
	isNew, err := a.o.Store.Subscribe(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := a.announce(ctx, s, named, isNew); err != nil {
		if _, err := a.o.Store.Unsubscribe(ctx, s.Receiver, s.Channel, s.Value, asked); err != nil {
			return nil, err
		}
		m := said("This channel gets nothing yet: I cannot write here. Invite me first with /invite @doorknock, then ask again.")
		m.Items[0].Lines = append(m.Items[0].Lines, alerts.Words{{Ours: "Slack says: "}, theirs(err.Error(), 200)})
		return m, nil
	}
	m := said()
	line := alerts.Words{{Ours: "This channel gets the alerts about "}, theirs(named, 100), {Ours: " from now on: those that are raised after this moment, without people's words."}}
	if !isNew {
		line = alerts.Words{{Ours: "This channel had the alerts about "}, theirs(named, 100), {Ours: " already."}}
	}
	m.Items[0].Lines = append(m.Items[0].Lines, line)
	return m, nil
}

// wanted reads what a channel is to subscribe to: an organisation, a sector, or a label as routes know it, such as
// kind=complaint; a question back where it is not clear.
func (a *App) wanted(ctx context.Context, q ask, words string, asked time.Time) (s store.SlackSubscription, named string, answer *alerts.Message, err error) {
	s = store.SlackSubscription{Receiver: a.o.Receiver, Channel: q.Place, Author: who(q), At: asked}
	sector := strings.ReplaceAll(strings.TrimSuffix(strings.ToLower(words), "s"), " ", "_")
	for _, known := range audit.Sectors() {
		if sector == strings.TrimSuffix(known, "s") {
			s.Label, s.Value = "sector", known
			return s, "the sector " + strings.ReplaceAll(known, "_", " "), nil, nil
		}
	}
	if label, value, is := strings.Cut(words, "="); is && strings.TrimSpace(label) != "organisation" {
		s.Label, s.Value = strings.TrimSpace(label), strings.Trim(strings.TrimSpace(value), `"`)
		return s, s.Label + " " + s.Value, refused(s), nil
	}
	found, err := a.find(ctx, strings.TrimPrefix(words, "organisation="))
	if err != nil {
		return s, "", nil, err
	}
	if len(found) != 1 {
		return s, "", whichOne(words, found), nil
	}
	s.Label, s.Value = "organisation", found[0].ID
	return s, found[0].Name, nil, nil
}

// refused says why a channel cannot ask for a label's value; nil where it can.
func refused(s store.SlackSubscription) *alerts.Message {
	if _, err := alerts.ParseLabels([]string{s.Label + "=" + s.Value}); err != nil {
		m := said()
		m.Items[0].Lines = []alerts.Words{{{Ours: "That is no label and value as routes have them: "}, theirs(err.Error(), 300)}}
		return m
	}
	if s.Label == "kind" && slices.Contains([]store.AlertKind{store.AlertPrivate, store.AlertOperator}, store.AlertKind(s.Value)) {
		return said("Alerts of that kind go to those whom the settings name, and to no channel that asks.")
	}
	return nil
}

// announce tells the channel what it gets and who asked for it, where that is news.
func (a *App) announce(ctx context.Context, s store.SlackSubscription, named string, isNew bool) error {
	if !isNew {
		return nil
	}
	return a.alerter.Tell(ctx, s.Receiver, s.Channel, alerts.Message{ID: "subscribed", Title: alerts.Ours("doorknock"), Items: []alerts.Item{{Lines: []alerts.Words{
		{{Ours: "This channel gets the alerts about "}, theirs(named, 100), {Ours: " from now on, because "}, theirs(s.Author, 80), {Ours: " asked for them."}},
		alerts.Ours("To end it: " + Command + " subscribe remove " + s.Value)}}}})
}

func (a *App) unsubscribe(ctx context.Context, q ask, words string, asked time.Time) (*alerts.Message, error) {
	value := ""
	if words != "all" && words != "" {
		s, _, answer, err := a.wanted(ctx, q, words, asked)
		if err != nil || answer != nil {
			return answer, err
		}
		value = s.Value
	}
	if words == "" {
		return said("What is to end? " + Command + " subscribe remove ORGANISATION, or: remove all."), nil
	}
	n, err := a.o.Store.Unsubscribe(ctx, a.o.Receiver, q.Place, value, asked)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return said("This channel had no such subscription. " + Command + " subscribe list shows those there are."), nil
	}
	return said("Ended: " + counted(n, "subscription") + " of this channel. What the settings send here goes on."), nil
}

func (a *App) subscriptions(ctx context.Context) (*alerts.Message, error) {
	all, err := a.subscribed(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return said("No channel has subscribed to anything. What the settings send goes where they say."), nil
	}
	m := &alerts.Message{Title: alerts.Ours("Subscriptions of channels")}
	item := alerts.Item{}
	for _, s := range all {
		item.Lines = append(item.Lines, subscriptionLine(s))
	}
	m.Items = []alerts.Item{item}
	return m, nil
}

// subscribed gives the subscriptions of this app's channels.
func (a *App) subscribed(ctx context.Context) ([]store.SlackSubscription, error) {
	all, err := a.o.Store.SlackSubscriptions(ctx)
	return slices.DeleteFunc(all, func(s store.SlackSubscription) bool { return s.Receiver != a.o.Receiver }), err
}

func subscriptionLine(s store.SlackSubscription) alerts.Words {
	return alerts.Words{{Ours: "channel "}, theirs(s.Channel, 40), {Ours: ": " + s.Label + " "}, theirs(s.Value, 80), {Ours: ", asked by "}, theirs(s.Author, 80)}
}
