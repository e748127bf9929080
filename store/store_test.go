package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"doorknock/audit"
)

// day0 is a Monday.
var day0 = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

const hour = time.Hour

// empty is the file of a database as Open leaves it, made once: all the migrations cost more than most tests.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "doorknock-store-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := Open(context.Background(), Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, databaseFile))
})

// emptyFolder is a folder with such a file.
func emptyFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	content, err := empty()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, databaseFile), content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// open opens a new store with one confirmed and one unconfirmed channel of the organisation "oak".
func open(t *testing.T, change func(*Options)) *DB {
	t.Helper()
	o := Options{Dir: emptyFolder(t), KeyPrint: "print", ConfirmAfter: 24 * hour, Interval: 6 * hour,
		RetainText: 30 * 24 * hour, RetainCaptures: 30 * 24 * hour, Now: func() time.Time { return day0 }}
	if change != nil {
		change(&o)
	}
	db, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if o.ReadOnly {
		return db
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"}},
		[]audit.Channel{site("oak", "oak.test", true), site("oak", "acorn.test", false)}); err != nil {
		t.Fatal(err)
	}
	return db
}

func site(organisation, host string, confirmed bool) audit.Channel {
	url := "https://" + host + "/"
	return audit.Channel{ID: audit.ChannelID(organisation, audit.Web, url), Organisation: organisation, Platform: audit.Web,
		URL: url, Lane: host, Confirmed: confirmed}
}

func oak() audit.Channel { return site("oak", "oak.test", true) }

func verdict(s audit.State) audit.Verdict {
	if s == audit.Unknown {
		return audit.UnknownFor(audit.ReasonTimeout)
	}
	e := &audit.Evidence{Type: audit.Marker, Rule: "wp-" + s.String(), Version: 1, Offset: 10, Length: 4, Excerpt: "mark", Capture: "c1"}
	k := audit.Kind("")
	switch s {
	case audit.Absent:
		e.Type = audit.Absence
	case audit.Restricted:
		k = audit.KindLogin
	}
	v, err := audit.NewVerdict(s, "", k, e)
	if err != nil {
		panic(err)
	}
	return v
}

// look is a visit of c at that time which saw one state for the check comments.
func look(c audit.Channel, when time.Time, s audit.State) Recording {
	v := audit.Visit{V: 1, ID: audit.JobID(c.ID, when), Channel: c, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when}
	return Recording{Visit: v, Now: when.Add(time.Second), Findings: []audit.Finding{{Check: "comments", Verdict: verdict(s), System: "wordpress"}}}
}

func record(t *testing.T, db *DB, r Recording) Recorded {
	t.Helper()
	out, err := db.Record(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// dump reads rows as text, one line each, for comparing.
func dump(t *testing.T, db *DB, query string, args ...any) []string {
	t.Helper()
	var lines []string
	r, err := db.read.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	columns, _ := r.Columns()
	err = each(r, nil, func(r *sql.Rows) error {
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := r.Scan(into...); err != nil {
			return err
		}
		line := ""
		for i, v := range values {
			if i > 0 {
				line += " "
			}
			if v.Valid {
				line += fmt.Sprintf("%q", v.String)
			} else {
				line += "-"
			}
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func one(t *testing.T, db *DB, query string, args ...any) string {
	t.Helper()
	var v sql.NullString
	if err := db.read.QueryRowContext(context.Background(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v.String
}
