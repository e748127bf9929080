package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"doorknock/audit"
)

// BenchmarkRecord records visits of ten findings and ten comments with all that follows from them.
// BenchmarkBareInsert writes the same 20 rows alone, in the same file with the same pragmas: the ratio is the price of
// states, summaries, memory and events.
func BenchmarkRecord(b *testing.B) {
	db := benchStore(b)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if _, err := db.Record(b.Context(), benchVisit(i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareInsert(b *testing.B) {
	db := benchStore(b)
	if _, err := db.conn.ExecContext(b.Context(), `CREATE TABLE bare_finding (id TEXT PRIMARY KEY, channel TEXT, check_id TEXT, scope TEXT, state TEXT, evidence TEXT, at TEXT) STRICT;
		CREATE INDEX bare_finding_at ON bare_finding(channel, at);
		CREATE TABLE bare_comment (id TEXT PRIMARY KEY, channel TEXT, author TEXT, text TEXT, at TEXT) STRICT;
		CREATE INDEX bare_comment_at ON bare_comment(channel, at)`); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		r := benchVisit(i)
		err := db.write(b.Context(), "insert", func(t *tx) error { return bareInsert(t, r) })
		if err != nil {
			b.Fatal(err)
		}
	}
}

func bareInsert(t *tx, r Recording) error {
	v := r.Visit
	for _, f := range r.Findings {
		if err := t.exec(`INSERT INTO bare_finding VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, audit.FindingID(v.ID, f.Check, f.Scope), v.Channel.ID,
			string(f.Check), f.Scope, f.Verdict.State().String(), asJSON(f.Verdict.Evidence()), stamp(v.ObservedAt)); err != nil {
			return err
		}
	}
	for _, c := range v.Comments {
		if err := t.exec(`INSERT INTO bare_comment VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, c.ID, v.Channel.ID, c.Author, c.Text, stamp(c.Time)); err != nil {
			return err
		}
	}
	return nil
}

const benchChannels = 200

func benchStore(b *testing.B) *DB {
	b.Helper()
	db, err := Open(b.Context(), Options{Dir: b.TempDir(), ConfirmAfter: 24 * hour, Interval: 6 * hour, Now: func() time.Time { return day0 }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	var channels []audit.Channel
	for i := range benchChannels {
		channels = append(channels, site("oak", fmt.Sprintf("oak%d.test", i), true))
	}
	if err := db.SyncOrganisations(b.Context(), []audit.Organisation{{ID: "oak", Name: "Oak"}}, channels); err != nil {
		b.Fatal(err)
	}
	return db
}

func benchVisit(i int) Recording {
	c := site("oak", fmt.Sprintf("oak%d.test", i%benchChannels), true)
	r := look(c, day0.Add(time.Duration(i/benchChannels)*6*hour), audit.Open)
	for j := range 9 {
		r.Findings = append(r.Findings, audit.Finding{Check: "comments", Scope: fmt.Sprintf("%spost-%d", c.URL, j), Verdict: verdict(audit.Open), System: "wordpress"})
	}
	for j := range 10 {
		id := audit.CommentID(c.ID, "wordpress", fmt.Sprint(i, j))
		r.Visit.Comments = append(r.Visit.Comments, audit.Comment{ID: id, Post: "p", System: "wordpress", Author: id, By: audit.AuthorPublic, Time: r.Visit.ObservedAt,
			Text: "The lift in our block has been out of order since Monday and nobody answers the telephone. Could somebody please tell us when it is mended?", TextHash: id})
	}
	return r
}

// TestReadyWithAMillionRows is for people who want to know: DOORKNOCK_BIG=1 go test -run Million ./store/
func TestReadyWithAMillionRows(t *testing.T) {
	if os.Getenv("DOORKNOCK_BIG") == "" {
		t.Skip("set DOORKNOCK_BIG=1 to fill a database with a million findings")
	}
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	if err := db.write(t.Context(), "fill", func(x *tx) error {
		return x.exec(`WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1000000)
			INSERT INTO finding SELECT f.id || n.value, visit, channel, check_id, 'https://oak.test/' || (n.value % 10000), state, reason, kind,
				evidence, how, system, count_seen, count_claimed, of_posts, observed_at, recorded_at FROM finding f, n`)
	}); err != nil {
		t.Fatal(err)
	}
	o := db.o
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(o.Dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	again, err := Open(t.Context(), o)
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	start = time.Now()
	err = again.Check(t.Context())
	t.Logf("%d MB opened in %v, checked in %v, %v", info.Size()>>20, took, time.Since(start), err)
	start = time.Now()
	_, err = again.Status(t.Context(), day0)
	t.Logf("status in %v, %v", time.Since(start), err)
	if took > 250*time.Millisecond {
		t.Errorf("ready after %v, want 250 ms", took)
	}
}
