package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence"
	"doorknock/store"
)

const (
	// replayBatch is how many visits are listed at once, and replayCache how many pages' readings of one channel are
	// remembered: a page that did not change was looked at many times, and is read once.
	replayBatch = 200
	replayCache = 2000
)

// Replay reads the stored captures of recorded visits again by today's checks, folds each visit anew as the record stage
// did, and, where the answer differs, files a correction. It fetches nothing and never alerts. What cannot be read any
// more is counted and withdraws nothing. Only one visit and one body are in memory at a time.
type Replay struct {
	DB *store.DB
	// Body reads what a capture got: evidence.Folder.Body.
	Body    func(audit.Capture) (evidence.Stored, error)
	Checks  []crawler.Check
	Scripts *crawler.Scripts
	// File writes corrections and puts them in force; false only counts them.
	File bool
	// Told is given the count after every visit, for progress; it may be nil.
	Told func(Reread)
	Log  *slog.Logger

	did     Reread
	channel string
	nation  string          // of its organisation
	pages   map[string]page // by capture, of this channel
}

// Reread says what a replay came to.
type Reread struct {
	Visits   int               `json:"visits"`
	Pages    int               `json:"pages"`    // read again, each as often as it was looked at
	Dropped  int               `json:"dropped"`  // pages that are no longer kept
	Damaged  int               `json:"damaged"`  // pages whose evidence cannot be read
	Unfit    int               `json:"unfit"`    // visits of before it was kept how their pages were asked for
	Findings int               `json:"findings"` // compared
	Differ   []RereadOtherwise `json:"differ"`   // what is read otherwise today
	Filed    int               `json:"filed"`    // corrections written
	Settled  int               `json:"settled"`  // states folded anew
}

// RereadOtherwise counts the findings of one kind of difference.
type RereadOtherwise struct {
	Check       audit.CheckID `json:"check"`
	From        audit.State   `json:"from"`
	To          audit.State   `json:"to"`
	FromRule    string        `json:"from_rule"` // "" for unknown
	FromVersion int           `json:"from_version"`
	ToRule      string        `json:"to_rule"`
	ToVersion   int           `json:"to_version"`
	Values      string        `json:"values,omitempty"` // keys that are read otherwise where the state is not, parted by commas
	Findings    int           `json:"findings"`
	Places      int           `json:"places"`

	last string // channel counted last
}

// page is a stored page as today's checks read it.
type page struct {
	readings []audit.Reading
	scopes   []string // the posts it may speak of
	lost     bool
}

// Run goes through the visits. What it had filed and settled when it ends early is in force, and the next run goes on.
func (r *Replay) Run(ctx context.Context, of store.VisitsOf) (Reread, error) {
	r.did, r.channel = Reread{Differ: []RereadOtherwise{}}, ""
	var behind store.VisitKey
	for {
		visits, err := r.DB.StoredVisits(ctx, of, behind, replayBatch)
		if err != nil {
			return r.did, fmt.Errorf("read again: %w", err)
		}
		if len(visits) == 0 {
			break
		}
		for _, v := range visits {
			if err := r.visit(ctx, v); err != nil {
				return r.did, fmt.Errorf("read visit %s of %s again: %w", v.ID, v.Channel.URL, err)
			}
			if r.Told != nil {
				r.Told(r.did)
			}
			behind = store.VisitKey{Channel: v.Channel.ID, ObservedAt: v.ObservedAt, ID: v.ID}
		}
	}
	if !r.File {
		return r.did, nil
	}
	var err error
	r.did.Settled, err = r.DB.SettleCorrections(ctx, time.Now())
	if err != nil {
		return r.did, fmt.Errorf("put corrections in force: %w", err)
	}
	return r.did, nil
}

