package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"doorknock/audit"
)

// PublicChange is one published change with the names that pages print.
type PublicChange struct {
	ShownChange
	OrganisationName string
	URL              string // of the place
}

// ChangesOf says which changes to list, newest first.
type ChangesOf struct {
	Organisation string    // "": of all
	Posts        bool      // those of single posts too
	Before       time.Time // with BeforeID, the last change of the page before; zero: from the newest
	BeforeID     string
	Limit        int
}

// before is the time before which a list begins, later than all where it begins with the newest.
func (of ChangesOf) before() string {
	if of.Before.IsZero() {
		return "9999"
	}
	return stamp(of.Before)
}

// Changes lists published changes of whole places and, where asked for, of single posts. A post's change that the same
// look found of its whole place is told by the place's.
func (p *Public) Changes(ctx context.Context, of ChangesOf) ([]PublicChange, error) {
	shown, err := p.changes(ctx, `(scope = '' OR ?6) AND (?2 = '' OR organisation = ?2) AND (observed_at, id) < (?3, ?4)
		ORDER BY observed_at DESC, id DESC LIMIT ?5`, of.Organisation, of.before(), of.BeforeID, of.Limit, of.Posts)
	if err != nil {
		return nil, err
	}
	whole := map[string]bool{}
	look := func(c ShownChange) string { return c.Channel + string(c.Check) + stamp(c.ConfirmedAt) }
	for _, c := range shown {
		whole[look(c)] = whole[look(c)] || c.Scope == ""
	}
	all := make([]PublicChange, 0, len(shown))
	for _, c := range shown {
		if c.Scope != "" && whole[look(c)] {
			continue
		}
		named, err := p.named(ctx, c)
		if err != nil {
			return nil, err
		}
		all = append(all, named)
	}
	return all, nil
}

func (p *Public) named(ctx context.Context, c ShownChange) (PublicChange, error) {
	named := PublicChange{ShownChange: c}
	err := p.db.read.QueryRowContext(ctx, `SELECT o.name, c.url FROM channel c JOIN organisation o ON o.id = c.organisation WHERE c.id = ?`,
		c.Channel).Scan(&named.OrganisationName, &named.URL)
	if err != nil {
		return named, fmt.Errorf("name change %s: %w", c.ID, err)
	}
	return named, nil
}

// FindingView is one finding that the public may see, with what it takes to check it.
type FindingView struct {
	audit.Finding
	Organisation audit.Organisation
	Platform     audit.Platform
	URL          string // of the place
	RolledUp     bool   // it was asked for by the address of a look that was rolled up into the run which this one ends
	// Captures are those of the visit, in the order in which they were asked for, and earlier ones that the evidence rests
	// on because the page had not changed since.
	Captures []PublicCapture
	// Corrected says that today's rules read the same bytes otherwise; nil: they do not. Corrects is the finding whose
	// place this one took, or "".
	Corrected *FindingCorrection
	Corrects  string
}

// PublicCapture is what one request of a visit got, without its content and its key.
type PublicCapture struct {
	ID, URL, Hash, File string
	Type                string // content type as sent
	Unchanged           string // the earlier capture whose body this one repeats, or ""
	Earlier             bool   // of an earlier visit
	Status, Bytes       int
	Reason              audit.Reason
	Offset              int64
	Sealed, Dropped     bool
	At                  time.Time
	Modified            time.Time // of a document: the server's date of it; zero: not told
	MadeFrom            []string  // of a page that a browser drew: the captures it was drawn from
	Picture             string    // of such a page: file of its picture
}

// Finding reads one finding through the gate; one that the public may not see is ErrNotFound like one that is not there.
// Of one that was rolled up it gives the finding that ends its run.
func (p *Public) Finding(ctx context.Context, id string) (FindingView, error) {
	f, err := p.finding(ctx, id)
	if !errors.Is(err, ErrNotFound) {
		return f, err
	}
	last, gone := p.db.RolledUp(ctx, id)
	if gone != nil {
		return f, cmp.Or(err, gone)
	}
	f, err = p.finding(ctx, last)
	f.RolledUp = true
	return f, err
}

