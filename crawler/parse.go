package crawler

import (
	"bytes"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"doorknock/audit"
)

// Reader is the version of the reading code as a whole. A page remembered by another version is read anew.
const Reader = 14

// Page is one answer as plans and checks see it: parsed once, on first need, shared, and read-only from then on.
type Page struct {
	memo   sync.Map // by key, what Memo made
	Answer Answer
	// Unchanged says that the page was looked at and had not changed: there is no body, only what is remembered.
	Unchanged bool
	// Readings are what the checks read on it, for the plan; none of an answer that no check reads.
	Readings []audit.Reading
	// Until is the earliest Look.Until of what was read on it.
	Until time.Time

	scripts    *Scripts
	remembered audit.Outline
	decoded    func() decoded
	tree       func() tree
	lower      func() string
	text       func() string
	lowerText  func() string
	problem    func() audit.Reason
	base       func() *url.URL
	links      func() links
	landmark   func() *html.Node
	title      func() string
	drawers    func() []drawer
	ended      func() bool // see isWhole
	torn       func() bool // see isTorn
	signs      signsSeen
	strays     sync.Map // see Strays
}

// decoded is a body after charset.
type decoded struct {
	text   string            // the body as valid UTF-8
	base   int               // bytes of byte order mark before the text
	coding encoding.Encoding // nil where the text is the body, byte for byte
	reason audit.Reason
}

// tree is what the parser made of a text, with what one walk over it found.
type tree struct {
	root   *html.Node
	index  *index
	reason audit.Reason
}

// NewPage makes a page of an answer. Nothing is parsed until somebody asks. A nil scripts knows no script.
func NewPage(a Answer, s *Scripts) *Page {
	p := &Page{Answer: a, scripts: s}
	p.decoded = sync.OnceValue(func() decoded { return decode(a.Body, a.Header.Get("Content-Type")) })
	p.tree = sync.OnceValue(func() tree { return parse(p.decoded()) })
	p.lower = sync.OnceValue(func() string { return lowerASCII(p.Source()) })
	p.text = sync.OnceValue(func() string { return strings.TrimSuffix(p.index().text.String(), " ") })
	p.lowerText = sync.OnceValue(func() string { return Lower(p.text()) })
	p.problem = sync.OnceValue(func() audit.Reason { return problemOf(p) })
	p.base = sync.OnceValue(func() *url.URL { return baseOf(p) })
	p.links = sync.OnceValue(func() links { return linksOf(p) })
	p.title = sync.OnceValue(func() string { return titleOf(p) })
	p.drawers = sync.OnceValue(func() []drawer { return drawersOf(p) })
	p.landmark = sync.OnceValue(func() *html.Node { return landmarkOf(p) })
	p.ended = sync.OnceValue(func() bool { return isWhole(p) })
	p.torn = sync.OnceValue(func() bool { return isTorn(p) })
	return p
}

// NewUnchanged makes the page of an answer that says "as before": its outline is the remembered one.
func NewUnchanged(a Answer, remembered audit.Outline) *Page {
	p := NewPage(a, nil)
	p.Unchanged, p.remembered = true, remembered
	return p
}

// URL is the address that answered, else the one that was asked.
func (p *Page) URL() *url.URL {
	if p.Answer.URL != nil {
		return p.Answer.URL
	}
	u, err := url.Parse(p.Answer.Request.URL)
	if err != nil {
		return &url.URL{}
	}
	return u
}

// Doc is the tree for goquery. Nobody may change it.
func (p *Page) Doc() *goquery.Document { return goquery.NewDocumentFromNode(p.Root()) }

// Root is the tree itself, for what neither index nor goquery gives. Nobody may change it.
func (p *Page) Root() *html.Node { return p.tree().root }

// Source is the body as valid UTF-8.
func (p *Page) Source() string { return p.decoded().text }

// Lower is Source with ASCII letters in lower case: byte for byte as long, so that offsets agree.
func (p *Page) Lower() string { return p.lower() }

// Text is what a reader without scripts sees, white space collapsed.
func (p *Page) Text() string { return p.text() }

// LowerText is Text in lower case.
func (p *Page) LowerText() string { return p.lowerText() }

// Problem says why the page proves nothing, "" where it was read whole. Positive markers may still be seen on a page
// whose problem is parse_error.
func (p *Page) Problem() audit.Reason { return p.problem() }

// Landmark is the element by which the page is recognised as a page of a site, nil where nothing shows that.
func (p *Page) Landmark() *html.Node { return p.landmark() }

func (p *Page) index() *index { return p.tree().index }

func parse(d decoded) tree {
	root, reason := &html.Node{Type: html.DocumentNode}, d.reason
	if reason == "" {
		t, err := parseTree(d.text)
		if err == nil {
			return t
		}
		// More than 512 open elements. Browsers show such a page, so we look for what is there without its tree.
		root, reason = tagTree(d.text), audit.ReasonParseError
	}
	return tree{root, newIndex(root, len(d.text), nil), reason}
}

// lastMeta is how far down a page says in which encoding it is: behind the scripts that an archive, say, puts before its head.
const lastMeta = 64 << 10

