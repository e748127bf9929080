package web

import (
	"net/url"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// chip is a state as the pages print it: a shape and a word, never colour alone.
type chip struct{ Shape, Word string }

// shapes are what a door can look like, in the order in which pages list them.
var shapes = [...]string{"open", "restricted", "closed", "absent", "unknown", "checking"}

// chip gives the word for a state of a check: a duty is "published", a door is "open".
func (s *site) chip(c CheckDoc, state audit.State, checking bool) chip {
	shape := state.String()
	if checking {
		shape = "checking"
	}
	return chip{shape, s.stateWord(c, shape)}
}

func (s *site) stateWord(c CheckDoc, shape string) string {
	if c.duty() {
		return s.words.say("duty." + shape)
	}
	return s.words.say("state." + shape)
}

// place gives the words for a channel: "web site (example.org)".
func (s *site) place(p audit.Platform, address string) string {
	words := s.words.first("platform."+string(p), "platform.other")
	words = strings.ReplaceAll(words, "{name}", string(p))
	if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
		return words + " (" + strings.TrimPrefix(u.Hostname(), "www.") + ")"
	}
	return words
}

// doorView is one door as the organisation page prints it.
type doorView struct {
	Check    CheckDoc
	Platform audit.Platform
	State    audit.State
	Checking bool
	Never    bool // unknown, and never seen
	Title    string
	Place    string
	Spot     string // where it is, as the answer to "where can I speak?"
	URL      string // where to go: the page that showed it, else the place
	Kind     string
	Chip     chip
	Lines    []string
	Values   []valueView
	Sites    []siteView // where several sites answer together: what each says
	Since    time.Time
	Seen     time.Time // last time the state was seen
	Looked   time.Time // last look, where it was later and could not tell
	LastSeen time.Time
	How      string
	Finding  string
	Reason   audit.Reason
}

// unseen is the door of a place at which nobody has looked.
func unseen(c CheckDoc, p store.Place) store.Door {
	return store.Door{Channel: p.ID, Platform: p.Platform, URL: p.URL, Check: c.ID, Reason: audit.ReasonNotLooked}
}

func (s *site) door(d store.Door) doorView {
	c := s.check(d.Check)
	v := doorView{
		Check: c, Platform: d.Platform, State: d.State, Checking: d.Checking, Title: c.Title,
		Place: s.place(d.Platform, d.URL), URL: d.URL, Chip: s.chip(c, d.State, d.Checking), Finding: d.Finding, Reason: d.Reason,
	}
	v.Spot = s.words.first("org.answer."+string(c.ID), "org.answer.any")
	v.Spot = strings.NewReplacer("{place}", v.Place, "{title}", c.Title).Replace(v.Spot)
	switch {
	case d.Checking:
		v.Lines = []string{s.words.say("org.door.checking")}
		if d.Contested {
			v.Lines = []string{s.words.say("org.door.contested")}
		}
	case d.State == audit.Unknown && d.Reason == audit.ReasonNotLooked:
		v.Never, v.Chip.Word = true, s.words.say("state.notlooked")
		v.Lines = []string{s.words.say("org.door.notlooked")}
	case d.State == audit.Unknown:
		v.Lines = s.whyUnknown(d.Platform, c, d.Reason)
		v.Looked, v.Never = d.LookedAt, d.Was == audit.Unknown
		if d.Was != audit.Unknown {
			v.Lines = append(v.Lines, s.words.say("org.door.was", "state", s.chip(c, d.Was, false).Word, "when", s.words.date(d.SeenAt)))
		}
	default:
		if d.At != "" {
			v.URL = d.At
		}
		v.Since, v.Seen, v.LastSeen = d.Since, d.SeenAt, d.SeenAt
		if d.How != audit.Anonymous {
			v.How = s.words.say("how." + string(d.How))
		}
		if d.LookedAt.After(d.SeenAt) {
			v.Looked = d.LookedAt
		}
		v.Values = s.values(d.Values)
		s.describe(&v, d)
	}
	return v
}

