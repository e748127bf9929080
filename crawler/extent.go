package crawler

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// extent is how many bytes from the start tag on are the marker: to the end of the element where that holds little
// more than its words, and these are not a visitor's; else the start tag alone; never over maxExcerpt characters.
func (p *Page) extent(n *html.Node, at int) int {
	text := p.Source()[at:]
	size := tagSize(text, n)
	rest := lowerASCII(text[size:min(len(text), size+4*maxExcerpt)])
	if end := strings.Index(rest, "</"+n.Data); end >= 0 {
		whole := size + end
		if close := strings.IndexByte(text[whole:], '>'); close >= 0 && close < 20 {
			whole += close + 1
		}
		if utf8.RuneCountInString(text[:whole]) <= maxExcerpt && !personal(n) {
			return whole
		}
	}
	return len(firstRunes(text[:size], maxExcerpt))
}

// tagSize is how many bytes the element's start tag has, with which the text begins.
func tagSize(text string, n *html.Node) int {
	if hasPrefixFold(text, "<"+n.Data) {
		if size, _ := plainTag(text[:min(len(text), maxTag)], n); size > 0 {
			return size
		}
	}
	z := html.NewTokenizer(strings.NewReader(text[:min(len(text), 64<<10)]))
	z.Next()
	return len(z.Raw())
}

// personal reports whether an element is, holds or lies in what one person wrote: a comment, a review, a post of a forum.
// Evidence shows that there is one, and keeps nobody's words.
func personal(n *html.Node) bool {
	for e := n; e != nil; e = e.Parent {
		if wroteByPerson(e) {
			return true
		}
	}
	for c := range n.Descendants() {
		if wroteByPerson(c) {
			return true
		}
	}
	return false
}

func wroteByPerson(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	for _, a := range n.Attr {
		switch a.Key {
		case "itemtype", "typeof":
			kind := lowerASCII(a.Val)
			if strings.HasSuffix(kind, "review") || strings.HasSuffix(kind, "/comment") || strings.HasSuffix(kind, "/usercomments") || strings.HasSuffix(kind, "discussionforumposting") {
				return true
			}
		case "class":
			if strings.Contains(a.Val, "hreview") {
				return true
			}
		}
	}
	return IsComment(n)
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
