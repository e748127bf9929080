package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// TestTalkIsTold: the door of comments says of how many posts it speaks, by which systems, how many comments are listed and
// stated, and between when and when the newest was written; so do its finding's page and the file.
func TestTalkIsTold(t *testing.T) {
	w := newTown(t, nil)
	c := channel("teal", true)
	w.list([]audit.Organisation{organisation("teal", "Teal Homes", audit.England, "housing_association")}, c)
	listed, stated := 38, 1041
	three := noon.AddDate(0, 0, -3).Add(-3 * time.Hour)
	var last store.Recording
	for _, d := range []int{-5, -3} {
		when := noon.AddDate(0, 0, d)
		id := audit.JobID(c.ID, when)
		page := audit.Capture{ID: audit.LongHash("capture", id), URL: c.URL + "news/hello", Status: 200, Type: "text/html", Hash: audit.LongHash(id) + audit.LongHash(c.ID), Bytes: 5120, At: when}
		last = store.Recording{Now: when.Add(time.Second), Visit: audit.Visit{V: 1, ID: id, Channel: c, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when, Captures: []audit.Capture{page}},
			Findings: []audit.Finding{
				{Check: "comments", Verdict: verdict(t, says{"comments", audit.Restricted, "", "Comments are closed."}, page), System: "wordpress", Count: &listed, CountClaimed: &stated,
					Of: &audit.Of{Open: 14, Closed: 6, Systems: []string{"wordpress", "disqus"}, Newest: audit.Written{From: three, To: three.Add(time.Hour)}}},
			}}
		if _, err := w.db.Record(context.Background(), last); err != nil {
			t.Fatal(err)
		}
	}
	page := w.ask("/organisations/teal", 200)
	said := "By WordPress, Disqus. Comments that are listed: 38. Stated: 1,041. Newest: between 18 Nov 2026 09:00 and 18 Nov 2026 10:00 UTC."
	for _, want := range []string{"Of 20 posts looked at: 14 open, 6 closed.", said} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if f := w.ask("/findings/"+findingOf(last, "comments"), 200); !strings.Contains(f, said) {
		t.Errorf("the finding lacks %q:\n%s", said, f)
	}
	file := w.ask("/organisations/teal.csv", 200)
	if want := ",wordpress disqus,20,14,6,38,1041,2026-11-18T09:00:00Z,2026-11-18T10:00:00Z"; !strings.Contains(file, want) {
		t.Errorf("the file lacks %q:\n%s", want, file)
	}
}

// TestFewCommentsAreNotTold: of one to four comments or reviews that a page lists, pages and files tell no number, as
// docs/privacy.md promises; that there is none is told.
func TestFewCommentsAreNotTold(t *testing.T) {
	s := &site{words: mustRead(t)}
	for n, want := range map[int]string{0: "Comments that are listed: none.", 1: "Comments that are listed: fewer than 5.", 4: "Comments that are listed: fewer than 5.", 5: "Comments that are listed: 5."} {
		if got := s.talk("comments", nil, &n, &n); got != want {
			t.Errorf("%d comments: %q, want %q", n, got, want)
		}
		cells := s.talkCells(store.Door{Check: "comments", Count: &n, Claimed: &n})
		for _, cell := range cells[4:6] {
			if (cell == "fewer than 5") != (n == 1 || n == 4) {
				t.Errorf("%d comments: the file says %v", n, cell)
			}
		}
	}
	none, few := 0, 4
	if got, want := s.talk("reviews", nil, &none, &few), "Reviews that are listed or stated on one page: none."; got != want {
		t.Errorf("none listed and four stated: %q, want %q", got, want)
	}
	if got, want := s.systems([]string{"custom", "wordpress", "some-board"}), "the site's own form, WordPress, some-board"; got != want {
		t.Errorf("systems: %q, want %q", got, want)
	}
}

func mustRead(t *testing.T) words {
	t.Helper()
	w, err := readWords("en")
	if err != nil {
		t.Fatal(err)
	}
	return w
}
