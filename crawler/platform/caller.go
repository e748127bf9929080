package platform

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// forCall is the purpose of every call of an interface; which it is, the caller's own steps know by Words.
const forCall crawler.Purpose = "call"

// What a visit of an interface asks at most.
const (
	recentPosts = 10 // newest posts that are looked at one by one
	moreAnswers = 5  // comments whose further answers are asked for
)

// A caller is a visit of a channel by its platform's interface: what was asked, and what came. The steps of a platform are a
// function that is given one answer after another and says what to ask next.
type caller struct {
	job   audit.Job
	s     crawler.Settings
	key   string // name of the key that calls go with; "" for none
	how   audit.How
	asks  []audit.CheckID
	steps func(*caller, reply) []crawler.Request

	start    []crawler.Request
	readings []audit.Reading
	why      audit.Reason // of what stays unanswered
	heard    heard
	posts    []audit.Post
	named    *audit.Evidence
	found    map[string]string // what the steps need to know of earlier answers
	left     int               // of the calls for more answers
}

// reply is one answer of an interface, opened. root is nil where it is no sound JSON.
type reply struct {
	*answer
	page *crawler.Page
	step string // that it answers
	of   audit.Post
}

// calls makes the plan of a visit by an interface. first is asked first, and steps go on from there.
func calls(j audit.Job, s crawler.Settings, key string, how audit.How, steps func(*caller, reply) []crawler.Request) *caller {
	c := &caller{job: j, s: s, key: key, how: how, steps: steps, found: map[string]string{}, left: moreAnswers, why: audit.ReasonNoMarker}
	for _, check := range s.Checks {
		c.asks = append(c.asks, check.ID)
	}
	return c
}

// call is a request of a path below the interface's address.
func (c *caller) call(step, path string, query url.Values) crawler.Request {
	address := c.s.Interface.Origin + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return crawler.Request{URL: address, For: forCall, Words: []string{step}, Accept: acceptJSON, Key: c.key, People: true, Call: &crawler.Call{}}
}

// under is a call about one post.
func (c *caller) under(post audit.Post, step, path string, query url.Values) crawler.Request {
	r := c.call(step, path, query)
	r.Post = &audit.PostFacts{URL: post.URL, Title: post.Title, Published: post.Published}
	return r
}

// First implements crawler.Plan.
func (c *caller) First() []crawler.Request { return c.start }

// Next implements crawler.Plan. An answer that did not come is given to the steps too: they know what can still be asked.
func (c *caller) Next(p *crawler.Page) []crawler.Request {
	r := reply{page: p, answer: &answer{}}
	if len(p.Answer.Request.Words) > 0 {
		r.step = p.Answer.Request.Words[0]
	}
	if of := p.Answer.Request.Post; of != nil {
		r.of = c.post(of.URL, of.Title, of.Published)
	}
	switch {
	case p.Answer.Status == 0 || p.Answer.Body == nil: // refused, or nothing whole came
		a := &answer{}
		for _, id := range interfaces[c.job.Channel.Platform].asks {
			a.facets = append(a.facets, Facet{Check: id})
		}
		a.all(cmp.Or(p.Answer.Problem, audit.ReasonInternal))
		r.answer = a
	default:
		if a, known := readAnswer(c.job.Channel.Platform, p.Answer.Body, p.Answer.Status); known {
			r.answer = a
		}
	}
	return c.steps(c, r)
}

// whyNot is the reason of an answer that tells nothing, "" where it was read.
func (r reply) whyNot() audit.Reason {
	if r.read {
		return ""
	}
	for _, f := range r.facets {
		if f.Verdict.State() == audit.Unknown {
			return f.Verdict.Reason()
		}
	}
	return audit.ReasonNoMarker
}

// stop notes why what was asked stays unanswered.
func (c *caller) stop(r reply) []crawler.Request {
	if why := r.whyNot(); why != "" {
		c.why = why
	}
	return nil
}

// say adds an answer to one question: of the channel, where scope is "", else of the post of that address.
func (c *caller) say(r reply, id audit.CheckID, scope string, v audit.Verdict, count, claimed *int) {
	if !slices.Contains(c.asks, id) {
		return
	}
	at := r.page.Answer
	v = v.Seen(at.Capture, r.page.URL().String(), c.how)
	reading := audit.Reading{
		Check: id, Scope: scope, URL: cmp.Or(scope, c.job.Channel.URL), Capture: at.Capture, Verdict: v, System: string(c.job.Channel.Platform),
		Count: count, CountClaimed: claimed, At: at.At,
	}
	same := func(o audit.Reading) bool { return o.Check == id && o.Scope == scope }
	switch i := slices.IndexFunc(c.readings, same); {
	case i < 0:
		c.readings = append(c.readings, reading)
	case v.State() != audit.Unknown || c.readings[i].Verdict.State() == audit.Unknown: // the later answer knows more
		c.readings[i] = reading
	}
}

