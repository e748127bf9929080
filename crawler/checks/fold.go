package checks

import (
	"net/url"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/crawler"
)

// finding makes the visit's finding of a check for one scope.
func finding(f crawler.Folding, scope string, v audit.Verdict) audit.Finding {
	return audit.Finding{
		ID: audit.FindingID(f.Visit.ID, f.Check.ID, scope), Visit: f.Visit.ID, Channel: f.Visit.Channel.ID,
		Check: f.Check.ID, Scope: scope, Verdict: v, How: f.Visit.How, ObservedAt: f.Visit.ObservedAt,
	}
}

// foldSite folds a question about the whole site: any page that shows it is enough, and its absence needs every page
// that could have shown it.
func foldSite(f crawler.Folding) []audit.Finding {
	for _, want := range [...]audit.State{audit.Open, audit.Restricted} {
		for _, r := range f.Readings {
			if want == audit.Restricted && !f.Coverage.Complete {
				break // what is only seen far away may stand nearer, on a page that was not read
			}
			if r.Verdict.State() == want {
				x := finding(f, "", r.Verdict)
				x.System, x.Count, x.CountClaimed, x.Values, x.Wording = r.System, r.Count, r.CountClaimed, r.Values, r.Wording
				return []audit.Finding{x}
			}
		}
	}
	return []audit.Finding{finding(f, "", absentFrom(f))}
}

// foldSettings folds a question about one setting of the whole place: the newest answer that was given, whatever it is.
func foldSettings(f crawler.Folding) []audit.Finding {
	var last *audit.Reading
	for i := range f.Readings {
		r := &f.Readings[i]
		if known := r.Verdict.State() != audit.Unknown; known && r.Scope == "" && r.Verdict.State() != audit.Absent && (last == nil || !r.At.Before(last.At)) {
			last = r
		}
	}
	if last == nil {
		return []audit.Finding{finding(f, "", absentFrom(f))}
	}
	x := finding(f, "", last.Verdict)
	x.System, x.Count, x.CountClaimed, x.Values = last.System, last.Count, last.CountClaimed, last.Values
	return []audit.Finding{x}
}

// absentFrom gives absent where the coverage is complete, no document was left unread in which the answer may stand, and every page
// was read whole and showed nothing, else unknown.
func absentFrom(f crawler.Folding) audit.Verdict {
	why := f.Coverage.Reason
	for _, r := range f.Readings {
		quiet := r.Verdict.State() == audit.Absent || r.Verdict.Reason() == audit.ReasonNotLooked
		if !quiet && why == "" {
			why = r.Verdict.Reason()
		}
	}
	if !f.Coverage.Complete || f.Coverage.Papers || why != "" || len(f.Readings) == 0 || len(f.Coverage.Captures) == 0 {
		if why == "" {
			why = audit.ReasonIncomplete
		}
		return audit.UnknownFor(why)
	}
	e := audit.Evidence{
		Type: audit.Absence, Rule: "site-absence", Version: f.Check.Version, How: f.Visit.How,
		Capture: f.Coverage.Captures[0], Captures: f.Coverage.Captures,
	}
	if c := f.Visit.Confirmed; c != nil {
		e.Offset, e.Length, e.Excerpt, e.URL, e.Capture = c.Offset, c.Length, c.Excerpt, c.URL, c.Capture
	}
	v, err := audit.NewVerdict(audit.Absent, "", "", &e)
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}

// foldComments gives a finding for each post and one for the channel, which says of how many posts it speaks.
func foldComments(f crawler.Folding) []audit.Finding {
	var posts []audit.Finding
	var of audit.Of
	for _, r := range lastOfEach(f.Readings) {
		if e := r.Verdict.Evidence(); e != nil && e.Rule == ruleUnprinted {
			r.Verdict = audit.UnknownFor(audit.ReasonNoMarker) // the page is silent, and so is a post that is closed
		}
		x := finding(f, r.Scope, r.Verdict)
		x.System, x.Count, x.CountClaimed, x.Values = r.System, r.Count, r.CountClaimed, r.Values
		posts = append(posts, x)
		of.Newest = of.Newest.Later(r.Newest)
		switch r.Verdict.State() {
		case audit.Open:
			of.Open++
		case audit.Restricted:
			of.Restricted++
		case audit.Closed:
			if isBoard(r.System) && f.Visit.Channel.Platform == audit.Web || ofPlatform(r) {
				of.Unknown++ // one locked thread says nothing of the others, or of news; nor what the platform itself switched off
				continue
			}
			of.Closed++
		case audit.Absent:
			of.Absent++
		default:
			of.Unknown++
		}
	}
	channel := finding(f, "", channelVerdict(f, posts, of))
	channel.Of = &of
	channel.Count, channel.CountClaimed = sumOf(posts)
	for _, x := range posts {
		if x.System == "" || x.System == "none" {
			continue
		}
		if !slices.Contains(of.Systems, x.System) && len(of.Systems) < maxSystems {
			of.Systems = append(of.Systems, x.System)
		}
		if x.Verdict.State() != audit.Unknown && channel.System == "" {
			channel.System = x.System
		}
	}
	return append([]audit.Finding{channel}, posts...)
}

