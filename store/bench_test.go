package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"doorknock/audit"
)

// BenchmarkStore records visits of ten findings and ten comments with all that follows from them; bare writes the same 20
// rows alone, into the same file with the same pragmas. The ratio is the price of states, summaries, memory and events.
func BenchmarkStore(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		insert, err := benchStore(b).Bare(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		benchWrite(b, insert)
	})
	b.Run("real", func(b *testing.B) {
		db := benchStore(b)
		benchWrite(b, func(ctx context.Context, r Recording) error { _, err := db.Record(ctx, r); return err })
	})
}

func benchWrite(b *testing.B, write func(context.Context, Recording) error) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := write(b.Context(), benchVisit(i)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(20*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

const benchChannels = 200

func benchStore(b testing.TB) *DB {
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
	if err := db.FillFindings(t.Context(), 1_000_000); err != nil {
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

// FillFindings repeats what there is, and no more of it than is asked for.
func TestFillFindings(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	have := len(dump(t, db, `SELECT id FROM finding`))
	if err := db.FillFindings(t.Context(), 40*have); err != nil {
		t.Fatal(err)
	}
	if n := len(dump(t, db, `SELECT id FROM finding`)); n != 40*have {
		t.Errorf("%d findings, want %d", n, 40*have)
	}
	empty := open(t, nil)
	if err := empty.FillFindings(t.Context(), 10); !errors.Is(err, ErrNotFound) {
		t.Errorf("with nothing to repeat: %v", err)
	}
}
