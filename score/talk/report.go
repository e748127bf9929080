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
	Calendar  Calendar
	// Promised is what the page of rules says of reply times, and Since when it was first seen to say so: comments that are
	// older are not held against it. Empty where nothing is published.
	Promised audit.Values
	Since    time.Time
}

// Report are the figures of one organisation.
type Report struct {
	All        Replies
	Complaints Replies
	Promises   []Measured // one a platform on which something is promised
	Visibility Visibility
	Edited     int // comments of the public of which another wording was seen later
}

// Measured is a promise beside what was measured where it holds.
type Measured struct {
	Platform audit.Platform
	Promise  Promise
	Kept     Kept
}

// Make makes the figures.
func Make(f Facts) Report {
	seen := map[string]time.Time{}
	for _, p := range f.Posts {
		seen[p.ID] = p.Seen
	}
	said := sights(f.Shown).watch(f.Said)
	threads := Threads(said)
	r := Report{
		All: Answers(threads, f.Calendar), Complaints: Answers(Complaints(threads), f.Calendar), Promises: f.measure(threads),
		Visibility: Visible(said, f.Shown, seen),
	}
	for _, s := range said {
		if s.Edited && s.By == audit.AuthorPublic {
			r.Edited++
		}
	}
	return r
}

func (f Facts) measure(threads []Thread) []Measured {
	by := map[audit.Platform][]Thread{}
	for _, t := range threads {
		p := f.Platforms[t.Begins.Channel]
		by[p] = append(by[p], t)
	}
	var all []Measured
	for _, p := range slices.Sorted(maps.Keys(by)) {
		promise, ok := PromiseOf(f.Promised, named(p))
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
