package talk

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func TestWeeks(t *testing.T) {
	// Monday 2 November is the first day of week 45. b was said on Sunday of week 45, c on the Monday after; c was not watched for a week.
	said := spoken(t, "a p 0\na1 o 1 a\nb p 150\nc p 240\nd ? 2")
	for i := range said {
		if said[i].ID == "c" {
			said[i].Watched = said[i].From.Add(6 * 24 * h)
		}
	}
	got := Weeks(said, Threads(said))
	want := []Week{{"2026-W45", 2, 1, 2, 1}, {"2026-W46", 1, 0, 0, 0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStreak(t *testing.T) {
	weeks := func(answered ...int) (all []Week) {
		for i, n := range answered {
			w := Week{Week: fmt.Sprintf("2026-W%02d", i+1), Settled: 10, Answered: n}
			if n < 0 {
				w.Settled, w.Answered = 4, 0 // too few to judge
			}
			all = append(all, w)
		}
		return all
	}
	for _, c := range []struct {
		weeks []Week
		want  Streak
	}{
		{nil, Streak{}},
		{weeks(6, 7, 10), Streak{Weeks: 3}},
		{weeks(10, 5, 6, -1, 6), Streak{Weeks: 2}}, // a week of few neither makes nor breaks it
		{weeks(6, 6, 6, 5), Streak{Slipped: true, Before: 3}},
		{weeks(6, 6, -1, 5), Streak{Before: 2}}, // two are no streak to slip from
		{weeks(6, 6, 6, 5, 5), Streak{}},
	} {
		if got := StreakOf(c.weeks); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.weeks, got, c.want)
		}
	}
}

// TestShare: Wilson's interval of 8 in 10 is 0.4902 to 0.9433, of 0 in 10 it is 0 to 0.2775.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		n, of         int
		value, lo, up float64
	}{{8, 10, 0.8, 0.4902, 0.9433}, {0, 10, 0, 0, 0.2775}, {10, 10, 1, 0.7225, 1}, {0, 0, 0, 0, 0}} {
		got := ShareOf(c.n, c.of)
		for _, x := range [][2]float64{{got.Value, c.value}, {got.Low, c.lo}, {got.Up, c.up}} {
			if math.Abs(x[0]-x[1]) > 0.0001 {
				t.Errorf("%d of %d: %+v", c.n, c.of, got)
			}
		}
	}
}

// posts makes n posts, two days apart, the newest published two days before now; each has so many comments within its first hour.
func posts(n int, comments func(i int) int, now time.Time) (all []audit.Posted, said []audit.Said) {
	for i := range n {
		p := audit.Posted{Channel: "c", Seen: now}
		p.ID, p.Title, p.Published = fmt.Sprint("p", i), "Rent changes", now.AddDate(0, 0, -2*(i+1))
		all = append(all, p)
		for k := range comments(i) {
			said = append(said, audit.Said{ID: fmt.Sprint(i, "-", k), Channel: "c", Post: p.ID, By: audit.AuthorPublic, From: p.Published.Add(time.Duration(k) * time.Minute)})
		}
	}
	return all, said
}

func TestUnusual(t *testing.T) {
	now := monday.AddDate(0, 3, 0)
	// The newest has 9 comments, those before it 2 or 3: of the 20 before it all have fewer, and their median is 2.
	all, said := posts(21, func(i int) int {
		if i == 0 {
			return 9
		}
		return 2 + i%2
	}, now)
	got := UnusualPosts(all, said, time.Time{}, now)
	if len(got) != 1 || got[0].Post.ID != "p0" || got[0].Count != 9 || got[0].Fewer != 20 || got[0].Of != 20 || got[0].Median != 2 || got[0].Age != 48*h {
		t.Errorf("%+v", got)
	}
	if got := UnusualPosts(all[:20], said, time.Time{}, now); len(got) != 0 {
		t.Errorf("against nineteen posts: %+v", got)
	}
	// Posts of long ago, whose comments are not read any more, are none to compare with.
	long := slices.Clone(all)
	long[20].Published = now.AddDate(0, 0, -281)
	if got := UnusualPosts(long, said, time.Time{}, now); len(got) != 0 {
		t.Errorf("against a post of long ago: %+v", got)
	}
	// A comment that came when the post was older than the newest is now does not count against it.
	late := append([]audit.Said{}, said...)
	for k := range 40 {
		late = append(late, audit.Said{ID: fmt.Sprint("late", k), Post: "p5", By: audit.AuthorPublic, From: all[5].Published.Add(100 * h)})
	}
	if got := UnusualPosts(all, late, time.Time{}, now); len(got) != 1 || got[0].Fewer != 20 {
		t.Errorf("at the same age: %+v", got)
	}
	// Twice the median and no more, or four comments in all: not unusual.
	all, said = posts(30, func(i int) int { return map[bool]int{true: 4, false: 2}[i == 0] }, now)
	if got := UnusualPosts(all, said, time.Time{}, now); len(got) != 0 {
		t.Errorf("four against two: %+v", got)
	}
}

