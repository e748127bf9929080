package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/evidence"
	"doorknock/evidence/archive"
	"doorknock/store"
)

// look finds the open look that a page belongs to, or begins one. What it is called is known before its pages are: of a look that was
// recorded before nothing is kept or recorded again.
func (i *importing) look(ctx context.Context, c audit.Channel, p archive.Page, hash string) (*look, error) {
	key := lookKey{c.ID, p.At.UTC().Format(time.DateOnly)}
	if l := i.looks[key]; l != nil {
		return l, nil
	}
	content, at := hash, p.At
	if p.Format.Many() {
		content = i.source.SHA256 + " " + strconv.Itoa(i.parts[key])
		at = p.At.UTC().Truncate(24 * time.Hour)
	} else if i.source.Asserted {
		twice, err := i.DB.SavedOtherwise(ctx, c.ID, hash, p.At)
		if err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		if twice {
			i.out.Passed[PassedTwice]++
			return nil, nil //nolint:nilnil // no look, and no error
		}
	}
	i.parts[key]++
	l := &look{key: key, kept: map[string]time.Time{}}
	l.visit = audit.Visit{V: 1, ID: audit.VisitID(c.ID, audit.SavedPage, content, at), Channel: c, How: audit.SavedPage,
		StartedAt: p.At, ObservedAt: p.At, Captures: []audit.Capture{}, Coverage: nothingProven(i.Checks)}
	var err error
	if l.known, err = i.DB.HasVisit(ctx, l.visit.ID); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	i.looks[key], i.order = l, append(i.order, l)
	return l, nil
}

// read asks the checks about a page, and keeps it where one of them is answered.
func (i *importing) read(ctx context.Context, l *look, p archive.Page, hash string) error {
	u, err := url.Parse(p.URL)
	if err != nil {
		return nil //nolint:nilerr // places has read it: it cannot be
	}
	id := audit.LongHash("capture", l.visit.ID, http.MethodGet, p.URL, hash)
	if _, twice := l.kept[id]; twice {
		return nil
	}
	capture := audit.Capture{ID: id, URL: p.URL, Status: p.Status, Type: p.Header.Get("Content-Type"), Hash: hash, Bytes: len(p.Body), At: p.At}
	capture.Asked = &audit.Asked{Home: samePage(p.URL, l.visit.Channel.URL), Made: p.Made}
	request := crawler.Request{URL: p.URL, For: crawler.ForPage}
	if capture.Asked.Home {
		request.For = crawler.ForHome
	}
	read, err := crawler.ReadSaved(l.visit.Channel.Platform, i.Checks, crawler.Answer{
		Request: request, URL: u, Status: p.Status, Header: p.Header, Body: p.Body, At: p.At, Capture: id, How: audit.SavedPage, Drawn: p.Made,
	}, i.Scripts)
	if err != nil {
		i.Log.Error("a saved page cannot be read", "url", p.URL, "error", err)
		read.Problem = audit.ReasonInternal
	}
	switch answers := saying(read.Readings); {
	case read.SignedIn:
		i.out.Passed[PassedSignedIn]++
	case read.Problem != "" && len(answers) == 0:
		if !slices.Contains(l.unread, read.Problem) {
			l.unread = append(l.unread, read.Problem)
		}
		i.out.Passed[string(read.Problem)]++
	case len(answers) == 0:
		i.out.Passed[PassedSilent]++
	default:
		if p.Digest != "" && len(i.told) < maxRepeated {
			i.told[saidBy(l.visit.Channel.ID, p)] = saidOnce{answers, capture}
		}
		x := &evidence.Exchange{Method: http.MethodGet, URL: p.URL, ResponseHead: p.Head, Body: p.Sent, At: p.At}
		if p.Head == nil {
			x.Given, x.ResponseHead, x.Body = true, []byte("Content-Type: "+cmp.Or(capture.Type, "text/html")), p.Body
		}
		return i.keep(ctx, l, x, capture, answers, read.People)
	}
	return nil
}

// repeat takes a record which says that a page was as it had been: a look at its own time, at what an earlier record of the same
// archive holds.
func (i *importing) repeat(ctx context.Context, l *look, p archive.Page) error {
	once, seen := i.told[saidBy(l.visit.Channel.ID, p)]
	if !seen {
		i.out.Passed[archive.PassedRepeated]++
		return nil
	}
	c := once.capture
	c.ID, c.Unchanged, c.At = audit.LongHash("capture", l.visit.ID, http.MethodGet, p.URL, c.Hash, "again"), c.ID, p.At
	answers := slices.Clone(once.answers)
	for n := range answers {
		answers[n].At = p.At
	}
	l.kept[c.Unchanged] = p.At
	x := &evidence.Exchange{Method: http.MethodGet, URL: p.URL, ResponseHead: []byte("HTTP/1.1 200 OK"), At: p.At, Revisit: c.Hash}
	return i.keep(ctx, l, x, c, answers, false)
}

