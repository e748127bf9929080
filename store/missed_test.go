package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// missedRows are the time since when the channel was not read, and the same of each of its visits.
func missedRows(t *testing.T, db *DB, c audit.Channel) string {
	t.Helper()
	return strings.Join(append(dump(t, db, `SELECT missed_at, unread FROM channel WHERE id = ?`, c.ID),
		dump(t, db, `SELECT observed_at, `+visitMissed+` FROM visit v WHERE channel = ? ORDER BY observed_at`, c.ID)...), "\n")
}

// TestMissedInAnyOrder: of every four looks, some of which got something, some nothing, the channel and each visit know since when
// the place was missed, in whatever order and how often they are recorded.
func TestMissedInAnyOrder(t *testing.T) {
	db, rng := open(t, nil), rand.New(rand.NewPCG(1, 1))
	for pattern := range 16 {
		var want string
		for n, order := range append([][]int{{0, 1, 2, 3}}, rng.Perm(4), rng.Perm(4), rng.Perm(4), rng.Perm(4)) {
			c := site("oak", fmt.Sprintf("p%d-%d.test", pattern, n), true)
			if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{c}); err != nil {
				t.Fatal(err)
			}
			for _, i := range append(order, order[n%4]) {
				why := audit.Reason("dns")
				if pattern>>i&1 == 1 {
					why = ""
				}
				record(t, db, unread(c, day0.Add(time.Duration(i)*6*hour), why))
			}
			got := missedRows(t, db, c)
			if n == 0 {
				want = got
			}
			if got != want {
				t.Errorf("pattern %04b, order %v:\n%s", pattern, order, cmp.Diff(want, got))
			}
		}
		if pattern>>3&1 == 1 != strings.HasPrefix(want, "- ") {
			t.Errorf("pattern %04b: after the last look it is\n%s", pattern, want)
		}
	}
}

// TestMissedWithoutNetwork: a machine that reaches nothing is remembered from the first time on as one stretch, whatever comes
// late, until a look gets something; and the same time twice is no error.
func TestMissedWithoutNetwork(t *testing.T) {
	now := day0
	db := open(t, func(o *Options) { o.Now = func() time.Time { return now } })
	c := oak()
	due := record(t, db, unread(c, day0, "")).Due
	first := due
	nothing := func() {
		t.Helper()
		now = due.Add(time.Minute)
		off := unread(c, now, "")
		off.Visit.Due, off.Visit.Offline, off.Visit.Captures = due, true, nil
		out := record(t, db, off)
		if out.Duplicate || !out.Offline {
			t.Fatalf("%+v", out)
		}
		due = out.Due
	}
	missed := func() string { return one(t, db, `SELECT coalesce(missed_at, '-') FROM channel WHERE id = ?`, c.ID) }
	nothing()
	nothing()
	record(t, db, unread(c, day0.Add(-hour), "")) // an old one, long after: history
	if got := missed(); got != stamp(first) {
		t.Errorf("missed since %s, want %s", got, stamp(first))
	}
	due, _ = time.Parse(time.RFC3339, one(t, db, `SELECT due_at FROM channel WHERE id = ?`, c.ID)) // again the first time
	nothing()
	nothing()
	if got := dump(t, db, `SELECT due_at FROM unreached`); len(got) != 1 || missed() != stamp(first) {
		t.Errorf("stretches %v, missed since %s, want %s", got, missed(), stamp(first))
	}
	late := now.Add(-time.Minute)
	record(t, db, unread(c, late, "")) // another machine read it meanwhile
	if got := missed(); got != stamp(late) {
		t.Errorf("missed since %s, want from the look on: %s", got, stamp(late))
	}
	back := unread(c, now.Add(hour), "")
	record(t, db, back)
	if got := missed(); got != "-" {
		t.Errorf("missed since %s after it was read", got)
	}
	if got := one(t, db, `SELECT `+visitMissed+` FROM visit v WHERE id = ?`, back.Visit.ID); got != stamp(late) {
		t.Errorf("the look that read it again found it missed since %s, want %s", got, stamp(late))
	}
	if _, err := db.Tidy(t.Context(), now.Add(60*24*hour), func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, db, `SELECT due_at FROM unreached`); len(got) != 0 {
		t.Errorf("old stretches stay: %v", got)
	}
}