func TestGrowthAndKinds(t *testing.T) {
	now := monday
	all, said := posts(3, func(i int) int { return i + 1 }, now) // ages of 2, 4 and 6 days; 1, 2 and 3 comments at once
	said = append(said, audit.Said{ID: "own", Post: "p0", By: audit.AuthorOrganisation, From: now}, audit.Said{ID: "late", Post: "p2", By: audit.AuthorPublic, From: all[2].Published.Add(50 * h), Watched: now})
	all[1].Title = "What should we plant?"
	s, err := NewSorter(Rules{Kinds: []Rule{{Kind: "question", Asks: true}, {Kind: "service", Phrases: []string{"rent"}}}})
	if err != nil {
		t.Fatal(err)
	}
	of := func(p audit.Posted) Kind { return s.Kind(p.Title, p.URL) }
	growth := Growth(all, said, now.AddDate(0, 0, -28), of)
	var got []string
	for _, g := range growth {
		got = append(got, fmt.Sprint(g.Post.ID, g.Kind, g.At, g.Now))
	}
	// The third has 3 comments after a day, 4 after three days.
	if diff := cmp.Diff([]string{"p0service[1 -1 -1] 1", "p1question[2 2 -1] 2", "p2service[3 4 -1] 4"}, got); diff != "" {
		t.Errorf("growth (-want +got):\n%s", diff)
	}
	kinds := ByKind(all, said, Threads(said), now.AddDate(0, 0, -28), of)
	want := []KindFigures{{Kind: "question", Posts: 1, Comments: 2, Threads: 2}, {Kind: "service", Posts: 2, Comments: 5, Threads: 5, Answered: 1}}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if of(audit.Posted{Post: audit.Post{Title: "A walk", URL: "https://x.test/news/rent/a-walk"}}) != "service" {
		t.Error("a heading that says nothing: the folder is not asked")
	}
}

// TestManyOnOnePost: what the figures cost grows with the comments, and not with their square, wherever they stand: twenty thousand on one
// post, each shown by a listing, take no more for each than two hundred on each of a hundred posts.
func TestManyOnOnePost(t *testing.T) {
	each := func(posts int) float64 {
		f := crowd(20_000, posts)
		return testing.AllocsPerRun(1, func() { Make(f) }) / float64(len(f.Said))
	}
	one, many := each(1), each(100)
	if t.Logf("on one post %.1f allocations a comment, on a hundred %.1f", one, many); one > 2*many {
		t.Errorf("on one post %.1f allocations a comment, on a hundred %.1f", one, many)
	}
}

// crowd makes comments of the public and a few answers, a minute apart, and listings that show some of them.
func crowd(n, posts int) Facts {
	f := Facts{Now: monday.AddDate(0, 0, 60), Calendar: Calendar{Zone: time.UTC, Hours: Office()}}
	for i := range n {
		s := audit.Said{ID: fmt.Sprint(i), Channel: "c", Post: fmt.Sprint("p", i%posts), By: audit.AuthorPublic, From: monday.Add(time.Duration(i) * time.Minute), Assessed: true}
		if s.Seen = s.From; i%10 == 9 {
			s.By = audit.AuthorOrganisation
		}
		f.Said = append(f.Said, s)
	}
	for i := range 50 {
		x := audit.Shown{Channel: "c", First: monday.AddDate(0, 0, 20), Last: monday.AddDate(0, 0, 20+i), Looks: 1}
		x.Complete, x.Post = true, "p0"
		for j := 0; j < 100*posts; j += posts {
			x.Comments = append(x.Comments, f.Said[j].ID)
		}
		f.Shown = append(f.Shown, x)
	}
	return f
}

// TestMoreThanIsRead: where not all comments of the stretch are read, the figures begin when all are, say so, and leave out posts that
// are older, of whose comments some are missing.
func TestMoreThanIsRead(t *testing.T) {
	f := crowd(3000, 1)
	f.From, f.Homes = monday, 100
	old, young := audit.Posted{Channel: "c", Seen: f.Now}, audit.Posted{Channel: "c", Seen: f.Now}
	old.ID, old.Published, young.ID, young.Published = "p0", f.Now.AddDate(0, 0, -20), "p1", f.Now.AddDate(0, 0, -10)
	f.Posts = []audit.Posted{old, young}
	whole := Make(f)
	if !whole.Cut.IsZero() || whole.Public != 2700 || whole.PerHomes == 0 || len(whole.Growth) != 2 {
		t.Errorf("all is read: %d comments, cut at %s, growth of %d posts", whole.Public, whole.Cut, len(whole.Growth))
	}
	f.Read = f.Now.AddDate(0, 0, -15)
	f.Said = f.Said[2000:]
	for i := range f.Said {
		f.Said[i].From = f.Read.Add(time.Duration(i) * time.Minute)
	}
	f.Said[0].From = f.Read.Add(-time.Hour) // of the first day, by its week
	cut := Make(f)
	if !cut.Cut.Equal(f.Read) || cut.CutDays != 15 || cut.Public != 899 || cut.PerHomes != 0 || len(cut.Growth) != 1 || cut.Lines()[0].Figure != "days_counted" {
		t.Errorf("%d comments, cut at %s (%v days), %v for each 1,000 homes, growth of %d posts, first line %v", cut.Public, cut.Cut, cut.CutDays, cut.PerHomes, len(cut.Growth), cut.Lines()[0])
	}
}
