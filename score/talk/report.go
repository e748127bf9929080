package talk

import (
	"maps"
	"slices"
	"time"

	"doorknock/audit"
)

// Facts are what the figures of one organisation are made from.
type Facts struct {
	Said      []audit.Said
	Shown     []audit.Shown
	Posts     []audit.Posted
	Platforms map[string]audit.Platform // by channel
	Sorter    *Sorter                   // nil: all posts are of the kind other
	Homes     int                       // 0: not known
	Now       time.Time
	// From is where the stretch begins of which figures are told. What is older serves to tell what is unusual, and no more.
	From     time.Time
	Read     time.Time // since when all comments are among Said
	Calendar Calendar
	// Promised is what the page of rules says of reply times, and Since when it was first seen to say so: comments that are
	// older are not held against it. Empty where nothing is published.
	Promised audit.Values
	Since    time.Time
}

// Report are the figures of one organisation.
type Report struct {
	// Cut is since when comments are counted, where that is later than it should be: so much was said. Zero: it is not.
	Cut         time.Time
	CutDays     float64 // how long that is
	All         Replies
	Complaints  Replies
	Promises    []Measured // one a platform on which something is promised
	Visibility  Visibility
	Edited      int     // comments of the public of which another wording was seen later
	Public      int     // comments by the public
	Own         int     // by the organisation
	PerHomes    float64 // comments by the public per 1,000 homes; 0: homes are not known
	Weeks       []Week
	Streak      Streak
	NoComplaint Share
	Kinds       []KindFigures
	Unusual     []Unusual
	Growth      []PostGrowth // of posts of the last four weeks
}

// growthDays is for how long counts per post are told.
const growthDays = 28

// Measured is a promise beside what was measured where it holds.
type Measured struct {
	Platform audit.Platform
	Promise  Promise
	Kept     Kept
}

// Make makes the figures.
func Make(f Facts) Report {
	var cut time.Time
	if f.Read.After(f.From) {
		f.From, cut = f.Read, f.Read
	}
	seen := map[string]time.Time{}
	for _, p := range f.Posts {
		seen[p.ID] = p.Seen
	}
	all := Watch(f.Said, f.Shown)
	said := slices.DeleteFunc(slices.Clone(all), func(s audit.Said) bool { return s.Began().Before(f.From) })
	threads := f.since(Threads(all))
	kind := func(p audit.Posted) Kind { return f.Sorter.Kind(p.Title, p.URL) }
	r := Report{
		Cut: cut, All: Answers(threads, f.Calendar), Complaints: Answers(Complaints(threads), f.Calendar), Promises: f.measure(threads),
		Visibility: Visible(said, f.Shown, seen), Weeks: Weeks(said, threads), NoComplaint: NotComplaint(said),
		Kinds: ByKind(f.Posts, said, threads, f.From, kind), Unusual: UnusualPosts(f.Posts, all, f.Read, f.Now),
		Growth: Growth(f.Posts, all, later(f.Read, f.Now.AddDate(0, 0, -growthDays)), kind),
	}
	r.Streak = StreakOf(r.Weeks)
	for _, s := range said {
		switch s.By {
		case audit.AuthorPublic:
			r.Public++
			if s.Edited {
				r.Edited++
			}
		case audit.AuthorOrganisation:
			r.Own++
		}
	}
	if !cut.IsZero() {
		r.CutDays = max(0, f.Now.Sub(cut).Hours()/24)
	} else if f.Homes > 0 {
		r.PerHomes = float64(r.Public) * 1000 / float64(f.Homes)
	}
	return r
}

// since leaves the threads that were begun in the stretch of which figures are told. They are found among all comments, since
// what began before it may be answered in it.
func (f Facts) since(threads []Thread) []Thread {
	return slices.DeleteFunc(threads, func(t Thread) bool { return t.Begins.Began().Before(f.From) })
}

func (f Facts) measure(threads []Thread) []Measured {
	by := map[audit.Platform][]Thread{}
	for _, t := range threads {
		p := f.Platforms[t.Begins.Channel]
		by[p] = append(by[p], t)
	}
	var all []Measured
	for _, p := range slices.Sorted(maps.Keys(by)) {
		promise, ok := PromiseFor(f.Promised, p)
		if !ok {
			continue
		}
		young := slices.DeleteFunc(slices.Clone(by[p]), func(t Thread) bool { return t.Begins.From.Before(f.Since) })
		all = append(all, Measured{p, promise, promise.Keep(young, f.Calendar)})
	}
	return all
}

// named is what a page of rules calls a platform where it promises something of it alone; an own site is not named.
func named(p audit.Platform) string {
	if p == audit.Web {
		return ""
	}
	return string(p)
}
