package store

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// A fleet is organisations as they are looked at for months: most pages unchanged, a new post every other week, a door
// that changes now and then, some that never let us in, and comments at one in ten.
type fleet struct {
	r        *rand.Rand
	channels []audit.Channel
	seen     []memory // by channel
	files    map[string]bool
	due      []time.Time // by channel, for liveByRhythm
	visits   int
}

// memory is what the crawler would carry from visit to visit.
type memory struct {
	pages  map[string]string // address to capture
	states map[audit.CheckID]audit.State
	posts  []string
	said   int
}

var fleetChecks = []audit.CheckID{"reviews", "forum", "events", "social_links", "complaints_page", "rules_page", "ombudsman_link", "privacy_notice"}

const fleetPages = 12

func newFleet(n int) *fleet {
	f := &fleet{r: rand.New(rand.NewPCG(3, 4)), files: map[string]bool{}}
	for i := range n {
		f.channels = append(f.channels, site(fmt.Sprint("org", i), fmt.Sprintf("org%d.test", i), true))
		m := memory{pages: map[string]string{}, states: map[audit.CheckID]audit.State{}}
		for _, c := range fleetChecks {
			m.states[c] = []audit.State{audit.Open, audit.Open, audit.Absent, audit.Closed, audit.Unknown}[f.r.IntN(5)]
		}
		f.seen = append(f.seen, m)
	}
	return f
}

func (f *fleet) sync(t testing.TB, db *DB) {
	t.Helper()
	var orgs []audit.Organisation
	for _, c := range f.channels {
		orgs = append(orgs, audit.Organisation{ID: c.Organisation, Name: c.Organisation + " Homes", Nation: audit.England, Sector: "council"})
	}
	if err := db.SyncOrganisations(t.Context(), orgs, f.channels); err != nil {
		t.Fatal(err)
	}
}

// look makes the next visit of a channel.
func (f *fleet) look(i int, when time.Time) Recording {
	c, m := f.channels[i], &f.seen[i]
	f.visits++
	v := audit.Visit{V: 1, ID: audit.JobID(c.ID, when), Channel: c, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when}
	rec := Recording{Now: when.Add(time.Second)}
	if i%10 == 9 || f.r.IntN(40) == 0 { // one in ten never lets us in, and any may be down
		v.Captures = []audit.Capture{{ID: audit.LongHash("capture", v.ID), URL: c.URL, Status: 403, Reason: audit.ReasonBlocked, At: when}}
		for _, check := range append(fleetChecks, "comments") {
			rec.Findings = append(rec.Findings, audit.Finding{Check: check, Verdict: audit.UnknownFor(audit.ReasonBlocked)})
		}
		rec.Visit = v
		return rec
	}
	f.pages(&v, m)
	f.findings(&rec, &v, m)
	f.comments(&v, m, i)
	rec.Visit = v
	return rec
}

func (f *fleet) pages(v *audit.Visit, m *memory) {
	v.Memory.Pages = map[string]audit.PageMemory{}
	file := v.ID[:2] + "/" + v.ID + ".warc.gz"
	z, _ := flate.NewWriter(nil, flate.BestSpeed)
	outline, _ := audit.Outline{Title: "A page", Links: []audit.Link{{URL: v.Channel.URL + "about", Text: "About us"}, {URL: v.Channel.URL + "contact", Text: "Contact"}}}.Pack("", z)
	for n := range fleetPages {
		url := fmt.Sprintf("%spage-%d", v.Channel.URL, n)
		k := audit.Capture{ID: audit.LongHash("capture", v.ID, url), URL: url, Status: 200, Type: "text/html; charset=utf-8", Hash: audit.LongHash(url, v.ID),
			Bytes: 60_000, At: v.ObservedAt, File: file, Offset: int64(n * 9000), Took: 0.4, Asked: &audit.Asked{}}
		packed := outline
		held, known := m.pages[url]
		old := known && f.r.IntN(100) == 0 // read anew after 25 days
		if known && !old && f.r.IntN(100) >= 3 {
			k.Status, k.Unchanged, k.Bytes, packed = 304, held, 0, ""
			v.Unchanged = append(v.Unchanged, audit.PageRef{URL: url, Capture: held, At: v.ObservedAt})
		} else {
			m.pages[url] = k.ID
			v.Readings = append(v.Readings, audit.Reading{Check: "comments", URL: url, Capture: k.ID, Verdict: audit.UnknownFor(audit.ReasonNoMarker), At: v.ObservedAt})
		}
		f.files[file] = true
		v.Captures = append(v.Captures, k)
		v.Memory.Pages[url] = audit.PageMemory{ETag: `"abc"`, Hash: k.Hash, Capture: m.pages[url], Reader: 1, Outline: packed, At: v.ObservedAt}
	}
}

