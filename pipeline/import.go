package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
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

const (
	// lookPages is how many pages of one place on one day are one look, and openPages how many pages wait at once to be put
	// together: an archive of years has many looks, in any order.
	lookPages = 200
	openPages = 4000
	// maxLooks is how many looks a result lists; the others are counted.
	maxLooks = 1000
	// maxRepeated is of how many pages it is remembered what was read on them, for records which say that a page was the same.
	maxRepeated = 20_000
	// clockSkew is how far ahead of ours the clock of whoever saved a page may be.
	clockSkew = 10 * time.Minute
)

// Import takes pages that somebody saved into the truth. Each page of a channel on the list is read by the checks that read it in a
// visit, and kept as evidence; the pages of one channel on one day of one archive are one look, and a page saved by itself is one.
// A look is recorded by store.Record with the time of its pages, so that it takes its place in the channel's history: an old one
// undoes nothing newer. A page proves nothing absent. The same file again makes the same rows.
//
// It fetches nothing, takes no comments and no names, and never alerts of what is long past (audit.Change.Historic).
type Import struct {
	DB      *store.DB
	Checks  []crawler.Check
	Duties  audit.Duties // of which organisations a check is asked
	Scripts *crawler.Scripts
	Keeper  crawler.Keeper // the evidence folder
	Limits  archive.Limits
	Log     *slog.Logger
	// Committed is told what a commit brought; it may be nil.
	Committed func(ctx context.Context, visit audit.Visit, r store.Recorded)
}

// Given is what is known of a file beside its bytes.
type Given struct {
	By  string    // who saved it
	URL string    // the address of a single page that does not tell its own
	At  time.Time // the time of a single page that does not tell its own
}

// Imported says what a file came to.
type Imported struct {
	Format   archive.Format `json:"format"`
	SHA256   string         `json:"sha256"`
	Software string         `json:"software,omitempty"`
	Records  int            `json:"records"`
	Pages    int            `json:"pages"`   // of channels on the list
	Read     int            `json:"read"`    // of these, pages that answered a question
	Looks    []ImportedLook `json:"looks"`   // at most maxLooks
	More     int            `json:"more"`    // looks that are not listed
	Passed   map[string]int `json:"passed"`  // what was not read, by why
	Strange  []string       `json:"strange"` // some addresses that are of no channel on the list
	From     time.Time      `json:"from,omitzero"`
	To       time.Time      `json:"to,omitzero"`
}

// ImportedLook is one look that a file came to.
type ImportedLook struct {
	Visit        string         `json:"visit"`
	Organisation string         `json:"organisation"`
	Channel      string         `json:"channel"`
	URL          string         `json:"url"` // of the channel
	At           time.Time      `json:"observed_at"`
	Pages        int            `json:"pages"`
	Known        bool           `json:"known"` // it was recorded before
	Answers      []ImportAnswer `json:"answers"`
	Unread       []audit.Reason `json:"unread,omitempty"` // why pages of it could not be read
}

// ImportAnswer is one answer of a look.
type ImportAnswer struct {
	Check audit.CheckID `json:"check"`
	Scope string        `json:"scope"`
	State audit.State   `json:"state"`
	Kind  audit.Kind    `json:"kind"`
}

// Why a page of a channel was not taken, beside what archive passes over.
const (
	PassedFuture   = "date_ahead"      // its time has not come yet
	PassedSignedIn = "signed_in"       // whoever saved it was signed in: it does not show what everybody is shown
	PassedSilent   = "answers_nothing" // read, and no question is answered on it
	PassedTwice    = "same_page_again" // the very page was imported with another told date: one page is one look

)

// importing is one file being imported.
type importing struct {
	*Import
	given  Given
	places *addresses
	of     map[string]audit.Organisation // by channel
	source audit.Source
	looks  map[lookKey]*look
	order  []*look // open ones, oldest begun first
	told   map[string]saidOnce
	parts  map[lookKey]int
	pages  int // that wait in open looks
	out    Imported
	now    time.Time
}

// saidOnce is what was read on a page, for records that repeat it.
type saidOnce struct {
	answers []audit.Reading
	capture audit.Capture
}

// saidBy names a page by its place, its address and the digest that its archive gives it.
func saidBy(channel string, p archive.Page) string { return channel + " " + p.Digest + " " + p.URL }

// lookKey is what keeps looks of one archive apart.
type lookKey struct {
	channel string
	day     string
}

// look is one look being put together.
type look struct {
	key      lookKey
	visit    audit.Visit
	known    bool
	pages    int
	kept     map[string]time.Time // captures
	unread   []audit.Reason
	answered int
}