func samePage(a, b string) bool {
	x, err := audit.CanonicalURL(a)
	y, err2 := audit.CanonicalURL(b)
	return err == nil && err2 == nil && x == y
}

// saying gives the readings that say something. That a page holds no word of a question says nothing of its site; and of a page that somebody
// saved no "absent" is taken over, but of a post that has a place to talk on it.
func saying(all []audit.Reading) (some []audit.Reading) {
	for _, r := range all {
		if s := r.Verdict.State(); s != audit.Unknown && (s != audit.Absent || r.Scope != "") {
			some = append(some, r)
		}
	}
	return some
}

// keep puts a page into its look, and, unless the look was recorded before, into the evidence folder.
func (i *importing) keep(ctx context.Context, l *look, x *evidence.Exchange, c audit.Capture, answers []audit.Reading, seal bool) error {
	if !l.known {
		kept, err := i.Keeper.Keep(ctx, l.visit.ID, x, seal)
		if err != nil {
			return fmt.Errorf("keep saved page %s: %w", c.URL, err)
		}
		c.File, c.Offset, c.Sealed, c.Key = kept.File, kept.Offset, kept.Sealed, kept.Key
	}
	l.visit.Readings = append(l.visit.Readings, answers...)
	l.visit.Captures = append(l.visit.Captures, c)
	l.kept[c.ID] = c.At
	l.answered++
	if c.At.After(l.visit.ObservedAt) {
		l.visit.ObservedAt = c.At
	}
	if c.At.Before(l.visit.StartedAt) {
		l.visit.StartedAt = c.At
	}
	return nil
}

// close records a look. One on which no question is answered leaves nothing behind.
func (i *importing) close(ctx context.Context, l *look) error {
	delete(i.looks, l.key)
	i.order = slices.DeleteFunc(i.order, func(o *look) bool { return o == l })
	i.pages -= l.pages
	told := ImportedLook{Visit: l.visit.ID, Organisation: l.visit.Channel.Organisation, Channel: l.visit.Channel.ID, URL: l.visit.Channel.URL,
		At: l.visit.ObservedAt, Pages: l.pages, Known: l.known, Unread: l.unread, Answers: []ImportAnswer{}}
	if l.answered > 0 {
		i.out.Read += l.answered
		findings, err := i.findings(ctx, l)
		if err != nil {
			return err
		}
		for _, f := range findings {
			told.Answers = append(told.Answers, ImportAnswer{f.Check, f.Scope, f.Verdict.State(), f.Verdict.Kind()})
		}
		if len(findings) > 0 && !l.known {
			if err := i.record(ctx, l, findings); err != nil {
				return err
			}
		}
	}
	if len(i.out.Looks) == maxLooks {
		i.out.More++
		return nil
	}
	i.out.Looks = append(i.out.Looks, told)
	return nil
}

// findings folds a look's readings. What is unknown is left out: that one page does not answer a question is no news of the place.
// Each finding has the time of the page that it rests on: the same page out of two archives then is one moment, and not two looks.
func (i *importing) findings(ctx context.Context, l *look) ([]audit.Finding, error) {
	of, known := i.of[l.visit.Channel.ID]
	if !known {
		var err error
		if of, err = i.DB.OrganisationOf(ctx, l.visit.Channel.ID); err != nil {
			return nil, fmt.Errorf("import: %w", err)
		}
		i.of[l.visit.Channel.ID] = of
	}
	var all []audit.Finding
	by := crawler.ByCheck(l.visit.Readings)
	for _, c := range i.Checks {
		if !i.Duties.Asks(c.ID, of) {
			continue
		}
		found, err := crawler.FoldOne(c, l.visit, by[c.ID], of.Nation)
		if err != nil {
			i.Log.Error("a check could not fold what was read on saved pages", "check", c.ID, "channel", l.visit.Channel.ID, "error", err)
			continue
		}
		for _, f := range found {
			e := f.Verdict.Evidence()
			if e == nil {
				continue
			}
			if at, ok := l.kept[e.Capture]; ok {
				f.ObservedAt = at
			}
			all = append(all, f)
		}
	}
	return all, nil
}

func (i *importing) record(ctx context.Context, l *look, findings []audit.Finding) error {
	source := i.source
	l.visit.Source = &source
	if err := i.Keeper.Flush(ctx, l.visit.ID); err != nil {
		return fmt.Errorf("keep saved pages: %w", err)
	}
	done, err := i.DB.Record(ctx, store.Recording{Visit: l.visit, Findings: findings})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if i.Committed != nil {
		i.Committed(ctx, l.visit, done)
	}
	return nil
}
