package crawler

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// isWhole reports whether a page came to its end, and its end tags and its content are what they seem.
func isWhole(p *Page) bool {
	text := p.Source()
	hasFoot := func() bool { return slices.ContainsFunc(p.Elements(), isFoot) }
	return cameToEnd(p.index().spared.raw(text), hasFoot) && !endSwallowed(text, p.Root()) && !mainLeftOpen(p)
}

// cameToEnd reports whether a page came to its end: a server that fails in the middle of a page sends what it has, with
// status 200. A page without its end tags is taken for cut short, and so is one that goes on after them as pages do not:
// it may be two pages in one, of which the second did not come whole. What the page is spared are scripts and style sheets,
// as the parser found them. A page that has no foot is not gone through for one.
func cameToEnd(page *spared, hasFoot func() bool) bool {
	text := page.text
	at := len(text)
	for at >= 0 && !hasPrefixFold(text[at:], "</html") && !hasPrefixFold(text[at:], "</body") {
		at = strings.LastIndexByte(text[:at], '<')
	}
	if at < 0 {
		return hasFoot() && endsByFoot(page.reader())
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
	// The end tag may stand in a script or an attribute: only a reading can tell that begins where none goes on.
	begin := 0
	for _, r := range page.stretches {
		if r.end() < at {
			begin = r.end()
		}
	}
	ended, told := endsByTags(strings.NewReader(text[begin:]))
	if !told && begin > 0 {
		ended, _ = endsByTags(page.reader())
	}
	return ended
}

// endSwallowed reports whether the end tags that stand last in a page are no tags to the parser: a remark, a style sheet
// or a template that was never closed goes on to the end of the page, and all that stands in it is lost.
func endSwallowed(text string, root *html.Node) bool {
	last := root
	for last.LastChild != nil {
		last = last.LastChild
		if hides := last.Data == "template" || last.Data == "select"; hides && last.Type == html.ElementNode && neverClosed(text, last.Data) {
			return true
		}
	}
	if last.Type != html.CommentNode && last.Type != html.TextNode {
		return false
	}
	text = strings.TrimSpace(text)
	at := max(strings.LastIndex(text, "</"), 0)
	for at > 0 && !hasPrefixFold(text[at:], "</html") && !hasPrefixFold(text[at:], "</body") {
		at = strings.LastIndex(text[:at], "</")
	}
	return at > 0 && strings.HasSuffix(strings.TrimSpace(last.Data), strings.TrimSpace(strings.TrimSuffix(text[at:], "-->")))
}

// neverClosed reports whether no end tag follows the last start tag of the name.
func neverClosed(text, name string) bool {
	begin, end := "<"+name, "</"+name
	for at := strings.LastIndexByte(text, '<'); at >= 0; at = strings.LastIndexByte(text[:at], '<') {
		switch tag := text[at:]; {
		case strings.HasPrefix(tag, "</"):
			if hasTagName(tag, end) {
				return false
			}
		case hasTagName(tag, begin):
			return true
		}
	}
	return false
}

// mainLeftOpen reports whether the element that holds a page's content was never closed: what comes after it, be it a foot
// and the end tags of the page, came in the place of the content's rest.
func mainLeftOpen(p *Page) bool { return len(p.Tag("main")) > 0 && neverClosed(p.Source(), "main") }

// isTorn reports whether a page shows its own tags, or was read in another encoding than that in which its bytes are whole.
// Data that a page holds as text, for its scripts, may have tags in it.
func isTorn(p *Page) bool {
	return p.decoded().coding != nil && utf8.Valid(p.Answer.Body) || strings.Contains(p.Text(), "<") && p.tornIn(p.Root())
}

func (p *Page) tornIn(n *html.Node) bool {
	if n.Type == html.TextNode {
		text := strings.TrimSpace(n.Data)
		return !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") && showsTags(text)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if !p.hidesText(c) && !showsCode[c.Data] && p.tornIn(c) {
			return true
		}
	}
	return false
}

// showsCode are the elements in which a page shows code, which may be tags.
var showsCode = map[string]bool{"pre": true, "code": true, "samp": true, "kbd": true, "tt": true}

// showsTags reports whether tags stand in a text that a reader sees: what was escaped or torn on its way is no element any
// more, and what such a page lacks may have stood in it.
func showsTags(text string) bool {
	for {
		at := strings.IndexByte(text, '<')
		if at < 0 {
			return false
		}
		text = strings.TrimPrefix(text[at+1:], "/")
		end := strings.IndexAny(text, " >")
		if end > 0 && end < 10 && tornTags[Lower(text[:end])] {
			return true
		}
	}
}