func (r *Replay) visit(ctx context.Context, v audit.Visit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.did.Visits++
	if v.Coverage == nil {
		r.did.Unfit++
		return nil
	}
	if v.Channel.ID != r.channel {
		of, err := r.DB.OrganisationOf(ctx, v.Channel.ID)
		if err != nil {
			return err //nolint:wrapcheck // says it
		}
		r.channel, r.nation, r.pages = v.Channel.ID, of.Nation, map[string]page{}
	}
	findings, err := r.DB.VisitFindings(ctx, v.ID)
	if err != nil || len(findings) == 0 {
		return err
	}
	a := again{visit: v, nation: r.nation, covered: map[string]bool{}, read: map[string]bool{}}
	if err := r.readings(ctx, &a); err != nil {
		return err
	}
	r.did.Findings += len(findings)
	var all []store.Corrected
	for _, c := range r.Checks {
		of := slices.DeleteFunc(slices.Clone(findings), func(f audit.Finding) bool { return f.Check != c.ID })
		corrected, err := a.otherwise(c, of)
		if err != nil { // our own fault withdraws nothing
			r.Log.Error("a check could not fold stored readings", "check", c.ID, "visit", v.ID, "error", err)
			continue
		}
		all = append(all, corrected...)
	}
	r.count(all)
	if !r.File || len(all) == 0 {
		return nil
	}
	r.did.Filed += len(all)
	return r.DB.FileCorrections(ctx, v.Channel, all, time.Now()) //nolint:wrapcheck // the caller says of which visit
}

// again is one visit as it is read today.
type again struct {
	visit    audit.Visit // with the captures that a proof of absence rests on in its coverage
	nation   string      // of the organisation
	readings []audit.Reading
	covered  map[string]bool // posts whose page was read again
	read     map[string]bool // captures that were read again
	lost     bool            // a page of the visit could not be
}

func (r *Replay) readings(ctx context.Context, a *again) error {
	captures, err := r.DB.VisitCaptures(ctx, a.visit.ID)
	if err != nil {
		return err //nolint:wrapcheck // says it
	}
	var whole []string
	for _, c := range captures {
		id := cmp.Or(c.Unchanged, c.ID)
		if c.Status == 200 && c.Reason == "" {
			whole = append(whole, id)
		}
		if c.Asked == nil {
			continue
		}
		p, known := r.pages[id]
		if !known {
			if p, err = r.page(ctx, c, a.visit.How); err != nil {
				return err
			}
			if len(r.pages) >= replayCache {
				clear(r.pages)
			}
			r.pages[id] = p
		}
		a.add(id, c.At, p)
		if !p.lost {
			r.did.Pages++
		}
	}
	for id, c := range a.visit.Coverage {
		if c.Complete {
			c.Captures = whole
			a.visit.Coverage[id] = c
		}
	}
	return nil
}

func (a *again) add(capture string, at time.Time, p page) {
	if p.lost {
		a.lost = true
		return
	}
	a.read[capture] = true
	for _, s := range p.scopes {
		a.covered[s] = true
	}
	for _, x := range p.readings {
		x.At = at
		a.readings = append(a.readings, x)
	}
}

// page reads one stored page; one that repeats an earlier answer is read from there, as it was asked for then.
func (r *Replay) page(ctx context.Context, c audit.Capture, how audit.How) (page, error) {
	if c.Unchanged != "" {
		first, err := r.DB.Capture(ctx, c.Unchanged)
		if errors.Is(err, store.ErrNotFound) {
			r.did.Dropped++
			return page{lost: true}, nil
		}
		if err != nil {
			return page{}, err //nolint:wrapcheck // says it
		}
		if first.Asked == nil {
			first.Asked = c.Asked
		}
		c = first
	}
	x := crawler.Again{Capture: c, How: how}
	switch {
	case c.File == "" && c.Status != 0:
		r.did.Dropped++
		return page{lost: true}, nil
	case c.Reason == "":
		stored, err := r.Body(c)
		switch {
		case errors.Is(err, evidence.ErrDropped):
			r.did.Dropped++
			return page{lost: true}, nil
		case err != nil:
			r.did.Damaged++
			r.Log.Warn("stored evidence cannot be read; that withdraws nothing", "capture", c.ID, "url", c.URL, "error", err)
			return page{lost: true}, nil
		}
		x.Header, x.Body = stored.Header, stored.Body
	}
	readings, err := crawler.ReadAgain(r.Checks, x, r.Scripts)
	if err != nil {
		r.did.Damaged++
		r.Log.Error("a stored page cannot be read by today's checks", "capture", c.ID, "url", c.URL, "error", err)
		return page{lost: true}, nil
	}
	p := page{readings: readings, scopes: []string{c.URL}}
	if c.Asked.Post != nil {
		p.scopes = append(p.scopes, c.Asked.Post.URL)
	}
	if c.Asked.Known != "" {
		p.scopes = append(p.scopes, c.Asked.Known)
	}
	return p, nil
}

