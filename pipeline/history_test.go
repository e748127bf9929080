package pipeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"doorknock/audit"
)

// draw makes the histories of all places: visits some hours apart, with every kind of thing a visit may bring.
func draw(rng *rand.Rand, n int) [][]audit.Visit {
	all := make([][]audit.Visit, len(places))
	for i := range places {
		h := history{rng: rng, channel: placeChannel(i), when: firstDay.Add(time.Duration(i) * time.Minute), state: map[string]audit.State{}}
		for range n {
			all[i] = append(all[i], h.next())
		}
	}
	return all
}

// history is one channel as its visits find it.
type history struct {
	rng     *rand.Rand
	channel audit.Channel
	when    time.Time
	n       int
	state   map[string]audit.State // by check and scope
	blocked int
	page    audit.PageRef // the newest whole capture
	said    []audit.Comment
	more    *rand.Rand // nil: a plain history
}

// drawMore makes histories which have besides what differs from look to look of one place: values, wordings of comments, what is
// told of posts, ways, what a platform tells by itself, pages that somebody saved.
func drawMore(rng *rand.Rand, n int) [][]audit.Visit {
	all := make([][]audit.Visit, len(places))
	for i := range places {
		h := history{rng: rng, more: rng, channel: placeChannel(i), when: firstDay.Add(time.Duration(i) * time.Minute), state: map[string]audit.State{}}
		for range n {
			all[i] = append(all[i], h.enrich(h.next()))
		}
	}
	return all
}

// enrich adds to a visit.
func (h *history) enrich(v audit.Visit) audit.Visit {
	if len(v.Captures) > 0 && v.Captures[0].Reason != "" {
		v.Unread = v.Captures[0].Reason
		return v
	}
	for i := range v.Readings {
		if h.more.IntN(2) == 0 {
			words := fmt.Sprint("Rule ", h.more.IntN(3))
			v.Readings[i].Values = audit.Values{audit.ValueWording: {Text: audit.WordingID([]string{words})}}
			v.Readings[i].Wording = []string{words}
		}
	}
	for i := range v.Posts {
		v.Posts[i].Published, v.Posts[i].Native = time.Time{}, ""
		if h.more.IntN(2) == 0 {
			v.Posts[i].Published = firstDay.Add(time.Duration(h.more.IntN(3)) * -time.Hour)
		}
		if h.more.IntN(2) == 0 {
			v.Posts[i].Native = fmt.Sprint(i, "-", h.more.IntN(3))
		}
	}
	v.Comments = slices.Clone(v.Comments)
	for i := range v.Comments {
		c := &v.Comments[i]
		c.Method, c.Native = audit.ByPage, true
		c.Text += fmt.Sprint(" ", c.ID, " ", h.more.IntN(3))
		c.Print, c.TextHash = audit.Print(c.Text), audit.Hash(c.Text)
		c.Hidden = h.more.IntN(6) == 0
	}
	switch kind := h.more.IntN(8); {
	case v.How == audit.ByWitness:
	case kind == 0 && len(v.Unchanged) == 0:
		v.How, v.Memory, v.Source = audit.SavedPage, audit.Memory{}, &audit.Source{Format: "html", SHA256: v.ID}
	case kind == 1 && len(v.Unchanged) == 0:
		h.tell(&v)
	case kind < 5:
		v.Memory.Route = &audit.Route{Plan: "p", Steps: []audit.Step{{URL: h.channel.URL, Sum: v.ID}}}
	}
	return v
}

// tell makes of a visit a message of the platform.
func (h *history) tell(v *audit.Visit) {
	v.How, v.Told, v.Due, v.Memory, v.Captures = audit.PageToken, true, time.Time{}, audit.Memory{}, []audit.Capture{}
	v.Confirmed, v.Readings, v.Listings, v.Posts = nil, nil, nil, nil
	for i := range v.Comments {
		v.Comments[i].Removed = h.more.IntN(3) == 0
	}
}

func (h *history) next() audit.Visit {
	// Whole minutes, so that no two visits of a lane end together: there is one at a time.
	h.when = h.when.Add(4*time.Hour + time.Duration(h.rng.IntN(6*24))*10*time.Minute)
	h.n++
	v := audit.Visit{V: 1, ID: audit.JobID(h.channel.ID, h.when), Channel: h.channel, How: audit.Anonymous, Due: h.when.Add(-time.Minute),
		StartedAt: h.when.Add(-30 * time.Second), ObservedAt: h.when, First: h.n == 1}
	v.Memory.Host = audit.HostMemory{LastRequest: h.when, Day: h.when.Format(time.DateOnly), Requests: h.n,
		Robots: map[string]audit.RobotsMemory{"https://" + h.channel.Lane: {At: h.when, Body: fmt.Sprint("# ", h.n)}}}
	switch kind := h.rng.IntN(12); {
	case kind == 0:
		h.block(&v)
		return v
	case kind == 1:
		v.Light = true
	case kind == 2:
		v.Moved = fmt.Sprintf("https://moved-%d.test/", h.n)
	case kind == 3:
		v.How, v.Memory = audit.ByWitness, audit.Memory{}
	case kind == 4:
		v.How = audit.PageToken
	case kind == 5 && h.page.Capture != "":
		h.unchanged(&v)
		return v
	}
	h.blocked = 0
	h.read(&v)
	h.speak(&v)
	if h.rng.IntN(8) == 0 {
		v.Confirmed = &audit.Evidence{Type: audit.Marker, Rule: "name", Version: 1, Length: 3, Capture: v.Captures[0].ID}
	}
	return v
}

