package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func TestTheWayToAChange(t *testing.T) {
	db := open(t, nil)
	steps := []struct {
		name    string
		after   time.Duration
		saw     audit.State
		state   audit.State
		stage   audit.Stage
		changes int
		due     time.Duration // after the visit, jitter aside; 0: the usual interval
	}{
		{"open at first sight is a baseline", 0, audit.Open, audit.Open, audit.Confirmed, 0, 0},
		{"open again", 6 * hour, audit.Open, audit.Open, audit.Confirmed, 0, 0},
		{"closed is pending", 12 * hour, audit.Closed, audit.Open, audit.Pending, 0, 0},
		{"unknown neither confirms nor resets", 20 * hour, audit.Unknown, audit.Open, audit.Pending, 0, 0},
		{"closed too soon", 35 * hour, audit.Closed, audit.Open, audit.Pending, 0, hour},
		{"closed after a day is a change", 36 * hour, audit.Closed, audit.Closed, audit.Confirmed, 1, 0},
		{"closed again is none", 60 * hour, audit.Closed, audit.Closed, audit.Confirmed, 0, 0},
	}
	for _, s := range steps {
		got := record(t, db, look(oak(), day0.Add(s.after), s.saw))
		row := dump(t, db, `SELECT state, stage FROM state_now WHERE scope = ''`)
		if want := []string{fmt.Sprintf("%q %q", s.state, s.stage)}; !slices.Equal(row, want) {
			t.Errorf("%s: row %v, want %v", s.name, row, want)
		}
		if len(got.Changes) != s.changes {
			t.Errorf("%s: changes %v, want %d", s.name, got.Changes, s.changes)
		}
		if s.due > 0 && !got.Due.Equal(day0.Add(s.after+s.due)) {
			t.Errorf("%s: due %v after the visit, want %v", s.name, got.Due.Sub(day0.Add(s.after)), s.due)
		}
	}
	events := dump(t, db, `SELECT kind, ref = (SELECT id FROM state_change) FROM event WHERE kind = 'change'`)
	if diff := cmp.Diff([]string{`"change" "1"`}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestFirstVisitOfAJobWins(t *testing.T) {
	db := open(t, nil)
	first := look(oak(), day0, audit.Open)
	record(t, db, first)
	before := projection(t, db)
	second := look(oak(), day0, audit.Closed) // the same job, another answer
	second.Now = day0.Add(hour)
	if got := record(t, db, second); !got.Duplicate || len(got.Events) != 0 {
		t.Errorf("the second visit of the job: %+v, want a duplicate", got)
	}
	if diff := cmp.Diff(before, projection(t, db)); diff != "" {
		t.Errorf("a duplicate changed something (-before +after):\n%s", diff)
	}
}

func TestUnknownChannelIsRefused(t *testing.T) {
	db := open(t, nil)
	_, err := db.Record(t.Context(), look(site("oak", "elm.test", false), day0, audit.Open))
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestClockAheadIsRefused(t *testing.T) {
	db := open(t, nil)
	r := look(oak(), day0.Add(hour), audit.Open)
	r.Now = day0
	if _, err := db.Record(t.Context(), r); err == nil || !strings.Contains(err.Error(), "1h0m0s ahead") {
		t.Errorf("got %v, want a refusal that names the clock", err)
	}
}

func TestLateVisitMakesACorrection(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	record(t, db, look(oak(), day0.Add(24*hour), audit.Closed))
	change := record(t, db, look(oak(), day0.Add(48*hour), audit.Closed)).Changes
	if len(change) != 1 {
		t.Fatalf("changes %v, want one", change)
	}
	late := look(oak(), day0.Add(36*hour), audit.Open)
	late.Now = day0.Add(50 * hour)
	got := record(t, db, late)
	rows := dump(t, db, `SELECT id, withdrawn_at IS NOT NULL, correction <> '' FROM state_change`)
	if diff := cmp.Diff([]string{fmt.Sprintf("%q \"1\" \"1\"", change[0].ID)}, rows); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if len(got.Events) != 1 || got.Events[0].Kind != audit.EventState {
		t.Errorf("events %+v, want one for the scores and none that alerts", got.Events)
	}
	shown, err := db.Public(late.Now).states(t.Context(), `scope = ''`)
	if err != nil || len(shown) != 1 || shown[0].State != audit.Open || !shown[0].Checking {
		t.Errorf("public %+v, %v, want open and being checked at once", shown, err)
	}
	changes, err := db.Public(late.Now).changes(t.Context(), `1 = 1`)
	if err != nil || len(changes) != 1 || changes[0].WithdrawnAt.IsZero() {
		t.Errorf("public changes %+v, %v, want the correction", changes, err)
	}
}

func TestOfflineMovesTheDueTimeAndNothingElse(t *testing.T) {
	db := open(t, nil)
	v := look(oak(), day0, audit.Closed)
	v.Visit.Offline = true
	got := record(t, db, v)
	if want := v.Now.Add(5 * time.Minute); got.Duplicate || !got.Due.Equal(want) {
		t.Errorf("got %+v, want due at %v", got, want)
	}
	if n := one(t, db, `SELECT (SELECT count(*) FROM visit) + (SELECT count(*) FROM finding)`); n != "0" {
		t.Errorf("an offline visit left %s rows", n)
	}
	if got := record(t, db, v); !got.Duplicate {
		t.Errorf("the same offline visit again: %+v, want a duplicate", got)
	}
}

// projection is what must not depend on when and in which order visits arrived.
func projection(t *testing.T, db *DB) map[string][]string {
	return map[string][]string{
		"state": dump(t, db, `SELECT channel, check_id, scope, state, kind, finding, evidence, how, since, seen_at, stage, pending, pending_at,
			due_again, last_finding, last_at, last_reason, system, count_seen, count_claimed, of_posts, hold_reason FROM state_now ORDER BY 1, 2, 3`),
		"change":  dump(t, db, `SELECT id, from_state, to_state, first_finding, finding, first_seen, observed_at, hold_reason FROM state_change WHERE withdrawn_at IS NULL ORDER BY 1`),
		"finding": dump(t, db, `SELECT id, state, observed_at FROM finding ORDER BY 1`),
		"visit":   dump(t, db, `SELECT id, observed_at FROM visit ORDER BY 1`),
		"comment": dump(t, db, `SELECT id, said_at, week FROM comment ORDER BY 1`),
		"week":    dump(t, db, `SELECT channel, week, comments, by_organisation FROM comment_week ORDER BY 1, 2`),
		"page":    dump(t, db, `SELECT channel, url, hash, capture, observed_at FROM page_seen ORDER BY 1, 2`),
		"lane":    dump(t, db, `SELECT lane, day, blocked, observed_at FROM host_memory ORDER BY 1`),
		"channel": dump(t, db, `SELECT id, last_visit_at, due_at, confirmed FROM channel ORDER BY 1`),
	}
}

func recordAll(t *testing.T, visits []Recording) map[string][]string {
	t.Helper()
	db := open(t, nil)
	for i, v := range visits {
		v.Now = day0.Add(2000*hour + time.Duration(i)*time.Second)
		record(t, db, v)
	}
	return projection(t, db)
}

// drawVisits makes visits of two channels, six to thirty hours apart, with a channel and a post scope.
func drawVisits(draw *rand.Rand, n int) []Recording {
	states := []audit.State{audit.Unknown, audit.Open, audit.Open, audit.Closed, audit.Closed, audit.Restricted}
	var all []Recording
	for _, c := range []audit.Channel{oak(), site("oak", "acorn.test", false)} {
		when, state := day0, audit.Open
		for i := range n {
			when = when.Add(6*hour + time.Duration(draw.IntN(24*3600))*time.Second)
			if draw.IntN(3) == 0 {
				state = states[draw.IntN(len(states))]
			}
			r := look(c, when, state)
			r.Findings = append(r.Findings, audit.Finding{Check: "comments", Scope: c.URL + "post", Verdict: verdict(states[draw.IntN(len(states))]),
				Of: &audit.Of{Open: i}})
			capture := fmt.Sprintf("%s-%d", c.Lane, i)
			r.Visit.Memory = audit.Memory{Host: audit.HostMemory{Day: when.Format(time.DateOnly), Blocked: draw.IntN(5)},
				Pages: map[string]audit.PageMemory{c.URL: {Hash: capture, Capture: capture, Outline: "."}}}
			for j := range draw.IntN(3) {
				said := when.Add(-time.Duration(j) * 24 * hour)
				r.Visit.Comments = append(r.Visit.Comments, audit.Comment{ID: fmt.Sprint(c.Lane, draw.IntN(60)), Time: said.Truncate(0), By: audit.AuthorPublic, Text: "words"})
			}
			if draw.IntN(2*n) == 0 {
				r.Visit.Confirmed = &audit.Evidence{Type: audit.Marker, Rule: "name", Version: 1, Length: 3}
			}
			all = append(all, r)
		}
	}
	said := map[string]time.Time{} // a comment says the same time whenever it is seen
	for _, r := range all {
		for i, c := range r.Visit.Comments {
			if _, ok := said[c.ID]; !ok {
				said[c.ID] = c.Time
			}
			r.Visit.Comments[i].Time = said[c.ID]
		}
	}
	return all
}

func TestForgedRowIsRefused(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	forge := func(q string) {
		t.Helper()
		err := db.write(t.Context(), "forge", func(*tx) error {
			for _, s := range []string{`PRAGMA ignore_check_constraints = ON`, q, `PRAGMA ignore_check_constraints = OFF`} {
				if _, err := db.conn.ExecContext(t.Context(), s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	forge(`UPDATE state_now SET state = 'closed', evidence = NULL`)
	if _, err := db.Public(day0.Add(hour)).states(t.Context(), `1 = 1`); !errors.Is(err, audit.ErrNoEvidence) {
		t.Errorf("public read of a forged state: %v, want ErrNoEvidence", err)
	}
	forge(`UPDATE finding SET state = 'closed', evidence = NULL`)
	if _, err := db.Record(t.Context(), look(oak(), day0.Add(-hour), audit.Closed)); !errors.Is(err, audit.ErrNoEvidence) {
		t.Errorf("fold over a forged finding: %v, want ErrNoEvidence", err)
	}
	if err := db.write(t.Context(), "forge", func(x *tx) error { return x.exec(`UPDATE finding SET state = 'absent', evidence = NULL`) }); err == nil {
		t.Error("the table took a state without evidence")
	}
}

// FuzzVerdictRow gives any columns: what is not unknown comes out with evidence that names its rule, or not at all.
func FuzzVerdictRow(f *testing.F) {
	f.Add("closed", "", "", "null")
	f.Add("open", "", "", `{"type":"marker","rule":"wp-form","version":1,"offset":3,"length":4,"path":"","excerpt":"form"}`)
	f.Add("absent", "", "", `{"type":"marker","rule":"r","version":1,"length":4}`)
	f.Add("restricted", "", "login", `{"type":"marker","rule":"","version":1,"length":4}`)
	f.Add("unknown", "robots", "", "null")
	f.Add("OPEN", "", "", `{}`)
	f.Fuzz(func(t *testing.T, state, reason, kind, evidence string) {
		c := verdictColumns{state: state, reason: reason, kind: kind}
		if err := fromJSON(&c.evidence).Scan(evidence); err != nil {
			return
		}
		v, err := c.verdict()
		if err != nil || v.State() == audit.Unknown {
			if v.State() != audit.Unknown {
				t.Errorf("a refused row gave %v", v.State())
			}
			return
		}
		if e := v.Evidence(); e == nil || e.Rule == "" || (v.State() == audit.Absent) != (e.Type == audit.Absence) || (e.Type != audit.Absence && e.Length == 0) {
			t.Errorf("%v on %+v", v.State(), e)
		}
	})
}

// TestOlderVisitIsHistory records a visit after a newer one of its channel that saw all otherwise. It adds what it saw
// and takes back nothing: not the state, not what is remembered of the pages and the lane, not the due time.
func TestOlderVisitIsHistory(t *testing.T) {
	db := open(t, nil)
	full := func(when time.Time, s audit.State, n int) Recording {
		r := look(oak(), when, s)
		capture := fmt.Sprint("capture-", n)
		r.Visit.Captures = []audit.Capture{{ID: capture, URL: oak().URL, Status: 200, At: when}}
		r.Visit.Moved = fmt.Sprintf("https://moved-%d.test/", n)
		r.Visit.Memory = audit.Memory{
			Host:  audit.HostMemory{Blocked: n, NotBefore: when.Add(time.Duration(n) * 100 * hour), Day: when.Format(time.DateOnly), Requests: n},
			Pages: map[string]audit.PageMemory{oak().URL: {Hash: capture, Capture: capture, ETag: capture, At: when, Outline: "."}},
		}
		r.Visit.Posts = []audit.Post{{ID: "p", URL: oak().URL + "p", Title: capture, Published: day0}}
		r.Visit.Comments = []audit.Comment{{ID: "same", Post: "p", Time: day0, Text: "words", By: audit.AuthorPublic}}
		r.Now = day0.Add(100*hour + time.Duration(n)*time.Second)
		return r
	}
	record(t, db, full(day0.Add(72*hour), audit.Open, 1))
	tables := func() map[string][]string {
		p := projection(t, db)
		for _, grows := range []string{"finding", "visit"} {
			delete(p, grows)
		}
		p["moved"] = dump(t, db, `SELECT moved_to FROM channel ORDER BY id`)
		p["post"] = dump(t, db, `SELECT id, title, posted_at, observed_at FROM post`)
		return p
	}
	if next, err := db.Visitings(t.Context(), "oak"); err != nil || !slices.ContainsFunc(next, func(v Visiting) bool { return v.URL == oak().URL && v.Moved == "https://moved-1.test/" }) {
		t.Errorf("the operator is not told where the address leads: %+v, %v", next, err)
	}
	if s, err := db.Status(t.Context(), day0); err != nil || len(s.Moved) != 1 || s.Moved[0] != (MovedPlace{"oak", oak().URL, "https://moved-1.test/"}) {
		t.Errorf("status tells the operator of %+v, %v", s.Moved, err)
	}
	before := tables()
	late := full(day0.Add(24*hour), audit.Closed, 3)
	got := record(t, db, late)
	if diff := cmp.Diff(before, tables()); diff != "" {
		t.Errorf("an older visit changed what is so now (-before +after):\n%s", diff)
	}
	if got.Duplicate || got.NewComments != 0 || len(got.Changes) != 0 {
		t.Errorf("recorded %+v, want no duplicate and nothing new to tell", got)
	}
	if n := one(t, db, `SELECT count(*) FROM finding`) + one(t, db, `SELECT count(*) FROM visit`) + one(t, db, `SELECT count(*) FROM capture`); n != "222" {
		t.Errorf("rows of findings, visits and captures: %s, want two each", n)
	}
}

// A late visit that shows an undated comment a week earlier moves it to that week, and the sums with it.
func TestUndatedCommentMovesToItsFirstSight(t *testing.T) {
	db := open(t, nil)
	said := func(when time.Time) Recording {
		r := look(oak(), when, audit.Open)
		r.Visit.Comments = []audit.Comment{{ID: "undated", Post: "p", Text: "words", By: audit.AuthorOrganisation}}
		r.Now = day0.Add(500 * hour)
		return r
	}
	got := record(t, db, said(day0.Add(8*24*hour)))
	if _, err := db.SaveAssessments(t.Context(), got.Events[0].ID, []audit.Assessment{{Comment: "undated", IsComplaint: true}}, day0); err != nil {
		t.Fatal(err)
	}
	record(t, db, said(day0))
	want := []string{`"2026-W45" "1" "1" "1" "1"`}
	if diff := cmp.Diff(want, dump(t, db, `SELECT week, comments, by_organisation, assessed, complaints FROM comment_week`)); diff != "" {
		t.Errorf("weeks (-want +got):\n%s", diff)
	}
}

// Whoever else looked knows nothing of the lane: what it asked of us and how much of the day is used stay.
func TestWitnessLeavesTheLaneAlone(t *testing.T) {
	db := open(t, nil)
	ours := look(oak(), day0, audit.Open)
	ours.Visit.Memory.Host = audit.HostMemory{Blocked: 2, NotBefore: day0.Add(50 * hour), Day: "2026-11-02", Requests: 40}
	record(t, db, ours)
	before := dump(t, db, `SELECT * FROM host_memory`)
	for i, how := range []audit.How{audit.ByWitness, audit.SavedPage} {
		r := look(oak(), day0.Add(time.Duration(i+1)*hour), audit.Open)
		r.Visit.How = how
		record(t, db, r)
	}
	if diff := cmp.Diff(before, dump(t, db, `SELECT * FROM host_memory`)); diff != "" {
		t.Errorf("the lane (-before +after):\n%s", diff)
	}
}

// One comment under two ids is one row and one event: seen by a page that gives no numbers, and later by the interface.
func TestOneCommentOfTwoSources(t *testing.T) {
	at := func(h int) time.Time { return day0.Add(time.Duration(h) * hour) }
	page := audit.Comment{ID: "fingerprint", Post: "p", System: "custom", Print: "x", Time: at(-5), TimeMax: at(-2), TextHash: "h"}
	number := audit.Comment{ID: "number 1", Post: "p", System: "wordpress", Native: true, Print: "x", Time: at(-3), TextHash: "h"}
	with := func(c audit.Comment, change func(*audit.Comment)) audit.Comment { change(&c); return c }
	for name, c := range map[string]struct {
		first, then audit.Comment
		rows        string
	}{
		"a number after a fingerprint":         {page, number, "1"},
		"a fingerprint after a number":         {number, page, "1"},
		"a number without a time":              {page, with(number, func(c *audit.Comment) { c.Time = time.Time{} }), "1"},
		"a number of another system":           {number, with(number, func(c *audit.Comment) { c.ID, c.System = "d", "disqus" }), "1"},
		"another time":                         {page, with(number, func(c *audit.Comment) { c.Time = at(-1) }), "2"},
		"another post":                         {page, with(number, func(c *audit.Comment) { c.Post = "q" }), "2"},
		"other words":                          {page, with(number, func(c *audit.Comment) { c.Print = "y" }), "2"},
		"no words":                             {with(page, func(c *audit.Comment) { c.Print = "" }), with(number, func(c *audit.Comment) { c.Print = "" }), "2"},
		"another number of the same system":    {number, with(number, func(c *audit.Comment) { c.ID = "number 2" }), "2"},
		"another fingerprint of the same page": {page, with(page, func(c *audit.Comment) { c.ID = "second" }), "2"},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, nil)
			first, then := look(oak(), day0, audit.Open), look(oak(), at(6), audit.Open)
			first.Visit.Comments, then.Visit.Comments = []audit.Comment{c.first}, []audit.Comment{c.then}
			record(t, db, first)
			record(t, db, then)
			if n := one(t, db, `SELECT count(*) FROM comment`); n != c.rows {
				t.Errorf("%s rows, want %s", n, c.rows)
			}
			if n := one(t, db, `SELECT count(*) FROM event WHERE kind = 'comments'`); n != c.rows {
				t.Errorf("%s events of new comments, want %s", n, c.rows)
			}
			together := open(t, nil)
			first.Visit.Comments = []audit.Comment{c.first, c.then, c.first}
			record(t, together, first)
			if n := one(t, together, `SELECT count(*) FROM comment`); n != c.rows {
				t.Errorf("of one visit: %s rows, want %s", n, c.rows)
			}
		})
	}
}