// otherwise gives the findings of one check that today's reading of the visit does not bear. A check that was not asked
// then has none.
func (a *again) otherwise(c crawler.Check, findings []audit.Finding) ([]store.Corrected, error) {
	if len(findings) == 0 {
		return nil, nil
	}
	readings := slices.DeleteFunc(slices.Clone(a.readings), func(x audit.Reading) bool { return x.Check != c.ID })
	for _, f := range findings {
		if f.Scope != "" && !a.covered[f.Scope] { // its page is gone, or never came: what was said of it stands
			readings = append(readings, audit.Reading{
				Check: c.ID, Scope: f.Scope, URL: f.Scope, Verdict: f.Verdict, System: f.System, Count: f.Count, CountClaimed: f.CountClaimed, Values: f.Values, At: f.ObservedAt,
			})
		}
	}
	visit := a.visit
	if a.lost {
		visit.Coverage = nothingProven([]crawler.Check{c})
	}
	folded, err := crawler.FoldOne(c, visit, readings, a.nation)
	if err != nil {
		return nil, fmt.Errorf("fold: %w", err)
	}
	today := make(map[string]audit.Finding, len(folded))
	for _, f := range folded {
		today[f.Scope] = f
	}
	var all []store.Corrected
	for _, f := range findings {
		now, said := today[f.Scope]
		if !said {
			now = audit.Finding{Verdict: audit.UnknownFor(audit.ReasonNoMarker)}
		}
		if a.corrects(f, now) {
			all = append(all, store.Corrected{Old: f, By: now})
		}
	}
	return all, nil
}

// corrects reports whether today's answer takes the place of the old one. Where pages of the visit are gone, a channel's
// answer is replaced only by an open door, or by "could not see" where the very pages it rested on were read again and no
// longer say so: never by a new accusation, and never because a page is missing. So it is with the values of a state that
// is as it was: they may stand on a page that is gone.
func (a *again) corrects(old, by audit.Finding) bool {
	then, now := old.Verdict, by.Verdict
	same := now.State() == then.State() && now.Kind() == then.Kind()
	switch {
	case same && (now.State() == audit.Unknown || by.Values.Lasting().Equal(old.Values.Lasting())):
		return false
	case old.Scope != "":
		return a.covered[old.Scope]
	case !a.lost:
		return true
	case same || now.State() == audit.Unknown:
		return a.readAgain(then.Evidence())
	}
	return !now.State().Negative()
}

// readAgain reports whether all that an answer rested on was read again.
func (a *again) readAgain(e *audit.Evidence) bool {
	if e == nil || e.Type == audit.Absence {
		return false
	}
	return !slices.ContainsFunc(append(slices.Clone(e.Captures), e.Capture), func(id string) bool { return !a.read[id] })
}

func (r *Replay) count(all []store.Corrected) {
	for _, c := range all {
		kind := RereadOtherwise{Check: c.Old.Check, From: c.Old.Verdict.State(), To: c.By.Verdict.State()}
		if e := c.Old.Verdict.Evidence(); e != nil {
			kind.FromRule, kind.FromVersion = e.Rule, e.Version
		}
		if e := c.By.Verdict.Evidence(); e != nil {
			kind.ToRule, kind.ToVersion = e.Rule, e.Version
		}
		if kind.From == kind.To {
			kind.Values = strings.Join(otherKeys(c.Old.Values.Lasting(), c.By.Values.Lasting()), ",")
		}
		i := slices.IndexFunc(r.did.Differ, func(d RereadOtherwise) bool {
			d.Findings, d.Places, d.last = 0, 0, ""
			return d == kind
		})
		if i < 0 {
			i = len(r.did.Differ)
			r.did.Differ = append(r.did.Differ, kind)
		}
		d := &r.did.Differ[i]
		d.Findings++
		if d.last != c.Old.Channel {
			d.last = c.Old.Channel
			d.Places++
		}
	}
}

// otherKeys are the keys of which two lists of values hold another value, in order.
func otherKeys(then, now audit.Values) (keys []string) {
	for k, v := range then {
		if x, both := now[k]; !both || x != v {
			keys = append(keys, string(k))
		}
	}
	for k := range now {
		if _, both := then[k]; !both {
			keys = append(keys, string(k))
		}
	}
	slices.Sort(keys)
	return keys
}