// tornTags are the names of elements that make up pages. Others, like those by which a writer marks a word, tear nothing.
var tornTags = map[string]bool{
	"html": true, "head": true, "body": true, "main": true, "article": true, "section": true, "div": true, "p": true, "a": true, "ul": true, "ol": true,
	"li": true, "dl": true, "dt": true, "dd": true, "table": true, "tbody": true, "tr": true, "td": true, "th": true, "form": true, "input": true,
	"textarea": true, "button": true, "iframe": true, "script": true, "h1": true, "h2": true, "h3": true, "span": true, "meta": true, "link": true,
}

// afterEnd are the elements that counters, caches and chat windows put after the end tags of a page.
var afterEnd = map[string]bool{
	"script": true, "style": true, "noscript": true, "link": true, "meta": true, "img": true, "iframe": true,
}

// strays are the marks of a template's own language of which one may be left after the end tags.
const strays = "{}()[];"

// endsByTags reports whether a page ends as pages do after their end tags; told is whether it has one. A block that stands there
// and holds nothing is a part of a theme, printed too late.
func endsByTags(text io.Reader) (ended, told bool) {
	z := html.NewTokenizer(text)
	raw := "" // the element whose text is no text of the page
	blocks := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ended && blocks == 0 && len(z.Raw()) == 0, told // else it ends within a tag
		case html.TextToken:
			said := bytes.TrimSpace(z.Raw())
			ended = ended && (raw != "" || len(said) == 0 || len(said) == 1 && strings.Contains(strays, string(said)))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if raw == "" && string(name) == "div" {
				blocks++
			}
			ended = ended && (raw != "" || string(name) == "div" || afterEnd[string(name)])
			if raw == "" && (string(name) == "script" || string(name) == "style" || string(name) == "noscript" || string(name) == "iframe") {
				raw = string(name)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if raw == "" && (string(name) == "html" || string(name) == "body") {
				ended, told, blocks = true, true, 0
			}
			if raw == "" && string(name) == "div" {
				blocks = max(0, blocks-1)
			}
			if string(name) == raw {
				raw = ""
			}
		}
	}
}

// optionalEnd are the elements whose end tags HTML lets an author leave out.
var optionalEnd = map[string]bool{
	"html": true, "head": true, "body": true, "li": true, "dt": true, "dd": true, "p": true, "rt": true, "rp": true, "optgroup": true, "option": true,
	"colgroup": true, "caption": true, "thead": true, "tbody": true, "tfoot": true, "tr": true, "td": true, "th": true,
}

// endsByFoot reports whether a page that leaves its last end tags out, as HTML allows, came to its end all the same: each
// element that must be closed is, and the last one of the body is, or holds, the page's foot. Nothing may follow it but
// what stands after the end of pages.
func endsByFoot(text io.Reader) bool {
	z := html.NewTokenizer(text)
	var open feet
	for {
		switch z.Next() {
		case html.ErrorToken:
			return open.ended && len(open.names) == 0 && len(z.Raw()) == 0
		case html.TextToken:
			open.ended = open.ended && (len(open.names) > 0 || len(bytes.TrimSpace(z.Raw())) == 0)
		case html.StartTagToken:
			name, more := z.TagName()
			open.start(string(name), z, more)
		case html.EndTagToken:
			name, _ := z.TagName()
			open.end(string(name))
		}
	}
}

// feet are the open elements, and which of them are the page's foot or hold it.
type feet struct {
	names []string
	foot  []bool
	ended bool // the last element that was closed is the foot, and nothing came after it
}

// start opens an element, whose attributes are read where they can matter alone: a page may hold millions.
func (f *feet) start(name string, z *html.Tokenizer, more bool) {
	if len(f.names) == 0 {
		f.ended = f.ended && afterEnd[name]
	}
	if !void[name] && !optionalEnd[name] {
		f.names, f.foot = append(f.names, name), append(f.foot, name == "footer" || more && bearsFoot(z))
	}
}

// end closes the innermost element where it bears the name. A stray end tag closes nothing.
func (f *feet) end(name string) {
	last := len(f.names) - 1
	if optionalEnd[name] || last < 0 || f.names[last] != name {
		return
	}
	foot := f.foot[last]
	switch name {
	case "article", "section", "main", "aside", "nav", "blockquote":
		foot = false // the foot of a part
	}
	f.names, f.foot = f.names[:last], f.foot[:last]
	switch {
	case last > 0:
		f.foot[last-1] = f.foot[last-1] || foot
	case !afterEnd[name]:
		f.ended = foot
	}
}

// bearsFoot reports whether the attributes of a tag name the foot of a page.
func bearsFoot(z *html.Tokenizer) bool {
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		if namesFoot(string(key), string(value)) {
			return true
		}
	}
	return false
}

// isFoot reports whether an element is named as the foot of a page, or of a part of it.
func isFoot(n *html.Node) bool {
	return n.Data == "footer" || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return namesFoot(a.Key, a.Val) })
}

func namesFoot(key, value string) bool {
	switch key {
	case "id", "class":
		return hasPrefixFold(value, "foot")
	case "role":
		return value == "contentinfo"
	}
	return false
}
