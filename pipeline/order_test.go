package pipeline

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/score"
	"doorknock/store"
)

// The channels of these tests: two organisations, of which one has two places on one domain, and both one on a third
// party's.
var places = []struct {
	organisation, host, lane string
	platform                 audit.Platform
}{
	{"elm", "elm.test", "elm.test", audit.Web},
	{"elm", "forum.elm.test", "elm.test", audit.Web},
	{"elm", "facebook.com/elm", "facebook.com", audit.Facebook},
	{"oak", "oak.test", "oak.test", audit.Web},
	{"oak", "facebook.com/oak", "facebook.com", audit.Facebook},
}

var (
	firstDay = time.Date(2026, 9, 7, 9, 0, 0, 0, time.UTC)
	lastDay  = firstDay.Add(20 * 24 * time.Hour)
)

// desk is an installation without queue or network, into which visits are recorded as the record stage does.
type desk struct {
	t      *testing.T
	dir    string
	db     *store.DB
	record *Record
	score  *Score
}

func newDesk(t *testing.T, notice int) *desk {
	t.Helper()
	keys, err := audit.NewKeys(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	d := &desk{t: t, dir: t.TempDir()}
	d.db, err = store.Open(t.Context(), store.Options{Dir: d.dir, ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour, NoticeDays: notice,
		Now: func() time.Time { return lastDay }, Log: quiet()})
	must(t, err)
	t.Cleanup(func() { must(t, d.db.Close()) })
	d.record = &Record{Broker: &Broker{}, Keys: keys, DB: d.db, Checks: twoChecks(), Log: quiet()}
	d.score = &Score{DB: d.db, Assess: assessTest, Rate: rateTest, Log: quiet()}
	var channels []audit.Channel
	for i := range places {
		channels = append(channels, placeChannel(i))
	}
	must(t, d.db.SyncOrganisations(t.Context(), []audit.Organisation{
		{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council", Website: "https://elm.test/"},
		{ID: "oak", Name: "Oak Homes", Nation: audit.Wales, Sector: "almo", Website: "https://oak.test/"},
	}, channels))
	return d
}

func placeChannel(i int) audit.Channel {
	p := places[i]
	url := "https://" + p.host + "/"
	return audit.Channel{ID: audit.ChannelID(p.organisation, p.platform, url), Organisation: p.organisation, Platform: p.platform, URL: url, Lane: p.lane, Confirmed: i%2 == 0}
}

// assessTest reads every comment that names the heating as a complaint.
func assessTest(text string) audit.Assessment {
	complaint := strings.Contains(text, "heating")
	return audit.Assessment{Complaint: 0.5, IsComplaint: complaint, Urgency: "none", Lang: "en", Model: "test"}
}

func rateTest(_ string, answers []store.ScoreInput) []audit.Score {
	var inputs []score.Input
	for _, a := range answers {
		inputs = append(inputs, score.Input{Check: a.Check, State: a.State, Counts: true})
	}
	return []audit.Score{score.Door(inputs)}
}

// twoChecks say of each scope what its newest reading says; a light visit asks only the first.
func twoChecks() []crawler.Check {
	fold := func(f crawler.Folding) []audit.Finding {
		var found []audit.Finding
		for _, x := range f.Readings {
			found = append(found, audit.Finding{Check: x.Check, Scope: x.Scope, Verdict: x.Verdict, System: x.System, Count: x.Count, CountClaimed: x.CountClaimed})
		}
		return found
	}
	on := []audit.Platform{audit.Web, audit.Facebook}
	return []crawler.Check{
		{ID: "comments", Title: "May visitors comment?", Version: 1, Door: true, On: on, Fold: fold},
		{ID: "reviews", Title: "May visitors review?", Version: 1, Door: true, On: on, Fold: fold},
	}
}

// take records a visit that arrives at that time.
func (d *desk) take(v audit.Visit, at time.Time) store.Recorded {
	d.t.Helper()
	findings, err := d.record.findings(d.t.Context(), &v)
	must(d.t, err)
	got, err := d.db.Record(d.t.Context(), store.Recording{Visit: v, Findings: findings, Now: at})
	must(d.t, err)
	return got
}

// work does what the score stage has to do now.
func (d *desk) work() {
	d.t.Helper()
	for {
		events, err := d.db.Unmarked(d.t.Context(), store.ScoreStage, lastDay.Add(time.Hour), 0)
		must(d.t, err)
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			must(d.t, d.score.handle(d.t.Context(), e))
		}
	}
}

// draw makes the histories of all places: visits some hours apart, with every kind of thing a visit may bring.
func draw(rng *rand.Rand, n int) [][]audit.Visit {
	all := make([][]audit.Visit, len(places))
	for i := range places {
		h := history{rng: rng, channel: placeChannel(i), when: firstDay.Add(time.Duration(i) * time.Minute), state: map[string]audit.State{}}
		for range n {
			all[i] = append(all[i], h.next())
		}
	}
	return all
}

// history is one channel as its visits find it.
type history struct {
	rng     *rand.Rand
	channel audit.Channel
	when    time.Time
	n       int
	state   map[string]audit.State // by check and scope
	blocked int
	page    audit.PageRef // the newest whole capture
	said    []audit.Comment
}

func (h *history) next() audit.Visit {
	// Whole minutes, so that no two visits of a lane end together: there is one at a time.
	h.when = h.when.Add(4*time.Hour + time.Duration(h.rng.IntN(6*24))*10*time.Minute)
	h.n++
	v := audit.Visit{V: 1, ID: audit.JobID(h.channel.ID, h.when), Channel: h.channel, How: audit.Anonymous, Due: h.when.Add(-time.Minute),
		StartedAt: h.when.Add(-30 * time.Second), ObservedAt: h.when, First: h.n == 1}
	v.Memory.Host = audit.HostMemory{LastRequest: h.when, Day: h.when.Format(time.DateOnly), Requests: h.n,
		Robots: map[string]audit.RobotsMemory{"https://" + h.channel.Lane: {At: h.when, Body: fmt.Sprint("# ", h.n)}}}
	switch kind := h.rng.IntN(12); {
	case kind == 0:
		h.block(&v)
		return v
	case kind == 1:
		v.Light = true
	case kind == 2:
		v.Moved = fmt.Sprintf("https://moved-%d.test/", h.n)
	case kind == 3:
		v.How, v.Memory = audit.ByWitness, audit.Memory{}
	case kind == 4:
		v.How = audit.PageToken
	case kind == 5 && h.page.Capture != "":
		h.unchanged(&v)
		return v
	}
	h.blocked = 0
	h.read(&v)
	h.speak(&v)
	if h.rng.IntN(8) == 0 {
		v.Confirmed = &audit.Evidence{Type: audit.Marker, Rule: "name", Version: 1, Length: 3}
	}
	return v
}

// block is a visit that was turned away: it saw nothing, and the lane wants peace.
func (h *history) block(v *audit.Visit) {
	h.blocked++
	v.Memory.Host.Blocked, v.Memory.Host.NotBefore = h.blocked, h.when.Add(time.Duration(h.rng.IntN(30))*time.Hour)
	v.Captures = []audit.Capture{h.capture(*v, 403)}
	v.Captures[0].Reason = audit.ReasonBlocked
	for _, c := range twoChecks() {
		v.Readings = append(v.Readings, audit.Reading{Check: c.ID, Verdict: audit.UnknownFor(audit.ReasonBlocked), At: h.when})
	}
}

func (h *history) capture(v audit.Visit, status int) audit.Capture {
	return audit.Capture{ID: audit.LongHash("capture", v.ID), URL: h.channel.URL, Status: status, Type: "text/html", Hash: audit.Hash(v.ID), Bytes: 100, At: h.when,
		File: "ab/" + v.ID, Took: 0.5}
}

// unchanged is a visit whose one page was as before.
func (h *history) unchanged(v *audit.Visit) {
	v.Unchanged = []audit.PageRef{{URL: h.page.URL, Capture: h.page.Capture, At: h.when}}
	v.Memory.Pages = map[string]audit.PageMemory{h.page.URL: {ETag: "e", Hash: "h", Capture: h.page.Capture, Reader: 1, At: h.when}}
}

// read answers every check of the place and of two posts.
func (h *history) read(v *audit.Visit) {
	c := h.capture(*v, 200)
	v.Captures = []audit.Capture{c}
	for _, check := range twoChecks() {
		for _, scope := range []string{"", h.channel.URL + "1", h.channel.URL + "2"} {
			if v.Light && check.ID != "comments" {
				continue
			}
			key := string(check.ID) + scope
			if h.rng.IntN(3) == 0 {
				h.state[key] = audit.State(h.rng.IntN(5))
			}
			count := h.rng.IntN(9)
			v.Readings = append(v.Readings, audit.Reading{Check: check.ID, Scope: scope, URL: h.channel.URL, Capture: c.ID, Verdict: testVerdict(h.state[key], c.ID),
				System: []string{"wordpress", "disqus"}[h.rng.IntN(2)], Count: &count, At: h.when})
		}
	}
	if v.How != audit.ByWitness {
		v.Memory.Pages = map[string]audit.PageMemory{h.channel.URL: {ETag: fmt.Sprint(h.n), Hash: c.Hash, Capture: c.ID, Reader: 1, At: h.when}}
		h.page = audit.PageRef{URL: h.channel.URL, Capture: c.ID}
	}
}

func testVerdict(s audit.State, capture string) audit.Verdict {
	if s == audit.Unknown {
		return audit.UnknownFor(audit.ReasonTimeout)
	}
	e := &audit.Evidence{Type: audit.Marker, Rule: "rule-" + s.String(), Version: 1, Offset: 10, Length: 4, Excerpt: "mark", Capture: capture}
	kind := audit.Kind("")
	switch s {
	case audit.Absent:
		e.Type = audit.Absence
	case audit.Restricted:
		kind = audit.KindLogin
	}
	v, err := audit.NewVerdict(s, "", kind, e)
	if err != nil {
		panic(err)
	}
	return v
}

// speak brings posts, the comments that stand there by now, and the organisation's replies.
func (h *history) speak(v *audit.Visit) {
	for i := range 2 {
		p := audit.Post{ID: audit.Hash(h.channel.ID, fmt.Sprint(i)), URL: h.channel.URL + fmt.Sprint(i+1), Title: fmt.Sprintf("News %d, as of look %d", i, h.n)}
		if h.rng.IntN(2) == 0 {
			p.Published = firstDay.Add(time.Duration(i) * -48 * time.Hour)
		}
		v.Posts = append(v.Posts, p)
	}
	for range h.rng.IntN(3) {
		c := audit.Comment{ID: audit.CommentID(h.channel.ID, "wordpress", fmt.Sprint(len(h.said))), Post: v.Posts[0].ID, System: "wordpress", URL: h.channel.URL,
			Author: "00112233445566778899aabbccddeeff", By: audit.AuthorPublic, Text: "the heating is broken"}
		if h.rng.IntN(3) > 0 {
			c.Time = h.when.Add(-time.Duration(h.rng.IntN(300)) * time.Hour)
		}
		if len(h.said) > 0 && h.rng.IntN(3) == 0 {
			c.Parent, c.By, c.Text = h.said[0].ID, audit.AuthorOrganisation, "we are sorry"
		}
		h.said = append(h.said, c)
	}
	for _, c := range h.said {
		if h.rng.IntN(4) > 0 {
			v.Comments = append(v.Comments, c)
		}
	}
}

// The same visits, of several channels of several organisations, recorded in any order across channels and twice or
// three times, and corrections of them filed likewise: every table is the same, scores and summaries included.
func TestAnyOrderAcrossChannels(t *testing.T) {
	for seed := range uint64(orderSeeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			histories := draw(rng, 12)
			calm := newDesk(t, 2)
			for _, v := range byTime(histories) {
				calm.take(v, v.ObservedAt.Add(time.Second))
				calm.work()
			}
			corrections := calm.reread(rng)
			calm.correct(corrections)
			want := calm.tables(nil)
			other := newDesk(t, 2)
			other.anyOrder(rng, histories)
			again := slices.Concat(corrections, corrections[:len(corrections)/2])
			rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
			other.correct(again)
			same(t, want, other.tables(nil))
			other.anew()
			if len(want["correction"]) == 0 || len(want["state_change"]) == 0 || len(want["comment"]) == 0 || len(want["score"]) == 0 {
				t.Error("a history without corrections, changes, comments or scores shows nothing")
			}
		})
	}
}