// TestMissedSurvivesTidying: since when a place was not read is the same after its old looks have gone, and after one more.
func TestMissedSurvivesTidying(t *testing.T) {
	db, c := open(t, nil), oak()
	const n = 200
	for i := range n {
		why := audit.Reason("dns")
		if i == 2 {
			why = ""
		}
		r := unread(c, day0.Add(time.Duration(i)*12*hour), why)
		r.Findings = nil // nothing holds the visit
		record(t, db, r)
	}
	want := stamp(day0.Add(3 * 12 * hour))
	if _, err := db.Tidy(t.Context(), day0.Add(n*12*hour), func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if left := one(t, db, `SELECT count(*) FROM visit WHERE channel = ?`, c.ID); left == fmt.Sprint(n) {
		t.Fatal("nothing was tidied")
	}
	record(t, db, unread(c, day0.Add(n*12*hour), "dns"))
	if got := one(t, db, `SELECT missed_at FROM channel WHERE id = ?`, c.ID); got != want {
		t.Errorf("missed since %s, want %s", got, want)
	}
}

// TestUnreadableThoughLate: an older look that got nothing and comes late neither tells the same failure twice nor ends it; one that
// got something moves its beginning, and ends what was told.
func TestUnreadableThoughLate(t *testing.T) {
	now := day0
	db := open(t, func(o *Options) { o.Now = func() time.Time { return now } })
	at := func(i int, why audit.Reason) {
		now = day0.Add(30 * hour)
		record(t, db, unread(oak(), day0.Add(time.Duration(i)*6*hour), why))
	}
	news := func() (keys []string) {
		t.Helper()
		all, err := db.Matters(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			keys = append(keys, string(m.Topic)+" "+m.Key)
		}
		return keys
	}
	at(2, "dns")
	at(3, "dns")
	at(5, "dns")
	first := news()
	if len(first) != 1 {
		t.Fatalf("news %q", first)
	}
	alert := Alert{ID: AlertID(AlertOperator, first[0]), Kind: AlertOperator, Ref: first[0], Urgency: "normal", ObservedAt: now, Found: Found{Count: 3, Reason: "dns"}}
	if _, err := db.RaiseAlert(t.Context(), "", &alert, nil, nil, now); err != nil {
		t.Fatal(err)
	}
	over := func() bool {
		t.Helper()
		if err := db.ReadAgain(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		return one(t, db, `SELECT resolved_at IS NOT NULL FROM alert`) == "1"
	}
	at(1, "timeout")
	if again := news(); len(again) != 0 || over() {
		t.Errorf("told again %q, or over", again)
	}
	at(4, "")
	if again := news(); len(again) != 0 || !over() {
		t.Errorf("told again %q after one failure, or not over", again)
	}
}

// TestMissedAfterAnUpgrade: of a database from before looks were noted so, what is kept of their captures tells since when a
// place was missed; where that is gone, what was noted of the channel then.
func TestMissedAfterAnUpgrade(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, databaseFile)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	pool := sql.OpenDB(connector{dsn: writerDSN(path)})
	steps, err := provider(pool)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := steps.UpTo(t.Context(), 44); err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := pool.ExecContext(context.Background(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	when := func(i int) string { return stamp(day0.Add(time.Duration(i) * 6 * hour)) }
	exec(`INSERT INTO organisation (id, name, nation, sector, website, predecessors, rp_code, parent, note, listed, recorded_at)
		VALUES ('oak', 'Oak Homes', 'England', 'council', '', '[]', '', '', '', 1, ?)`, when(0))
	cases := []struct {
		name, looks string // g: its page is kept, x: its failure is, -: nothing is kept, r: robots.txt alone, u: an unchanged page, w: a person's
		missed      int    // as it was noted; -1: not
		want        int
	}{
		{"read", "xxg", -1, -1},
		{"missed", "gxx", 1, 1},
		{"missed by robots.txt", "grr", 1, 1},
		{"an unchanged page is one", "xxu", -1, -1},
		{"a person's look is none of ours", "gxw", 1, 1},
		{"noted wrongly", "xgx", 0, 2},
		{"noted as read, wrongly", "gxx", -1, 1},
		{"nothing is kept", "g---", 2, 2},
		{"nothing is kept of a read one", "xx--", -1, -1},
		{"without network", "gg", 7, 7},
		{"without network, noted wrongly", "gggg", 2, -1},
	}
	for n, tt := range cases {
		var missed any
		if tt.missed >= 0 {
			missed = when(tt.missed)
		}
		exec(`INSERT INTO channel (id, organisation, platform, url, lane, confirmed, listed, due_at, last_visit_at, moved_to, recorded_at, missed_at)
			VALUES (?, 'oak', 'web', ?, ?, 1, 1, ?, ?, '', ?, ?)`, tt.name, fmt.Sprintf("https://oak%d.test/", n), fmt.Sprintf("oak%d.test", n), when(9), when(len(tt.looks)-1), when(0), missed)
		for i, kind := range tt.looks {
			id, how, unchanged := fmt.Sprintf("v%d-%d", n, i), "anonymous", 0
			switch kind {
			case 'w':
				how = "witness"
			case 'u':
				unchanged = 1
			}
			exec(`INSERT INTO visit (id, channel, how, due_at, started_at, observed_at, recorded_at, first, light, moved, requests, unchanged, new_comments)
				VALUES (?, ?, ?, ?4, ?4, ?4, ?4, 0, 0, '', 1, ?, 0)`, id, tt.name, how, when(i), unchanged)
			url, reason := "https://oak.test/", ""
			switch kind {
			case '-', 'u', 'w':
				continue
			case 'x':
				reason = "dns"
			case 'r':
				url += "robots.txt"
			}
			exec(`INSERT INTO capture (id, visit, channel, url, status, reason, type, hash, bytes, file, file_offset, sealed, unchanged, took_s, observed_at, recorded_at)
				VALUES (?1, ?1, ?2, ?3, 200, ?4, '', '', 0, '', 0, 0, '', 0, ?5, ?5)`, id, tt.name, url, reason, when(i))
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), Options{Dir: dir, Interval: 6 * hour, ConfirmAfter: 24 * hour})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, tt := range cases {
		want := "-"
		if tt.want >= 0 {
			want = when(tt.want)
		}
		if got := one(t, db, `SELECT coalesce(missed_at, '-') FROM channel WHERE id = ?`, tt.name); got != want {
			t.Errorf("%s: missed since %s, want %s", tt.name, got, want)
		}
	}
}
