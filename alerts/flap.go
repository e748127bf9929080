package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"doorknock/store"
)

// FlapConfig says when a door counts as one that changes back and forth: it has changed more than Changes times Within a time.
// It is over when the door has kept its state for Quiet.
type FlapConfig struct {
	Changes int           `yaml:"changes"` // 0: every change is told
	Within  time.Duration `yaml:"within"`
	Quiet   time.Duration `yaml:"quiet"`
}

func (c FlapConfig) validate(key string) error {
	var errs []error
	if c.Changes < 0 {
		errs = append(errs, fmt.Errorf("%s.changes: %d is negative", key, c.Changes))
	}
	if c.Changes > 0 && c.Within <= 0 {
		errs = append(errs, fmt.Errorf("%s.within: %v is not a time such as 336h", key, c.Within))
	}
	if c.Changes > 0 && c.Quiet <= 0 {
		errs = append(errs, fmt.Errorf("%s.quiet: %v is not a time such as 168h", key, c.Quiet))
	}
	return errors.Join(errs...)
}

// flap is a time in which a door changes back and forth.
type flap struct {
	began string    // the change at which it was once too often
	since time.Time // of the first change that counts
	last  time.Time
}

// now gives the time of changing back and forth that the last of a door's changes, oldest first, belongs to, or nil.
// It is pure.
func (c FlapConfig) now(changes []store.DoorChange) *flap {
	var in *flap
	first := 0 // of the changes that lie within the time
	for i, d := range changes {
		if in != nil && d.At.Sub(in.last) <= c.Quiet {
			in.last = d.At
			continue
		}
		in = nil
		for d.At.Sub(changes[first].At) > c.Within {
			first++
		}
		if i-first+1 > c.Changes {
			in = &flap{began: d.ID, since: changes[first].At, last: d.At}
		}
	}
	return in
}

// flapBack is how far back at most changes of a door are read.
const flapBack = 400 * 24 * time.Hour

// flaps tells of a change's door, where it changes back and forth, by one alert, and gives its id; "" where it does not.
func (a *Alerter) flaps(ctx context.Context, f store.AlertFacts, alert store.Alert) (string, error) {
	if a.flapping.Changes == 0 || f.Change == nil {
		return "", nil
	}
	changes, err := a.store.DoorChanges(ctx, f.Change.ID, f.Change.ConfirmedAt.Add(-flapBack))
	if err != nil {
		return "", err
	}
	for i, d := range changes { // what came later is told of later
		if d.ID == f.Change.ID {
			changes = changes[:i+1]
			break
		}
	}
	in := a.flapping.now(changes)
	if in == nil {
		return "", nil
	}
	alert.Ref, alert.Event = store.FlapRef(in.began, in.since), ""
	alert.ID = store.AlertID(alert.Kind, alert.Ref)
	return alert.ID, a.tell(ctx, "", alert, "")
}

// settle tells of doors that changed back and forth and have kept their state since.
func (a *Alerter) settle(ctx context.Context, now time.Time) error {
	open, err := a.store.Flapping(ctx)
	if err != nil {
		return err
	}
	for _, alert := range open {
		changes, err := a.store.DoorChanges(ctx, alert.Began(), now.Add(-flapBack))
		if err != nil {
			return err
		}
		if n := len(changes); n > 0 && now.Sub(changes[n-1].At) < a.flapping.Quiet {
			continue
		}
		alert.Ref, alert.ObservedAt = store.SettledRef(alert.Ref), now
		alert.ID = store.AlertID(alert.Kind, alert.Ref)
		if err := a.tell(ctx, "", alert, ""); err != nil {
			return err
		}
	}
	return nil
}

// flap says in words of fact how often a door changed, and what it is now.
func (w Wording) flap(f store.AlertFacts) Item {
	p := f.Flap
	place := f.ChannelURL
	if p.Scope != "" {
		place = p.Scope
	}
	first := Words{name(f), ours(fmt.Sprintf(": a door changes back and forth: %d times since %s. %s Now: %s.",
		p.Changes, day(p.Since), Sentence(w.check(f.Check)), StateWords(p.State, w.Published[f.Check])))}
	next := "Its changes are not told one by one until it has kept its state for a while; the page and the timeline show each."
	if p.Settled {
		first = Words{name(f), ours(fmt.Sprintf(": a door that changed %d times from %s to %s has kept its state since. %s Now: %s.",
			p.Changes, day(p.Since), day(p.Last), Sentence(w.check(f.Check)), StateWords(p.State, w.Published[f.Check])))}
		next = "Its next change is told by itself again."
	}
	return Item{Lines: []Words{first, append(append(Words{ours(next)}, link("the page", place)...), w.organisation(f)...)}}
}

func day(t time.Time) string { return t.UTC().Format("2 Jan 2006") }