// post notes something that the organisation published.
func (c *caller) post(address, title string, published time.Time) audit.Post {
	p := audit.Post{ID: audit.Hash(c.job.Channel.ID, address), URL: address, Title: cut(tidyLine(title), 300), Published: published}
	if i := slices.IndexFunc(c.posts, func(o audit.Post) bool { return o.ID == p.ID }); i >= 0 {
		return c.posts[i]
	}
	c.posts = append(c.posts, p)
	return p
}

// number notes the platform's own number of a post.
func (c *caller) number(post audit.Post, native string) {
	for i := range c.posts {
		if c.posts[i].ID == post.ID {
			c.posts[i].Native = native
		}
	}
}

// tidyLine is the beginning of a text as a title: its first line.
func tidyLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return cut(strings.Join(strings.Fields(line), " "), 120)
}

// hear takes a comment in. author is the platform's own id of whoever wrote it, which goes no further than the pseudonym;
// where it is withheld nobody knows who it was.
func (c *caller) hear(post audit.Post, t toldComment, address, author string) {
	if c.s.Keys == nil || t.id == "" {
		return
	}
	ch, system := c.job.Channel, string(c.job.Channel.Platform)
	if author == "" {
		author = "\x00nameless " + t.id
	}
	made := audit.Comment{
		ID: audit.CommentID(ch.ID, system, t.id), Post: post.ID, System: system, URL: cmp.Or(address, post.URL), By: t.by, Native: true,
		Author: c.s.Keys.Pseudonym(ch.Organisation, ch.Platform, author), Time: t.at, Text: audit.Redact(cut(t.text, maxText)),
		Hidden: t.hidden, Method: audit.ByInterface,
	}
	if t.parent != "" {
		made.Parent = audit.CommentID(ch.ID, system, t.parent)
	}
	c.heard.add(made)
}

// bears takes a name that the interface gives the account as a sign that it is the organisation's own.
func (c *caller) bears(r reply, name *node) {
	if name == nil || c.named != nil {
		return
	}
	for _, n := range namesOf(c.job.OrganisationName) {
		if !n.in(name.text()) {
			continue
		}
		c.named = &audit.Evidence{
			Type: audit.JSONPath, Rule: "account-name", Version: 1, Offset: name.at, Length: len(name.raw), Path: name.path, Excerpt: excerpt(name.raw),
			How: c.how, URL: r.page.URL().String(), Capture: r.page.Answer.Capture,
		}
		return
	}
}

// Done implements crawler.Plan. What was asked and not answered is unknown, with its reason.
func (c *caller) Done(unread []crawler.Request) crawler.Walk {
	if len(unread) > 0 && c.why == audit.ReasonNoMarker {
		c.why = audit.ReasonIncomplete
	}
	comments, listings := c.heard.all(c.s.Text)
	w := crawler.Walk{Coverage: map[audit.CheckID]audit.Coverage{}, Readings: c.readings, Posts: c.posts, Comments: comments, Listings: listings,
		Confirmed: c.named, How: c.how}
	for _, id := range c.asks {
		w.Coverage[id] = audit.Coverage{Reason: c.whyOf(id)}
		if !slices.ContainsFunc(c.readings, func(r audit.Reading) bool { return r.Check == id }) {
			w.Readings = append(w.Readings, audit.Reading{Check: id, URL: c.job.Channel.URL, Verdict: audit.UnknownFor(c.why), At: c.job.Due})
		}
	}
	return w
}

// whyOf says why a question about the channel has no answer: the reading's own reason, else that of the whole look.
func (c *caller) whyOf(id audit.CheckID) audit.Reason {
	for _, r := range c.readings {
		if r.Check == id && r.Scope == "" && r.Verdict.State() == audit.Unknown {
			return r.Verdict.Reason()
		}
	}
	return c.why
}

// silent is the plan of a channel that nobody asks: everything about it is unknown for one reason.
func silent(j audit.Job, s crawler.Settings, why audit.Reason) crawler.Plan {
	c := calls(j, s, "", audit.Anonymous, nil)
	c.why = why
	return c
}

// keyFor gives the name of the key that a channel is asked with: one of its own, by its account's name, else the platform's.
func keyFor(s crawler.Settings, p audit.Platform, account string) (name string, own bool) {
	for _, n := range [...]string{string(p) + "/" + accountKey(account), string(p)} {
		if s.Held[n] != "" {
			return n, strings.Contains(n, "/")
		}
	}
	return "", false
}

// accountKey is an account's name without what does not matter.
func accountKey(account string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(account, "@")), ".", "")
}

// pathOf gives the parts of a channel's path.
func pathOf(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	return strings.FieldsFunc(u.EscapedPath(), func(r rune) bool { return r == '/' })
}
