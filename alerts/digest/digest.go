// Package digest writes the weekly and the monthly edition: what opened, what closed, who answers, and what could not be seen.
//
// In: the published rows of one ISO week or calendar month, by store.Public alone. Out: an Edition (the facts), its Telling
// (the same in the words of one language), and that as text, HTML and messages. It never shows what is pending or held, never
// shows a person's words or a count of people under five, never gives a motive. What it sends goes through a Sender, to
// those who asked for it.
package digest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	_ "time/tzdata" // the week is London's on machines without a zone database too

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// Options say which edition, and what it needs beside the rows.
type Options struct {
	Now    time.Time
	Week   string // 2026-W47, or a month as 2026-11; "": the week that now is in, so far
	Asked  []store.Asked
	Titles map[audit.CheckID]string
	// Sites says of which questions an organisation's sites answer together: a change at one of them that changes nothing
	// over all is no news.
	Sites map[audit.CheckID]bool
	// Published says of which questions the answer is "published" rather than "open".
	Published map[audit.CheckID]bool
	Duties    audit.Duties
	Base      string   // address of the dashboard for links; "": none
	Only      []string // ids of the organisations that it tells of; nil: all
	Scope     string   // the same as the query of a page's address, such as sector=council; "" for all
	Kinds     []string // of changes that are told, of Kinds(); nil: all. What we had to correct is always told
}

// Kinds lists the kinds of changes that a reader can choose.
func Kinds() []string { return []string{KindOpened, KindClosed} }

// The kinds of changes. Closed holds what became restricted or is no longer seen too.
const (
	KindOpened = "opened"
	KindClosed = "closed"
)

// Edition is one issue: the facts, in the order they are told.
type Edition struct {
	Week       string    `json:"week"` // or the month
	From       time.Time `json:"from"`
	To         time.Time `json:"to"` // the first moment that is no longer in it
	SoFar      bool      `json:"so_far"`
	MadeAt     time.Time `json:"made_at"`
	Opened     []Change  `json:"opened"`
	Closed     []Change  `json:"closed"` // or no longer seen, or become restricted
	Corrected  []Change  `json:"corrected"`
	Said       []Said    `json:"said,omitempty"` // otherwise than before, beside a state that stayed
	PostsOpen  int       `json:"posts_opened"`   // single posts, told as a number
	PostsShut  int       `json:"posts_closed"`
	Comments   Few       `json:"comments"`
	Complaints Few       `json:"complaints"`
	Answered   Few       `json:"answered"`
	Before     Talk      `json:"before"`          // the week or month before
	Weeks      []WeekOf  `json:"weeks,omitempty"` // of a month
	Trend      []MonthOf `json:"trend,omitempty"` // of a month: it and those before, oldest first
	Doors      int       `json:"doors"`
	Known      int       `json:"known"`
	Checking   int       `json:"checking"`
	States     Tally     `json:"states"`
	Unseen     []Unseen  `json:"unseen"`
	Visits     int       `json:"visits"`
	Good       *Good     `json:"good,omitempty"`
	Ask        *Ask      `json:"ask,omitempty"`
	Duties     []Due     `json:"duties,omitempty"`

	Organisations int `json:"organisations"`
	Looked        int `json:"looked"` // organisations with at least one look so far

	Some  bool  `json:"some"` // of some organisations only
	Month bool  `json:"month"`
	Foot  *Foot `json:"-"` // under an edition that is sent

	base, scope string
	one         string // the one organisation that it is of, or ""
	counted     bool   // the counts are those of when it was first made
	ever        bool   // somebody was looked at, whoever it was
}

// Tally counts doors by what the public may see of them.
type Tally struct {
	Open       int `json:"open"`
	Restricted int `json:"restricted"`
	Closed     int `json:"closed"`
	Absent     int `json:"absent"`
	Unknown    int `json:"unknown"`
	Checking   int `json:"checking"`
}

// Talk is what was said in a week or month, and answered.
type Talk struct {
	Comments   Few `json:"comments"`
	Complaints Few `json:"complaints"`
	Answered   Few `json:"answered"`
}

// WeekOf is one week that ends in a month.
type WeekOf struct {
	Last     time.Time `json:"last"` // its Sunday
	Comments Few       `json:"comments"`
}

// MonthOf is one month of a trend: what changed and stands.
type MonthOf struct {
	First  time.Time `json:"first"`
	Opened int       `json:"opened"`
	Closed int       `json:"closed"`
}

// trendMonths is how many months a trend shows.
const trendMonths = 6

// Change is one published change of a door.
type Change struct {
	Organisation string        `json:"organisation"`
	Name         string        `json:"name"`
	ID           audit.CheckID `json:"id"`
	Check        string        `json:"check"` // its title
	From         audit.State   `json:"from"`
	To           audit.State   `json:"to"`
	ConfirmedAt  time.Time     `json:"confirmed_at"`
	Finding      string        `json:"finding"`
	Published    bool          `json:"published,omitempty"` // the question is whether something is published
	Correction   string        `json:"correction,omitempty"`
	CorrectedAt  time.Time     `json:"corrected_at,omitzero"`
}

