package platform

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/crawler"
)

// How many comments one page and one visit give at most. Of more than that the newest are taken: the others were seen, or
// would be told to nobody.
const (
	maxOfPage  = 200
	maxOfVisit = 1000
)

// heard are the comments of one visit, from interface, feeds and pages. One that several of them tell of is one: by its
// number, else by its words under its post.
type heard struct {
	list     []audit.Comment
	at       map[string]int // by id
	listings []audit.Listing
}

// add takes a comment in. Of one that is known it takes what the other did not know: a time to the second, and that the
// organisation wrote it.
func (h *heard) add(c audit.Comment) {
	c.TextHash, c.Print = audit.LongHash("text", c.Text), audit.Print(c.Text)
	i, known := h.at[c.ID]
	if !known {
		if h.at == nil {
			h.at = map[string]int{}
		}
		h.at[c.ID], h.list = len(h.list), append(h.list, c)
		return
	}
	was := &h.list[i]
	if exact(c) && !exact(*was) {
		was.Time, was.TimeMax, was.Standing = c.Time, c.TimeMax, c.Standing
	}
	if c.By == audit.AuthorOrganisation {
		was.By = c.By
	}
	if was.Parent == "" {
		was.Parent = c.Parent
	}
}

func exact(c audit.Comment) bool { return !c.Time.IsZero() && c.TimeMax.IsZero() }

// all gives each comment once, the newest maxOfVisit of them, in the order in which they were told, and what each method
// showed of them. text says whether their words are kept.
func (h *heard) all(text bool) ([]audit.Comment, []audit.Listing) {
	var once []audit.Comment
	under := map[[2]string][]audit.Comment{} // by post and print
	is := map[string]string{}                // the id of one that another method tells by another
	for _, want := range [...]bool{true, false} {
		for _, c := range h.list {
			k := [2]string{c.Post, c.Print}
			if c.Native != want {
				continue
			}
			i := slices.IndexFunc(under[k], func(o audit.Comment) bool { return oneComment(o, c) })
			if c.Print != "" && i >= 0 {
				is[c.ID] = under[k][i].ID
				continue
			}
			once, under[k] = append(once, c), append(under[k], c)
		}
	}
	for _, l := range h.listings {
		for i, id := range l.Comments {
			if other, ok := is[id]; ok {
				l.Comments[i] = other
			}
		}
	}
	once = newest(once, maxOfVisit, func(c audit.Comment) time.Time { return c.Time })
	slices.SortStableFunc(once, func(a, b audit.Comment) int { return cmp.Compare(h.at[a.ID], h.at[b.ID]) })
	for i := range once {
		if !text {
			once[i].Text = ""
		}
	}
	return once, h.listings
}

// oneComment reports whether two comments of the same words under one post are one: as store.Record does, see there.
func oneComment(a, b audit.Comment) bool {
	if a.Native == b.Native && a.System == b.System {
		return false
	}
	return a.Time.IsZero() || b.Time.IsZero() || !a.Time.After(until(b)) && !b.Time.After(until(a))
}

func until(c audit.Comment) time.Time {
	if c.TimeMax.IsZero() {
		return c.Time
	}
	return c.TimeMax
}

// newest leaves at most n of a list, in its order: the newest by their time. Of those without a time the first and the last
// are taken, for a page lists its newest at one of its ends.
func newest[T any](list []T, n int, at func(T) time.Time) []T {
	if len(list) <= n {
		return list
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	end := func(i int) int { return min(i, len(list)-1-i) }
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(at(list[j]).Compare(at(list[i])), cmp.Compare(end(i), end(j)))
	})
	kept := order[:n]
	slices.Sort(kept)
	out := make([]T, 0, n)
	for _, i := range kept {
		out = append(out, list[i])
	}
	return out
}

