package crawler

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// cameToEnd reports whether a page came to its end: a server that fails in the middle of a page sends what it has, with
// status 200. A page without its end tags is taken for cut short, and so is one that goes on after them as pages do not:
// it may be two pages in one, of which the second did not come whole.
func cameToEnd(text string) bool {
	at := len(text)
	for at >= 0 && !hasPrefixFold(text[at:], "</html") && !hasPrefixFold(text[at:], "</body") {
		at = strings.LastIndexByte(text[:at], '<')
	}
	if at < 0 {
		return false
	}
	_, rest, _ := strings.Cut(text[at:], ">")
	for rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "<!--"); rest = strings.TrimSpace(rest) {
		var closed bool
		if _, rest, closed = strings.Cut(rest, "-->"); !closed {
			return false
		}
	}
	if rest == "" {
		return true
	}
	// The end tag may stand in a script or an attribute: only a reading from the start can tell.
	return endsByTags(text)
}

// afterEnd are the elements that counters, caches and chat windows put after the end tags of a page.
var afterEnd = map[string]bool{
	"script": true, "style": true, "noscript": true, "link": true, "meta": true, "img": true, "iframe": true,
}

func endsByTags(text string) (ended bool) {
	z := html.NewTokenizer(strings.NewReader(text))
	raw := "" // the element whose text is no text of the page
	for read := 0; ; read += len(z.Raw()) {
		switch z.Next() {
		case html.ErrorToken:
			return ended && read == len(text) // else it ends within a tag
		case html.TextToken:
			ended = ended && (raw != "" || len(bytes.TrimSpace(z.Raw())) == 0)
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			ended = ended && (raw != "" || afterEnd[string(name)])
			if raw == "" && (string(name) == "script" || string(name) == "style" || string(name) == "noscript" || string(name) == "iframe") {
				raw = string(name)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			ended = ended || raw == "" && (string(name) == "html" || string(name) == "body")
			if string(name) == raw {
				raw = ""
			}
		}
	}
}