func (p *Public) finding(ctx context.Context, id string) (FindingView, error) {
	var f FindingView
	var v verdictColumns
	row := p.db.read.QueryRowContext(ctx, `SELECT f.id, f.visit, f.channel, f.check_id, f.scope, f.state, f.reason, f.kind, f.evidence, f.how,
			f.system, f.count_seen, f.count_claimed, f.of_posts, f.named, f.observed_at, c.platform, c.url, `+organisationColumns+`
		FROM finding f JOIN channel c ON c.id = f.channel JOIN organisation o ON o.id = c.organisation
		WHERE f.id = ? AND c.listed = 1 AND o.listed = 1`, id)
	err := row.Scan(append([]any{&f.ID, &f.Visit, &f.Channel, &f.Check, &f.Scope, &v.state, &v.reason, &v.kind, fromJSON(&v.evidence), &f.How,
		&f.System, &f.Count, &f.CountClaimed, fromJSON(&f.Of), fromJSON(&f.Values), at(&f.ObservedAt), &f.Platform, &f.URL}, organisationInto(&f.Organisation)...)...)
	if err != nil {
		return f, fmt.Errorf("read finding %s: %w", id, notFound(err))
	}
	if f.Verdict, err = v.verdict(); err != nil {
		return f, fmt.Errorf("read finding %s: %w", id, err)
	}
	if f.Corrected, err = p.corrected(ctx, id); err != nil {
		return FindingView{}, err
	}
	if f.Corrects, err = p.corrects(ctx, id); err != nil {
		return FindingView{}, err
	}
	if f.Corrected == nil && f.Corrects == "" { // else the public had seen it, or was told what it takes the place of
		if shows, err := p.shows(ctx, f.Finding); err != nil || !shows {
			return FindingView{}, fmt.Errorf("read finding %s: %w", id, cmp.Or(err, ErrNotFound))
		}
	}
	if f.Run, err = p.db.runEndedBy(ctx, f.ID); err != nil {
		return f, err
	}
	if f.Wording, err = p.sentences(ctx, f.Values); err != nil {
		return f, err
	}
	f.Captures, err = p.captures(ctx, f.Finding)
	return f, err
}

// shows reports whether the public may see a finding: one that shows what is published, or was published before.
func (p *Public) shows(ctx context.Context, f audit.Finding) (bool, error) {
	const same = `channel = ? AND check_id = ? AND scope = ?`
	key := []any{f.Channel, string(f.Check), f.Scope}
	states, err := p.states(ctx, same, key...)
	if err != nil {
		return false, err
	}
	for _, s := range states {
		if s.bears(f) {
			return true, nil
		}
	}
	changes, err := p.changes(ctx, same+` ORDER BY first_seen`, key...)
	if err != nil {
		return false, err
	}
	var from time.Time
	for _, c := range changes {
		if c.WithdrawnAt.IsZero() && c.bears(f, from) {
			return true, nil
		}
		from = c.FirstSeen
	}
	return false, nil
}

// bears reports whether the finding shows the published state, within the time for which it stands. An unknown tells
// nothing against anybody, and is shown unless something is being checked.
func (s Shown) bears(f audit.Finding) bool {
	state := f.Verdict.State()
	if state == audit.Unknown {
		return !s.Checking
	}
	shown := s.State
	if s.Was != audit.Unknown {
		shown = s.Was
	}
	return state == shown && !f.ObservedAt.Before(s.Since) && !f.ObservedAt.After(s.SeenAt)
}

// bears reports whether a finding shows what a published change came from, since the change before it, or led to.
func (c ShownChange) bears(f audit.Finding, from time.Time) bool {
	if f.ID == c.FirstFinding || f.ID == c.Finding {
		return true
	}
	return f.Verdict.State() == c.From && f.ObservedAt.Before(c.FirstSeen) && !f.ObservedAt.Before(from)
}

func (p *Public) captures(ctx context.Context, f audit.Finding) ([]PublicCapture, error) {
	rests := []string{}
	if e := f.Verdict.Evidence(); e != nil {
		rests = append(rests, e.Capture)
		rests = append(rests, e.Captures...)
	}
	var all []PublicCapture
	err := p.db.list(ctx, `SELECT id, url, hash, file, unchanged, visit <> ?1, status, bytes, reason, file_offset, sealed, dropped_at IS NOT NULL, observed_at, modified, made_from, picture, type
		FROM capture WHERE visit = ?1 OR (id IN (SELECT value FROM json_each(?2)) AND channel = ?3) ORDER BY observed_at, id`,
		[]any{f.Visit, asJSON(rests), f.Channel}, func(r *sql.Rows) error {
			var c PublicCapture
			err := r.Scan(&c.ID, &c.URL, &c.Hash, &c.File, &c.Unchanged, &c.Earlier, &c.Status, &c.Bytes, &c.Reason, &c.Offset, &c.Sealed,
				&c.Dropped, at(&c.At), at(&c.Modified), fromJSON(&c.MadeFrom), &c.Picture, &c.Type)
			all = append(all, c)
			return err //nolint:wrapcheck // wrapped below
		})
	if err != nil {
		return nil, fmt.Errorf("list captures of finding %s: %w", f.ID, err)
	}
	return all, nil
}

// EvidenceFiles tells the file of every capture that is kept, relative to the evidence folder; one that holds several captures
// more than once.
func (db *DB) EvidenceFiles(ctx context.Context, each func(file string)) error {
	err := db.list(ctx, `SELECT file FROM capture WHERE file <> ''`, nil, func(r *sql.Rows) error {
		var file string
		err := r.Scan(&file)
		each(file)
		return err
	})
	if err != nil {
		return fmt.Errorf("list evidence files: %w", err)
	}
	return nil
}

// Document reports whether what came is no page but a document, as its server called it.
func (c PublicCapture) Document() bool {
	kind, _, _ := strings.Cut(c.Type, ";")
	switch kind {
	case "application/pdf", "application/msword", "application/vnd.oasis.opendocument.text",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return true
	}
	return false
}
