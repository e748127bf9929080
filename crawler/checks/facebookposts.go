package checks

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

// A facebookPost is one post of a Facebook page, as the data that the page is drawn from tells of it.
type facebookPost struct {
	id      string // the platform's own number; "" where the data names none
	said    []facebookFact
	created facebookFact
}

// A facebookFact is one thing that the data says, in whatever object, and of which post.
type facebookFact struct {
	key, value string // the value as it stands there
	block, at  int    // in which of the page's scripts, and where its key begins
	post       string
}

// A facebookObject is an object or a list of the data, while it is read.
type facebookObject struct {
	under, key string // the key that it stands under, and the last one read within it
	post       string // the number of the post that it is
	facts      []facebookFact
}

// What is read of each post: whether comments were switched off, how many it has, and when it was published.
const (
	keyOff     = "have_comments_been_disabled"
	keyOffOld  = "arecommentsdisabled"
	keyTotal   = "total_count"
	keyCreated = "creation_time"
)

// Bounds of the data that is read; no page comes near them.
const (
	facebookDepth = 1000
	facebookFacts = 10_000
)

// postsOf tells the posts of the data apart. An object that bears a post's number holds what is said of that post, however deep, but
// for another's post that is shared in it. The scripts are code around data: what is in quotation marks is stepped over, everything
// else is read by its brackets. What is said of no post by its number is kept under none.
func (f *facebookPage) postsOf() (posts []facebookPost) {
	for i, block := range f.data {
		for _, fact := range factsOf(block) {
			fact.block = i
			n := slices.IndexFunc(posts, func(p facebookPost) bool { return p.id == fact.post })
			if n < 0 {
				n, posts = len(posts), append(posts, facebookPost{id: fact.post})
			}
			if fact.key == keyCreated {
				if was := posts[n].created; was.value == "" || fact.value < was.value { // its pictures may be newer
					posts[n].created = fact
				}
				continue
			}
			posts[n].said = append(posts[n].said, fact)
		}
	}
	return slices.DeleteFunc(posts, func(p facebookPost) bool { return !p.tells() })
}

func factsOf(block string) []facebookFact {
	open := []facebookObject{{}}
	for i := 0; i < len(block); i++ {
		o := &open[len(open)-1]
		switch block[i] {
		case '"':
			end := endOfString(block, i)
			if word := block[i+1 : max(end-1, i+1)]; end < len(block) && block[end] == ':' {
				o.key = word
				read(open, block, i, end+1)
			}
			i = end - 1
		case '{', '[':
			if len(open) == facebookDepth || len(o.facts) > facebookFacts {
				return nil
			}
			open = append(open, facebookObject{under: o.key})
		case '}', ']':
			if len(open) == 1 {
				continue // of the code around
			}
			closed := *o
			open = open[:len(open)-1]
			open[len(open)-1].take(closed)
		}
	}
	for n := len(open) - 1; n > 0; n-- { // a script that was cut short
		open[n-1].take(open[n])
	}
	return open[0].facts
}

