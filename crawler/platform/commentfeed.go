package platform

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"doorknock/crawler"
)

// A feedComment is one item of a feed of comments.
type feedComment struct {
	toldComment
	link string // of the comment
	post string // of the post it was made on; "" where the item does not say
}

const (
	dcCreator  = rssItem + "/" + creator
	encoded    = rssItem + "/{http://purl.org/rss/1.0/modules/content/}encoded"
	threadMark = atomEntry + "/{http://purl.org/syndication/thread/1.0}in-reply-to"
)

// commentFeed reads a feed of comments as WordPress (RSS) and Blogger (Atom) write it. Of an item that does not bear the
// system's number of its comment nothing is taken.
func commentFeed(body []byte, at time.Time) (list []feedComment, err error) {
	var c feedComment
	root := ""
	err = walkXML(body, func(e element) error {
		if root == "" {
			root = e.path
		}
		switch {
		case !e.end && (e.path == rssItem || e.path == atomEntry):
			c = feedComment{}
		case e.end && (e.path == rssItem || e.path == atomEntry):
			if c.id != "" && len(list) < maxRows {
				list = append(list, c)
			}
		case e.end:
			c.take(e, at)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read feed of comments: %w", err)
	case root != "rss" && root != "atom:feed":
		return nil, fmt.Errorf("read feed of comments: <%s>: %w", root, errShape)
	}
	return list, nil
}

func (c *feedComment) take(e element, at time.Time) {
	switch e.path {
	case rssItem + "/link":
		c.link = e.text
		c.numberFrom(e.text, "#comment-")
	case dcCreator, atomEntry + "/" + atomName:
		c.name = words(e.text)
	case rssItem + "/pubDate":
		c.at = mailTime(e.text, at)
	case atomEntry + "/atom:published":
		c.at = isoTime(e.text, at)
	case encoded, atomEntry + "/atom:content":
		c.text = words(e.text)
	case rssItem + "/description":
		if c.text == "" {
			c.text = words(e.text)
		}
	case atomEntry + "/atom:id":
		c.numberFrom(e.text, ".post-")
	case atomEntry + "/atom:link":
		if attrOf(e, "rel") == "alternate" {
			c.link = attrOf(e, "href")
		}
	case threadMark:
		c.post = attrOf(e, "href")
	}
}

// numberFrom takes the digits at the end of an address or id, behind a mark.
func (c *feedComment) numberFrom(s, mark string) {
	_, digits, ok := strings.Cut(s, mark)
	if ok && digits != "" && len(digits) < 24 && strings.Trim(digits, "0123456789") == "" {
		c.id = digits
	}
}

func attrOf(e element, name string) string {
	for _, a := range e.attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// askCommentFeed asks for the feed of comments that the home page names, or that a Blogger always has; where WordPress's
// interface lists the comments itself, for none.
func (f *facts) askCommentFeed(feeds []string) (crawler.Request, bool) {
	if f.api != "" || f.settings.Keys == nil {
		return crawler.Request{}, false
	}
	for _, address := range feeds {
		u, err := url.Parse(address)
		if err != nil || !crawler.SameSite(u, f.site) {
			continue
		}
		switch {
		case strings.Contains(u.Path, "/feeds/posts/default"):
			u = &url.URL{Scheme: f.site.Scheme, Host: f.site.Host, Path: "/feeds/comments/default", RawQuery: "max-results=100"}
		case !strings.Contains(strings.ToLower(u.Path+"?"+u.RawQuery), "comments"):
			continue
		}
		return crawler.Request{URL: u.String(), For: forCommentFeed, Accept: acceptFeed, Priority: 900, People: true}, true
	}
	return crawler.Request{}, false
}

// readCommentFeed takes the comments of a feed. A pingback stands among them as any comment does, so that only those of
// WordPress whose text does not begin as WordPress's excerpt of a pingback are taken.
func (f *facts) readCommentFeed(p *crawler.Page) {
	if !answered(p) {
		return
	}
	list, err := commentFeed(p.Answer.Body, p.Answer.At)
	if err != nil {
		return
	}
	for _, c := range list {
		system, post := wordpress, commentedPage(c.link)
		if c.post != "" {
			system, post = "blogger", commentedPage(c.post)
		}
		if strings.HasPrefix(c.text, "[…]") || strings.HasPrefix(c.text, "[...]") || !f.here(post) {
			continue
		}
		f.hearTold(told{comments: []toldComment{c.toldComment}}, system, f.knownPost(post), "")
	}
}
