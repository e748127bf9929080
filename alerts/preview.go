package alerts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"doorknock/store"
)

// Previewed is a message that a configuration would have sent.
type Previewed struct {
	At       time.Time
	Receiver string
	Alerts   []store.Alert
	Facts    []store.AlertFacts
	// Why it would have been sent, where not for the first time: again, to whom else, or because there was an answer.
	Reminder, Escalates, Resolves bool
}

// Why says in words why a message would have been sent, where it does not tell for the first time; else "".
func (m Previewed) Why() string {
	switch {
	case m.Resolves:
		return "answered in public"
	case m.Reminder:
		return "again: no public answer yet"
	case m.Escalates:
		return "nobody took it on in time"
	}
	return ""
}

// Preview works out which messages the configuration would have sent of the alerts raised from since until now. An alerter of these
// settings plays what is on record (alerts, acknowledgements, silences, answers, what was over when) in memory, under a clock that
// goes from moment to moment; each receiver takes everything at once. It reads no secret, sends nothing, and writes nothing that stays.
// What the settings say of when an alert is raised (max_age, unanswered_after) is as it was; for flapping it is played.
func Preview(ctx context.Context, o Options, since time.Time) (_ []Previewed, err error) {
	o = o.withDefaults()
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	p := &preview{real: o.Store, clock: since, end: o.Now(), next: map[string]time.Time{}}
	if p.past, err = o.Store.Past(ctx, since, p.now); err != nil {
		return nil, err
	}
	defer func() { _ = p.past.Close() }() // it was in memory
	o.Store, o.Now = p.past.DB, p.now
	if err := p.open(ctx, o); err != nil {
		return nil, err
	}
	if err := p.play(ctx); err != nil {
		return nil, err
	}
	return p.sent, p.load(ctx)
}

// preview plays the past.
type preview struct {
	real  *store.DB
	past  *store.Past
	a     *Alerter
	end   time.Time
	clock time.Time
	sent  []Previewed
	next  map[string]time.Time // when a receiver's line is to be looked at, by its name; zero: when nudged
	wakes []time.Time          // when something that no timer tells of is to be looked at
}

func (p *preview) now() time.Time { return p.clock }

// open makes the alerter that plays, with a desk in the place of every receiver.
func (p *preview) open(ctx context.Context, o Options) error {
	p.a = &Alerter{store: o.Store, wording: o.Wording, sites: o.Sites, maxAge: o.Config.MaxAge, log: o.Log, now: p.now, idle: idle, running: p.now,
		chance: func() float64 { return 0 }, reached: func(string) {}, metrics: NewMetrics(), receivers: map[string]*outlet{}, flush: make(chan struct{}, 1)}
	if err := p.a.plant(o.Config); err != nil {
		return err
	}
	p.a.heartbeat = nil
	for _, c := range o.Config.Receivers {
		p.desk(c.Name, c.sendResolved())
	}
	tree, err := p.a.tree(ctx)
	if err != nil {
		return err
	}
	for _, asked := range tree.beside {
		p.desk(asked.Receiver, true)
	}
	return nil
}

func (p *preview) desk(name string, hearsResolved bool) {
	if p.a.receivers[name] != nil {
		return
	}
	p.a.receivers[name] = &outlet{name: name, receiver: previewDesk{p, name}, due: make(chan struct{}, 1)}
	if hearsResolved {
		p.a.resolved = append(p.a.resolved, name)
	}
}

// previewDesk takes what a receiver would be sent.
type previewDesk struct {
	p    *preview
	name string
}

// Send notes the message.
func (d previewDesk) Send(_ context.Context, m Message) error {
	sent := Previewed{At: d.p.clock, Receiver: d.name, Reminder: m.Reminder, Escalates: m.Escalate, Resolves: m.Resolved}
	for _, item := range m.Items {
		sent.Alerts = append(sent.Alerts, item.Alert)
	}
	d.p.sent = append(d.p.sent, sent)
	for _, r := range d.p.a.route.all() {
		if r.Escalate != nil {
			d.p.wake(d.p.clock.Add(r.Escalate.After))
		}
	}
	return nil
}

// wake has everything looked at again at a time.
func (p *preview) wake(at time.Time) {
	if i, known := slices.BinarySearchFunc(p.wakes, at, time.Time.Compare); !known {
		p.wakes = slices.Insert(p.wakes, i, at)
	}
}

// play goes from moment to moment, and does before each what was due until then.
func (p *preview) play(ctx context.Context) error {
	for _, m := range p.past.Moments {
		if m.At.After(p.end) {
			break
		}
		if err := p.until(ctx, m.At); err != nil {
			return err
		}
		p.clock = m.At
		if err := p.happens(ctx, m); err != nil {
			return err
		}
		p.wake(m.At)
	}
	return p.until(ctx, p.end)
}