// block is a visit that was turned away: it saw nothing, and the lane wants peace.
func (h *history) block(v *audit.Visit) {
	h.blocked++
	v.Memory.Host.Blocked, v.Memory.Host.NotBefore = h.blocked, h.when.Add(time.Duration(h.rng.IntN(30))*time.Hour)
	v.Captures = []audit.Capture{h.capture(*v, 403)}
	v.Captures[0].Reason = audit.ReasonBlocked
	for _, c := range twoChecks() {
		v.Readings = append(v.Readings, audit.Reading{Check: c.ID, Verdict: audit.UnknownFor(audit.ReasonBlocked), At: h.when})
	}
}

func (h *history) capture(v audit.Visit, status int) audit.Capture {
	return audit.Capture{ID: audit.LongHash("capture", v.ID), URL: h.channel.URL, Status: status, Type: "text/html", Hash: audit.Hash(v.ID), Bytes: 100, At: h.when,
		File: "ab/" + v.ID, Took: 0.5}
}

// unchanged is a visit whose one page was as before.
func (h *history) unchanged(v *audit.Visit) {
	v.Unchanged = []audit.PageRef{{URL: h.page.URL, Capture: h.page.Capture, At: h.when}}
	again := h.capture(*v, 304)
	again.Unchanged = h.page.Capture
	v.Captures = []audit.Capture{again}
	v.Memory.Pages = map[string]audit.PageMemory{h.page.URL: {ETag: "e", Hash: "h", Capture: h.page.Capture, Reader: 1, Outline: ".", At: h.when}}
}

// read answers every check of the place and of two posts.
func (h *history) read(v *audit.Visit) {
	c := h.capture(*v, 200)
	v.Captures = []audit.Capture{c}
	for _, check := range twoChecks() {
		for _, scope := range []string{"", h.channel.URL + "1", h.channel.URL + "2"} {
			if v.Light && check.ID != "comments" {
				continue
			}
			key := string(check.ID) + scope
			if h.rng.IntN(3) == 0 {
				h.state[key] = audit.State(h.rng.IntN(5))
			}
			count := h.rng.IntN(9)
			v.Readings = append(v.Readings, audit.Reading{Check: check.ID, Scope: scope, URL: h.channel.URL, Capture: c.ID, Verdict: testVerdict(h.state[key], c.ID),
				System: []string{"wordpress", "disqus"}[h.rng.IntN(2)], Count: &count, At: h.when})
		}
	}
	if v.How != audit.ByWitness {
		v.Memory.Pages = map[string]audit.PageMemory{h.channel.URL: {ETag: fmt.Sprint(h.n), Hash: c.Hash, Capture: c.ID, Reader: 1, Outline: ".", At: h.when}}
		h.page = audit.PageRef{URL: h.channel.URL, Capture: c.ID}
	}
}

func testVerdict(s audit.State, capture string) audit.Verdict {
	if s == audit.Unknown {
		return audit.UnknownFor(audit.ReasonTimeout)
	}
	e := &audit.Evidence{Type: audit.Marker, Rule: "rule-" + s.String(), Version: 1, Offset: 10, Length: 4, Excerpt: "mark", Capture: capture}
	kind := audit.Kind("")
	switch s {
	case audit.Absent:
		e.Type = audit.Absence
	case audit.Restricted:
		kind = audit.KindLogin
	}
	v, err := audit.NewVerdict(s, "", kind, e)
	if err != nil {
		panic(err)
	}
	return v
}

// speak brings posts, the comments that stand there by now, and the organisation's replies.
func (h *history) speak(v *audit.Visit) {
	for i := range 2 {
		p := audit.Post{ID: audit.Hash(h.channel.ID, fmt.Sprint(i)), URL: h.channel.URL + fmt.Sprint(i+1), Title: fmt.Sprintf("News %d, as of look %d", i, h.n)}
		if h.rng.IntN(2) == 0 {
			p.Published = firstDay.Add(time.Duration(i) * -48 * time.Hour)
		}
		v.Posts = append(v.Posts, p)
	}
	for range h.rng.IntN(3) {
		c := audit.Comment{ID: audit.CommentID(h.channel.ID, "wordpress", fmt.Sprint(len(h.said))), Post: v.Posts[0].ID, System: "wordpress", URL: h.channel.URL,
			Author: "00112233445566778899aabbccddeeff", By: audit.AuthorPublic, Text: "the heating is broken"}
		if h.rng.IntN(3) > 0 {
			c.Time = h.when.Add(-time.Duration(h.rng.IntN(300)) * time.Hour)
		}
		if len(h.said) > 0 && h.rng.IntN(3) == 0 {
			c.Parent, c.By, c.Text = h.said[0].ID, audit.AuthorOrganisation, "we are sorry"
		}
		h.said = append(h.said, c)
	}
	for _, c := range h.said {
		if h.rng.IntN(4) > 0 {
			v.Comments = append(v.Comments, c)
		}
	}
	shown := audit.Listing{Capture: v.Captures[0].ID, Method: audit.ByPage, Post: v.Posts[0].ID, Complete: h.rng.IntN(3) > 0}
	for _, c := range v.Comments {
		shown.Comments = append(shown.Comments, c.ID)
	}
	v.Listings = []audit.Listing{shown}
}