// File imports one file of size bytes. What was recorded before an error stands, and is in the result.
func (m *Import) File(ctx context.Context, f io.ReaderAt, size int64, given Given) (Imported, error) {
	channels, err := m.DB.Channels(ctx, "")
	if err != nil {
		return Imported{}, err
	}
	i := &importing{Import: m, given: given, places: newAddresses(channels), of: map[string]audit.Organisation{},
		looks: map[lookKey]*look{}, parts: map[lookKey]int{}, told: map[string]saidOnce{}, now: time.Now()}
	i.out.Looks, i.out.Passed = []ImportedLook{}, map[string]int{}
	sum, err := archive.Sum(ctx, f, size)
	if err != nil {
		return i.out, fmt.Errorf("import: %w", err)
	}
	i.source = audit.Source{By: given.By, SHA256: sum}
	want := i.places.wants
	if kind, err := archive.Kind(f, size); err == nil && !kind.Many() {
		want = nil // of one page it is said below what its address lacks
	}
	read, err := archive.File(ctx, f, size, archive.Options{Want: want, Limits: m.Limits}, func(p archive.Page) error { return i.page(ctx, p) })
	i.out.Format, i.out.SHA256, i.out.Software, i.out.Records, i.out.Strange = read.Format, sum, read.Software, read.Records, read.Strange
	for why, n := range read.Passed {
		i.out.Passed[why] += n
	}
	i.source.Software = read.Software
	for err == nil || archive.ReasonOf(err) != audit.ReasonInternal { // of a file that breaks off, what stood before that counts
		if len(i.order) == 0 {
			break
		}
		if closed := i.close(ctx, i.order[0]); closed != nil {
			return i.out, errors.Join(err, closed)
		}
	}
	return i.out, err
}

// page takes one page of the file.
func (i *importing) page(ctx context.Context, p archive.Page) error {
	i.source.Format = string(p.Format)
	if !p.Format.Many() {
		if err := i.complete(&p); err != nil {
			return err
		}
	}
	if p.At.After(i.now.Add(clockSkew)) {
		i.out.Passed[PassedFuture]++
		return nil
	}
	channels := i.places.of(p.URL)
	if len(channels) == 0 {
		i.out.Passed[archive.PassedAddress]++
		return nil
	}
	i.out.Pages++
	if i.out.From.IsZero() || p.At.Before(i.out.From) {
		i.out.From = p.At
	}
	if p.At.After(i.out.To) {
		i.out.To = p.At
	}
	for _, c := range channels {
		if err := i.add(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}

// complete fills in what a page saved by itself does not tell, and refuses one of which something is still missing, or of which
// the file says otherwise.
func (i *importing) complete(p *archive.Page) error {
	given := i.given
	switch {
	case p.URL == "" && given.URL == "":
		return &archive.Error{Reason: audit.ReasonUnrecognised, Text: "the file does not say from which address the page was saved; give it with --url"}
	case p.URL == "":
		p.URL = given.URL
	case given.URL != "" && len(i.places.of(p.URL)) > 0 && !sameChannels(i.places.of(p.URL), i.places.of(given.URL)):
		return &archive.Error{Reason: audit.ReasonUnrecognised, Text: fmt.Sprintf("the file says that the page was saved from %s, which is another place than %s", p.URL, given.URL)}
	}
	switch {
	case p.At.IsZero() && given.At.IsZero():
		return &archive.Error{Reason: audit.ReasonIncomplete, Text: "the file does not say when the page was saved; give the day, or better the time, with --date"}
	case p.At.IsZero():
		p.At, i.source.Asserted = given.At, true
	case !given.At.IsZero() && gap(p.At, given.At) > 36*time.Hour:
		return &archive.Error{Reason: audit.ReasonIncomplete, Text: fmt.Sprintf("the file says that the page was saved on %s, not on %s: leave --date out, the file's own time counts",
			p.At.Format(time.DateOnly), given.At.Format(time.DateOnly))}
	}
	if p.At.After(i.now.Add(clockSkew)) {
		return &archive.Error{Reason: audit.ReasonIncomplete, Text: "the page is said to be saved on " + p.At.Format(time.DateOnly) + ", which has not come yet"}
	}
	if len(i.places.of(p.URL)) == 0 {
		i.out.Strange = []string{p.URL}
		i.out.Passed[archive.PassedAddress]++
		return &archive.Error{Reason: audit.ReasonUnrecognised, Text: fmt.Sprintf("%.300s is the address of no place on the list of organisations: nothing was recorded", p.URL)}
	}
	return nil
}

func sameChannels(a, b []audit.Channel) bool {
	return slices.ContainsFunc(a, func(x audit.Channel) bool {
		return slices.ContainsFunc(b, func(y audit.Channel) bool { return x.ID == y.ID })
	})
}

func gap(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

// add reads a page for one channel and puts it into its look.
func (i *importing) add(ctx context.Context, c audit.Channel, p archive.Page) error {
	hash := hashOf(p.Body)
	l, err := i.look(ctx, c, p, hash)
	if err != nil || l == nil {
		return err
	}
	if p.Repeats != "" {
		err = i.repeat(ctx, l, p)
	} else {
		err = i.read(ctx, l, p, hash)
	}
	if err != nil {
		return err
	}
	l.pages++
	i.pages++
	if !p.Format.Many() || l.pages == lookPages {
		return i.close(ctx, l)
	}
	if i.pages >= openPages {
		return i.close(ctx, i.order[0])
	}
	return nil
}

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
	for _, c := range i.Checks {
		if !i.Duties.Asks(c.ID, of) {
			continue
		}
		found, err := crawler.Fold([]crawler.Check{c}, l.visit, l.visit.Readings)
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

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