func (f *fleet) findings(rec *Recording, v *audit.Visit, m *memory) {
	captures := make([]string, 0, len(m.pages))
	for _, id := range m.pages {
		captures = append(captures, id)
	}
	slices.Sort(captures)
	says := func(s audit.State) audit.Verdict {
		if s == audit.Unknown {
			return audit.UnknownFor(audit.ReasonNoMarker)
		}
		e := *verdict(s).Evidence()
		e.URL, e.Capture, e.Excerpt = v.Channel.URL+"page-1", m.pages[v.Channel.URL+"page-1"], strings.Repeat("<form>", 10)
		if s == audit.Absent {
			e.Captures = captures
		}
		made, err := audit.NewVerdict(s, "", verdict(s).Kind(), &e)
		if err != nil {
			panic(err)
		}
		return made
	}
	for _, c := range fleetChecks {
		if f.r.IntN(1500) == 0 { // a change about once a year
			m.states[c] = []audit.State{audit.Open, audit.Closed, audit.Absent}[f.r.IntN(3)]
		}
		s := m.states[c]
		if f.r.IntN(4000) == 0 {
			s = audit.Closed // seen once
		}
		rec.Findings = append(rec.Findings, audit.Finding{Check: c, Verdict: says(s), System: "none"})
	}
	if f.r.IntN(56) == 0 || len(m.posts) == 0 {
		m.posts = append(m.posts, fmt.Sprintf("%snews/%d", v.Channel.URL, f.visits))
	}
	for n, post := range m.posts[max(0, len(m.posts)-6):] {
		state := audit.Open
		if n == 0 && len(m.posts) > 3 {
			state = audit.Closed // closed with age
		}
		rec.Findings = append(rec.Findings, audit.Finding{Check: "comments", Scope: post, Verdict: says(state), System: "wordpress"})
		v.Posts = append(v.Posts, audit.Post{ID: audit.Hash("post", post), URL: post, Title: "News"})
	}
	rec.Findings = append(rec.Findings, audit.Finding{Check: "comments", Verdict: says(audit.Open), System: "wordpress"})
}

func (f *fleet) comments(v *audit.Visit, m *memory, i int) {
	if i%10 != 3 || f.r.IntN(4) != 0 {
		return
	}
	m.said++
	id := audit.CommentID(v.Channel.ID, "wordpress", fmt.Sprint(m.said))
	v.Comments = []audit.Comment{{ID: id, Post: "p", System: "wordpress", Author: id, By: audit.AuthorPublic, Time: v.ObservedAt.Add(-time.Hour),
		Text: "The lift in our block has been out of order since Monday and nobody answers the telephone.", TextHash: id}}
}

// live records the visits of some days, every channel at its own hour, and tidies the databases that are to be kept small
// every fifth day: a running doorknock does so every day, and this only saves time.
func (f *fleet) live(t testing.TB, from, days int, every time.Duration, all []*DB, small ...*DB) {
	t.Helper()
	for d := from; d < from+days; d++ {
		for at := time.Duration(0); at < 24*hour; at += every {
			for i := range f.channels {
				when := day0.Add(time.Duration(d)*24*hour + at + time.Duration(i)*time.Second)
				rec := f.look(i, when)
				for _, db := range all {
					f.record(t, db, rec)
				}
			}
		}
		f.tidy(t, d, small...)
	}
}