// corrected is a newer reading of one finding of a channel.
type corrected struct {
	channel audit.Channel
	store.Corrected
}

// reread reads some of the findings otherwise, as newer rules would.
func (d *desk) reread(rng *rand.Rand) (all []corrected) {
	d.t.Helper()
	for i := range places {
		c := placeChannel(i)
		for _, scope := range []string{"", c.URL + "1"} {
			findings, err := d.db.Findings(d.t.Context(), c.ID, "comments", scope)
			must(d.t, err)
			for _, old := range findings {
				if rng.IntN(5) == 0 {
					by := audit.State((int(old.Verdict.State()) + 1 + rng.IntN(4)) % 5)
					all = append(all, corrected{c, store.Corrected{Old: old, By: audit.Finding{Verdict: testVerdict(by, "c2")}}})
				}
			}
		}
	}
	return all
}

// correct files the corrections, settles them and lets the scores follow.
func (d *desk) correct(all []corrected) {
	d.t.Helper()
	for _, c := range all {
		must(d.t, d.db.FileCorrections(d.t.Context(), c.channel, []store.Corrected{c.Corrected}, lastDay))
	}
	_, err := d.db.SettleCorrections(d.t.Context(), lastDay)
	must(d.t, err)
	d.work()
}

// anew compares every score with one made now.
func (d *desk) anew() {
	d.t.Helper()
	stored := d.tables(nil)["score"]
	for _, organisation := range []string{"elm", "oak"} {
		answers, err := d.db.ScoreInputs(d.t.Context(), organisation)
		must(d.t, err)
		scores := rateTest(organisation, answers)
		scores[0].Organisation = organisation
		must(d.t, d.db.SaveScores(d.t.Context(), "", scores, lastDay))
	}
	if diff := cmp.Diff(d.tables(nil)["score"], stored); diff != "" {
		d.t.Errorf("scores (-made anew +as they were):\n%s", diff)
	}
}

