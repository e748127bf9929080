package alerts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// subject names what an alert is about, so that what is told of it later goes into one thread: a door (the question on one
// channel or one of its posts), a comment, a silence, else the one thing that the alert refers to.
func subject(f store.AlertFacts) string {
	switch {
	case f.Change != nil:
		return audit.LongHash("door", f.Channel, string(f.Change.Check), f.Change.Scope)
	case f.Comment != nil, slices.Contains(aboutComments, f.Kind):
		return audit.LongHash("comment", f.Ref)
	case f.Kind == store.AlertOperator:
		topic, key, _ := strings.Cut(f.Ref, " ")
		if store.Topic(topic) == store.SilenceEnded {
			topic = string(store.SilenceStarted)
		}
		return audit.LongHash("matter", topic, key)
	}
	return audit.LongHash(string(f.Kind), f.Ref)
}

// aboutComments are the kinds whose subject is a comment, also once that is erased.
var aboutComments = []store.AlertKind{store.AlertComplaint, store.AlertHazard, store.AlertUnanswered, store.AlertPrivate}

// thread says where a delivery's message belongs: into the thread of one message (nil: by itself). Where its alerts
// belong into several, each part is made a delivery of its own, and split is true: the first of them is the next to send.
func (a *Alerter) thread(ctx context.Context, o *outlet, d store.Delivery, m Message) (root *store.Standing, split bool, err error) {
	subjects := make([]string, len(m.Items))
	for i, item := range m.Items {
		subjects[i] = item.Subject
	}
	roots, err := a.store.Threads(ctx, o.name, o.bot.channel, subjects)
	if err != nil {
		return nil, false, fmt.Errorf("find where delivery %s belongs: %w", d.ID, err)
	}
	var order []string
	parts := map[string][]string{}
	for _, item := range m.Items {
		in := roots[item.Subject].ID
		if parts[in] == nil {
			order = append(order, in)
		}
		parts[in] = append(parts[in], item.Alert.ID)
	}
	if len(order) > 1 {
		all := make([][]string, len(order))
		for i, in := range order {
			all[i] = parts[in]
		}
		return nil, true, a.store.SplitDelivery(ctx, d, all)
	}
	if found, ok := roots[m.Items[0].Subject]; ok {
		root = &found
	}
	return root, false, nil
}

// pin sends a message to where it belongs. The message that told of its subject first is brought up to date before; where
// that can no longer be, because it was deleted, the message stands by itself and is the first from now on.
func (a *Alerter) pin(ctx context.Context, o *outlet, m Message, root *store.Standing, now Message) (*store.Stood, error) {
	stood := &store.Stood{Channel: o.bot.channel}
	for _, item := range m.Items {
		stood.Told = append(stood.Told, store.Subjected{Alert: item.Alert.ID, Subject: item.Subject})
	}
	var err error
	if root != nil {
		if stood.At, err = o.under(ctx, m, *root, now); err == nil {
			stood.Root = root.ID
			return stood, nil
		}
		if stood.At.Stamp != "" { // it stands, but not in that thread
			return stood, nil
		}
		if !errors.Is(err, ErrPermanent) {
			return nil, err
		}
		a.log.Info("alerts: a message that was to be continued cannot be; a new one is sent", slog.String("receiver", o.name), slog.String("error", err.Error()))
	}
	if stood.At, _, err = o.bot.post(ctx, m, ""); err != nil {
		return nil, err
	}
	return stood, nil
}

// errLoose says that a message which was to stand in a thread stands by itself.
var errLoose = errors.New("the message of this thread is gone")

// under brings the first message of a thread up to date and puts m into it. An edit whose answer was lost has delivered
// nothing: it is surely worth another try.
func (o *outlet) under(ctx context.Context, m Message, root store.Standing, now Message) (at store.Posting, err error) {
	if len(now.Items) > 0 {
		err = o.bot.edit(ctx, root.At, now, now.Resolved)
	}
	if errors.Is(err, ErrUncertain) {
		return at, fmt.Errorf("bring the first message up to date: %s", err.Error()) //nolint:errorlint // its class does not hold for the message
	}
	if err != nil {
		return at, err
	}
	at, threaded, err := o.bot.post(ctx, m.brief(), root.At.Stamp)
	if err == nil && !threaded {
		err = errLoose
	}
	return at, err
}

// brief is what is left to say in the thread of a message that says it all: of an answer one line.
func (m Message) brief() Message {
	if !m.Resolved {
		return m
	}
	items := m.Items
	m.Items, m.Resolved = nil, false // the title says it
	for _, item := range items {
		line := item.Lines[:min(len(item.Lines), 1)]
		if len(item.Lines) > 1 {
			line = item.Lines[1:2] // what was answered when: see Compose
		}
		m.Items = append(m.Items, Item{Lines: line})
	}
	return m
}

