package talk

import (
	"cmp"
	"slices"
	"time"

	"doorknock/audit"
)

// What "unusual" means: of the channel's own posts of forty weeks before it, at most the last hundred and at least twenty, at the same age.
const (
	mostBefore   = 100
	LeastBefore  = 20
	youngest     = 24 * time.Hour          // of a younger post nothing is said
	oldest       = 7 * 24 * time.Hour      // after that a post's age no longer matters
	recent       = 14 * 24 * time.Hour     // posts that are older are no news
	compared     = 40 * 7 * 24 * time.Hour // posts that are older are not compared with: their comments are not read any more, and would count as none
	LeastUnusual = 5                       // comments
)

// Unusual is a post with more comments than nearly all before it had at its age: more than 95 in 100 of them, more than twice
// their median, and five at least.
type Unusual struct {
	Post   audit.Posted
	Age    time.Duration
	Count  int // comments by the public at that age
	Fewer  int // of the posts before it, those that had fewer then
	Of     int
	Median int // of theirs
}

// UnusualPosts finds them among the posts of the last fortnight before now. Of posts that are older than read, not all comments are
// here: they are left out.
func UnusualPosts(posts []audit.Posted, said []audit.Said, read, now time.Time) []Unusual {
	c := count(said)
	dated := slices.DeleteFunc(slices.Clone(posts), func(p audit.Posted) bool {
		return p.Published.IsZero() || now.Sub(p.Published) > compared || p.Published.Before(read)
	})
	slices.SortFunc(dated, func(a, b audit.Posted) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), b.Published.Compare(a.Published), cmp.Compare(a.ID, b.ID))
	})
	var all []Unusual
	for i, p := range dated {
		if now.Sub(p.Published) > recent || p.Seen.Sub(p.Published) < youngest {
			continue
		}
		if u := c.against(p, dated[i+1:]); u.is() {
			all = append(all, u)
		}
	}
	return all
}

// counted are the times of the public's comments by post, in order.
type counted struct{ at map[string][]time.Time }

func count(said []audit.Said) counted {
	c := counted{at: map[string][]time.Time{}}
	for _, s := range said {
		if s.By == audit.AuthorPublic {
			c.at[s.Post] = append(c.at[s.Post], s.Began())
		}
	}
	for _, times := range c.at {
		slices.SortFunc(times, time.Time.Compare)
	}
	return c
}

// until counts the comments that a post had at an age.
func (c counted) until(p audit.Posted, age time.Duration) int {
	n, _ := slices.BinarySearchFunc(c.at[p.ID], p.Published.Add(age), func(t, until time.Time) int {
		if t.After(until) {
			return 1
		}
		return -1
	})
	return n
}

// against compares a post with those before it, newest first, that were watched for as long.
func (c counted) against(p audit.Posted, before []audit.Posted) Unusual {
	u := Unusual{Post: p, Age: min(p.Seen.Sub(p.Published), oldest)}
	u.Count = c.until(p, u.Age)
	var theirs []int
	for _, o := range before {
		if o.Channel != p.Channel || len(theirs) == mostBefore {
			break
		}
		if o.Seen.Sub(o.Published) < u.Age {
			continue
		}
		n := c.until(o, u.Age)
		theirs = append(theirs, n)
		if n < u.Count {
			u.Fewer++
		}
	}
	if u.Of = len(theirs); u.Of > 0 {
		slices.Sort(theirs)
		u.Median = theirs[(u.Of-1)/2]
	}
	return u
}

func (u Unusual) is() bool {
	return u.Of >= LeastBefore && u.Count >= LeastUnusual && u.Count > 2*u.Median && u.Fewer*100 > 95*u.Of
}

// PostGrowth is how many comments of the public a post had at each of some ages, and has now.
type PostGrowth struct {
	Post audit.Posted
	Kind Kind
	At   [3]int // after one day, three and seven, as far as it was watched; -1: not watched for so long
	Now  int
}

// growthAges are the ages of PostGrowth.At.
var growthAges = [3]time.Duration{24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour}

// Growth counts comments per post over time, of posts published since a time, newest first.
func Growth(posts []audit.Posted, said []audit.Said, since time.Time, of func(audit.Posted) Kind) []PostGrowth {
	c := count(said)
	var all []PostGrowth
	for _, p := range posts {
		if p.Published.IsZero() || p.Published.Before(since) {
			continue
		}
		g := PostGrowth{Post: p, Kind: of(p), Now: len(c.at[p.ID])}
		for i, age := range growthAges {
			g.At[i] = -1
			if p.Seen.Sub(p.Published) >= age {
				g.At[i] = c.until(p, age)
			}
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b PostGrowth) int {
		return cmp.Or(b.Post.Published.Compare(a.Post.Published), cmp.Compare(a.Post.ID, b.Post.ID))
	})
	return all
}