func byTime(histories [][]audit.Visit) []audit.Visit {
	all := slices.Concat(histories...)
	slices.SortFunc(all, func(a, b audit.Visit) int { return a.ObservedAt.Compare(b.ObservedAt) })
	return all
}

// anyOrder records the next visit of whichever channel, and now and then one that is recorded already.
func (d *desk) anyOrder(rng *rand.Rand, histories [][]audit.Visit) {
	d.t.Helper()
	next := make([]int, len(histories))
	var done []audit.Visit
	for total := len(slices.Concat(histories...)); len(done) < total; {
		if len(done) > 0 && rng.IntN(3) == 0 {
			if got := d.take(done[rng.IntN(len(done))], lastDay); !got.Duplicate || len(got.Events) > 0 {
				d.t.Errorf("recorded twice: %+v", got)
			}
			continue
		}
		i := rng.IntN(len(histories))
		if next[i] == len(histories[i]) {
			continue
		}
		v := histories[i][next[i]]
		next[i]++
		d.take(v, v.ObservedAt.Add(time.Second))
		done = append(done, v)
		if rng.IntN(3) == 0 {
			d.work()
		}
	}
}

// same tells the rows of each table that only one side has.
func same(t *testing.T, want, got map[string][]string) {
	t.Helper()
	for table := range want {
		only := func(a, b []string) []string {
			return slices.DeleteFunc(slices.Clone(a), func(row string) bool { return slices.Contains(b, row) })
		}
		if diff := cmp.Diff(only(want[table], got[table]), only(got[table], want[table])); diff != "" {
			t.Errorf("%s (-in order of time +in another):\n%s", table, diff)
		}
	}
}

