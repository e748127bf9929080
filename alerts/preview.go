package alerts

import (
	"cmp"
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
}

// Preview works out which messages the configuration would have sent of the alerts raised from since until now, with the
// silences on record. It reads no secret, sends and writes nothing. Reminders, escalations, word of answers and the time that sending takes
// are left out.
func Preview(ctx context.Context, o Options, since time.Time) ([]Previewed, error) {
	o = o.withDefaults()
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	a := &Alerter{store: o.Store, now: o.Now}
	if err := a.plant(o.Config); err != nil {
		return nil, err
	}
	return a.preview(ctx, since)
}

func (a *Alerter) preview(ctx context.Context, since time.Time) ([]Previewed, error) {
	raised, err := a.store.AlertsRaised(ctx, since)
	if err != nil {
		return nil, err
	}
	silences, err := a.store.Silences(ctx, since)
	if err != nil {
		return nil, err
	}
	past := make([]silence, 0, len(silences))
	for _, s := range silences {
		matchers, err := readMatchers(s.Matchers)
		if err != nil {
			return nil, err
		}
		past = append(past, silence{s, matchers})
	}
	p := preview{a: a, silences: past, groups: map[string]*previewGroup{}, told: map[[2]string]bool{}}
	for _, r := range raised {
		p.flush(r.At)
		p.join(r)
	}
	p.flush(a.now())
	slices.SortStableFunc(p.sent, func(x, y Previewed) int { return x.At.Compare(y.At) })
	for i, m := range p.sent {
		ids := make([]string, len(m.Alerts))
		for j, alert := range m.Alerts {
			ids[j] = alert.ID
		}
		if p.sent[i].Facts, err = a.store.AlertFacts(ctx, ids); err != nil {
			return nil, err
		}
	}
	return p.sent, nil
}

// preview is the groups of a configuration at one moment of the past.
type preview struct {
	a        *Alerter
	silences []silence
	groups   map[string]*previewGroup
	told     map[[2]string]bool // alert and receiver
	sent     []Previewed
}

type previewGroup struct {
	target         store.AlertTarget
	waiting        []store.Alert
	flushAt, flush time.Time // the next and the last
}

func (p *preview) join(r store.Raised) {
	for _, target := range targets(p.a.route, r.Alert) {
		key := [2]string{r.ID, target.Receiver}
		if p.told[key] {
			continue
		}
		p.told[key] = true
		g := p.groups[target.Group]
		if g == nil {
			g = &previewGroup{target: target}
			p.groups[target.Group] = g
		}
		due := r.At.Add(target.Wait)
		if next := g.flush.Add(target.Interval); !g.flush.IsZero() && next.After(due) {
			due = next
		}
		if g.flushAt.IsZero() || due.Before(g.flushAt) {
			g.flushAt = due
		}
		g.waiting = append(g.waiting, r.Alert)
	}
}

// flush sends what is due until a time, group by group.
func (p *preview) flush(until time.Time) {
	for _, id := range slices.SortedFunc(maps.Keys(p.groups), cmp.Compare) {
		g := p.groups[id]
		for !g.flushAt.IsZero() && !g.flushAt.After(until) {
			p.tell(g)
		}
	}
}

func (p *preview) tell(g *previewGroup) {
	now, later := g.flushAt, time.Time{}
	var free, left []store.Alert
	for _, alert := range g.waiting {
		switch held := held(p.a.route.byID(g.target.Route), alert, p.active(now), now); {
		case held.Silence != "":
		case !held.Until.IsZero():
			left = append(left, alert)
			later = held.Until
		default:
			free = append(free, alert)
		}
	}
	if len(free) > 0 {
		p.sent = append(p.sent, Previewed{At: now, Receiver: g.target.Receiver, Alerts: free})
		g.flush = now
	}
	g.waiting, g.flushAt = left, later
}

func (p *preview) active(now time.Time) []silence {
	var all []silence
	for _, s := range p.silences {
		if s.Active(now) {
			all = append(all, s)
		}
	}
	return all
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