// describe adds what is known of a door beyond its state.
func (s *site) describe(v *doorView, d store.Door) {
	if d.Kind != "" {
		v.Kind = s.words.say("org.answer.kind", "kind", s.words.say("kind."+string(d.Kind)))
		if !v.Check.duty() {
			v.Lines = append(v.Lines, s.words.say("org.door.kind", "kind", s.words.say("kind."+string(d.Kind))))
		}
	}
	if d.State == audit.Absent && !v.Check.duty() {
		v.Lines = append(v.Lines, s.words.say("org.door.none"))
	}
	if d.Witnesses > 0 && d.State != audit.Absent {
		v.Lines = append(v.Lines, s.words.count(s.people(d), d.Witnesses, "when", s.words.date(d.SeenAt)))
	}
	for _, line := range [...]string{s.posts(d.Of), s.talk(d.Check, d.Of, d.Count, d.Claimed)} {
		if line != "" {
			v.Lines = append(v.Lines, line)
		}
	}
	if d.Aged {
		v.Lines = append(v.Lines, s.words.say("org.door.aged", "when", s.words.date(d.SeenAt)))
	}
	if d.LastReason != "" {
		v.Lines = append(v.Lines, s.words.say("org.door.why.last", "reason", s.words.say("reason."+string(d.LastReason))))
	}
}

// people is the key of the sentence that says how many people saw it.
func (s *site) people(d store.Door) string {
	if d.Check == "reviews" && d.State == audit.Closed {
		return "org.door.people.noreview"
	}
	return "org.door.people." + d.State.String()
}

// whyUnknown gives the reason in plain words and one next step.
func (s *site) whyUnknown(p audit.Platform, c CheckDoc, r audit.Reason) []string {
	next := s.platform(p).NextStep
	if next != "" && c.Published {
		next = s.words.say("next.published")
	}
	if next == "" || r == audit.ReasonInternal || r == audit.ReasonStale || r == audit.ReasonQuarantined {
		next = s.words.first("next."+string(r), "next.any")
	}
	return []string{s.words.say("org.door.why", "reason", s.words.say("reason."+string(r))), next}
}

// talk says of comments or reviews by which systems they are made, how many the pages list and state, and when the newest was
// written, as closely as its page says: "By WordPress. Comments that are listed: 38. Stated: 41. Newest: 3 Nov 2026."
// Fewer than five are not told apart, here as elsewhere.
func (s *site) talk(c audit.CheckID, of *audit.Of, listed, stated *int) string {
	if !talksBack(c) {
		return ""
	}
	var parts []string
	if of != nil && len(of.Systems) > 0 {
		parts = append(parts, s.words.say("talk.by", "systems", audit.Untrusted(s.systems(of.Systems)).Plain(120)))
	}
	if listed != nil {
		parts = append(parts, s.words.say("talk."+string(c), "n", s.few(*listed)))
	}
	if stated != nil && (listed == nil || *stated > *listed && *stated >= fewComments) {
		parts = append(parts, s.words.say("talk.stated", "n", s.few(*stated)))
	}
	if of != nil && !of.Newest.IsZero() {
		parts = append(parts, s.words.say("talk.newest", "when", s.written(of.Newest)))
	}
	return strings.Join(parts, " ")
}

// systems names comment systems as their makers do; one without such a name goes by ours, as a visit told it.
func (s *site) systems(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		if names[i] = s.words["talk.system."+id]; names[i] == "" {
			names[i] = id
		}
	}
	return strings.Join(names, ", ")
}

// talksBack reports whether a check counts what people wrote.
func talksBack(c audit.CheckID) bool { return c == "comments" || c == "reviews" }

// written says a time as closely as it was stated.
func (s *site) written(w audit.Written) string {
	from, to := w.From.UTC(), w.To.UTC()
	switch {
	case !to.After(from):
		return s.words.say("talk.time", "when", s.words.clock(from))
	case from.Equal(from.Truncate(24*time.Hour)) && to.Sub(from) <= 24*time.Hour:
		return s.words.date(from)
	}
	return s.words.say("talk.between", "from", s.words.clock(from), "to", s.words.clock(to))
}

// posts says what the posts looked at were: "Of 10 posts looked at: 8 open, 2 could not see."
func (s *site) posts(of *audit.Of) string {
	if of == nil || of.Total() == 0 {
		return ""
	}
	var parts []string
	for i, n := range [...]int{of.Open, of.Restricted, of.Closed, of.Absent, of.Unknown} {
		if n > 0 {
			parts = append(parts, s.words.say("home.bar.part", "n", n, "state", s.words.say("posts."+shapes[i])))
		}
	}
	return s.words.count("org.door.posts", of.Total(), "parts", strings.Join(parts, ", "))
}
