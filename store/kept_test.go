package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// A sealed capture that somebody keeps, with a name and a reason, outlives retain.captures; given back to the clock it goes.
// One without a name, one that is not sealed, one that is gone and one that never was are not kept.
func TestKeptCapture(t *testing.T) {
	db := open(t, nil)
	r := withCanary(withComments(day0))
	plain := audit.Capture{ID: "plain", URL: "https://oak.test/", Status: 200, File: "plain.warc.gz", At: day0}
	other := audit.Capture{ID: "other", URL: "https://oak.test/p2", Status: 200, Sealed: true, Key: []byte(strings.Repeat("L", 32)), File: "other.warc.gz.sealed", At: day0}
	r.Visit.Captures = append(r.Visit.Captures, plain, other)
	record(t, db, r)
	id := audit.Hash("capture", r.Visit.ID)
	keep := Kept{Capture: id, By: "A. Officer", Reason: "letter before action of 3 March", At: day0.Add(hour)}
	for want, bad := range map[error]Kept{ErrNoOwner: {Capture: id, By: " ", Reason: "x"}, ErrNotFound: {Capture: "none", By: "a", Reason: "b"}, ErrPlain: {Capture: "plain", By: "a", Reason: "b"}} {
		if err := db.Keep(t.Context(), bad); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", bad, err, want)
		}
	}
	if err := db.Keep(t.Context(), keep); err != nil {
		t.Fatal(err)
	}
	late := day0.Add(400 * 24 * hour)
	if out, err := db.Forget(t.Context(), late); err != nil || len(out.Files) != 1 || out.Files[0] != "other.warc.gz.sealed" {
		t.Errorf("forgotten: %+v, %v", out, err)
	}
	if err := db.Keep(t.Context(), Kept{Capture: "other", By: "a", Reason: "b"}); !errors.Is(err, ErrDropped) {
		t.Errorf("what is gone already: %v", err)
	}
	all, err := db.KeptCaptures(t.Context())
	if err != nil || len(all) != 1 || all[0].Capture != id || all[0].By != keep.By || all[0].Reason != keep.Reason || !all[0].At.Equal(keep.At) || all[0].URL != "https://oak.test/p1" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := db.LetGo(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := db.LetGo(t.Context(), id); !errors.Is(err, ErrNotFound) {
		t.Errorf("let go twice: %v", err)
	}
	if out, err := db.Forget(t.Context(), late.Add(time.Hour)); err != nil || len(out.Files) != 1 {
		t.Errorf("forgotten at last: %+v, %v", out, err)
	}
}

// One capture is erased, kept or not: its key and what was read in it are in no file of the data folder, its page is read anew,
// and every other capture and every comment stays.
func TestEraseOneCapture(t *testing.T) {
	db := open(t, nil)
	r := withCanary(withComments(day0))
	r.Visit.Captures = append(r.Visit.Captures, audit.Capture{ID: "other", URL: "https://oak.test/p2", Status: 200, Sealed: true, Key: []byte(strings.Repeat("L", 32)), File: "other.warc.gz.sealed", At: day0})
	record(t, db, r)
	id, key := audit.Hash("capture", r.Visit.ID), strings.Repeat("K", 32)
	if err := db.Keep(t.Context(), Kept{Capture: id, By: "a", Reason: "b", At: day0}); err != nil {
		t.Fatal(err)
	}
	if len(filesWith(t, db.o.Dir, key)) == 0 {
		t.Fatal("the search would not find the key where it is")
	}
	out, since, err := db.EraseCapture(t.Context(), id, day0.Add(hour))
	if err != nil || out.Captures != 1 || out.Comments != 0 || len(out.Files) != 1 || out.Files[0] != id+".warc.gz.sealed" || since.IsZero() {
		t.Fatalf("%+v since %v, %v", out, since, err)
	}
	if found := filesWith(t, db.o.Dir, key); len(found) > 0 {
		t.Errorf("its key is still in %v", found)
	}
	if got := query(t, db, `SELECT id FROM capture WHERE seal_key IS NOT NULL`); len(got) != 1 || got[0] != "other" {
		t.Errorf("sealed captures left: %v", got)
	}
	if got := query(t, db, `SELECT id FROM comment WHERE id = 'm1' AND text IS NOT NULL`); len(got) != 1 {
		t.Error("the comment went with the capture")
	}
	if got := query(t, db, `SELECT capture FROM kept UNION ALL SELECT url FROM page_seen WHERE capture = '`+id+`'`); len(got) != 0 {
		t.Errorf("still kept or remembered: %v", got)
	}
	if _, _, err := db.EraseCapture(t.Context(), id, day0.Add(2*hour)); !errors.Is(err, ErrDropped) {
		t.Errorf("again: %v", err)
	}
	if _, _, err := db.EraseCapture(t.Context(), "none", day0); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
}

// All that people said at one organisation is found and erased, and nothing of another's.
func TestEraseAnOrganisationsComments(t *testing.T) {
	db := open(t, nil)
	record(t, db, withCanary(withComments(day0)))
	if held, err := heldOf(t, db, Subject{Organisation: "elm"}); err != nil || len(held) != 0 {
		t.Errorf("of another: %d, %v", len(held), err)
	}
	out, err := db.Erase(t.Context(), Subject{Organisation: "oak"}, false, day0.Add(hour))
	if err != nil || out.Comments != 3 || out.Captures != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if found := filesWith(t, db.o.Dir, canaryWords); len(found) > 0 {
		t.Errorf("words in %v", found)
	}
}
