package alerts

import (
	"context"
	"errors"
	"fmt"

	"doorknock/store"
)

// ErrStays says that a message cannot be taken back from where it was sent: a mail, or what a webhook was given.
var ErrStays = errors.New("what was sent there cannot be taken back")

// Unsay takes back a message about a comment that was erased. One that tells of other things too is written anew from the rows,
// which no longer hold the comment. ErrStays: a person has to delete it.
func Unsay(ctx context.Context, o Options, t store.Told) error {
	if t.Message.ID == "" {
		return ErrStays
	}
	o = o.withDefaults()
	to, err := botOf(o, t.Receiver)
	if err != nil {
		return err
	}
	a := &Alerter{now: o.Now, store: o.Store, wording: o.Wording}
	do := func(ctx context.Context) error { return to.bot.remove(ctx, t.Message.At) }
	if t.Others {
		m, err := a.anew(ctx, to, t.Message)
		if err != nil {
			return err
		}
		do = func(ctx context.Context) error { return to.bot.edit(ctx, t.Message.At, m, false) }
	}
	if err := attempt(ctx, do); err != nil || t.Others {
		return err
	}
	return o.Store.Unfollow(ctx, t.Message.ID)
}

// anew writes what a message that stands is to say.
func (a *Alerter) anew(ctx context.Context, o *outlet, message store.Standing) (Message, error) {
	if message.Root {
		if m, _, err := a.stands(ctx, o, message, nil); err != nil || len(m.Items) > 0 {
			return m, err
		}
	}
	ids, err := a.store.AlertsOf(ctx, message.ID)
	if err != nil {
		return Message{}, err
	}
	facts, err := a.store.AlertFacts(ctx, ids)
	return Compose(facts, a.wording, o.quote), err
}

// botOf makes the bot of a receiver and nothing else: what is wrong with another receiver is no matter.
func botOf(o Options, receiver string) (*outlet, error) {
	for _, c := range o.Config.Receivers {
		if c.Name != receiver || c.Slack == nil || !c.Slack.bot() {
			continue
		}
		bot, err := newSlackBot(*c.Slack, o)
		if err != nil {
			return nil, fmt.Errorf("make receiver %q: %w", receiver, err)
		}
		return &outlet{name: c.Name, receiver: bot, bot: bot, quote: c.Quote}, nil
	}
	return nil, fmt.Errorf("the settings have no bot token for %q any more", receiver)
}
