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
	"doorknock/internal/emptystore"
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
	d.db, err = store.Open(t.Context(), store.Options{Dir: emptystore.In(t, d.dir), ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour, NoticeDays: notice,
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
func assessTest(_ audit.Stream, text string) audit.Assessment {
	complaint := strings.Contains(text, "heating")
	return audit.Assessment{Complaint: 0.5, IsComplaint: complaint, Urgency: "none", Lang: "en", Model: "test"}
}

func rateTest(_ audit.Organisation, answers []store.ScoreInput, _ time.Time) []audit.Score {
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
	findings, stand, err := d.record.findings(d.t.Context(), &v)
	must(d.t, err)
	got, err := d.db.Record(d.t.Context(), store.Recording{Visit: v, Findings: findings, Repeats: stand, Now: at})
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

// The same visits, of several channels of several organisations, recorded in any order across channels and twice or
// three times, and corrections of them filed likewise: every table is the same, scores and summaries included.
func TestAnyOrderAcrossChannels(t *testing.T) {
	for _, seed := range orderSeeds() {
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
		scores := rateTest(audit.Organisation{ID: organisation}, answers, lastDay)
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

// ofArrival are the columns that say which visit of a channel came first to us, and not what is so: what a comment is heard by is
// scored, and told of, and a visit that comes later does not undo that.
var ofArrival = map[string][]string{
	"visit":   {"new_comments"},
	"comment": {"visit", "text", "text_hash", "length_class", "print"},
}

// Visits of one channel that arrive late, in any order, are history: they add their rows, and the states, the changes
// that stand, what is remembered of pages and lanes, due times, comments, weeks and scores are as if all had come in time.
func TestAnyOrderWithinAChannel(t *testing.T) {
	for _, seed := range orderSeeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 2))
			all := slices.DeleteFunc(byTime(draw(rng, 12)), func(v audit.Visit) bool { return len(v.Unchanged) > 0 }) // cannot come before what it repeats
			withinAChannel(t, rng, all)
		})
	}
}

// The same of histories in which everything differs from look to look, and in which unchanged pages come late, after what they
// repeat.
func TestAnyOrderOfEverything(t *testing.T) {
	for _, seed := range orderSeeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 3))
			withinAChannel(t, rng, byTime(drawMore(rng, 12)))
		})
	}
}

// withinAChannel records the visits in order of time, and in another.
func withinAChannel(t *testing.T, rng *rand.Rand, all []audit.Visit) {
	t.Helper()
	calm, other := newDesk(t, 0), newDesk(t, 0)
	for _, v := range all {
		calm.take(v, lastDay)
		calm.work()
	}
	shuffled := slices.Concat(all, all[:10])
	rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	for _, v := range repeatsLast(shuffled) {
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
		tables["value_change"] = slices.DeleteFunc(tables["value_change"], func(row string) bool { return !strings.Contains(row, "withdrawn_at=|") })
	}
	same(t, want, got)
	other.anew()
}

// repeatsLast puts each visit that found a page unchanged after the one that brought the page.
func repeatsLast(all []audit.Visit) []audit.Visit {
	var ordered, waiting []audit.Visit
	there := map[string]bool{}
	for _, v := range all {
		if len(v.Unchanged) > 0 && !there[v.Unchanged[0].Capture] {
			waiting = append(waiting, v)
			continue
		}
		ordered = append(ordered, v)
		for _, c := range v.Captures {
			there[c.ID] = true
		}
		waiting = slices.DeleteFunc(waiting, func(w audit.Visit) bool {
			is := there[w.Unchanged[0].Capture]
			if is {
				ordered = append(ordered, w)
			}
			return is
		})
	}
	return append(ordered, waiting...)
}

// tables gives every table as text, without the columns that say when a row was written here, without those named, and without
// the counter by which the pages see that a door changed: it counts writes.
func (d *desk) tables(without map[string][]string) map[string][]string {
	d.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(d.dir, "doorknock.db")+"?mode=ro&_busy_timeout=5000")
	must(d.t, err)
	defer func() { must(d.t, db.Close()) }()
	all := map[string][]string{}
	for _, name := range words(d.t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%' AND name NOT IN ('meta', 'door_change')`) {
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

// TestMannerOfAnswers: the organisation's own comments are sorted by what they do for whom they answer; nobody else's are.
func TestMannerOfAnswers(t *testing.T) {
	d := newDesk(t, 0)
	d.score.Manner = func(text string) audit.Manner {
		if strings.Contains(text, "booked") {
			return audit.MannerAction
		}
		return audit.MannerOther
	}
	c := placeChannel(0)
	v := audit.Visit{V: 1, ID: audit.JobID(c.ID, firstDay), Channel: c, How: audit.Anonymous, Due: firstDay, StartedAt: firstDay, ObservedAt: firstDay}
	v.Comments = []audit.Comment{
		{ID: "m1", Post: "p", System: "wordpress", By: audit.AuthorPublic, Time: firstDay, Text: "I have booked a day off for this."},
		{ID: "m2", Post: "p", System: "wordpress", By: audit.AuthorOrganisation, Parent: "m1", Time: firstDay, Text: "We have booked an engineer."},
		{ID: "m3", Post: "p", System: "wordpress", By: audit.AuthorUnknown, Time: firstDay, Text: "We have booked an engineer."},
	}
	d.take(v, firstDay)
	d.work()
	said, err := d.db.Public(lastDay).Talk(t.Context(), "elm", firstDay.AddDate(0, 0, -84))
	must(t, err)
	var got []audit.Manner
	for _, s := range said.Said {
		got = append(got, s.Manner)
	}
	if diff := cmp.Diff([]audit.Manner{"", audit.MannerAction, ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
