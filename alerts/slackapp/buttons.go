package slackapp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
)

// presses is the table of buttons: what is done when one is pressed, by the action_id that Slack sends back.
func presses() map[alerts.SlackAction]func(*App, context.Context, ask, time.Time) (*alerts.Message, string, error) {
	return map[alerts.SlackAction]func(*App, context.Context, ask, time.Time) (*alerts.Message, string, error){
		alerts.SlackAck:      (*App).acknowledge,
		alerts.SlackSnooze:   (*App).snooze,
		alerts.SlackWrong:    (*App).wrong,
		alerts.SlackEvidence: (*App).followed,
	}
}

func (a *App) press(ctx context.Context, q ask, asked time.Time) (*alerts.Message, string, error) {
	do := presses()[alerts.SlackAction(q.Action)]
	if do == nil {
		return said("This button is of another version of doorknock and does nothing here."), "refused: unknown action", nil
	}
	return do(a, ctx, q, asked)
}

// forgotten answers a press on what is no longer on record.
func forgotten() *alerts.Message {
	return said("This alert is no longer on record: it was erased, or its time was over.")
}

// acknowledge takes alerts on. Nobody is reminded of them from then on, and they are not escalated: whoever acted is not pinged.
func (a *App) acknowledge(ctx context.Context, q ask, asked time.Time) (*alerts.Message, string, error) {
	taken, before := 0, map[string]bool{}
	ids := strings.Fields(q.Value)
	for _, id := range ids {
		err := a.o.Store.AckAlert(ctx, id, who(q), "", asked)
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		is, err := a.o.Store.AlertRaised(ctx, id)
		if err != nil {
			return nil, "", err
		}
		if is.AckedBy == who(q) {
			taken++
		} else {
			before[is.AckedBy] = true
		}
	}
	if taken+len(before) == 0 {
		return forgotten(), "acknowledged nothing", nil
	}
	a.alerter.Changed(ctx, ids)
	return ackWords(taken, before), "acknowledged", nil
}

func ackWords(taken int, before map[string]bool) *alerts.Message {
	m := said()
	item := &m.Items[0]
	if taken > 0 {
		item.Lines = append(item.Lines, alerts.Ours("You have taken on "+counted(taken, "alert")+". Nobody is reminded of it from now on, and it is not passed on to anybody else."))
	}
	for by := range before {
		item.Lines = append(item.Lines, alerts.Words{{Ours: "Taken on before by "}, {Foreign: audit.Untrusted(by), Limit: 100}, {Ours: "."}})
	}
	return m
}

// snooze begins a silence over what the message's alerts have in common.
func (a *App) snooze(ctx context.Context, q ask, asked time.Time) (*alerts.Message, string, error) {
	s, err := alerts.ReadSnooze(q.Value)
	if err != nil {
		return said("This choice is of another version of doorknock and does nothing here."), "refused: shape", nil //nolint:nilerr // told
	}
	facts, err := a.o.Store.AlertFacts(ctx, []string{s.Alert})
	if err != nil {
		return nil, "", err
	}
	if len(facts) == 0 {
		return forgotten(), "snoozed nothing", nil
	}
	silence, err := s.Silence(facts[0].Alert, who(q), asked, a.o.Place)
	if err != nil {
		return nil, "", err
	}
	id, err := a.o.Store.AddSilence(ctx, silence, asked)
	if err != nil {
		return nil, "", err
	}
	if err := a.o.Store.Restate(ctx, s.Alert, a.o.Now()); err != nil {
		return nil, "", err
	}
	a.alerter.Changed(ctx, []string{s.Alert})
	return said("Nothing more is told here or elsewhere of "+strings.Join(silence.Matchers, ", ")+" until "+a.clock(silence.EndsAt)+".",
		"What is seen meanwhile is recorded and shown as always, and not told later. To end it now: "+Command+" silence end "+id), "snoozed", nil
}

// wrong keeps that somebody calls an alert wrong. What happens next is said, and nothing is promised that does not.
func (a *App) wrong(ctx context.Context, q ask, asked time.Time) (*alerts.Message, string, error) {
	err := a.o.Store.SayWrong(ctx, q.Value, who(q), asked)
	if absent(err) {
		return forgotten(), "wrong nothing", nil
	}
	if err != nil {
		return nil, "", err
	}
	return said("Thank you: it is written down that you call this alert wrong. It changes nothing by itself: no state, no score, no page.",
		"Whoever runs this doorknock finds it with `doorknock alerts wrong`, looks at the evidence, and mends the rule or takes it as a label for the next model. "+
			"If a door is shown wrongly, its page has a way to ask for a correction."), "called wrong", nil
}

// followed is told of a link that somebody opened; nothing is to be done.
func (a *App) followed(context.Context, ask, time.Time) (*alerts.Message, string, error) {
	return nil, "evidence", nil
}

// clock says a moment by the clock of the place.
func (a *App) clock(t time.Time) string { return t.In(a.o.Place).Format("Mon 2 Jan at 15:04") }

// counted gives "1 alert" or "2 alerts".
func counted(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}