// hear takes the comments that a page lists. Their authors' names end here, as pseudonyms.
func (f *facts) hear(p *crawler.Page) {
	r, ok := commentsReading(p)
	none := ok && r.Count != nil && *r.Count == 0
	if !ok || r.Count == nil || none && !statesAll(r) || f.settings.Keys == nil {
		return
	}
	post := f.postOf(p)
	if post.URL == "" {
		return
	}
	var shown []crawler.PageComment
	if !none {
		shown = p.Comments(r.System)
	}
	listed := newest(shown, maxOfPage, func(c crawler.PageComment) time.Time { return c.When.From })
	l := audit.Listing{Capture: p.Answer.Capture, Method: audit.ByPage, Post: post.ID, Complete: statesAll(r) && len(listed) >= *r.Count}
	place := f.placeOf(p)
	if p.Answer.Known != "" { // or what was heard there before it moved would be heard again
		place = commentedPage(p.Answer.Known)
	}
	said, place := map[[2]string]int{}, keyOf(place)
	ids := map[string]string{} // by the page's own key
	for _, c := range listed {
		made := f.fromPage(c, f.numbered(r.System), post, p.Answer.At, p.Answer.Known != "" || f.knows(post.URL))
		if !made.Native {
			print := audit.Print(made.Text)
			k := [2]string{made.Author, print}
			made.ID = audit.CommentID(f.job.Channel.ID, made.System, audit.Fingerprint(place, made.Author, print, said[k]))
			said[k]++
		}
		ids[c.ID] = made.ID
		if c.Parent != "" {
			made.Parent = ids[c.Parent] // of an answer the page lists the comment before it
		}
		f.heard.add(made)
		l.Comments = append(l.Comments, made.ID)
	}
	f.heard.listings = append(f.heard.listings, l)
}

// statesAll reports whether a page says how many comments there are, and lists as many. Of a page that says no number nobody
// knows whether it shows them all: it may show some of them, and load the others.
func statesAll(r audit.Reading) bool {
	return r.Count != nil && r.CountClaimed != nil && *r.CountClaimed <= *r.Count
}

// commentsReading is what the checks saw of comments on a page.
func commentsReading(p *crawler.Page) (audit.Reading, bool) {
	for _, r := range p.Readings {
		if r.Check == "comments" {
			return r, true
		}
	}
	return audit.Reading{}, false
}

// numbered names the system by whose numbers a page's comments are told apart. Several systems dress up WordPress's own
// comments and leave them their numbers; and a page of a WordPress may show no other sign of it than its interface.
func (f *facts) numbered(system string) string {
	switch system {
	case "wpdiscuz", "thrive", "jetpack":
		return wordpress
	case "", "none", "custom":
		if f.api != "" {
			return wordpress
		}
		return "custom"
	}
	return system
}

// fromPage makes a comment of one that a page lists; known says that an earlier visit read the page.
func (f *facts) fromPage(c crawler.PageComment, system string, post audit.Post, at time.Time, known bool) audit.Comment {
	number, anchor := c.ID, c.Anchor
	if system == "blogger" && c.Root != nil {
		number, anchor = bloggerNumber(c.Root)
		c.Native = number != ""
	}
	made := audit.Comment{
		ID: audit.CommentID(f.job.Channel.ID, system, number), Post: post.ID, System: system, URL: post.URL,
		By: authorOf(c, system), Time: c.When.From, Text: audit.Redact(cut(c.Text, maxText)), Native: c.Native, Method: audit.ByPage,
	}
	if made.Native && anchor != "" {
		made.URL += "#" + anchor
	}
	switch {
	case c.When.To.After(c.When.From):
		made.TimeMax = c.When.To
	case c.When.IsZero() && !known:
		made.Standing, made.Time = true, post.Published
		if !post.Published.IsZero() {
			made.TimeMax = at
		}
	}
	author := c.Author
	if author == "" {
		author = "\x00nameless " + c.ID // two nameless people are not one
	}
	made.Author = f.settings.Keys.Pseudonym(f.job.Channel.Organisation, audit.Web, author)
	return made
}