// happens writes what a moment wrote, or raises its alert.
func (p *preview) happens(ctx context.Context, m store.Moment) error {
	if m.Alert == nil {
		if m.What == "change" && p.a.flapping.Changes > 0 {
			p.wake(m.Seen.Add(p.a.flapping.Quiet))
		}
		p.a.replied.Store(true)
		return p.past.Do(ctx, m)
	}
	facts, err := p.real.AlertFacts(ctx, []string{m.Ref})
	if err != nil || len(facts) == 0 || m.Alert.Began() != "" { // that a door flaps, the play itself finds
		return err
	}
	f, alert := facts[0], *m.Alert
	alert.Event = ""
	switch {
	case f.Matter != nil:
		return p.a.tellOf(ctx, alert, *f.Matter)
	case m.Answered && alert.Kind == store.AlertComplaint: // before we read it
		return p.a.raise(ctx, "", &alert, nil)
	}
	in, err := p.a.flaps(ctx, f, alert)
	if err != nil {
		return fmt.Errorf("tell of the door of alert %s: %w", alert.ID, err)
	}
	return p.a.tell(ctx, "", alert, in)
}

// until does what is due until a time.
func (p *preview) until(ctx context.Context, to time.Time) error {
	for {
		next, err := p.step(ctx)
		if err != nil {
			return err
		}
		if len(p.wakes) > 0 && (next.IsZero() || p.wakes[0].Before(next)) {
			next = p.wakes[0]
		}
		if next.IsZero() || next.After(to) {
			return nil
		}
		if next.After(p.clock) {
			p.clock = next
		}
		for len(p.wakes) > 0 && !p.wakes[0].After(p.clock) {
			p.wakes = p.wakes[1:]
		}
	}
}

// step does what the loops of Run would do now, and says when there is more to do.
func (p *preview) step(ctx context.Context) (next time.Time, err error) {
	if err := p.a.follow(ctx, p.clock); err != nil {
		return next, err
	}
	next, err = p.a.flushDue(ctx)
	if err != nil {
		return next, err
	}
	for _, name := range slices.Sorted(maps.Keys(p.a.receivers)) {
		o := p.a.receivers[name]
		select {
		case <-o.due:
			p.next[name] = p.clock
		default:
		}
		if at, waits := p.next[name]; !waits || at.After(p.clock) {
			next = sooner(next, p.next[name])
			continue
		}
		at, err := p.a.deliver(ctx, o)
		if err != nil {
			return next, err
		}
		p.next[name] = at
		if at.IsZero() {
			delete(p.next, name)
		}
		next = sooner(next, at)
	}
	return p.answersWait(ctx, next)
}

// answersWait adds when to look again for answers that are still to be told: soon at first, then seldom, at round times.
func (p *preview) answersWait(ctx context.Context, next time.Time) (time.Time, error) {
	since, err := p.past.AnswersUntold(ctx, p.a.hearResolved(), p.clock)
	if err != nil || since.IsZero() {
		return next, err
	}
	every := p.a.idle
	if p.clock.Sub(since) > 10*time.Minute {
		every = 5 * time.Minute
	}
	p.a.next = time.Time{} // flushDue looks at once
	return sooner(next, p.clock.Truncate(every).Add(every)), nil
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// load fills in what the messages speak of: as the rows say now, or for what the play alone raised as they said then.
func (p *preview) load(ctx context.Context) error {
	for i, m := range p.sent {
		for _, alert := range m.Alerts {
			facts, err := p.real.AlertFacts(ctx, []string{alert.ID})
			if err == nil && len(facts) == 0 {
				facts, err = p.past.AlertFacts(ctx, []string{alert.ID})
			}
			if err != nil {
				return err
			}
			p.sent[i].Facts = append(p.sent[i].Facts, facts...)
		}
	}
	return nil
}

// ParseLabels reads labels as `kind=complaint`. A label that does not exist is an error that names those that do.
func ParseLabels(texts []string) (Labels, error) {
	var l Labels
	fields := map[string]*string{"organisation": &l.Organisation, "sector": &l.Sector, "platform": &l.Platform, "check": &l.Check,
		"kind": &l.Kind, "urgency": &l.Urgency, "severity": &l.Severity}
	for _, text := range texts {
		m, err := parseMatcher(text)
		if err != nil {
			return l, err
		}
		if m.not || m.pattern != nil {
			return l, fmt.Errorf("%q: want a label and its value, as kind=complaint", text)
		}
		*fields[m.label] = m.value
	}
	return l, nil
}
