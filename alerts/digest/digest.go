// Package digest writes the weekly edition: what opened, what closed, who answers, and what could not be seen.
//
// In: the published rows of one ISO week, by store.Public alone. Out: an Edition, and its renderings as text and HTML.
// It never shows what is pending or held, never shows a person's words or a count of people under five, never gives a
// motive. What it sends goes through a Sender, to those who asked for it.
package digest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	_ "time/tzdata" // the week is London's on machines without a zone database too

	"doorknock/audit"
	"doorknock/store"
)

// Options say which week, and what an edition needs beside the rows.
type Options struct {
	Now    time.Time
	Week   string // 2026-W47; "": the week that now is in, so far
	Asked  []store.Asked
	Titles map[audit.CheckID]string
	// Sites says of which questions an organisation's sites answer together: a change at one of them that changes nothing
	// over all is no news.
	Sites map[audit.CheckID]bool
	Base  string   // address of the dashboard for links; "": none
	Only  []string // ids of the organisations that it tells of; nil: all
}

// Edition is one issue: the facts, in the order they are told.
type Edition struct {
	Week       string    `json:"week"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"` // the first moment that is no longer in it
	SoFar      bool      `json:"so_far"`
	MadeAt     time.Time `json:"made_at"`
	Opened     []Change  `json:"opened"`
	Closed     []Change  `json:"closed"` // or no longer seen, or become restricted
	Corrected  []Change  `json:"corrected"`
	PostsOpen  int       `json:"posts_opened"` // single posts, told as a number
	PostsShut  int       `json:"posts_closed"`
	Comments   Few       `json:"comments"`
	Complaints Few       `json:"complaints"`
	Answered   Few       `json:"answered"`
	Before     Talk      `json:"before"` // the week before
	Doors      int       `json:"doors"`
	Known      int       `json:"known"`
	Checking   int       `json:"checking"`
	Unseen     []Unseen  `json:"unseen"`
	Visits     int       `json:"visits"`

	Organisations int `json:"organisations"`
	Looked        int `json:"looked"` // organisations with at least one look so far

	Some bool  `json:"some"` // of some organisations only
	Foot *Foot `json:"-"`    // under an edition that is sent

	base string
}

// Talk is what was said in a week, and answered.
type Talk struct {
	Comments   Few `json:"comments"`
	Complaints Few `json:"complaints"`
	Answered   Few `json:"answered"`
}

// Change is one published change of a door.
type Change struct {
	Organisation string      `json:"organisation"`
	Name         string      `json:"name"`
	Check        string      `json:"check"` // its title
	From         audit.State `json:"from"`
	To           audit.State `json:"to"`
	ConfirmedAt  time.Time   `json:"confirmed_at"`
	Finding      string      `json:"finding"`
	Correction   string      `json:"correction,omitempty"`
}

// Unseen says how many doors could not be seen for one reason.
type Unseen struct {
	Reason audit.Reason `json:"reason"`
	N      int          `json:"n"`
}

// Few is a count of people's doings: under five it is told as "fewer than 5" and never as a number.
type Few int

const fewest = 5

// String gives the number, or "fewer than 5".
func (f Few) String() string {
	if f < fewest {
		return "fewer than 5"
	}
	return fmt.Sprint(int(f))
}

// MarshalJSON gives the number, or the words.
func (f Few) MarshalJSON() ([]byte, error) {
	if f < fewest {
		return []byte(`"fewer than 5"`), nil
	}
	return []byte(f.String()), nil
}

// Make reads one edition.
func Make(ctx context.Context, db *store.DB, o Options) (Edition, error) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return Edition{}, fmt.Errorf("load the zone of the week: %w", err)
	}
	from, err := weekStart(o.Week, o.Now, zone)
	if err != nil {
		return Edition{}, err
	}
	year, week := from.ISOWeek()
	e := Edition{Week: weekName(year, week), From: from, To: from.AddDate(0, 0, 7), MadeAt: o.Now.In(zone), Some: o.Only != nil, base: o.Base}
	e.SoFar = o.Now.Before(e.To)
	facts, err := db.Public(o.Now).Edition(ctx, store.EditionAsk{Week: e.Week, Before: weekName(from.AddDate(0, 0, -7).ISOWeek()), From: e.From, To: e.To, Asked: o.Asked, Only: o.Only})
	if err != nil {
		return Edition{}, fmt.Errorf("read week %s: %w", e.Week, err)
	}
	e.tell(facts, o)
	return e, nil
}

