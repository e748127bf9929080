package talk

import (
	"cmp"
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

// looks are the listings by the place they speak of.
type looks map[place][]audit.Shown

type place struct{ channel, post string }

func sights(shown []audit.Shown) looks {
	g := looks{}
	for _, x := range shown {
		k := place{x.Channel, x.Post}
		g[k] = append(g[k], x)
	}
	return g
}

// of lists what speaks of the post of a comment, and what speaks of all posts of its channel.
func (g looks) of(s audit.Said) []audit.Shown {
	return slices.SortedFunc(slices.Values(slices.Concat(g[place{s.Channel, s.Post}], g[place{s.Channel, ""}])),
		func(a, b audit.Shown) int { return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Capture, b.Capture)) })
}

// covers reports whether a listing would show the comment if it were there: all there are, or all since a time that is
// earlier than it was surely said.
func covers(x audit.Shown, s audit.Said) bool {
	return x.Complete && (x.Since.IsZero() || !s.From.IsZero() && !s.From.Before(x.Since))
}

// gone says whether a comment is no longer visible, and whether that can be told. Every method that ever showed it must have
// had three full looks without it since anybody last saw it, and its post must have been seen after it went.
func (g looks) gone(s audit.Said, postSeen time.Time) (told, gone bool) {
	all := g.of(s)
	var seen time.Time
	methods := map[audit.Method]bool{}
	for _, x := range all {
		if slices.Contains(x.Comments, s.ID) {
			seen = later(seen, x.Last)
			methods[x.Method] = true
		}
	}
	if seen.IsZero() {
		return false, false
	}
	missing, there := map[audit.Method]int{}, map[audit.Method]int{}
	var went time.Time
	for _, x := range all {
		switch {
		case !covers(x, s):
		case x.First.After(seen):
			missing[x.Method] += x.Looks
			if went.IsZero() {
				went = x.First
			}
		case slices.Contains(x.Comments, s.ID):
			there[x.Method] += x.Looks
		}
	}
	if len(missing) == 0 { // it was there at the last full look
		for _, n := range there {
			told = told || n >= FullLooks
		}
		return told, false
	}
	for m := range methods {
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
		for _, x := range g.of(s) {
			if slices.Contains(x.Comments, s.ID) {
				said[i].Watched = later(said[i].Watched, x.Last)
			}
		}
	}
	return said
}
