package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/audit"
)

// Canary words, a pseudonym and an address that must not outlive their erasure in any file of the data folder.
const (
	canaryWords  = "canary-words-7f31"
	canaryAuthor = "c0ffee00c0ffee00c0ffee00c0ffee00"
	canaryURL    = "https://oak.test/p1#comment-canary-9921"
)

func withCanary(at Recording) Recording {
	at.Visit.Comments[0].Text, at.Visit.Comments[0].Author, at.Visit.Comments[0].URL = "No heating, "+canaryWords, canaryAuthor, canaryURL
	at.Visit.Comments[0].Print = audit.Print(at.Visit.Comments[0].Text)
	id := audit.Hash("capture", at.Visit.ID)
	at.Visit.Captures = append(at.Visit.Captures, audit.Capture{ID: id, URL: "https://oak.test/p1", Status: 200, Sealed: true,
		Key: []byte(strings.Repeat("K", 32)), File: id + ".warc.gz.sealed", At: at.Visit.ObservedAt})
	return at
}

func TestEraseLeavesNothingBehind(t *testing.T) {
	db := open(t, nil)
	r := withCanary(withComments(day0))
	record(t, db, r)
	if _, err := db.SaveAssessments(t.Context(), audit.EventID(audit.EventComments, r.Visit.ID), assessments(), day0.Add(hour)); err != nil {
		t.Fatal(err)
	}
	subject := Subject{Authors: []string{canaryAuthor}}
	held, err := heldOf(t, db, subject)
	if err != nil || len(held) != 1 || held[0].ID != "m1" || held[0].Assessment == nil || held[0].Text != "No heating, "+canaryWords || len(held[0].Captures) != 1 {
		t.Fatalf("%v: %+v", err, held)
	}
	if by, err := heldOf(t, db, Subject{Permalinks: []string{canaryURL}}); err != nil || len(by) != 1 {
		t.Errorf("by its address: %v, %+v", err, by)
	}
	if data, err := json.Marshal(held[0]); err != nil || !strings.Contains(string(data), canaryWords) {
		t.Errorf("an export lacks the words: %v %s", err, data)
	}
	if found := filesWith(t, db.o.Dir, canaryWords); len(found) == 0 {
		t.Fatal("the search would not find the words where they are")
	}
	out, err := db.Erase(t.Context(), subject, false, day0.Add(2*hour))
	if err != nil || out.Comments != 1 || out.Captures != 1 || len(out.Files) != 1 {
		t.Fatalf("%v: %+v", err, out)
	}
	for _, secret := range []string{canaryWords, canaryAuthor, canaryURL, strings.Repeat("K", 32)} {
		if found := filesWith(t, db.o.Dir, secret); len(found) > 0 {
			t.Errorf("%q is still in %v", secret, found)
		}
	}
	if held, err := heldOf(t, db, subject); err != nil || len(held) != 0 {
		t.Errorf("still held: %v %+v", err, held)
	}
	if all := query(t, db, `SELECT week FROM comment_week`); len(all) == 0 {
		t.Error("what was counted is no longer counted")
	}
}

// A comment that was erased still stands on its page. It is not taken in again, under its number or another, and no capture
// that shows it can be read; another comment of its author is, unless the author objected.
func TestErasedIsNotTakenInAgain(t *testing.T) {
	db := open(t, nil)
	record(t, db, withCanary(withComments(day0)))
	if _, err := db.Erase(t.Context(), Subject{Authors: []string{canaryAuthor}}, false, day0.Add(hour)); err != nil {
		t.Fatal(err)
	}
	again := withCanary(withComments(day0.Add(6 * hour)))
	other := again.Visit.Comments[0]
	other.ID, other.Native = "m1-by-feed", false
	later := other
	later.ID, later.Text, later.Print = "m9", "A later one", audit.Print("A later one")
	again.Visit.Comments = append(again.Visit.Comments, other, later)
	again.Visit.Listings = []audit.Listing{{Capture: again.Visit.Captures[0].ID, Post: "p1", Method: audit.ByPage, Complete: true, Comments: []string{"m1", "m2", "m9"}}}
	if got := record(t, db, again); got.NewComments != 1 {
		t.Errorf("%d new comments, want the later one", got.NewComments)
	}
	if got := query(t, db, `SELECT comments FROM listing`); len(got) != 1 || got[0] != `["m2","m9"]` {
		t.Errorf("listed: %v", got)
	}
	if got := query(t, db, `SELECT id FROM capture WHERE seal_key IS NOT NULL OR sealed AND file <> ''`); len(got) != 0 {
		t.Errorf("captures with a key: %v", got)
	}
	if filesWith(t, db.o.Dir, canaryWords) != nil {
		t.Error("the words are back")
	}
	if out, err := db.Erase(t.Context(), Subject{Authors: []string{canaryAuthor}}, true, day0.Add(7*hour)); err != nil || out.Comments != 1 {
		t.Fatalf("object: %v %+v", err, out)
	}
	last := withCanary(withComments(day0.Add(12 * hour)))
	later.ID, later.Text, later.Print = "m10", "One more", audit.Print("One more")
	last.Visit.Comments = append(last.Visit.Comments, later)
	if got := record(t, db, last); got.NewComments != 0 || len(filesWith(t, db.o.Dir, canaryAuthor)) > 0 {
		t.Errorf("after the objection: %+v", got)
	}
}

func query(t *testing.T, db *DB, q string) []string {
	t.Helper()
	all, err := db.words(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// filesWith lists the files of a folder that hold the bytes.
func filesWith(t *testing.T, dir, secret string) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), secret) {
			found = append(found, filepath.Base(file))
		}
	}
	return found
}

// TestSubjectByIndex: whose comments are whose is found in indexes, without reading all comments, for it is asked while nothing is recorded.
func TestSubjectByIndex(t *testing.T) {
	t.Parallel()
	db := open(t, nil)
	plan := strings.Join(dump(t, db, "EXPLAIN QUERY PLAN SELECT m.id FROM comment m WHERE "+ofSubject, Subject{}.args()...), "\n")
	for _, index := range []string{"comment_channel (channel=?)", "comment_url (url=?)", "sqlite_autoindex_comment_1 (id=?)"} {
		if !strings.Contains(plan, index) {
			t.Errorf("the plan does not use %s:\n%s", index, plan)
		}
	}
}

func heldOf(t *testing.T, db *DB, s Subject) (all []HeldComment, err error) {
	t.Helper()
	for h, err := range db.HeldOf(t.Context(), s) {
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// Of many comments some are erased at a time, and the erasure is noted once, with all of them; what is kept is given one by one, as
// far as anybody asks.
func TestEraseMany(t *testing.T) {
	db := open(t, nil)
	db.eraseAtOnce = 70
	const many = 200
	crowdOf(t, db, many, 300, day0)
	all := Subject{Organisation: "oak"}
	n := 0
	for h, err := range db.HeldOf(t.Context(), all) {
		if err != nil || h.Organisation != "oak" || h.Assessment == nil {
			t.Fatalf("%+v, %v", h, err)
		}
		if n++; n == 3 {
			break
		}
	}
	out, err := db.Erase(t.Context(), all, false, day0.Add(hour))
	if err != nil || out.Comments != many {
		t.Errorf("%+v, %v", out, err)
	}
	if noted := query(t, db, `SELECT comments || ' ' || (SELECT count(*) FROM comment) FROM erasure`); len(noted) != 1 || noted[0] != "200 0" {
		t.Errorf("noted and left: %q", noted)
	}
}
