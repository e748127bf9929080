package store

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// withComments is a visit that saw three comments, one of them the organisation's own.
func withComments(when time.Time) Recording {
	r := look(oak(), when, audit.Open)
	said := day0.Add(-24 * hour) // a Sunday, in the week before
	r.Visit.Posts = []audit.Post{{ID: "p1", URL: "https://oak.test/p1", Title: "News"}}
	r.Visit.Comments = []audit.Comment{
		{ID: "m1", Post: "p1", System: "wordpress", Author: "aa", By: audit.AuthorPublic, Time: said, TimeMax: said.Add(hour), Text: "The boiler has been broken for weeks", TextHash: "h1"},
		{ID: "m2", Post: "p1", System: "wordpress", Author: "bb", By: audit.AuthorOrganisation, Parent: "m1", Time: day0, Text: "We are sorry", TextHash: "h2"},
		{ID: "m3", Post: "p1", System: "wordpress", Author: "cc", TextHash: "h3"},
	}
	return r
}

func assessments() []audit.Assessment {
	return []audit.Assessment{
		{Comment: "m1", Complaint: 0.9, IsComplaint: true, Urgency: "high", Lang: "en", Model: "rules-1",
			Hazards: []audit.Hazard{{ID: "heating", Text: "boiler", Start: 4, End: 10, Affirmed: true}}, Spans: []audit.Span{{Start: 4, End: 10, Weight: 1}},
			Clauses: []audit.Span{{Start: 0, End: 36, Weight: 2}}},
		{Comment: "m2", Complaint: 0.1, Urgency: "none", Lang: "en", Model: "rules-1"},
		{Comment: "erased", Model: "rules-1"},
	}
}

func TestCommentsFromVisitToAlert(t *testing.T) {
	db := open(t, nil)
	r := withComments(day0)
	got := record(t, db, r)
	if got.NewComments != 3 || len(got.Events) != 2 {
		t.Fatalf("got %+v, want three new comments and events for comments and baseline", got)
	}
	if again := record(t, db, withComments(day0.Add(6*hour))); again.NewComments != 0 || len(again.Events) != 0 {
		t.Errorf("the same comments again: %+v, want nothing new", again)
	}
	todo, err := db.Unassessed(t.Context(), r.Visit.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Visit.Comments[:2], todo); diff != "" { // the third came without text
		t.Errorf("unassessed (-want +got):\n%s", diff)
	}
	event := audit.EventID(audit.EventComments, r.Visit.ID)
	raised, err := db.SaveAssessments(t.Context(), event, assessments(), day0.Add(hour))
	if err != nil || len(raised) != 2 {
		t.Fatalf("raised %+v, %v, want two", raised, err)
	}
	if raised, err := db.SaveAssessments(t.Context(), event, assessments(), day0.Add(2*hour)); err != nil || len(raised) != 0 {
		t.Errorf("the same assessments again raised %+v, %v", raised, err)
	}
	if todo, err := db.Unassessed(t.Context(), r.Visit.ID); err != nil || len(todo) != 0 {
		t.Errorf("still unassessed: %+v, %v", todo, err)
	}
	weeks, err := db.Public(day0).weeks(t.Context(), `organisation = ? ORDER BY week`, "oak")
	if err != nil {
		t.Fatal(err)
	}
	c := oak().ID
	want := []Week{{"oak", c, "2026-W44", 1, 0, 1, 1}, {"oak", c, "2026-W45", 2, 1, 1, 0}}
	assessed, err := db.AssessedComments(t.Context(), "oak", 9)
	if err != nil || len(assessed) != 1 || !cmp.Equal(assessed[0].Assessment.Clauses, assessments()[0].Clauses) {
		t.Errorf("assessed %+v, %v, want the clauses kept", assessed, err)
	}
	if kept, err := db.KeptTexts(t.Context()); err != nil || len(kept) != 1 || kept[0].ID != "m1" || kept[0].Stream.String() != "oak/web" {
		t.Errorf("kept texts %+v, %v, want that of the tenant", kept, err)
	}
	private := func(x *tx) error {
		return x.exec(`UPDATE assessment SET hazards = '[{"id":"x","kind":"private","affirmed":true}]' WHERE comment = 'm1'`)
	}
	if err := db.write(t.Context(), "mark", private); err != nil {
		t.Fatal(err)
	}
	if kept, err := db.KeptTexts(t.Context()); err != nil || len(kept) != 0 {
		t.Errorf("kept texts %+v, %v: of a person in danger none is to be handed out", kept, err)
	}
	if diff := cmp.Diff(want, weeks); diff != "" {
		t.Errorf("weeks (-want +got):\n%s", diff)
	}
	unmarked := func(consumer string) (kinds []string) {
		t.Helper()
		events, err := db.Unmarked(t.Context(), consumer, day0.Add(100*hour), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			kinds = append(kinds, string(e.Kind)+" "+e.Ref[:2])
		}
		return kinds
	}
	if diff := cmp.Diff([]string{"state " + r.Visit.ID[:2]}, unmarked(ScoreStage)); diff != "" {
		t.Errorf("left for the score (-want +got):\n%s", diff)
	}
	if got := unmarked(AlertStage); len(got) != 2 {
		t.Errorf("left for alerts %v, want two assessments", got)
	}
	if err := db.MarkEvent(t.Context(), AlertStage, raised[0].ID, day0); err != nil {
		t.Fatal(err)
	}
	if got := unmarked(AlertStage); len(got) != 1 {
		t.Errorf("left for alerts %v after a mark, want one", got)
	}
	if err := db.MarkEvent(t.Context(), "other", "x", day0); err == nil {
		t.Error("an unlisted consumer was taken")
	}
}

