package talk

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"doorknock/audit"
)

// Week is one ISO week, Monday to Sunday in UTC, as its threads stand today.
type Week struct {
	Week     string // 2026-W47
	Public   int    // comments by the public
	Own      int    // by the organisation
	Settled  int    // threads that were begun then and watched for Settled or longer
	Answered int    // of them
}

// weekOf names the ISO week of a time.
func weekOf(t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// Weeks counts by week, in order of time; weeks in which nothing was said are left out.
func Weeks(said []audit.Said, threads []Thread) []Week {
	by := map[string]*Week{}
	of := func(t time.Time) *Week {
		name := weekOf(t)
		if by[name] == nil {
			by[name] = &Week{Week: name}
		}
		return by[name]
	}
	for _, s := range said {
		switch s.By {
		case audit.AuthorPublic:
			of(s.Began()).Public++
		case audit.AuthorOrganisation:
			of(s.Began()).Own++
		}
	}
	for _, t := range threads {
		if t.Untold || t.Begins.Watched.Sub(t.Begins.Began()) < Settled {
			continue
		}
		w := of(t.Begins.Began())
		w.Settled++
		if t.Answer != nil {
			w.Answered++
		}
	}
	var all []Week
	for _, w := range by {
		all = append(all, *w)
	}
	slices.SortFunc(all, func(a, b Week) int { return cmp.Compare(a.Week, b.Week) })
	return all
}

// What a week needs to be judged, and what makes it one in which people were answered.
const (
	leastInWeek   = 5
	answeredShare = 60 // per cent
	leastStreak   = 3  // weeks
)

// Streak is how long people have been answered. Weeks with fewer than five threads are no part of it: they neither make it
// nor break it.
type Streak struct {
	Weeks   int  // the newest weeks in a row in which 60 % or more were answered
	Slipped bool // the newest week is below that, and at least three before it were not
	Before  int  // where Slipped: how many there were before it
}

// StreakOf reads the weeks from the newest back.
func StreakOf(weeks []Week) (s Streak) {
	judged := slices.DeleteFunc(slices.Clone(weeks), func(w Week) bool { return w.Settled < leastInWeek })
	run := func(before int) (n int) {
		for i := before - 1; i >= 0 && judged[i].Answered*100 >= answeredShare*judged[i].Settled; i-- {
			n++
		}
		return n
	}
	s.Weeks = run(len(judged))
	if s.Weeks == 0 && len(judged) > 0 {
		s.Before = run(len(judged) - 1)
		s.Slipped = s.Before >= leastStreak
	}
	return s
}

// Share is a share with its interval of 95 % by Wilson, which stays between 0 and 1.
type Share struct {
	N, Of          int
	Value, Low, Up float64
}

// ShareOf makes the share of n in of.
func ShareOf(n, of int) Share {
	if of == 0 {
		return Share{}
	}
	const z = 1.96
	p, m := float64(n)/float64(of), float64(of)
	middle, wide := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Share{N: n, Of: of, Value: p, Low: max(0, (middle-wide)/(1+z*z/m)), Up: min(1, (middle+wide)/(1+z*z/m))}
}

// NotComplaint is the share of what the public said that our method does not read as a complaint, of what was assessed.
// Spam is no contact.
func NotComplaint(said []audit.Said) Share {
	n, of := 0, 0
	for _, s := range said {
		if s.By != audit.AuthorPublic || !s.Assessed || s.Spam {
			continue
		}
		of++
		if !s.Complaint {
			n++
		}
	}
	return ShareOf(n, of)
}

// KindFigures say what people made of one kind of post.
type KindFigures struct {
	Kind     Kind
	Posts    int // published in the stretch
	Comments int // by the public below them
	Threads  int // begun below them, of which it can be told whether they were answered
	Answered int
}

// ByKind counts by what posts are about, of posts published since a time; kinds without posts are left out.
func ByKind(posts []audit.Posted, said []audit.Said, threads []Thread, since time.Time, of func(audit.Posted) Kind) []KindFigures {
	by, kinds := map[Kind]*KindFigures{}, map[string]*KindFigures{}
	for _, p := range posts {
		if p.Published.IsZero() || p.Published.Before(since) {
			continue
		}
		k := of(p)
		if by[k] == nil {
			by[k] = &KindFigures{Kind: k}
		}
		by[k].Posts++
		kinds[p.ID] = by[k]
	}
	for _, s := range said {
		if k := kinds[s.Post]; k != nil && s.By == audit.AuthorPublic {
			k.Comments++
		}
	}
	for _, t := range threads {
		if k := kinds[t.Begins.Post]; k != nil && !t.Untold {
			k.Threads++
			if t.Answer != nil {
				k.Answered++
			}
		}
	}
	var all []KindFigures
	for _, k := range Kinds() {
		if by[k] != nil {
			all = append(all, *by[k])
		}
	}
	return all
}