// ValidWeek says what is wrong with the name of a week; the empty name is the week that now is in.
func ValidWeek(name string, now time.Time) error {
	_, err := weekStart(name, now, time.UTC)
	return err
}

// weekStart is London's Monday midnight of the named week, or of the week that now is in.
func weekStart(name string, now time.Time, zone *time.Location) (time.Time, error) {
	if name == "" {
		return monday(now.In(zone), zone), nil
	}
	var year, week int
	if n, err := fmt.Sscanf(name, "%4d-W%2d", &year, &week); n != 2 || err != nil || name != weekName(year, week) {
		return time.Time{}, fmt.Errorf("read week %q: want a form such as 2026-W47", name)
	}
	start := monday(time.Date(year, 1, 4, 12, 0, 0, 0, zone), zone).AddDate(0, 0, 7*(week-1)) // 4 January is in week 1
	if y, w := start.ISOWeek(); y != year || w != week {
		return time.Time{}, fmt.Errorf("read week %q: %d has no such week", name, year)
	}
	if start.After(now) {
		return time.Time{}, fmt.Errorf("read week %q: it has not begun", name)
	}
	return start, nil
}

func weekName(year, week int) string { return fmt.Sprintf("%04d-W%02d", year, week) }

func monday(t time.Time, zone *time.Location) time.Time {
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, zone)
}

func (e *Edition) tell(f store.EditionFacts, o Options) {
	for _, c := range f.Changes {
		if c.Platform == audit.Web && o.Sites[c.Check] && c.Scope == "" && !audit.ChangesOverSites(c.From, c.To, f.Sites[c.ID]) {
			continue
		}
		e.place(c, f.Names[c.Organisation], o.Titles)
	}
	e.Comments, e.Complaints, e.Answered = Few(f.Comments), Few(f.Complaint), Few(f.Answered)
	e.Before = Talk{Few(f.Before.Comments), Few(f.Before.Complaint), Few(f.Before.Answered)}
	d := f.Overview.Doors
	e.Doors, e.Known, e.Checking = d.Total(), d.Open+d.Restricted+d.Closed+d.Absent, d.Checking
	for _, r := range f.Overview.Reasons {
		e.Unseen = append(e.Unseen, Unseen(r))
	}
	e.Organisations, e.Looked, e.Visits = f.Overview.Organisations, f.Overview.Seen, f.Visits
}

// place puts a change where it is told. What was withdrawn is a correction and nothing else.
func (e *Edition) place(c store.ShownChange, name string, titles map[audit.CheckID]string) {
	told := Change{Organisation: c.Organisation, Name: name, Check: titles[c.Check], From: c.From, To: c.To,
		ConfirmedAt: c.ConfirmedAt, Finding: c.Finding, Correction: c.Correction}
	if told.Check == "" {
		told.Check = strings.ReplaceAll(string(c.Check), "_", " ")
	}
	opened := c.To == audit.Open || (c.To == audit.Restricted && c.From != audit.Open)
	switch {
	case !c.WithdrawnAt.IsZero() && !c.WithdrawnAt.Before(e.From) && c.WithdrawnAt.Before(e.To):
		e.Corrected = append(e.Corrected, told)
	case !c.WithdrawnAt.IsZero(): // a later edition corrects it
	case c.Scope != "" && opened:
		e.PostsOpen++
	case c.Scope != "":
		e.PostsShut++
	case opened:
		e.Opened = append(e.Opened, told)
	default:
		e.Closed = append(e.Closed, told)
	}
}

// Preview writes one edition as "text" or "html".
func Preview(ctx context.Context, w io.Writer, db *store.DB, o Options, format string) error {
	e, err := Make(ctx, db, o)
	if err != nil {
		return err
	}
	switch format {
	case "text", "":
		return e.Text(w)
	case "html":
		return e.HTML(w)
	}
	return fmt.Errorf("preview edition: format %q is not text or html", format)
}