// endOfString is the place behind the quotation mark that ends a string which begins at from.
func endOfString(s string, from int) int {
	for i := from + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// take hands the facts of an object to the one around it.
func (o *facebookObject) take(in facebookObject) {
	if in.under == "attached_story" {
		return
	}
	for _, f := range in.facts {
		f.post = cmp.Or(f.post, in.post)
		o.facts = append(o.facts, f)
	}
}

// read notes the value of the last key where it is one that is read.
func read(open []facebookObject, block string, at, from int) {
	o := &open[len(open)-1]
	value := block[from:min(from+40, len(block))]
	if end := strings.IndexAny(value, ",}]"); end >= 0 {
		value = value[:end]
	}
	switch {
	case o.key == "post_id" && isNumber(strings.Trim(value, `"`)):
		o.post = strings.Trim(value, `"`)
	case (o.key == keyOff || o.key == keyOffOld) && (value == "true" || value == "false"),
		o.key == keyCreated && isNumber(value),
		o.key == keyTotal && isNumber(value) && countsComments(open):
		o.facts = append(o.facts, facebookFact{key: o.key, value: value, at: at})
	}
}

// countsComments reports whether a total is one of comments, in either layout.
func countsComments(open []facebookObject) bool {
	o := open[len(open)-1]
	return o.under == "comment_count" || o.under == "comments" && len(open) > 1 && open[len(open)-2].under == "comment_rendering_instance"
}

func (p facebookPost) tells() bool {
	return p.fact("true") != nil || p.fact("false") != nil || p.created.value != ""
}

// fact is where the post says of its comments that they are off ("true") or on, nil where it does not.
func (p facebookPost) fact(off string) *facebookFact {
	for i := range p.said {
		if f := &p.said[i]; f.value == off && f.key != keyTotal {
			return f
		}
	}
	return nil
}

// looks are the answers about the comments of the posts that the data names, none where it names none. What is said of no named post
// is perhaps said of one of them: that comments are on somewhere counts against "closed" all the same.
func (f *facebookPage) looks(page *crawler.Page) (all []crawler.Look) {
	named := false
	for _, p := range f.posts {
		off := p.fact("true") != nil
		if on := p.fact("false") != nil; p.id != "" && (on || off) || on && !off {
			named = named || p.id != ""
			all = append(all, p.look(page, f))
		}
	}
	if !named {
		return nil
	}
	return all
}

// look is the answer about the comments of one post; one that says both is unknown.
func (p facebookPost) look(page *crawler.Page, f *facebookPage) crawler.Look {
	l := crawler.Look{System: "facebook_page", Drawn: true, Scope: p.address(page.URL()), Reason: audit.ReasonNoMarker, CountClaimed: p.stated()}
	on, off := p.fact("false"), p.fact("true")
	switch {
	case off != nil && on == nil:
		l.State, l.Reason, l.Rule = audit.Closed, "", "fb-comments-disabled"
		l.Needle, l.Nth = f.stretch(page, *off)
	case on != nil && off == nil:
		l.State, l.Reason, l.Rule = audit.Open, "", "fb-comments-not-disabled"
		l.Needle, l.Nth = f.stretch(page, *on)
	}
	return l
}

// stretch is a fact as it stands in the page, and which one of its like it is.
func (f *facebookPage) stretch(page *crawler.Page, x facebookFact) (needle string, nth int) {
	block := f.data[x.block]
	needle = block[x.at : x.at+len(x.key)+3+len(x.value)]
	text := page.Source()
	begin := strings.Index(text, block)
	if begin < 0 {
		return "", 0 // then the bytes are not found, and nothing is said
	}
	return needle, strings.Count(text[:begin+x.at], needle)
}

// address is where people read the post.
func (p facebookPost) address(page *url.URL) string {
	at := url.URL{Scheme: page.Scheme, Host: page.Host}
	if p.id == "" {
		return page.String()
	}
	name, _, _ := strings.Cut(strings.Trim(page.Path, "/"), "/")
	if id := page.Query().Get("id"); name == "profile.php" && isNumber(id) {
		name = id
	}
	return at.JoinPath(name, "posts", p.id).String()
}

// stated is how many comments the post states, nil where its data says several numbers.
func (p facebookPost) stated() (said *int) {
	for _, f := range p.said {
		if f.key != keyTotal {
			continue
		}
		n, err := strconv.Atoi(f.value)
		if err != nil || said != nil && *said != n {
			return nil
		}
		said = &n
	}
	return said
}

// at is when the post was published, zero where its data tells none that can be.
func (p facebookPost) at() time.Time {
	n, err := strconv.ParseInt(p.created.value, 10, 64)
	if err != nil || n < 1_000_000_000 || n > 1<<33 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// facebookRecency takes the newest post that the page shows. A stranger is shown one or few, and not always the newest: that none is
// of the last weeks says nothing.
func facebookRecency(p *crawler.Page) crawler.Look {
	l := crawler.Look{System: "facebook_page", Drawn: true}
	f, why := facebookOf(p)
	if l.Reason = why; why != "" {
		return l
	}
	var newest facebookPost
	for _, post := range f.posts {
		if at := post.at(); post.id != "" && !at.After(p.Answer.At) && at.After(newest.at()) {
			newest = post
		}
	}
	if newest.id == "" {
		l.Reason = audit.ReasonNoMarker
		return l
	}
	state, _, rule := crawler.NewestPost(p.Answer.At.Sub(newest.at()))
	if state != audit.Open {
		l.Reason = audit.ReasonIncomplete
		return l
	}
	l.State, l.Rule, l.Values = state, rule, newestOn(newest.at())
	l.Needle, l.Nth = f.stretch(p, newest.created)
	return l
}
