package talk

import (
	"iter"
	"math"
	"slices"
	"time"

	"doorknock/audit"
)

// FullLooks is after how many looks that showed all there is, and not it, a comment counts as no longer visible.
const FullLooks = 3

// The fewest comments that are gone, in all and on each side, of which complaints are compared with others.
const (
	leastGone     = 30
	leastGoneSide = 10
)

// Visibility says how many comments that were seen are no longer visible to a visitor. Nobody can tell from outside who took
// them away: the writer, the organisation or the platform.
type Visibility struct {
	Complaints, Others Gone // comments labelled threat or spam, and those that nobody assessed, are in neither
	// Of those that are gone, the ones of which the organisation's own token or webhook tells it, which is exact. One that was
	// hidden first and then removed is in Removed alone.
	Hidden, Removed int
	Difference      Difference
}

// Gone counts comments that can be told about, and those of them that are gone.
type Gone struct{ Watched, Gone int }

// Share is the share that is gone.
func (g Gone) Share() float64 { return float64(g.Gone) / float64(max(g.Watched, 1)) }

// Difference compares the share of complaints that are gone with that of the others, which is the ordinary churn of the place.
type Difference struct {
	Enough    bool    // the sample is large enough to be told
	Seen      bool    // Enough, and the interval leaves out 1
	Ratio     float64 // of the shares
	Low, High float64 // its interval of 95 %, by Katz: exp(ln ratio ± 1.96 √(1/a − 1/n + 1/b − 1/m))
}

// Visible makes the figures of what is no longer visible. Posts are given by the last sight of each: of a comment whose post
// was not seen since, nobody knows whether it went or the whole post.
func Visible(said []audit.Said, shown []audit.Shown, posts map[string]time.Time) Visibility {
	var v Visibility
	g := sights(shown)
	for _, s := range said {
		if s.By != audit.AuthorPublic || s.Threat || s.Spam || !s.Assessed {
			continue
		}
		told, gone := g.gone(s, posts[s.Post])
		switch {
		case s.Removed:
			told, gone, v.Removed = true, true, v.Removed+1
		case s.Hidden:
			told, gone, v.Hidden = true, true, v.Hidden+1
		}
		if !told {
			continue
		}
		side := &v.Others
		if s.Complaint {
			side = &v.Complaints
		}
		side.Watched++
		if gone {
			side.Gone++
		}
	}
	v.Difference = compare(v.Complaints, v.Others)
	return v
}

func compare(a, b Gone) (d Difference) {
	d.Enough = a.Gone+b.Gone >= leastGone && a.Gone >= leastGoneSide && b.Gone >= leastGoneSide && a.Watched >= LeastComplaints
	if !d.Enough {
		return d
	}
	d.Ratio = a.Share() / b.Share()
	wide := 1.96 * math.Sqrt(1/float64(a.Gone)-1/float64(a.Watched)+1/float64(b.Gone)-1/float64(b.Watched))
	d.Low, d.High = d.Ratio*math.Exp(-wide), d.Ratio*math.Exp(wide)
	d.Seen = d.Low > 1 || d.High < 1
	return d
}

// looks are the listings by the place they speak of, in order of time, and by the comments that they show.
type looks struct {
	at    map[place][]*audit.Shown
	shows map[string][]*audit.Shown
}

type place struct{ channel, post string }

func sights(shown []audit.Shown) looks {
	g := looks{at: map[place][]*audit.Shown{}, shows: map[string][]*audit.Shown{}}
	for i := range shown {
		x := &shown[i]
		k := place{x.Channel, x.Post}
		g.at[k] = append(g.at[k], x)
		for _, id := range x.Comments {
			if all := g.shows[id]; len(all) == 0 || all[len(all)-1] != x {
				g.shows[id] = append(all, x)
			}
		}
	}
	for _, all := range g.at {
		slices.SortStableFunc(all, func(a, b *audit.Shown) int { return a.First.Compare(b.First) })
	}
	return g
}

// of lists what shows a comment, and speaks of its post or of all posts of its channel.
func (g looks) of(s audit.Said) iter.Seq[*audit.Shown] {
	return func(yield func(*audit.Shown) bool) {
		for _, x := range g.shows[s.ID] {
			if x.Channel == s.Channel && (x.Post == s.Post || x.Post == "") && !yield(x) {
				return
			}
		}
	}
}

// since lists what was first seen after a time, and speaks of the post of a comment or of all posts of its channel.
func (g looks) since(at time.Time, s audit.Said) iter.Seq[*audit.Shown] {
	places := []place{{s.Channel, s.Post}, {s.Channel, ""}}
	if s.Post == "" {
		places = places[:1]
	}
	return func(yield func(*audit.Shown) bool) {
		for _, p := range places {
			all := g.at[p]
			i, _ := slices.BinarySearchFunc(all, at, func(x *audit.Shown, at time.Time) int {
				if x.First.After(at) {
					return 1
				}
				return -1
			})
			for _, x := range all[i:] {
				if !yield(x) {
					return
				}
			}
		}
	}
}

// covers reports whether a listing would show the comment if it were there: all there are, or all since a time that is
// earlier than it was surely said.
func covers(x *audit.Shown, s audit.Said) bool {
	return x.Complete && (x.Since.IsZero() || !s.From.IsZero() && !s.From.Before(x.Since))
}

// gone says whether a comment is no longer visible, and whether that can be told. Every method that ever showed it must have
// had three full looks without it since anybody last saw it, and its post must have been seen after it went.
func (g looks) gone(s audit.Said, postSeen time.Time) (told, gone bool) {
	var seen, went time.Time
	for x := range g.of(s) {
		seen = later(seen, x.Last)
	}
	if seen.IsZero() {
		return false, false
	}
	missing, there := map[audit.Method]int{}, map[audit.Method]int{}
	for x := range g.since(seen, s) {
		if covers(x, s) {
			missing[x.Method] += x.Looks
			if went.IsZero() || x.First.Before(went) {
				went = x.First
			}
		}
	}
	for x := range g.of(s) {
		there[x.Method] += 0 // the method showed it
		if covers(x, s) {
			there[x.Method] += x.Looks
		}
	}
	if len(missing) == 0 { // it was there at the last full look
		for _, n := range there {
			told = told || n >= FullLooks
		}
		return told, false
	}
	for m := range there {
		if missing[m] < FullLooks {
			return false, false // it is missing, and nobody can be sure yet
		}
	}
	sure := !postSeen.Before(went)
	return sure, sure
}

// Watch sets until when it is known of each comment whether somebody answered: the last look that showed it. What is no longer
// visible waits for no answer.
func Watch(said []audit.Said, shown []audit.Shown) []audit.Said {
	g := sights(shown)
	said = slices.Clone(said)
	for i, s := range said {
		for x := range g.of(s) {
			said[i].Watched = later(said[i].Watched, x.Last)
		}
	}
	return said
}
