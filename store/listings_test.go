package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// TestLooksAreCounted: a page that has not changed shows its listing again, in whatever order the visits are recorded.
func TestLooksAreCounted(t *testing.T) {
	first := look(oak(), day0, audit.Open)
	first.Visit.Posts = []audit.Post{{ID: "p1", URL: "https://oak.test/p1", Title: "News", Published: day0}}
	first.Visit.Captures = []audit.Capture{{ID: "k1", URL: "https://oak.test/p1", Status: 200, Hash: "h", At: day0}}
	first.Visit.Listings = []audit.Listing{{Capture: "k1", Method: audit.ByPage, Post: "p1", Complete: true, Comments: []string{"m1", "m2"}}}
	var visits []Recording
	for i := 1; i <= 3; i++ {
		again := look(oak(), day0.Add(time.Duration(i)*6*hour), audit.Open)
		again.Visit.Unchanged = []audit.PageRef{{URL: "https://oak.test/p1", Capture: "k1", At: again.Visit.ObservedAt}}
		again.Visit.Captures = []audit.Capture{{ID: fmt.Sprint("again", i), URL: "https://oak.test/p1", Status: 304, Unchanged: "k1", At: again.Visit.ObservedAt}}
		visits = append(visits, again)
	}
	visits = append([]Recording{first}, visits...)
	want := []string{fmt.Sprintf("%q %q %q %q %q %q", "k1", `["m1","m2"]`, "2", stamp(day0), stamp(day0.Add(18*hour)), "4")}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 0, 2, 1}, {3, 2, 1, 0}, {1, 1, 0, 3, 2, 0}} {
		db := open(t, func(o *Options) { o.Now = func() time.Time { return day0.Add(24 * hour) } })
		for _, i := range order {
			record(t, db, visits[i])
		}
		if diff := cmp.Diff(want, dump(t, db, `SELECT capture, comments, listed, first_at, last_at, looks FROM listing`)); diff != "" {
			t.Errorf("order %v (-want +got):\n%s", order, diff)
		}
	}
}

// TestWordingsAreVersions: another wording by the same method is a version; the same words set otherwise are none.
func TestWordingsAreVersions(t *testing.T) {
	say := func(hours int, method audit.Method, text string) Recording {
		r := look(oak(), day0.Add(time.Duration(hours)*hour), audit.Open)
		r.Visit.Comments = []audit.Comment{{ID: "m1", Post: "p1", System: "wordpress", Native: true, Method: method, Text: text, TextHash: audit.LongHash(text), Print: audit.Print(text)}}
		return r
	}
	db := open(t, func(o *Options) { o.Now = func() time.Time { return day0.Add(24 * hour) } })
	for _, r := range []Recording{say(0, audit.ByInterface, "No heat"), say(1, audit.ByInterface, "NO HEAT!"), say(2, audit.ByPage, "No heat Reply")} {
		record(t, db, r)
	}
	if got := dump(t, db, `SELECT * FROM comment_version`); got != nil {
		t.Errorf("the same words are a version: %v", got)
	}
	record(t, db, say(4, audit.ByInterface, "No heat, edit: they came"))
	record(t, db, say(3, audit.ByInterface, "No heat, edit: they came"))
	want := []string{fmt.Sprintf("%q %q", "short", stamp(day0.Add(3*hour))), fmt.Sprintf("%q %q", "short", stamp(day0))}
	if diff := cmp.Diff(want, dump(t, db, `SELECT length_class, first_at FROM comment_version ORDER BY first_at DESC`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := one(t, db, `SELECT count(*) FROM comment`); n != "1" {
		t.Errorf("%s comments of one", n)
	}
}

// TestOneCommentHoweverItComes: posts whose addresses rotate, comments with numbers and without, methods, order and repeats:
// what was said once is one comment, and what was said twice is two.
func TestOneCommentHoweverItComes(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 5))
		db := open(t, func(o *Options) { o.Now = func() time.Time { return day0.Add(1000 * hour) } })
		native := rng.IntN(2) == 0
		n := 1 + rng.IntN(6)
		var visits []Recording
		for v := range 6 {
			r := look(oak(), day0.Add(time.Duration(6*v)*hour), audit.Open)
			address := fmt.Sprintf("https://oak.test/news/%d?session=%d", seed, rng.IntN(3))
			post := audit.Post{ID: audit.Hash(oak().ID, address), URL: address, Title: "Repairs day", Published: day0.Add(-48 * hour)}
			if native {
				post.Native = "17"
			}
			r.Visit.Posts = []audit.Post{post}
			byInterface := rng.IntN(2) == 0
			said := map[string]int{}
			for i := range n {
				text := fmt.Sprintf("Comment %d", i/2) // each is said twice, by two people
				c := audit.Comment{Post: post.ID, System: "wordpress", Author: fmt.Sprint("author", i), Text: text, TextHash: audit.LongHash(text), Print: audit.Print(text), Time: day0.Add(time.Duration(i-10) * hour)}
				switch {
				case byInterface:
					c.ID, c.Native, c.Method = audit.CommentID(oak().ID, "wordpress", fmt.Sprint(i)), true, audit.ByInterface
				default:
					c.System, c.Method = "custom", audit.ByPage
					c.ID = audit.CommentID(oak().ID, "custom", audit.Fingerprint(address, c.Author, c.Print, said[c.Author]))
				}
				r.Visit.Comments = append(r.Visit.Comments, c)
			}
			visits = append(visits, r)
		}
		visits = append(visits, visits[rng.IntN(6)])
		rng.Shuffle(len(visits), func(i, j int) { visits[i], visits[j] = visits[j], visits[i] })
		for _, r := range visits {
			record(t, db, r)
		}
		if got := one(t, db, `SELECT count(*) FROM comment`); got != fmt.Sprint(n) {
			t.Fatalf("seed %d: %s comments of %d", seed, got, n)
		}
		if got := one(t, db, `SELECT sum(comments) FROM comment_week`); got != fmt.Sprint(n) {
			t.Fatalf("seed %d: the weeks count %s of %d", seed, got, n)
		}
		talk, err := db.Public(day0.Add(100*hour)).Talk(t.Context(), "oak", day0.AddDate(0, 0, -84))
		if err != nil || len(talk.Posts) != 1 || len(talk.Said) != n || talk.Said[0].Post != talk.Posts[0].ID {
			t.Fatalf("seed %d: %d posts, %d comments, %v", seed, len(talk.Posts), len(talk.Said), err)
		}
	}
}