// lateCharset gives the encoding that a meta in a page's head names, wherever it stands there, else the one given.
func lateCharset(body []byte, otherwise encoding.Encoding) (encoding.Encoding, string) {
	head := body[:min(len(body), lastMeta)]
	for {
		at := bytes.IndexByte(head, '<')
		if at < 0 {
			return otherwise, "windows-1252"
		}
		tag, end := head[at:], ">"
		if bytes.HasPrefix(tag, []byte("<!--")) {
			end = "-->"
		}
		length := bytes.Index(tag, []byte(end))
		if length < 0 {
			return otherwise, "windows-1252"
		}
		head, tag = tag[length:], tag[:length+1]
		if lower := bytes.ToLower(tag); bytes.HasPrefix(lower, []byte("<meta")) && bytes.Contains(lower, []byte("charset")) {
			e, name, _ := charset.DetermineEncoding(tag, "")
			return e, name
		}
	}
}

// decode turns a body into UTF-8 by WHATWG's order: byte order mark, header, meta, and last windows-1252, unless the
// whole body is valid UTF-8 already. A meta that stands too late for that is heeded where nothing else speaks, as browsers do.
func decode(body []byte, contentType string) decoded {
	e, name, certain := charset.DetermineEncoding(body, contentType)
	valid := !certain && utf8.Valid(body)
	switch {
	case valid:
		name = "utf-8"
	case !certain && name == "windows-1252":
		if e, name = lateCharset(body, e); name == "windows-1252" && mostlyUTF8(body) {
			name = "utf-8"
		}
	}
	var d decoded
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		d.base = 3
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\xff\xfe")):
		d.base = 2
	}
	rest := body[d.base:]
	if name == "utf-8" {
		if valid || utf8.Valid(rest) {
			// The text is the body itself, to which nobody writes once a page is made of it: a copy of every body would cost a
			// fortieth of what its tree does, and be kept as long.
			d.text = unsafe.String(unsafe.SliceData(rest), len(rest))
			return d
		}
		e = unicode.UTF8
	}
	text, err := e.NewDecoder().Bytes(rest)
	if err != nil || !utf8.Valid(text) {
		d.reason = audit.ReasonBadEncoding
		return d
	}
	d.text, d.coding = string(text), e
	if strings.Count(d.text, "\uFFFD")*20 > utf8.RuneCountInString(d.text) || !certain && name == "windows-1252" && notWestern(rest) {
		d.reason = audit.ReasonBadEncoding
	}
	return d
}

// mostlyUTF8 reports whether a body that says nothing of its encoding has more characters that are UTF-8's than bytes that are not:
// somebody spoilt it.
func mostlyUTF8(body []byte) bool {
	characters := 0
	for len(body) > 0 {
		if body[0] < utf8.RuneSelf {
			body = body[1:]
			continue
		}
		r, size := utf8.DecodeRune(body)
		switch {
		case size > 1:
			characters++
		case r == utf8.RuneError:
			characters--
		}
		body = body[size:]
	}
	return characters > 0
}

// notWestern reports whether a body that says nothing of its encoding is of another writing than windows-1252 is for: many of its
// words are of nothing but letters that have no place beside each other in one of the West.
func notWestern(body []byte) bool {
	words, run := 0, 0
	for i, c := range body {
		if c < 0xc0 {
			run = 0
		} else if run == 0 || c != body[i-1] {
			if run++; run == leastForeign {
				words++
			}
		}
	}
	return words > maxForeign
}

const (
	leastForeign = 4  // letters in a row, none of them the one before it
	maxForeign   = 20 // words of so many
)

// maxTagDepth bounds the tree that is built from tags alone.
const maxTagDepth = 200

// tagTree builds a tree from tags alone for a page too deep to parse. Elements below maxTagDepth become siblings.
// What is found in it was really on the page; what is not found may still be there.
func tagTree(text string) *html.Node {
	root := &html.Node{Type: html.DocumentNode}
	open := []*html.Node{root}
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return root
		}
		t := z.Token()
		top := open[len(open)-1]
		switch kind {
		case html.TextToken:
			top.AppendChild(&html.Node{Type: html.TextNode, Data: t.Data})
		case html.StartTagToken, html.SelfClosingTagToken:
			n := &html.Node{Type: html.ElementNode, Data: t.Data, DataAtom: t.DataAtom, Attr: t.Attr}
			top.AppendChild(n)
			if kind == html.StartTagToken && !void[t.Data] && len(open) < maxTagDepth {
				open = append(open, n)
			}
		case html.EndTagToken:
			open = closeTag(open, t.Data)
		}
	}
}

func closeTag(open []*html.Node, tag string) []*html.Node {
	for i := len(open) - 1; i > 0; i-- {
		if open[i].Data == tag {
			return open[:i]
		}
	}
	return open
}

var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true,
	"link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true,
}

// Memo gives what a check made of a page, making it once: several checks ask for the same. What is made must not change.
func Memo[T any](p *Page, key string, made func(*Page) T) T {
	if v, ok := p.memo.Load(key); ok {
		return v.(T)
	}
	v, _ := p.memo.LoadOrStore(key, made(p))
	return v.(T)
}
