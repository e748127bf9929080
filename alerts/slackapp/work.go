package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// answerFor is how long Slack takes an answer to what was asked.
const answerFor = 30 * time.Minute

// idle is how long a nudge that was lost can cost.
const idle = 30 * time.Second

// work does what was asked, in order, until ctx ends.
func (a *App) work(ctx context.Context) {
	for ctx.Err() == nil {
		wait := idle
		if err := a.workOnce(ctx); err != nil && ctx.Err() == nil {
			a.o.Log.Error("what was asked in Slack waits; trying again", "error", audit.HideSecrets(err.Error()))
			wait = time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-a.due:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// workOnce does everything that waits. An error is our own trouble: what it stopped at waits on.
func (a *App) workOnce(ctx context.Context) error {
	waiting, err := a.o.Store.SlackAsks(ctx, a.o.Receiver)
	if err != nil {
		return err
	}
	for _, row := range waiting {
		var q ask
		if err := json.Unmarshal([]byte(row.Body), &q); err != nil { // of a newer doorknock
			q = ask{}
		}
		answer, outcome, err := a.do(ctx, q, row.At)
		if err != nil {
			return fmt.Errorf("do what was asked (%s): %w", q.Kind, err)
		}
		a.o.Reached(AfterDo)
		if answer != nil {
			a.answer(ctx, q, row.At, *answer)
		}
		a.o.Reached(AfterAnswer)
		if err := a.o.Store.EndSlackAsk(context.WithoutCancel(ctx), row.ID, store.SlackHook(outcome), a.o.Now()); err != nil {
			return err
		}
		a.o.Reached(AfterEnd)
	}
	return nil
}

// do does what is asked. It may be killed anywhere and done again: asked was when it was asked, and what is written is named
// by that. The answer may be nil; the outcome is counted.
func (a *App) do(ctx context.Context, q ask, asked time.Time) (answer *alerts.Message, outcome string, err error) {
	switch q.Kind {
	case button:
		return a.press(ctx, q, asked)
	case command:
		return a.command(ctx, q, asked)
	case home:
		return nil, "home", a.showHome(ctx, q.User)
	case gone:
		a.is(ctx, q.Why)
		return nil, "gone", nil
	}
	return nil, "refused: shape", nil
}

// said makes an answer of our own words.
func said(lines ...string) *alerts.Message {
	m := alerts.Message{Title: alerts.Ours("doorknock")}
	var item alerts.Item
	for _, l := range lines {
		item.Lines = append(item.Lines, alerts.Ours(l))
	}
	m.Items = []alerts.Item{item}
	return &m
}

// answer tells the one who asked, and nobody else. One that cannot be delivered is logged: what was asked is done all the same.
func (a *App) answer(ctx context.Context, q ask, asked time.Time, m alerts.Message) {
	if q.Reply == "" || a.o.Now().Sub(asked) > answerFor {
		return
	}
	w := alerts.SlackMessage(m)
	w.ResponseType, w.ReplaceOriginal = slack.ResponseTypeEphemeral, false
	err := a.allowed(q.Reply)
	for tries := 1; err == nil; tries++ {
		err = slack.PostWebhookCustomHTTPContext(ctx, q.Reply, a.reply, w) //nolint:forbidigo // the one that takes our client
		if err == nil || tries == 3 || ctx.Err() != nil {
			break
		}
		a.pause(ctx, tries)
		err = nil
	}
	if err != nil && ctx.Err() == nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address is a password
		}
		a.o.Log.Warn("an answer to somebody in Slack could not be delivered", "receiver", a.o.Receiver, "error", audit.HideSecrets(err.Error()))
	}
}

// allowed lets answers go to Slack alone, whatever a request says.
func (a *App) allowed(address string) error {
	u, err := url.Parse(address)
	if err != nil || !a.hosts[u.Scheme+"://"+u.Host] || u.User != nil {
		return errors.New("the place for the answer is not Slack's")
	}
	return nil
}

// who names somebody who asked, as author of what follows.
func who(q ask) string {
	name := q.Name
	if name == "" {
		name = q.User
	}
	return audit.Untrusted(name).Plain(80) + " (Slack)"
}

// absent reports whether the store says that what was asked about is not there.
func absent(err error) bool { return errors.Is(err, store.ErrNotFound) }