// Said is one published change of what a place says beside a state that stayed: its rules in other words, or without the
// reply time that they promised.
type Said struct {
	Organisation string           `json:"organisation"`
	Name         string           `json:"name"`
	ID           audit.CheckID    `json:"id"`
	Check        string           `json:"check"`          // its title
	Gone         []audit.ValueKey `json:"gone,omitempty"` // what is no longer said
	ConfirmedAt  time.Time        `json:"confirmed_at"`
	Finding      string           `json:"finding"`
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
func (f Few) String() string { return In(English).Few(f) }

// MarshalJSON gives the number, or the words.
func (f Few) MarshalJSON() ([]byte, error) {
	if f < fewest {
		return []byte(`"fewer than 5"`), nil
	}
	return []byte(f.String()), nil
}

// UnmarshalJSON reads the number; the words are a number that is not known, and not told.
func (f *Few) UnmarshalJSON(data []byte) error {
	if *f = 0; data[0] == '"' {
		return nil
	}
	_, err := fmt.Sscan(string(data), (*int)(f))
	return err //nolint:wrapcheck // encoding/json says of what
}

// Make reads one edition.
func Make(ctx context.Context, db *store.DB, o Options) (Edition, error) {
	p, err := ReadPeriod(o.Week, o.Now)
	if err != nil {
		return Edition{}, err
	}
	e := Edition{Week: p.Name, From: p.From, To: p.To, MadeAt: o.Now.In(p.From.Location()), Some: o.Only != nil, Month: p.Month, base: o.Base, scope: o.Scope}
	e.SoFar = o.Now.Before(e.To)
	if len(o.Only) == 1 {
		e.one = o.Only[0]
	}
	ask := store.EditionAsk{Weeks: p.weekNames(), Before: p.Before().weekNames(), Since: p.From, From: p.From, To: p.To, Asked: o.Asked, Only: o.Only}
	if p.Month {
		ask.Since = p.From.AddDate(0, 1-trendMonths, 0)
	}
	facts, err := db.Public(o.Now).Edition(ctx, ask)
	if err != nil {
		return Edition{}, fmt.Errorf("read edition %s: %w", e.Week, err)
	}
	e.tell(facts, o)
	if e.Good, err = goodPractice(ctx, db, e, o, facts.Names); err != nil {
		return Edition{}, err
	}
	if e.Duties, err = dutiesDue(ctx, db, e, o); err != nil {
		return Edition{}, err
	}
	e.Ask = e.question(o)
	return e, nil
}

// ValidWeek says what is wrong with the name of a week or month; the empty name is the week that now is in.
func ValidWeek(name string, now time.Time) error {
	_, err := ReadPeriod(name, now)
	return err
}

func (e *Edition) period() Period {
	return Period{Name: e.Week, From: e.From, To: e.To, Month: e.Month}
}

func (e *Edition) tell(f store.EditionFacts, o Options) {
	if e.Month {
		for i, w := range e.period().weeks() {
			e.Weeks = append(e.Weeks, WeekOf{Last: w.Last(), Comments: Few(f.Talk[i].Comments)})
		}
		for back := trendMonths - 1; back >= 0; back-- {
			e.Trend = append(e.Trend, MonthOf{First: e.From.AddDate(0, -back, 0)})
		}
	}
	for _, c := range f.Changes {
		if c.Platform == audit.Web && o.Sites[c.Check] && c.Scope == "" && !audit.ChangesOverSites(c.From, c.To, f.Sites[c.ID]) {
			continue
		}
		e.place(c, f.Names[c.Organisation], o)
	}
	for _, c := range f.Said {
		e.Said = append(e.Said, said(c, f.Names[c.Organisation], o))
	}
	e.only(o.Kinds)
	now := sum(f.Talk)
	e.Comments, e.Complaints, e.Answered, e.Before = now.Comments, now.Complaints, now.Answered, sum(f.Before)
	d := f.Overview.Doors
	e.Doors, e.Known, e.Checking = d.Total(), d.Open+d.Restricted+d.Closed+d.Absent, d.Checking
	e.States = Tally(d)
	for _, r := range f.Overview.Reasons {
		e.Unseen = append(e.Unseen, Unseen(r))
	}
	e.ever = !f.Overview.LastLook.IsZero()
	e.Organisations, e.Looked, e.Visits = f.Overview.Organisations, f.Overview.Seen, f.Visits
}

func sum(weeks []store.WeekTalk) (t Talk) {
	for _, w := range weeks {
		t.Comments += Few(w.Comments)
		t.Complaints += Few(w.Complaint)
		t.Answered += Few(w.Answered)
	}
	return t
}

// place puts a change where it is told. What was withdrawn in this time is a correction and nothing else; what was withdrawn
// since stands in its place, marked.
func (e *Edition) place(c store.ShownChange, name string, o Options) {
	told := Change{Organisation: c.Organisation, Name: name, ID: c.Check, Check: o.Titles[c.Check], From: c.From, To: c.To,
		ConfirmedAt: c.ConfirmedAt, Finding: c.Finding, Published: o.Published[c.Check], Correction: c.Correction, CorrectedAt: c.WithdrawnAt}
	if told.Check == "" {
		told.Check = strings.ReplaceAll(string(c.Check), "_", " ")
	}
	opened := c.To == audit.Open || (c.To == audit.Restricted && c.From != audit.Open)
	e.follow(c, opened)
	switch {
	case !c.WithdrawnAt.IsZero() && !c.WithdrawnAt.Before(e.From) && c.WithdrawnAt.Before(e.To):
		e.Corrected = append(e.Corrected, told)
	case c.PublishedAt.Before(e.From): // of the trend only
	case c.Scope != "" && !c.WithdrawnAt.IsZero(): // a number has no place to be marked
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

func said(c store.ShownValueChange, name string, o Options) Said {
	told := Said{Organisation: c.Organisation, Name: name, ID: c.Check, Check: cmp.Or(o.Titles[c.Check], strings.ReplaceAll(string(c.Check), "_", " ")),
		ConfirmedAt: c.ConfirmedAt, Finding: c.Finding}
	for _, k := range c.From.Keys() {
		if _, still := c.To[k]; !still {
			told.Gone = append(told.Gone, k)
		}
	}
	return told
}

// follow counts a change of a whole place that stands in its month of the trend.
func (e *Edition) follow(c store.ShownChange, opened bool) {
	if c.Scope != "" || !c.WithdrawnAt.IsZero() {
		return
	}
	for i := range e.Trend {
		m := &e.Trend[i]
		switch {
		case c.PublishedAt.Before(m.First) || !c.PublishedAt.Before(m.First.AddDate(0, 1, 0)):
		case opened:
			m.Opened++
		default:
			m.Closed++
		}
	}
}

// only keeps the kinds of changes that a reader wants.
func (e *Edition) only(kinds []string) {
	if len(kinds) == 0 {
		return
	}
	if !slices.Contains(kinds, KindOpened) || !slices.Contains(kinds, KindClosed) {
		e.Said = nil // neither good news nor bad
	}
	if !slices.Contains(kinds, KindOpened) {
		e.Opened, e.PostsOpen = nil, 0
	}
	if !slices.Contains(kinds, KindClosed) {
		e.Closed, e.PostsShut = nil, 0
	}
}

// Formats lists the formats of Preview.
func Formats() []string { return []string{"text", "html", "slack"} }

// Preview writes one edition in a language: as the text or the HTML of a mail, with the foot of a reader where there is one,
// or as the JSON of a Slack message.
func Preview(ctx context.Context, w io.Writer, db *store.DB, o Options, as PreviewAs) error {
	e, err := Make(ctx, db, o)
	if err != nil {
		return err
	}
	e.Foot = as.Foot
	switch t := e.Tell(as.Language); as.Format {
	case "text", "":
		return t.Text(w)
	case "html":
		return t.HTML(w)
	case "slack":
		data, err := json.MarshalIndent(alerts.SlackMessage(e.Message(as.Language)), "", "  ")
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n", data)
		}
		if err != nil {
			return fmt.Errorf("write edition %s for Slack: %w", e.Week, err)
		}
		return nil
	}
	return fmt.Errorf("preview edition: format %q is not one of %s", as.Format, strings.Join(Formats(), ", "))
}

// PreviewAs says how an edition is written.
type PreviewAs struct {
	Format   string // of Formats; "": text
	Language string
	Foot     *Foot // of a reader; nil: none
}

// CountAs takes over the counts of doors, looks and comments from the edition as it was first made: later looks changed what
// stands now. What is told of organisations is not taken over, so that nothing is shown that is no longer published.
func (e *Edition) CountAs(kept Edition) {
	e.Comments, e.Complaints, e.Answered, e.Before = kept.Comments, kept.Complaints, kept.Answered, kept.Before
	e.Doors, e.Known, e.Checking, e.States, e.Unseen = kept.Doors, kept.Known, kept.Checking, kept.States, kept.Unseen
	e.Organisations, e.Looked, e.Visits = kept.Organisations, kept.Looked, kept.Visits
	e.counted = true
}

// Empty reports whether nothing is known of its time: nobody looked, and nothing was published.
func (e *Edition) Empty() bool {
	return e.Visits == 0 && len(e.changes())+len(e.Said)+len(e.Corrected) == 0
}