// TestTaken: what the organisation's own token or webhook tells of a comment is kept with its first time.
func TestTaken(t *testing.T) {
	db := open(t, nil)
	r := withComments(day0)
	r.Visit.Comments[2].Hidden = true
	record(t, db, r)
	for _, after := range []time.Duration{2, 1, 3} {
		told := withComments(day0.Add(after * hour))
		told.Visit.Comments = told.Visit.Comments[:1]
		told.Visit.Comments[0].Removed = true
		record(t, db, told)
	}
	again := withComments(day0.Add(6 * hour))
	again.Visit.Comments[1].Hidden = true
	record(t, db, again)
	want := []string{fmt.Sprintf("%q - %q", "m1", stamp(day0.Add(hour))), fmt.Sprintf("%q %q -", "m2", stamp(day0.Add(6*hour))), fmt.Sprintf("%q %q -", "m3", stamp(day0))}
	if diff := cmp.Diff(want, dump(t, db, `SELECT id, hidden_at, removed_at FROM comment ORDER BY id`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	talk, err := db.Public(day0.Add(7*hour)).Talk(t.Context(), "oak", day0.AddDate(0, 0, -84))
	if err != nil || len(talk.Said) != 3 {
		t.Fatalf("%+v, %v", talk.Said, err)
	}
	for i, want := range [][2]bool{{false, true}, {true, false}, {true, false}} {
		if got := talk.Said[i]; got.Hidden != want[0] || got.Removed != want[1] {
			t.Errorf("%s: hidden %t, removed %t, want %v", got.ID, got.Hidden, got.Removed, want)
		}
	}
}

// TestOldListingsAreThinned: how many comments an old look showed stays, and which goes.
func TestOldListingsAreThinned(t *testing.T) {
	db := open(t, nil)
	for i, when := range []time.Time{day0.AddDate(0, 0, -130), day0} {
		r := look(oak(), when, audit.Open)
		r.Visit.Listings = []audit.Listing{{Capture: fmt.Sprint("k", i), Method: audit.ByPage, Post: "p1", Complete: true, Comments: []string{"m1", "m2"}}}
		record(t, db, r)
	}
	if _, err := db.Tidy(t.Context(), day0, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{`"k0" "2" -`, `"k1" "2" "[\"m1\",\"m2\"]"`}
	if diff := cmp.Diff(want, dump(t, db, `SELECT capture, listed, comments FROM listing ORDER BY capture`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
