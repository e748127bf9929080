package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
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

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
