package crawler

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// plainTag compares the start tag with which a text begins, and which begins with the element's name, to the element, and gives
// its size where it is that. Most tags are plainly spelt: names in small letters, and values between quotation marks in which
// nothing is escaped. Of others it is not sure: they need a tokenizer.
func plainTag(text string, n *html.Node) (size int, sure bool) {
	rest := text[len("<"+n.Data):]
	var seen uint64
	for count := 0; ; count++ {
		trimmed := trimLeft(rest)
		switch {
		case trimmed == "":
			return 0, false
		case trimmed[0] == '>', strings.HasPrefix(trimmed, "/>"):
			if count != len(n.Attr) {
				return 0, true
			}
			return len(text) - len(trimmed) + strings.IndexByte(trimmed, '>') + 1, true
		case len(trimmed) == len(rest):
			return 0, count == 0 && letter(rest[0]) // another name, or attributes without space between them
		}
		key, val, after, ok := plainAttr(trimmed)
		if !ok {
			return 0, false
		}
		i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
		if i >= 64 || i >= 0 && seen>>i&1 != 0 {
			return 0, false // named twice: the first counts
		}
		if i < 0 || n.Attr[i].Val != val || n.Attr[i].Namespace != "" {
			return 0, true
		}
		seen, rest = seen|1<<i, after
	}
}

// plainAttr cuts the first attribute off a text; not ok is one that is not plainly spelt.
func plainAttr(text string) (key, val, rest string, ok bool) {
	end := 0
	for end < len(text) && ('a' <= text[end] && text[end] <= 'z' || text[end] == '-') {
		end++
	}
	if end == 0 || !strings.HasPrefix(text[end:], `="`) {
		return "", "", "", false
	}
	key, rest = text[:end], text[end+len(`="`):]
	val, rest, ok = strings.Cut(rest, `"`)
	return key, val, rest, ok && strings.IndexFunc(val, mayBeEscaped) < 0
}