func TestSaveScores(t *testing.T) {
	db := open(t, nil)
	r := record(t, db, look(oak(), day0, audit.Open))
	inputs, err := db.ScoreInputs(t.Context(), "oak")
	if err != nil {
		t.Fatal(err)
	}
	want := []ScoreInput{ // published a second after now: not seen yet; and at the other site nobody has looked
		{Channel: oak().ID, Platform: audit.Web, Check: "comments"}, {Channel: acorn().ID, Platform: audit.Web, Check: "comments"},
	}
	if diff := cmp.Diff(want, inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	value := 100.0
	for range 2 {
		err := db.SaveScores(t.Context(), r.Events[0].ID, []audit.Score{{Organisation: "oak", Part: "door", Value: &value, Band: "A", Known: 1, Applicable: 1, Method: 1, At: day0}}, day0)
		if err != nil {
			t.Fatal(err)
		}
	}
	less := 50.0
	for _, x := range []struct{ made, saved time.Time }{{day0.Add(-hour), day0.Add(hour)}, {day0.Add(hour), day0.Add(hour)}} {
		if err := db.SaveScores(t.Context(), "", []audit.Score{{Organisation: "oak", Part: "door", Value: &less, Band: "C", Known: 2, Applicable: 2, Method: 1, At: x.made}}, x.saved); err != nil {
			t.Fatal(err)
		}
		want := "100"
		if x.made.After(day0) {
			want = "50"
		}
		if got := one(t, db, `SELECT value FROM score`); got != want {
			t.Errorf("score %s, want %s: one made of older answers replaces none, and there is one", got, want)
		}
	}
	if events, err := db.Unmarked(t.Context(), ScoreStage, day0.Add(hour), 0); err != nil || len(events) != 0 {
		t.Errorf("unmarked %v, %v, want none", events, err)
	}
}

func TestForget(t *testing.T) {
	db := open(t, nil)
	r := withComments(day0)
	secret := bytes.Repeat([]byte{0xa5, 0x17, 0x99, 0x42}, 8)
	r.Visit.Captures = []audit.Capture{
		{ID: "k1", URL: "https://oak.test/p1", Status: 200, At: day0, File: "2026/k1.sealed", Sealed: true, Key: secret, Hash: "body"},
		{ID: "k2", URL: "https://oak.test/", Status: 200, At: day0, File: "2026/visit.warc.gz"},
	}
	r.Visit.Memory.Pages = map[string]audit.PageMemory{"https://oak.test/p1": {Capture: "k1", Outline: "packed"}, "https://oak.test/": {Capture: "k2", Outline: "packed"}}
	record(t, db, r)
	if _, err := db.SaveAssessments(t.Context(), "e", assessments(), day0); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Forget(t.Context(), day0.Add(29*24*hour)); err != nil || got.Texts != 0 || len(got.Files) != 0 {
		t.Errorf("forgot too early: %+v, %v", got, err)
	}
	got, err := db.Forget(t.Context(), day0.Add(31*24*hour))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Forgotten{Texts: 2, Files: []string{"2026/k1.sealed"}}, got); diff != "" {
		t.Errorf("forgotten (-want +got):\n%s", diff)
	}
	if left := dump(t, db, `SELECT text_hash, length_class, coalesce(a.is_complaint, '') FROM comment LEFT JOIN assessment a ON a.comment = id ORDER BY id`); !cmp.Equal(left,
		[]string{`"h1" "short" "1"`, `"h2" "short" "0"`, `"h3" "" ""`}) {
		t.Errorf("left %v, want hash, length class and labels", left)
	}
	if hazards := one(t, db, `SELECT hazards FROM assessment WHERE comment = 'm1'`); !strings.Contains(hazards, "heating") {
		t.Errorf("hazards %s, want the label kept", hazards)
	}
	if offsets := one(t, db, `SELECT spans || clauses FROM assessment WHERE comment = 'm1'`); offsets != "[][]" {
		t.Errorf("offsets %s into words that are gone", offsets)
	}
	if pages := dump(t, db, `SELECT url FROM page_seen`); !cmp.Equal(pages, []string{`"https://oak.test/"`}) {
		t.Errorf("pages remembered %v: one whose body is dropped must be read anew", pages)
	}
	files, err := filepath.Glob(filepath.Join(db.o.Dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range [][]byte{[]byte("boiler"), []byte("We are sorry"), secret} {
			if bytes.Contains(b, gone) {
				t.Errorf("%s still holds %q", filepath.Base(f), gone)
			}
		}
	}
	if got := record(t, db, withComments(day0.Add(32*24*hour))); got.NewComments != 0 {
		t.Errorf("a forgotten comment came back as new: %+v", got)
	}
	if n := one(t, db, `SELECT count(*) FROM comment WHERE text IS NOT NULL`); n != "0" {
		t.Error("a forgotten comment's text came back")
	}
}