// liveByRhythm is live with each visit made when the database says that it is due.
func (f *fleet) liveByRhythm(t testing.TB, from, days int, db *DB) {
	t.Helper()
	if f.due == nil {
		f.due = make([]time.Time, len(f.channels))
	}
	for d := from; d < from+days; d++ {
		for at := day0.Add(time.Duration(d) * 24 * hour); at.Before(day0.Add(time.Duration(d+1) * 24 * hour)); at = at.Add(hour) {
			for i := range f.channels {
				if when := at.Add(time.Duration(i) * time.Second); !f.due[i].After(when) {
					f.due[i] = f.record(t, db, f.look(i, when)).Due
				}
			}
		}
		f.tidy(t, d, db)
	}
}

func (f *fleet) record(t testing.TB, db *DB, rec Recording) Recorded {
	t.Helper()
	out, err := db.Record(t.Context(), rec)
	if err != nil || out.Duplicate {
		t.Fatal(out.Duplicate, err)
	}
	f.assess(t, db, rec)
	return out
}

func (f *fleet) tidy(t testing.TB, day int, small ...*DB) {
	t.Helper()
	if day%5 != 4 {
		return
	}
	now := day0.Add(time.Duration(day+1) * 24 * hour)
	for _, db := range small {
		if _, err := db.Forget(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Tidy(t.Context(), now, f.drop); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *fleet) drop(file string) error {
	delete(f.files, file)
	return nil
}

func (f *fleet) assess(t testing.TB, db *DB, rec Recording) {
	t.Helper()
	if len(rec.Visit.Comments) == 0 {
		return
	}
	event := audit.EventID(audit.EventComments, rec.Visit.ID)
	a := audit.Assessment{Comment: rec.Visit.Comments[0].ID, Complaint: 0.9, IsComplaint: true, Urgency: "high", Lang: "en", Model: "rules-1"}
	if _, err := db.SaveAssessments(t.Context(), event, []audit.Assessment{a}, rec.Now); err != nil {
		t.Fatal(err)
	}
	if err := db.MarkEvent(t.Context(), AlertStage, audit.EventID(audit.EventAssessed, a.Comment), rec.Now); err != nil {
		t.Fatal(err)
	}
}

// addresses checks that the address of every look that saw something of a whole place still leads to what is kept of it.
func addresses(t *testing.T, whole, small *DB) {
	t.Helper()
	checked, shown := 0, 0
	for _, line := range dump(t, whole, `SELECT id, state FROM finding WHERE scope = '' AND state <> 'unknown'`) {
		id, state, _ := strings.Cut(strings.ReplaceAll(line, `"`, ""), " ")
		if _, err := small.Finding(t.Context(), id); err == nil {
			continue
		}
		last, err := small.RolledUp(t.Context(), id)
		if err != nil {
			t.Fatalf("finding %s: %v", id, err)
		}
		kept, err := small.Finding(t.Context(), last)
		if err != nil || kept.Run == nil || kept.Run.Looks == 0 || kept.Verdict.State().String() != state {
			t.Fatalf("finding %s (%s) leads to %+v, %v", id, state, kept, err)
		}
		checked++
		view, err := small.Public(day0.Add(60*24*hour)).Finding(t.Context(), id)
		if err == nil && view.ID == last && view.RolledUp && view.Run.Looks == kept.Run.Looks {
			shown++
		} else if !errors.Is(err, ErrNotFound) { // what the run says may not be for the public at the moment
			t.Fatalf("finding %s is shown as %+v, %v", id, view, err)
		}
	}
	if shown < checked/2 {
		t.Errorf("%d of %d addresses show the public what is kept", shown, checked)
	}
	if checked < 100 {
		t.Errorf("only %d addresses of rolled-up findings", checked)
	}
	if _, err := small.RolledUp(t.Context(), "00112233445566778899aabbccddeeff"); err == nil {
		t.Error("an address that never was leads somewhere")
	}
}

// A file that cannot be dropped, and a death between the rows and the file, leave no row that names a file which is gone;
// the next run goes on.
func TestTidyCutOff(t *testing.T) {
	f := newFleet(4)
	db := open(t, func(o *Options) { o.RetainCaptures = 10 * 24 * hour })
	f.sync(t, db)
	f.live(t, 0, 40, 24*hour, []*DB{db})
	now, failures := day0.Add(40*24*hour), 0
	for {
		n := 0
		_, err := db.Tidy(t.Context(), now, func(file string) error {
			if n++; n%3 == 0 {
				return context.DeadlineExceeded // dies here: the rows are gone, the file is not
			}
			return f.drop(file)
		})
		if err == nil {
			break
		}
		if failures++; failures > 500 {
			t.Fatal(err)
		}
	}
	again, err := db.Tidy(t.Context(), now, f.drop)
	if err != nil || again != (Tidied{}) {
		t.Errorf("tidied again: %+v, %v, want nothing to do", again, err)
	}
	if failures == 0 {
		t.Error("nothing was cut off")
	}
	for _, file := range dump(t, db, `SELECT DISTINCT file FROM capture WHERE file <> ''`) {
		if !f.files[strings.Trim(file, `"`)] {
			t.Errorf("a row names %s, which was dropped", file)
		}
	}
}

// TestYear is the long run: organisations looked at for a year. DOORKNOCK_YEAR=ORGANISATIONS,DAYS asks for it; `make nightly` does.
func TestYear(t *testing.T) {
	var organisations, days int
	if n, _ := fmt.Sscanf(os.Getenv("DOORKNOCK_YEAR"), "%d,%d", &organisations, &days); n != 2 {
		t.Skip("set DOORKNOCK_YEAR=500,365 to simulate a year of 500 organisations (an hour; 12,365 takes three minutes)")
	}
	f := newFleet(organisations)
	db := open(t, nil)
	f.sync(t, db)
	for from := 0; from < days; from += 30 {
		f.liveByRhythm(t, from, min(30, days-from), db)
		size, evidence := f.size(t, db)
		start := time.Now()
		if _, err := db.Public(day0.Add(time.Duration(from+30)*24*hour)).League(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		t.Logf("after %d days and %d visits: database %.0f MB, evidence about %.0f MB; league read in %v; rows %v", min(from+30, days), f.visits,
			size, evidence, time.Since(start), dump(t, db, `SELECT (SELECT count(*) FROM finding), (SELECT count(*) FROM capture), (SELECT count(*) FROM visit),
				(SELECT count(*) FROM finding_rolled), (SELECT count(*) FROM event), (SELECT count(*) FROM comment)`))
	}
	size, evidence := f.size(t, db)
	if n := float64(organisations); size > 4*n || evidence > 10*n { // 2 GB and 5 GB for 500
		t.Errorf("database %.0f MB, evidence %.0f MB: want %.0f and %.0f MB at most for %d organisations", size, evidence, 4*n, 10*n, organisations)
	}
}

// size is that of the database in megabytes, and of the evidence by its rows: compressed pages are a fifth of their size,
// and the records of a request that brought nothing new take 1.5 kB.
func (f *fleet) size(t *testing.T, db *DB) (database, evidence float64) {
	t.Helper()
	info, err := os.Stat(filepath.Join(db.o.Dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	// A file stays whole as long as one of its captures is needed.
	err = db.read.QueryRowContext(t.Context(), `SELECT coalesce(sum(bytes / 5 + 1500), 0) / 1e6 FROM capture WHERE file <> ''`).Scan(&evidence)
	if err != nil {
		t.Fatal(err)
	}
	return float64(info.Size()) / 1e6, evidence
}
