package crawler

import (
	"bytes"

	"golang.org/x/net/html"
)

const (
	// maxTags is how many tags a page may have. A tag costs some 250 bytes of tree, so that the limit on bytes alone lets a
	// page of eight mebibytes of tags take half a gibibyte; no page for people comes near this.
	maxTags = 500_000
	// maxAttributes is how many attributes. One costs 48 bytes, twice that where the parser leaves room for more, and stands in
	// two bytes of page at least: so a page of hugeBody at most has no more, and is spared the count.
	maxAttributes = hugeBody / 2
)

// floods reports whether a body has more tags or attributes than a page may have, without making a tree of it. It is asked of
// the body before its charset is known: one of two bytes a character has room for half as many.
func floods(body []byte) bool {
	return bytes.Count(body, []byte("<")) > maxTags || len(body) > hugeBody && attributes(body, maxAttributes) > maxAttributes
}

// attributes counts as far as the first tag in which it comes past enough.
func attributes(body []byte, enough int) (n int) {
	z := html.NewTokenizer(bytes.NewReader(body))
	for n <= enough {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken, html.SelfClosingTagToken:
			for _, more := z.TagName(); more; n++ {
				_, _, more = z.TagAttr()
			}
		}
	}
	return n
}
