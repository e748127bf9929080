package checks

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"doorknock/crawler"
)

// area is where a page keeps its comments: the nearest element around n whose id or class says so. Nil where none
// does, and where n is part of what somebody wrote (a comment's own body) or of a list of the newest comments.
func area(n *html.Node) *html.Node {
	var found *html.Node
	for e := n; e != nil && e.Type == html.ElementNode; e = e.Parent {
		if e.Data == "body" || e.Data == "html" {
			break
		}
		for i := range e.Attr {
			if e.Attr[i].Key != "id" && e.Attr[i].Key != "class" {
				continue
			}
			for word := range strings.FieldsSeq(crawler.Lower(e.Attr[i].Val)) {
				if personsWords[word] || isNewest(word) {
					return nil
				}
				if found == nil && (isCommentWord(word) || word == "respond" || word == "discussion") {
					found = e
				}
			}
		}
	}
	return found
}

// isNewest reports whether a name is that of a list of the newest comments, which belong to other pages.
func isNewest(word string) bool {
	return strings.Contains(word, "recent-comments") || strings.Contains(word, "recent_comments") || strings.Contains(word, "latest-comments")
}

// personsWords name the element that holds one person's comment.
var personsWords = map[string]bool{
	"comment-content": true, "comment-body": true, "comment_body": true, "comment-text": true, "comment_text": true, "commenttext": true, "comment-entry": true,
	"commentbody": true, "commentlist": true, "comment-list": true, "comment-message": true, "comments-list": true, "comment-copy": true,
}

// names are an element's id and classes, in lower case.
func names(n *html.Node) []string {
	var out []string
	for _, a := range n.Attr {
		if a.Key == "id" || a.Key == "class" {
			out = append(out, strings.Fields(crawler.Lower(a.Val))...)
		}
	}
	return out
}

// within reports whether n lies in an element of one of the tags.
func within(n *html.Node, tags ...string) bool {
	for e := n.Parent; e != nil; e = e.Parent {
		if slices.Contains(tags, e.Data) {
			return true
		}
	}
	return false
}

// holds reports whether outer contains n.
func holds(outer, n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if e == outer {
			return true
		}
	}
	return false
}

// typedOrNamed gives the elements that may bear a type in microdata or RDFa or one of the names (in lower case) as an id or
// class: where none of the names stands in the page, only those with a type.
func typedOrNamed(p *crawler.Page, names ...string) []*html.Node {
	for _, name := range names {
		if len(p.Class(name)) > 0 || p.ID(name) != nil {
			return p.Elements()
		}
	}
	return p.Typed()
}

// inside gives the first descendant of n, in page order, that want accepts.
func inside(n *html.Node, want func(*html.Node) bool) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if want(c) {
			return c
		}
		if found := inside(c, want); found != nil {
			return found
		}
	}
	return nil
}

func tag(name string) func(*html.Node) bool { return func(n *html.Node) bool { return n.Data == name } }

// link is a link of a page with its address in lower case.
type link struct {
	n    *html.Node
	href string
}

// links are those of a page in its order: several checks go through all of them.
func links(p *crawler.Page) []link {
	return crawler.Memo(p, "links", func(p *crawler.Page) []link {
		tags := p.Tag("a")
		all := make([]link, len(tags))
		for i, n := range tags {
			all[i] = link{n, lowerAttr(n, "href")}
		}
		return all
	})
}

func lowerAttr(n *html.Node, key string) string { return crawler.Lower(crawler.Attr(n, key)) }

// ownText is the text directly in an element and in its inline children, white space collapsed.
func ownText(n *html.Node) string {
	if c := n.FirstChild; c != nil && c.NextSibling == nil && c.Type == html.TextNode {
		if text := strings.TrimSpace(c.Data); len(text) < 1000 && collapsed(text) {
			return text // most links are this, and cost nothing to read
		}
	}
	parts, _ := ownParts(make([]string, 0, 32), n, 0)
	return string(appendCollapsed(make([]byte, 0, 256), parts))
}

// ownParts adds the stretches of an element's own text, of which size bytes are there already: it ends soon after 1,000.
func ownParts(parts []string, n *html.Node, size int) ([]string, int) {
	for c := n.FirstChild; c != nil && size < 1000; c = c.NextSibling {
		part := " "
		switch {
		case c.Type == html.TextNode:
			part = c.Data
		case c.Type != html.ElementNode:
			continue
		case inOwnText(c):
			parts, size = ownParts(parts, c, size)
			continue
		}
		parts, size = append(parts, part), size+len(part)
	}
	return parts, size
}

// inOwnText reports whether the words in an element belong to the text around it.
func inOwnText(n *html.Node) bool {
	switch n.Data {
	case "a", "b", "strong", "em", "i", "span", "u", "small":
		return true
	}
	return false
}

// collapsed reports whether a text is plain letters parted by single blanks.
func collapsed(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x80 || s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}
