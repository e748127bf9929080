package platform

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// One comment is one, whatever subset of interface, feed and page tells of it, in whatever order: by its number, else by
// its words. Two people who say the same are two.
func TestOneCommentOfManySources(t *testing.T) {
	day := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for seed := range uint64(300) {
		draw := rand.New(rand.NewPCG(seed, 7))
		var told []audit.Comment
		n := 1 + draw.IntN(12)
		system := []string{"wordpress", "drupal", "blogger"}[draw.IntN(3)]
		for i := range n {
			at := day.Add(time.Duration(i) * time.Hour)
			full := audit.Comment{ID: audit.CommentID("c1", system, fmt.Sprint(i)), Post: "p" + fmt.Sprint(i%3), System: system,
				Text: fmt.Sprintf("Comment %d.\nNobody came.", i/2), Time: at, Native: true, By: audit.AuthorPublic}
			bare := full // as a page without numbers lists it, set otherwise
			bare.ID, bare.System, bare.Native = audit.CommentID("c1", "custom", fmt.Sprint("f", i)), "custom", false
			bare.Text = strings.ReplaceAll(strings.ToUpper(bare.Text), "\n", "  ")
			bare.Time, bare.TimeMax = at.Add(-20*time.Minute), at.Add(20*time.Minute)
			switch draw.IntN(4) {
			case 0:
				told = append(told, full)
			case 1:
				told = append(told, bare)
			case 2:
				told = append(told, bare, full, full)
			default:
				undated := full
				undated.Time = time.Time{}
				told = append(told, undated, full)
			}
		}
		draw.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		var h heard
		for _, c := range told {
			h.add(c)
		}
		got, _ := h.all(true)
		if len(got) != n {
			t.Fatalf("seed %d: %d comments of %d: %+v", seed, len(got), n, got)
		}
		for _, c := range got {
			if c.Time.IsZero() || c.Print == "" || c.TextHash == "" {
				t.Fatalf("seed %d: %+v", seed, c)
			}
		}
	}
}

// Of more than a visit takes, the newest are taken.
func TestNewestOfMany(t *testing.T) {
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var h heard
	for i := range maxOfVisit + 500 {
		h.add(audit.Comment{ID: fmt.Sprint(i), Native: true, Text: fmt.Sprint(i), Time: day.Add(time.Duration(i*7919%(maxOfVisit+500)) * time.Minute)})
	}
	got, _ := h.all(false)
	if len(got) != maxOfVisit {
		t.Fatalf("%d comments", len(got))
	}
	for _, c := range got {
		if c.Time.Before(day.Add(500*time.Minute)) || c.Text != "" {
			t.Fatalf("%v, %q", c.Time, c.Text)
		}
	}
	list := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	if got := fmt.Sprint(newest(list, 4, func(int) time.Time { return time.Time{} })); got != "[0 1 8 9]" {
		t.Errorf("of undated ones %s", got)
	}
}

func commentFeedIsNumbered(t *testing.T, body []byte) {
	t.Helper()
	list, err := commentFeed(body, time.Time{})
	if err == nil && len(list) > maxRows {
		t.Errorf("%d comments", len(list))
	}
	for _, c := range list {
		if c.id == "" || strings.Trim(c.id, "0123456789") != "" {
			t.Errorf("number %q", c.id)
		}
	}
}

// A comment that stood on its page, which does not say when it was made, is one with the interface's, which does.
func TestStandingIsNoTime(t *testing.T) {
	published := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	said := published.Add(50 * time.Hour)
	var h heard
	h.add(audit.Comment{ID: "f", Post: "p", System: "custom", Text: "No heat.", Standing: true, Time: published, TimeMax: published.Add(400 * time.Hour)})
	h.add(audit.Comment{ID: "n", Post: "p", System: "wordpress", Text: "No heat.", Native: true, Time: published, TimeMax: published.Add(400 * time.Hour), Standing: true})
	h.add(audit.Comment{ID: "n", Post: "p", System: "wordpress", Text: "No heat.", Native: true, Time: said})
	got, _ := h.all(true)
	if len(got) != 1 || got[0].ID != "n" || !got[0].Time.Equal(said) || got[0].Standing || !got[0].TimeMax.IsZero() {
		t.Errorf("%+v", got)
	}
}

// A page or an answer shows all comments only where it states how many there are, or where its server says when there are more.
func TestWholeLists(t *testing.T) {
	n := func(n int) *int { return &n }
	for _, c := range []struct {
		listed, stated *int
		want           bool
	}{{n(3), n(3), true}, {n(5), n(3), true}, {n(3), n(4), false}, {n(3), nil, false}, {n(0), n(0), true}, {n(0), nil, false}, {nil, n(0), false}} {
		if got := statesAll(audit.Reading{Count: c.listed, CountClaimed: c.stated}); got != c.want {
			t.Errorf("a page: listed %v, stated %v: %v", c.listed, c.stated, got)
		}
	}
	one := []toldComment{{id: "1"}}
	for _, c := range []struct {
		told   told
		system string
		want   bool
	}{
		{told{listed: true, comments: one}, "disqus", true}, {told{listed: true, partial: true, comments: one}, "disqus", false},
		{told{listed: true}, "disqus", false}, {told{listed: true, comments: one}, "isso", false}, {told{comments: one}, discourse, false},
		{told{listed: true, comments: one, stated: n(1)}, "remark42", true}, {told{listed: true, comments: one, stated: n(2)}, "remark42", false},
		{told{listed: true, stated: n(0)}, "remark42", true}, {told{partial: true, comments: one, stated: n(1)}, "disqus", false},
	} {
		if got := c.told.whole(c.system); got != c.want {
			t.Errorf("%s: %+v: %v", c.system, c.told, got)
		}
	}
}

// What another method told by its number stands in a page's listing by that number.
func TestListingsNameTheKept(t *testing.T) {
	var h heard
	h.add(audit.Comment{ID: "f1", Post: "p", System: "custom", Text: "No heat"})
	h.add(audit.Comment{ID: "f2", Post: "p", System: "custom", Text: "Only here"})
	h.add(audit.Comment{ID: "n1", Post: "p", System: "wordpress", Text: "No heat", Native: true})
	h.listings = []audit.Listing{{Capture: "k", Method: audit.ByPage, Post: "p", Complete: true, Comments: []string{"f1", "f2"}}}
	comments, listings := h.all(true)
	if len(comments) != 2 || fmt.Sprint(listings[0].Comments) != "[n1 f2]" {
		t.Errorf("%d comments, listed %v", len(comments), listings[0].Comments)
	}
}