// ofPlatform reports whether the platform switched comments off by a rule of its own, as YouTube does on videos made for
// children: nothing that the organisation did.
func ofPlatform(r audit.Reading) bool {
	e := r.Verdict.Evidence()
	return e != nil && e.Rule == "yt-made-for-kids"
}

// maxSystems bounds how many systems a channel's finding names. A site has one, and now and then another beside it.
const maxSystems = 5

// sumOf gives how many comments the posts' pages list in all, and how many they state, of a page that states no number
// those that it lists: nil where no page tells.
func sumOf(posts []audit.Finding) (listed, stated *int) {
	var l, s int
	for _, x := range posts {
		here := 0
		if x.Count != nil {
			here, listed = *x.Count, &l
		}
		l += here
		if x.CountClaimed != nil {
			here, stated = max(here, *x.CountClaimed), &s
		}
		s += here
	}
	return listed, stated
}

// lastOfEach gives the readings of posts, one a post, in the order in which the posts were first read.
func lastOfEach(readings []audit.Reading) []audit.Reading {
	var out []audit.Reading
	at := map[string]int{}
	for _, r := range readings {
		if r.Scope == "" {
			continue
		}
		if i, seen := at[r.Scope]; seen {
			if !r.At.Before(out[i].At) {
				out[i] = r
			}
			continue
		}
		at[r.Scope] = len(out)
		out = append(out, r)
	}
	return out
}

// minClosed is how many closed posts make a channel closed. One misread page must not accuse.
const minClosed = 2

// closedPosts counts the closed posts. One post has many addresses: for print, for a page of its comments, with a mark of
// where the reader came from.
func closedPosts(posts []audit.Finding) int {
	seen := map[string]bool{}
	for _, x := range posts {
		u, err := url.Parse(x.Scope)
		if err != nil || x.Verdict.State() != audit.Closed {
			continue
		}
		path, _, _ := strings.Cut(u.Path, "/comment-page-")
		path = strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(path, "/"), "/amp"), "/print")
		seen[path+"?p="+u.Query().Get("p")+"&v="+u.Query().Get("v")] = true
	}
	return len(seen)
}

// channelVerdict: open where some posts are open and none is marked otherwise; beside closed or restricted ones that is
// restricted to some posts. Unknown posts beside open ones change nothing, beside others they make it unknown. Posts
// without any place to talk never speak against a channel that has one: beside open or restricted ones they change
// nothing, and closed it is only where the closed posts are two at least, and more than those.
func channelVerdict(f crawler.Folding, posts []audit.Finding, of audit.Of) audit.Verdict {
	switch {
	case of.Open > 0 && of.Closed+of.Restricted == 0:
		return first(posts, audit.Open)
	case of.Open > 0 || of.Restricted > 0 && of.Closed > 0:
		return somePosts(posts, of)
	case of.Unknown > 0:
		return firstUnknown(posts)
	case of.Restricted > 0:
		return first(posts, audit.Restricted)
	case closedPosts(posts) >= minClosed && of.Closed > of.Absent:
		return first(posts, audit.Closed)
	case of.Closed > 0:
		return audit.UnknownFor(audit.ReasonIncomplete)
	}
	return absentFrom(f)
}

// firstUnknown gives the first post's unknown; where only locked threads count as such, that nothing was said.
func firstUnknown(posts []audit.Finding) audit.Verdict {
	for _, x := range posts {
		if x.Verdict.State() == audit.Unknown {
			return x.Verdict
		}
	}
	return audit.UnknownFor(audit.ReasonNoMarker)
}

func first(posts []audit.Finding, s audit.State) audit.Verdict {
	for _, x := range posts {
		if x.Verdict.State() == s {
			return x.Verdict
		}
	}
	return audit.UnknownFor(audit.ReasonInternal)
}

// somePosts rests on a post that is not open to all; the captures of the others stand beside it.
func somePosts(posts []audit.Finding, of audit.Of) audit.Verdict {
	state := audit.Restricted
	if of.Closed > 0 {
		state = audit.Closed
	}
	e := first(posts, state).Evidence()
	if e == nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	for _, x := range posts {
		if other := x.Verdict.Evidence(); other != nil && other.Capture != e.Capture {
			e.Captures = append(e.Captures, other.Capture)
		}
	}
	e.Rule, e.Version = "some-posts", max(e.Version, 1)
	v, err := audit.NewVerdict(audit.Restricted, "", audit.KindSomePosts, e)
	if err != nil {
		return audit.UnknownFor(audit.ReasonInternal)
	}
	return v
}