// ofArrival are the columns that say which visit of a channel came first to us, and not what is so.
var ofArrival = map[string][]string{
	"channel":      {"confirmed_by"},
	"visit":        {"new_comments"},
	"comment":      {"visit"},
	"state_now":    {"published_at"},
	"state_change": {"published_at"},
}

// Visits of one channel that arrive late, in any order, are history: they add their rows, and the states, the changes
// that stand, what is remembered of pages and lanes, due times, comments, weeks and scores are as if all had come in time.
func TestAnyOrderWithinAChannel(t *testing.T) {
	for seed := range uint64(orderSeeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 2))
			all := slices.DeleteFunc(byTime(draw(rng, 12)), func(v audit.Visit) bool { return len(v.Unchanged) > 0 }) // cannot come before what it repeats
			calm, other := newDesk(t, 0), newDesk(t, 0)
			for _, v := range all {
				calm.take(v, lastDay)
				calm.work()
			}
			shuffled := slices.Concat(all, all[:10])
			rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			for _, v := range shuffled {
				other.take(v, lastDay)
				if rng.IntN(3) == 0 {
					other.work()
				}
			}
			other.work()
			want, got := calm.tables(ofArrival), other.tables(ofArrival)
			for _, tables := range []map[string][]string{want, got} {
				delete(tables, "event") // says when something became known
				tables["state_change"] = slices.DeleteFunc(tables["state_change"], func(row string) bool { return !strings.Contains(row, "withdrawn_at=|") })
			}
			same(t, want, got)
			other.anew()
		})
	}
}

