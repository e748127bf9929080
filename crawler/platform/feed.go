package platform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
)

const (
	maxItems = 200           // that are taken of one feed; it is read to its end all the same
	maxCount = 1_000_000_000 // comments; more is a mistake
)

// A feedItem is one item of a feed that was read whole.
type feedItem struct {
	link, guid string
	title      string
	published  time.Time
	dayAt      span // of what says so; empty where it is not told
	slash      *int // slash:comments
	rss        bool // wfw:commentRss
	odd        bool // something stands twice or is no number: its facts are not used
	at         span
	author     string // the first that reads as a person's name, else the last; it ends with the visit
	authorAt   int    // where the item begins to name people, 0 where it does not
}

// feed reads RSS 2.0 or Atom. A feed with one error anywhere gives nothing at all: what an item lacks is a fact only
// where everything around it was understood. rss is false for Atom, whose items say nothing of comments.
// at is the time of the look.
func feed(body []byte, at time.Time) (items []feedItem, rss bool, err error) {
	r := feedReader{now: at}
	if err := walkXML(body, r.see); err != nil {
		return nil, false, fmt.Errorf("read feed: %w", err)
	}
	if !r.rss && !r.atom {
		return nil, false, fmt.Errorf("read feed: neither RSS nor Atom: %w", errShape)
	}
	for i := range r.items {
		r.items[i].author = r.personOf(r.items[i])
	}
	return r.items, r.rss, nil
}

// personOf gives the author of an item, "" where it is no person: what bears the feed's own name is whoever keeps it.
func (r *feedReader) personOf(i feedItem) string {
	author := i.author
	if i.authorAt == 0 {
		author = r.author
	}
	if !crawler.IsAuthor(author) || strings.Contains(strings.ToLower(r.title), strings.ToLower(author)) {
		return ""
	}
	return author
}

type feedReader struct {
	now       time.Time
	rss, atom bool
	items     []feedItem
	item      feedItem
	seen      map[string]bool
	title     string // of the feed
	author    string // likewise, of all that name none
}

const (
	rssItem   = "rss/channel/item"
	atomEntry = "atom:feed/atom:entry"
	creator   = "{http://purl.org/dc/elements/1.1/}creator"
	atomName  = "atom:author/atom:name"
)

func (r *feedReader) see(e element) error {
	switch {
	case e.path == "rss/channel":
		r.rss = true
	case e.path == "atom:feed":
		r.atom = true
	case e.path == rssItem || e.path == atomEntry:
		r.edge(e)
	case !e.end:
		if strings.HasPrefix(e.path, rssItem+"/") || strings.HasPrefix(e.path, atomEntry+"/") {
			r.item.names(e)
		}
	case e.path == "rss/channel/title", e.path == "atom:feed/atom:title":
		r.title = words(e.text)
	case e.path == "atom:feed/"+atomName:
		r.author = words(e.text)
	case strings.HasPrefix(e.path, rssItem+"/"):
		r.rssField(strings.TrimPrefix(e.path, rssItem+"/"), e)
	case strings.HasPrefix(e.path, atomEntry+"/"):
		r.atomField(strings.TrimPrefix(e.path, atomEntry+"/"), e)
	}
	return nil
}

// edge is the beginning or the end of an item.
func (r *feedReader) edge(e element) {
	if !e.end {
		r.item, r.seen = feedItem{}, map[string]bool{}
		return
	}
	if r.item.at = e.at; len(r.items) < maxItems {
		r.items = append(r.items, r.item)
	}
}

func (r *feedReader) rssField(field string, e element) {
	switch field {
	case "link", "slash:comments", "wfw:commentRss":
		if r.seen[field] {
			r.item.odd = true
		}
		r.seen[field] = true
	}
	switch field {
	case "link":
		r.item.link = e.text
	case "guid":
		r.item.guid = e.text
	case "title":
		r.item.title = words(e.text)
	case "pubDate":
		r.item.published, r.item.dayAt = mailTime(e.text, r.now), e.at
	case creator:
		r.item.by(words(e.text))
	case "author": // an address of mail, and behind it the name in brackets
		_, name, _ := strings.Cut(words(e.text), "(")
		r.item.by(strings.TrimSuffix(name, ")"))
	case "wfw:commentRss":
		r.item.rss = true
	case "slash:comments":
		n, err := strconv.ParseUint(e.text, 10, 32)
		count := int(n)
		r.item.slash, r.item.odd = &count, r.item.odd || err != nil || n > maxCount
	}
}

func (r *feedReader) atomField(field string, e element) {
	switch field {
	case "atom:title":
		r.item.title = words(e.text)
	case atomName:
		r.item.by(words(e.text))
	case "atom:published":
		r.item.published, r.item.dayAt = isoTime(e.text, r.now), e.at
	case "atom:link":
		rel, href := "alternate", ""
		for _, a := range e.attr {
			switch a.Name.Local {
			case "rel":
				rel = a.Value
			case "href":
				href = a.Value
			}
		}
		if rel == "alternate" && r.item.link == "" {
			r.item.link = href
		}
	}
}

// signers are what the names of elements end in that name people.
var signers = []string{"author", "creator", "contributor", "credit"}

// names notes where an item begins to name people.
func (i *feedItem) names(e element) {
	if i.authorAt == 0 && slices.ContainsFunc(signers, func(s string) bool { return strings.HasSuffix(e.path, s) }) {
		i.authorAt = e.at.offset
	}
}

// by takes somebody whom the item names as its author.
func (i *feedItem) by(name string) {
	if name != "" && !crawler.IsAuthor(i.author) {
		i.author = name
	}
}

// facts are what a whole feed's item says of comments; nil where it is odd. others is how many items of the feed carry
// both elements: the control that this feed writes them at all.
func (i feedItem) facts(body []byte, m audit.Mark, others int) *audit.FeedFacts {
	if i.odd {
		return nil
	}
	if i.carries() {
		others--
	}
	m.Offset, m.Excerpt = i.at.offset, excerpt(body[i.at.offset:i.shownTo()])
	m.Length = len(m.Excerpt)
	return &audit.FeedFacts{Slash: i.slash, RSS: i.rss, Control: others > 0, Mark: &m}
}

// shownTo is how far into an item its excerpt may reach: who wrote it is nobody's business.
func (i feedItem) shownTo() int {
	if i.authorAt > 0 {
		return i.authorAt
	}
	return i.at.offset + i.at.length
}

// carries reports whether the item has both elements by which WordPress tells of comments.
func (i feedItem) carries() bool { return !i.odd && i.rss && i.slash != nil }
