package digest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// Good is one good practice: a door of an organisation that was confirmed open and seen lately.
type Good struct {
	Organisation string        `json:"organisation"`
	Name         string        `json:"name"`
	ID           audit.CheckID `json:"id"`
	Finding      string        `json:"finding"`
}

// Ask is one question that a reader could ask.
type Ask struct {
	Name  string        `json:"name"` // of whom; "": of the reader's own landlord
	ID    audit.CheckID `json:"id"`
	Check string        `json:"check"` // the question
}

// Due is a duty that begins soon for organisations that the edition is of.
type Due struct {
	From    time.Time     `json:"from"`
	Source  string        `json:"source"`
	Address string        `json:"address"`
	ID      audit.CheckID `json:"id"`
	Check   string        `json:"check"`
}

const (
	dutiesAhead = 60 * 24 * time.Hour
	dutiesTold  = 6
)

// goodPractice picks an open door, of another question each week, so that made again in the same week it is the same one
// while that door stands. nil: none is known.
func goodPractice(ctx context.Context, db *store.DB, e Edition, o Options, names map[string]string) (*Good, error) {
	all := practices()
	doors, err := db.Public(o.Now).OpenDoors(ctx, all, o.Only)
	if err != nil {
		return nil, fmt.Errorf("look for a good practice: %w", err)
	}
	doors = slices.DeleteFunc(doors, func(s store.Shown) bool { return names[s.Organisation] == "" })
	if len(doors) == 0 {
		return nil, nil
	}
	place := func(s store.Shown) string {
		later := (slices.Index(all, s.Check) - turn(e)%len(all) + len(all)) % len(all)
		return fmt.Sprintf("%02d", later) + audit.LongHash("good practice", e.Week, s.Channel)
	}
	best := slices.MinFunc(doors, func(a, b store.Shown) int { return strings.Compare(place(a), place(b)) })
	return &Good{Organisation: best.Organisation, Name: names[best.Organisation], ID: best.Check, Finding: best.Finding}, nil
}

// turn numbers weeks and months, so that each has another question.
func turn(e Edition) int { return int(e.From.Unix()/(7*24*3600)) & 0xffff }

// question is about the first door that closed, or one of those whose good practice can be told, another each week.
func (e *Edition) question(o Options) *Ask {
	for _, c := range e.Closed {
		if c.CorrectedAt.IsZero() {
			return &Ask{Name: c.Name, ID: c.ID, Check: c.Check}
		}
	}
	all := practices()
	for i := range all {
		id := all[(turn(*e)+1+i)%len(all)]
		if title := o.Titles[id]; title != "" && (e.Good == nil || e.Good.ID != id) {
			return &Ask{ID: id, Check: title}
		}
	}
	return nil
}

// dutiesDue lists the duties that begin within sixty days after the edition's end, for any organisation that it is of.
func dutiesDue(ctx context.Context, db *store.DB, e Edition, o Options) ([]Due, error) {
	var coming []audit.Duty
	for _, d := range o.Duties.Rows {
		if d.Binds && d.Sure && !d.From.Before(e.To) && d.From.Sub(e.To) <= dutiesAhead {
			coming = append(coming, d)
		}
	}
	if len(coming) == 0 {
		return nil, nil
	}
	all, err := db.Organisations(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for duties that are due: %w", err)
	}
	var due []Due
	for _, d := range coming {
		row := Due{From: d.From, Source: d.Source, Address: d.Address, ID: d.Check, Check: o.Titles[d.Check]}
		binds := func(x audit.Organisation) bool {
			return (o.Only == nil || slices.Contains(o.Only, x.ID)) && o.Duties.Asks(d.Check, x) && d.Whom.Holds(x)
		}
		if row.Check != "" && slices.ContainsFunc(all, binds) && !slices.Contains(due, row) {
			due = append(due, row)
		}
	}
	slices.SortStableFunc(due, func(a, b Due) int { return a.From.Compare(b.From) })
	return due, nil
}
