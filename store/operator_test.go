package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func TestOperatorSeesAll(t *testing.T) {
	db := open(t, nil)
	c := site("oak", "acorn.test", false)
	key := []byte("thirty-two bytes that open a file")
	record(t, db, look(c, day0, audit.Open))
	r := look(c, day0.Add(hour), audit.Closed)
	r.Visit.Captures = []audit.Capture{{ID: "k1", URL: c.URL, Status: 200, At: day0, File: "k1.sealed", Offset: 7, Sealed: true, Key: key}}
	record(t, db, r)
	record(t, db, look(oak(), day0, audit.Closed))

	states, err := db.OperatorStates(t.Context(), "")
	if err != nil || len(states) != 2 {
		t.Fatalf("states %+v, %v, want two", states, err)
	}
	for _, s := range states {
		want := audit.Unknown
		if s.Channel == c.ID {
			want = audit.Open
			if s.HoldReason != HoldSite || !s.PublishedAt.IsZero() {
				t.Errorf("%+v, want it held with its reason", s)
			}
		}
		if s.Verdict.State() != want || s.Pending != audit.Closed || s.Stage != audit.Pending || s.DueAgain.Sub(s.PendingAt) != 24*hour {
			t.Errorf("%+v, want %v with closed pending", s, want)
		}
	}

	findings, err := db.Findings(t.Context(), c.ID, "comments", "")
	if err != nil || len(findings) != 2 || findings[0].Verdict.State() != audit.Open || findings[1].Verdict.State() != audit.Closed {
		t.Fatalf("findings %+v, %v, want open, closed", findings, err)
	}
	one, err := db.Finding(t.Context(), findings[1].ID)
	if err != nil || one.ID != findings[1].ID || one.Verdict.Evidence().Rule != "wp-closed" {
		t.Errorf("finding %+v, %v", one, err)
	}
	capture, err := db.Capture(t.Context(), "k1")
	if diff := cmp.Diff(r.Visit.Captures[0], capture); err != nil || diff != "" {
		t.Errorf("capture %v (-want +got):\n%s", err, diff)
	}
	if _, err := db.Finding(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such finding: %v", err)
	}
	if _, err := db.Capture(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such capture: %v", err)
	}
}

func TestOrganisationsComeBackAsListed(t *testing.T) {
	db := open(t, nil)
	homes := 120
	want := []audit.Organisation{
		{ID: "ash", Name: "Ash Homes", Nation: audit.Wales, Sector: "co_op", Homes: &homes, Website: "https://ash.test/", Predecessors: []string{"Old Ash"}, RPCode: "L1", Parent: "oak", Note: "n"},
		{ID: "elm", Name: "Elm Council", Nation: audit.England, Sector: "council"},
	}
	channel := site("ash", "ash.test", true)
	if err := db.SyncOrganisations(t.Context(), want, []audit.Channel{channel}); err != nil {
		t.Fatal(err)
	}
	got, err := db.Organisations(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("organisations %v (-want +got):\n%s", err, diff)
	}
	channels, err := db.Channels(t.Context(), "")
	if diff := cmp.Diff([]audit.Channel{channel}, channels); err != nil || diff != "" {
		t.Errorf("channels %v (-want +got):\n%s", err, diff)
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "../x"}}, nil); err == nil {
		t.Error("an id with a path was taken")
	}
	if got, err := db.Organisations(t.Context()); err != nil || len(got) != 2 {
		t.Errorf("a refused list changed the old one: %+v, %v", got, err)
	}
}

// A full disk costs nothing but the wait: what did not fit is recorded later, whole.
func TestFullDisk(t *testing.T) {
	db := open(t, nil)
	limit := func(pages string) {
		if _, err := db.conn.ExecContext(t.Context(), `PRAGMA max_page_count = `+pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite takes the size that is there
	r := withComments(day0)
	r.Visit.Comments[0].Text = strings.Repeat("The boiler is broken. ", 50_000)
	_, err := db.Record(t.Context(), r)
	if !Full(err) || !Trouble(err) {
		t.Fatalf("got %v, want a full disk that is worth waiting for", err)
	}
	if n := one(t, db, `SELECT (SELECT count(*) FROM visit) + (SELECT count(*) FROM finding) + (SELECT count(*) FROM comment)`); n != "0" {
		t.Errorf("%s rows of a visit that did not fit", n)
	}
	limit("1000000")
	if got := record(t, db, r); got.Duplicate || got.NewComments == 0 {
		t.Errorf("with space again: %+v", got)
	}
}

// TestCorrectedChangeIsSeenAnew: after a late visit undid a change, the next confirmed one is another change with another event.
func TestCorrectedChangeIsSeenAnew(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	record(t, db, look(oak(), day0.Add(24*hour), audit.Closed))
	record(t, db, look(oak(), day0.Add(48*hour), audit.Closed))
	late := look(oak(), day0.Add(36*hour), audit.Open)
	late.Now = day0.Add(50 * hour)
	record(t, db, late)
	if n := one(t, db, `SELECT count(*) FROM state_change WHERE withdrawn_at IS NULL`); n != "0" {
		t.Fatal("the change still stands")
	}
	got := record(t, db, look(oak(), day0.Add(72*hour), audit.Closed))
	if len(got.Changes) != 1 || !got.Changes[0].FirstSeen.Equal(day0.Add(48*hour)) {
		t.Errorf("changes %+v, want one from its own first sight", got.Changes)
	}
	if n := one(t, db, `SELECT count(*) FROM event WHERE kind = 'change'`); n != "2" {
		t.Errorf("%s events of changes, want two", n)
	}
}