// bloggerNumber gives the number that Blogger's feeds have of a comment, and the anchor in which it stands: newer pages put
// that inside an element which is named by its place.
func bloggerNumber(root *html.Node) (number, anchor string) {
	of := func(n *html.Node) string {
		for _, key := range [...]string{"id", "name"} {
			id := crawler.Attr(n, key)
			if digits, ok := strings.CutPrefix(id, "c"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
				return id
			}
		}
		return ""
	}
	if anchor = of(root); anchor != "" {
		return anchor[1:], anchor
	}
	for n := range root.Descendants() {
		if anchor = of(n); anchor != "" {
			return anchor[1:], anchor
		}
	}
	return "", ""
}

// knows reports whether an earlier visit read a page: what stands there without a date and was not seen then is new.
func (f *facts) knows(address string) bool {
	_, known := f.job.Memory.Pages[address]
	return known
}

// authorOf says what a comment's own marks tell of who wrote it. WordPress marks the words of the post's author, and those
// of anybody with an account; Drupal and Blogger the words of the post's author only.
func authorOf(c crawler.PageComment, system string) audit.Author {
	if c.Root == nil {
		return audit.AuthorUnknown
	}
	var account, depth bool
	for name := range strings.FieldsSeq(strings.ToLower(crawler.Attr(c.Root, "class"))) {
		switch {
		case system == wordpress && name == "bypostauthor", system == "drupal" && (name == "by-node-author" || name == "comment-by-node-author"),
			system == "blogger" && name == "blog-author":
			return audit.AuthorOrganisation
		case name == "byuser":
			account = true
		case strings.HasPrefix(name, "depth-"):
			depth = true
		}
	}
	if system == wordpress && depth && !account {
		return audit.AuthorPublic
	}
	return audit.AuthorUnknown
}

// OwnerReplied reports whether one of the comments that a page of a system lists is the organisation's answer to another: true, or nil
// where the page does not tell. That none is marked so is no "no": who wrote with an account may be the organisation too.
func OwnerReplied(comments []crawler.PageComment, system string) *bool {
	for _, c := range comments {
		if c.Parent != "" && authorOf(c, system) == audit.AuthorOrganisation {
			return new(true)
		}
	}
	return nil
}

// postOf is the post whose page this is: what was asked for as a post, else the page by its own word, without the number of
// a page of its comments. Its URL is "" where that lies on another site.
func (f *facts) postOf(p *crawler.Page) audit.Post {
	address, title := "", p.Title()
	post := audit.Post{}
	if facts := p.Answer.Request.Post; facts != nil {
		address, title, post.Published = facts.URL, facts.Title, facts.Published
	} else {
		address = f.placeOf(p)
	}
	if !f.here(address) {
		return audit.Post{}
	}
	post.ID, post.URL, post.Title = audit.Hash(f.job.Channel.ID, cmp.Or(p.Answer.Known, address)), address, cut(title, 300)
	f.tellOf(post)
	return post
}

// placeOf is the address that a page gives itself, or that answered where it gives none of this site, without the number of
// a page of its comments.
func (f *facts) placeOf(p *crawler.Page) string {
	for _, l := range p.Tag("link") {
		if strings.EqualFold(crawler.Attr(l, "rel"), "canonical") {
			if u, ok := p.Resolve(crawler.Attr(l, "href")); ok && f.here(u.String()) {
				return commentedPage(u.String())
			}
		}
	}
	return commentedPage(p.URL().String())
}

// knownPost is what interface and feed said of the post at an address, else the address alone.
func (f *facts) knownPost(address string) audit.PostFacts {
	for _, p := range f.posts() {
		if keyOf(p.URL) == keyOf(address) {
			return p
		}
	}
	return audit.PostFacts{URL: address}
}

// tellOf adds a post that neither interface nor feed told of.
func (f *facts) tellOf(post audit.Post) {
	known := func(o audit.Post) bool { return o.ID == post.ID }
	if !slices.ContainsFunc(f.posts(), func(o audit.PostFacts) bool { return o.URL == post.URL }) && !slices.ContainsFunc(f.others, known) {
		f.others = append(f.others, post)
	}
}