// tables gives every table as text, without the columns that say when a row was written here, and without those named.
func (d *desk) tables(without map[string][]string) map[string][]string {
	d.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(d.dir, "doorknock.db")+"?mode=ro&_busy_timeout=5000")
	must(d.t, err)
	defer func() { must(d.t, db.Close()) }()
	all := map[string][]string{}
	for _, name := range words(d.t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%' AND name <> 'meta'`) {
		var columns []string
		for _, c := range words(d.t, db, `SELECT name FROM pragma_table_info('`+name+`')`) {
			switch here := []string{"recorded_at", "score_marked_at", "alert_marked_at"}; {
			case slices.Contains(here, c), slices.Contains(without[name], c):
			case (name == "assessment" || name == "score") && c == "observed_at": // when the work was done
			case name == "event" && (c == "observed_at" || c == "announce_at"):
				columns = append(columns, `CASE kind WHEN 'assessed' THEN '' ELSE `+c+` END AS `+c)
			default:
				columns = append(columns, c)
			}
		}
		all[name] = lines(d.t, db, `SELECT `+strings.Join(columns, ", ")+` FROM `+name)
		slices.Sort(all[name])
	}
	return all
}

// words gives the one column of a query.
func words(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	all := lines(t, db, query)
	for i, line := range all {
		_, all[i], _ = strings.Cut(line, "=")
	}
	return all
}

// lines gives the rows of a query, columns joined by a bar.
func lines(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), query)
	must(t, err)
	defer func() { must(t, rows.Close()) }()
	columns, err := rows.Columns()
	must(t, err)
	var all []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		must(t, rows.Scan(into...))
		var b strings.Builder
		for i, c := range cells {
			if i > 0 {
				b.WriteString("|")
			}
			fmt.Fprint(&b, columns[i], "=", c.String)
		}
		all = append(all, b.String())
	}
	must(t, rows.Err())
	return all
}
