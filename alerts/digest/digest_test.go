package digest_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/mattn/go-sqlite3" // the rows of a test are written beside the store
	"golang.org/x/net/html"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/internal/emptystore"
	"doorknock/store"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (run with -update and look at the difference):\n%s", path, diff)
	}
}

// now is a Thursday in week 47 of 2026.
var now = time.Date(2026, 11, 19, 12, 0, 0, 0, time.UTC)

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// rows is a store with what two weeks of looking left.
type rows struct {
	t  *testing.T
	db *store.DB
	by *sql.DB
	n  int
}

func newRows(t *testing.T) *rows {
	dir := emptystore.In(t, t.TempDir())
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	side, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "doorknock.db")+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(side.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	r := &rows{t: t, db: db, by: side}
	for _, o := range []struct{ id, name string }{{"elm", "Elm Homes"}, {"oak", "Oak & Ash <b>Homes</b>"}, {"yew", "Yew \u202eHomes\u202c"}} {
		r.exec(`INSERT INTO organisation (id, name, nation, sector, website, predecessors, rp_code, parent, note, listed, recorded_at)
			VALUES (?,?,'England','council','','[]','','','',1,?)`, o.id, o.name, stamp(now))
		r.exec(`INSERT INTO channel (id, organisation, platform, url, lane, confirmed, listed, due_at, last_visit_at, moved_to, recorded_at)
			VALUES (?1,?1,'web','https://'||?1||'.test/',?1||'.test',1,1,?2,?2,'',?2)`, o.id, stamp(now))
	}
	return r
}

func (r *rows) exec(query string, args ...any) {
	r.t.Helper()
	if _, err := r.by.Exec(query, args...); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
}

func (r *rows) change(channel, scope string, from, to audit.State, published, withdrawn any, hold string) {
	r.n++
	id, when := fmt.Sprint(r.n), stamp(now.Add(-time.Hour))
	r.exec(`INSERT INTO visit (id, channel, how, started_at, observed_at, recorded_at, first, light, moved, requests, unchanged, new_comments)
		VALUES ('v'||?1,?2,'anonymous',?3,?3,?3,0,0,'',1,0,0)`, id, channel, when)
	r.exec(`INSERT INTO finding (id, visit, channel, check_id, scope, state, reason, kind, evidence, how, system, observed_at, recorded_at)
		VALUES ('f'||?1,'v'||?1,?2,'comments',?3,?4,'','','{}','anonymous','',?5,?5)`, id, channel, scope, to.String(), when)
	r.exec(`INSERT INTO state_change (id, organisation, channel, platform, check_id, scope, from_state, to_state, first_finding, finding, first_seen,
		observed_at, recorded_at, published_at, hold_reason, withdrawn_at, correction)
		VALUES ('x'||?1,?2,?2,'web','comments',?3,?4,?5,'f'||?1,'f'||?1,?6,?6,?6,?7,?8,?9,'a visit that arrived late shows that it did not happen so')`,
		id, channel, scope, from.String(), to.String(), when, published, hold, withdrawn)
}

// state writes what stands at a channel now; pending is what awaits a second look.
func (r *rows) state(channel string, state audit.State, reason audit.Reason, pending audit.State) {
	var evidence, since, published any
	if state != audit.Unknown {
		evidence, since, published = "{}", stamp(now.Add(-time.Hour)), stamp(now.Add(-time.Hour))
	}
	r.exec(`INSERT INTO state_now (channel, check_id, scope, organisation, platform, state, kind, finding, evidence, how, since, seen_at, stage, pending,
		last_finding, last_at, last_reason, system, observed_at, recorded_at, published_at, hold_reason)
		VALUES (?1,'comments','',?1,'web',?2,'','',?3,'anonymous',?4,?4,'confirmed',?5,'',?6,?7,'',?6,?6,?8,'')`,
		channel, state.String(), evidence, since, pending.String(), stamp(now), string(reason), published)
}

// look writes a visit that found nothing new.
func (r *rows) look(channel string, at time.Time) {
	r.n++
	r.exec(`INSERT INTO visit (id, channel, how, started_at, observed_at, recorded_at, first, light, moved, requests, unchanged, new_comments)
		VALUES ('v'||?1,?2,'anonymous',?3,?3,?3,0,0,'',1,0,0)`, fmt.Sprint(r.n), channel, stamp(at))
}

func (r *rows) comments(week string, all, byOrganisation, complaints int) {
	r.exec(`INSERT INTO comment_week (channel, week, organisation, comments, by_organisation, assessed, complaints) VALUES ('elm',?,'elm',?,?,?,?)`,
		week, all, byOrganisation, all-byOrganisation, complaints)
}

var options = digest.Options{Now: now, Titles: map[audit.CheckID]string{"comments": "May visitors comment on posts?"}, Base: "http://127.0.0.1:8080",
	Asked: []store.Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true}}}