// stands writes what the first message of a thread is to say: of each subject what was told last, who has taken it on, whether it
// was answered, and what was told first. fresh are items that are being told now.
//
// until is when it will say something else by time alone, as a silence ends; zero: never.
func (a *Alerter) stands(ctx context.Context, o *outlet, root store.Standing, fresh []Item) (m Message, until time.Time, err error) {
	subjects, err := a.store.SubjectsOf(ctx, root.ID)
	if err != nil {
		return m, until, err
	}
	silences, err := a.silences(ctx, a.now())
	if err != nil {
		return m, until, err
	}
	var all []store.AlertFacts
	var lines [][]Words
	settled := len(subjects) > 0
	for _, s := range subjects {
		for _, item := range fresh {
			if item.Subject == s.Subject && item.Alert.ID != s.Newest && item.Alert.ID != s.First {
				s.Newest, s.Ack = item.Alert.ID, store.Ack{}
			}
		}
		facts, err := a.store.AlertFacts(ctx, []string{s.First, s.Newest})
		if err != nil {
			return m, until, err
		}
		if len(facts) != 2 {
			continue // it is no longer kept
		}
		became := a.wording.sinceThen(s, facts[0])
		if by := silencedBy(facts[1].Alert, silences); by != nil {
			became = append(became, Words{ours("Silenced until " + moment(by.EndsAt) + " by "), their(by.Author, maxName), ours(": "), their(by.Comment, maxQuote), ours(".")})
			if until.IsZero() || by.EndsAt.Before(until) {
				until = by.EndsAt
			}
		}
		all, lines = append(all, facts[1]), append(lines, became)
		settled = settled && !facts[1].ResolvedAt.IsZero()
	}
	m = Compose(all, a.wording, o.quote)
	m.ID, m.Resolved = root.ID, settled
	for i := range m.Items {
		m.Items[i].Lines = append(m.Items[i].Lines, lines[i]...)
	}
	return m, until, nil
}

// silencedBy gives the silence that keeps an alert back now, the last to end where there are several, or nil.
func silencedBy(alert store.Alert, silences []silence) *silence {
	var by *silence
	for i, s := range silences { // the next to end first
		if alert.Kind != store.AlertOperator && matches(s.matchers, labels(alert)) {
			by = &silences[i]
		}
	}
	return by
}

// sinceThen is what has become of a subject since it was told.
func (w Wording) sinceThen(s store.SubjectNow, first store.AlertFacts) []Words {
	var lines []Words
	if s.Ack.By != "" {
		line := Words{ours("Acknowledged by "), their(s.Ack.By, maxName)}
		if s.Ack.Note != "" {
			line = append(line, ours(": "), their(s.Ack.Note, maxQuote))
		}
		lines = append(lines, append(line, ours(" ("+moment(s.Ack.At)+").")))
	}
	if s.First != s.Newest {
		lines = append(lines, Words{ours(fmt.Sprintf("Told first: %s, %s. What was told since stands in the thread.", w.headline(first), moment(first.ObservedAt)))})
	}
	return lines
}

// restate brings the next message up to date that something became new of which no message tells, as that somebody took an alert
// on. next is when the receiver's next delivery is due, or zero.
func (a *Alerter) restate(ctx context.Context, o *outlet, next time.Time) (time.Time, error) {
	if o.bot == nil {
		return next, nil
	}
	began := a.now()
	root, due, err := a.store.NextEdit(ctx, o.name, began)
	if err != nil || root == nil {
		if next.IsZero() || (!due.IsZero() && due.Before(next)) {
			next = due
		}
		return next, err
	}
	m, until, err := a.stands(ctx, o, *root, nil)
	if err != nil {
		return next, err
	}
	if len(m.Items) == 0 {
		return began, a.store.EndEdit(ctx, *root, time.Time{})
	}
	editErr := attempt(ctx, func(ctx context.Context) error { return o.bot.edit(ctx, root.At, m, m.Resolved) })
	return a.restated(ctx, o, *root, began, until, editErr)
}

// restated writes how an edit ended. One that Slack refuses for good is not tried again; where the message itself cannot be changed
// any more, what comes next of its subjects is a new one. Any other is, for as long as a delivery would be: an edit that arrives twice changes nothing.
func (a *Alerter) restated(ctx context.Context, o *outlet, root store.Standing, began, until time.Time, err error) (time.Time, error) {
	o.free = a.running().Add(spacing)
	ctx = context.WithoutCancel(ctx)
	wait, asked := errors.AsType[*RetryAfter](err)
	switch {
	case err == nil:
		err = a.store.EndEdit(ctx, root, until)
	case errors.Is(err, ErrPermanent), root.Edits > mostEdits:
		a.log.Warn("alerts: a message is not brought up to date", slog.String("receiver", o.name), slog.String("error", err.Error()))
		if fixed(err) {
			err = a.store.Unfollow(ctx, root.ID)
		} else {
			err = a.store.EndEdit(ctx, root, time.Time{})
		}
	case asked:
		o.free = a.running().Add(max(wait.After, spacing))
		err = a.store.EndEdit(ctx, root, began.Add(max(wait.After, spacing)))
	default:
		err = a.store.EndEdit(ctx, root, began.Add(backOff(firstRetry, lastDoubt, 4, root.Edits+1, rand.Float64())))
	}
	return a.now().Add(o.free.Sub(a.running())), err
}

// fixed reports whether a message is gone, or stays as it is for good.
func fixed(err error) bool {
	return slices.Contains([]string{"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"}, slackCode(err))
}

// mostEdits is how often an edit is tried, over about three days.
const mostEdits = 18

// Changed has what became new of alerts told at once, as when somebody has taken one on; else it is told within idle.
func (a *Alerter) Changed(context.Context, []string) {
	for _, name := range a.names() {
		nudge(a.outlet(name).due)
	}
}