func both(t *testing.T, db *store.DB, o digest.Options) (text, page string) {
	t.Helper()
	var a, b strings.Builder
	if err := digest.Preview(t.Context(), &a, db, o, digest.PreviewAs{Format: "text"}); err != nil {
		t.Fatal(err)
	}
	if err := digest.Preview(t.Context(), &b, db, o, digest.PreviewAs{Format: "html"}); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

func TestEdition(t *testing.T) {
	r := newRows(t)
	published, lastWeek, later := stamp(now.Add(-time.Hour)), stamp(now.AddDate(0, 0, -7)), stamp(now.AddDate(0, 0, 10))
	r.change("elm", "", audit.Closed, audit.Open, published, nil, "")
	r.change("oak", "", audit.Open, audit.Absent, published, nil, "")
	r.change("yew", "", audit.Open, audit.Restricted, published, nil, "")
	r.change("yew", "https://yew.test/post", audit.Open, audit.Closed, published, nil, "")
	r.change("oak", "https://oak.test/post", audit.Closed, audit.Open, published, nil, "")
	r.change("elm", "", audit.Open, audit.Closed, lastWeek, stamp(now.Add(-time.Minute)), "") // told last week, undone in this
	r.comments("2026-W47", 40, 3, 12)
	r.state("elm", audit.Open, "", audit.Unknown)
	r.state("oak", audit.Unknown, audit.ReasonRobots, audit.Unknown)
	r.state("yew", audit.Unknown, "", audit.Closed)
	text, page := both(t, r.db, options)
	golden(t, "edition.golden.txt", text)
	golden(t, "edition.golden.html", page)
	for _, what := range []string{text, page} {
		if strings.Contains(what, "\u202e") {
			t.Error("a direction control got through")
		}
		for _, never := range []string{"ban ", "gag", "censor", "hides", "silence", "refuse", "fear"} {
			if strings.Contains(what, never) {
				t.Errorf("the edition says %q", never)
			}
		}
	}
	if _, err := html.Parse(strings.NewReader(page)); err != nil || strings.Contains(page, "<b>Homes") || len(page) > 100_000 {
		t.Errorf("%d bytes of HTML, %v", len(page), err)
	}

	held := newRows(t) // what the public may not see is in no edition
	held.change("elm", "", audit.Open, audit.Closed, nil, nil, "held")
	held.change("elm", "", audit.Open, audit.Closed, later, nil, "")
	held.change("oak", "", audit.Open, audit.Closed, published, nil, "quarantined")
	text, _ = both(t, held.db, options)
	if strings.Contains(text, "Elm") || strings.Contains(text, "Oak") || !strings.Contains(text, "no door changed") {
		t.Errorf("an edition of held rows:\n%s", text)
	}
}

func TestQuietWeekAndSmallNumbers(t *testing.T) {
	r := newRows(t)
	r.comments("2026-W47", 4, 0, 2)
	r.look("elm", now.Add(-time.Hour))
	text, page := both(t, r.db, options)
	golden(t, "quiet.golden.txt", text)
	e, err := digest.Make(t.Context(), r.db, options)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{text, page, string(data)} {
		if !strings.Contains(what, "fewer than 5") {
			t.Error("a small number is told")
		}
	}
	var back struct{ Complaints any }
	if err := json.Unmarshal(data, &back); err != nil || back.Complaints != "fewer than 5" {
		t.Errorf("complaints in JSON: %v, %v", back.Complaints, err)
	}
}

func TestWeeks(t *testing.T) {
	r := newRows(t)
	for _, tt := range []struct {
		now, week, want, from string
		soFar                 bool
	}{
		{"2026-11-19T12:00:00Z", "", "2026-W47", "2026-11-16T00:00:00Z", true},
		{"2026-11-16T00:00:00Z", "", "2026-W47", "2026-11-16T00:00:00Z", true},
		{"2026-11-19T12:00:00Z", "2026-W46", "2026-W46", "2026-11-09T00:00:00Z", false},
		{"2026-06-21T23:30:00Z", "", "2026-W26", "2026-06-21T23:00:00Z", true}, // Monday 00:30 in London's summer
		{"2026-04-01T00:00:00Z", "2026-W13", "2026-W13", "2026-03-23T00:00:00Z", false},
		{"2027-01-02T00:00:00Z", "", "2026-W53", "2026-12-28T00:00:00Z", true},
		{"2027-01-02T00:00:00Z", "2026-W53", "2026-W53", "2026-12-28T00:00:00Z", true},
		{"2027-01-02T00:00:00Z", "2025-W01", "2025-W01", "2024-12-30T00:00:00Z", false},
		{"2027-01-02T00:00:00Z", "2025-W53", "", "", false}, // 2025 has 52 weeks
		{"2026-11-19T12:00:00Z", "2026-W48", "", "", false},
		{"2026-11-19T12:00:00Z", "2026-47", "", "", false},
		{"2026-11-19T12:00:00Z", "2026-W00", "", "", false},
		{"2026-11-19T12:00:00Z", "2026-W4x", "", "", false},
	} {
		at, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		e, err := digest.Make(t.Context(), r.db, digest.Options{Now: at, Week: tt.week})
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s is a week at %s", tt.week, tt.now)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s at %s: %v", tt.week, tt.now, err)
			continue
		}
		got := []any{e.Week, e.From.UTC().Format(time.RFC3339), e.SoFar}
		if diff := cmp.Diff([]any{tt.want, tt.from, tt.soFar}, got); diff != "" {
			t.Errorf("%s at %s:\n%s", tt.week, tt.now, diff)
		}
	}
	spring, err := digest.Make(t.Context(), r.db, digest.Options{Now: now, Week: "2026-W13"})
	if err != nil || spring.To.Sub(spring.From) != 167*time.Hour {
		t.Errorf("the week of the clock change has %v, %v", spring.To.Sub(spring.From), err)
	}
}
