package crawler

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"

	"doorknock/audit"
)

const (
	maxExcerpt    = 200 // characters of evidence
	maxCandidates = 64  // places tried before a whole pass is cheaper
	maxTag        = 16 << 10
)

// span is a stretch of bytes of the body, with those bytes decoded.
type span struct {
	offset, length int
	excerpt        string
}

// locate finds the bytes of the body that made an element: its start tag, and its text where that is short.
// An element that the parser made up, or that cannot be told from another, is not found.
func (p *Page) locate(n *html.Node) (span, bool) {
	if n == nil || n.Type != html.ElementNode {
		return span{}, false
	}
	at, ok := p.byRawText(n)
	if !ok {
		at, ok = p.byWords(n)
	}
	if !ok {
		at, ok = p.byTokens(n)
	}
	if !ok {
		return span{}, false
	}
	return p.bytesAt(at, at+p.extent(n, at))
}

// find locates a stretch of the text, by its nth place.
func (p *Page) find(needle string, nth int) (span, bool) {
	text, at := p.Source(), 0
	for ; ; nth-- {
		i := strings.Index(text[at:], needle)
		if needle == "" || i < 0 {
			return span{}, false
		}
		if at += i; nth <= 0 {
			return p.bytesAt(at, at+len(needle))
		}
		at += len(needle)
	}
}

// fastNeedle is how many bytes a processor looks for at once.
const fastNeedle = 31

// byRawText looks for the element's start tag in the text, by the longest piece of its attributes that must be spelt there
// as it is. As many places that read as this very tag as there are elements like it: they are these, in order.
func (p *Page) byRawText(n *html.Node) (int, bool) {
	needle := ""
	for _, a := range n.Attr {
		if len(a.Val) <= len(needle) {
			continue
		}
		for piece := range strings.FieldsFuncSeq(a.Val, mayBeEscaped) {
			if len(piece) > len(needle) {
				needle = piece
			}
		}
	}
	rank, equals := p.rank(n)
	if equals > maxCandidates {
		return 0, false
	}
	next := indexRare
	switch {
	case needle == "":
		needle, next = "<"+n.Data, indexTag
	case len(needle) > fastNeedle && !strings.Contains(needle, "<"): // the end of an address is rarer than its beginning
		needle = needle[len(needle)-fastNeedle:]
	}
	found, few := p.tagsAt(n, needle, next)
	if tag := "<" + n.Data; !few && needle != tag { // a form that searches the site has an address that is all over the page
		found, few = p.tagsAt(n, tag, indexTag)
	}
	if !few || len(found) == 0 || len(found) != equals {
		return 0, false
	}
	return found[rank], true
}

// tagsAt gives the places of the text at which a tag stands that reads as the element's, in order, outside of the scripts and
// style sheets that the parser was spared. few is false where too many were tried.
func (p *Page) tagsAt(n *html.Node, needle string, next func(text, needle string) int) (found []int, few bool) {
	text := p.Source()
	begin, last, tried := 0, -1, 0
	scripts := p.index().spared.raw(text).stretches
	for i := range len(scripts) + 1 {
		raw := stretch{at: len(text)} // the end
		if i < len(scripts) {
			raw = scripts[i]
		}
		for from := begin; ; {
			i := next(text[from:raw.at], needle)
			if i < 0 {
				break
			}
			at := tagBefore(text, from+i)
			from += i + len(needle)
			if at < 0 || at == last {
				continue
			}
			last = at
			if tried++; tried > maxCandidates {
				return nil, false
			}
			if readsAs(text[at:], n) {
				found = append(found, at)
			}
		}
		begin = raw.end()
	}
	return found, true
}

// leastWords is how many bytes of words in an element are enough to look for it by them.
const leastWords = 8

// byWords looks for an element of which there are many alike by the first words in it: as many places that hold them as
// there are texts that begin so, they are these, in order. Its start tag is the nearest of its name before them.
func (p *Page) byWords(n *html.Node) (int, bool) {
	own, words := wordsIn(n)
	if own == nil || mayBeCopied(n) {
		return 0, false
	}
	rank, equals := 0, 0
	for c := range p.Root().Descendants() {
		if c == own {
			rank = equals
		}
		if c.Type == html.TextNode && strings.HasPrefix(trimLeft(c.Data), words) {
			equals++
		}
	}
	text := p.Source()
	if strings.Count(text, words) != equals {
		return 0, false
	}
	at := strings.Index(text, words)
	for ; rank > 0; rank-- {
		at += len(words)
		at += strings.Index(text[at:], words)
	}
	behind := text[:at]
	for at >= 0 && !hasPrefixFold(text[at:], "<"+n.Data) {
		at = strings.LastIndexByte(text[:at], '<')
	}
	return at, at >= 0 && len(behind)-at < maxTag && !endsOther(behind[at:], "</"+n.Data) && readsAs(text[at:], n)
}

// endsOther reports whether something ends in a stretch in which a tag may stand that is none, or the element itself, or a
// table begins or ends: the parser makes up rows.
func endsOther(text, own string) bool {
	text = lowerASCII(text)
	for _, end := range [...]string{own, "<table", "</table", "-->", "</script", "</style", "</noscript", "</template", "</textarea", "</iframe", "</title", "</xmp"} {
		if strings.Contains(text, end) {
			return true
		}
	}
	return false
}

// mayBeCopied reports whether the parser begins an element of this name again where a block ends within it.
func mayBeCopied(n *html.Node) bool {
	switch n.Data {
	case "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u":
		return true
	}
	return false
}

// wordsIn gives the first text in an element that is long enough, and what it begins with, as far as it must be spelt so
// in the page's text; nil where there is none, or where an element of the same name stands before it.
func wordsIn(n *html.Node) (*html.Node, string) {
	for c := range n.Descendants() {
		if c.Data == n.Data && c.Type == html.ElementNode {
			break
		}
		if c.Type != html.TextNode {
			continue
		}
		words := trimLeft(c.Data)
		if end := strings.IndexFunc(words, func(r rune) bool { return r == '<' || r == '>' || mayBeEscaped(r) }); end >= 0 {
			words = words[:end]
		}
		if len(words) >= leastWords {
			return c, words[:min(len(words), maxExcerpt)]
		}
	}
	return nil, ""
}

func trimLeft(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// indexTag finds the beginning of a tag, given in lower case, in text of either case.
func indexTag(text, tag string) int {
	for at := 0; ; at++ {
		i := strings.IndexByte(text[at:], '<')
		if i < 0 {
			return -1
		}
		if at += i; hasPrefixFold(text[at:], tag) {
			return at
		}
	}
}

// indexRare is strings.Index for a needle in a page: it looks for the needle's rarest byte alone, which the processor does
// several times as fast.
func indexRare(text, needle string) int {
	rare := 0
	for i := range len(needle) {
		if commonness(needle[i]) < commonness(needle[rare]) {
			rare = i
		}
	}
	for at := rare; at < len(text); at++ {
		next := strings.IndexByte(text[at:], needle[rare])
		if next < 0 {
			return -1
		}
		if at += next; text[at-rare] == needle[0] && strings.HasPrefix(text[at-rare:], needle) {
			return at - rare
		}
	}
	return -1
}

// mayBeEscaped reports whether a character of an attribute may be spelt another way in the page's text.
func mayBeEscaped(r rune) bool { return r == '&' || r == '"' || r == '\'' || r < ' ' || r >= 0x7f }

// tagBefore is where the tag around a place begins.
func tagBefore(text string, i int) int {
	low := max(0, i-maxTag)
	at := strings.LastIndexByte(text[low:min(len(text), i+1)], '<')
	if at < 0 {
		return -1
	}
	return low + at
}

// readsAs reports whether the text begins with the start tag of the element. Tags over maxTag are not tried.
func readsAs(text string, n *html.Node) bool {
	if !hasPrefixFold(text, "<"+n.Data) {
		return false // before a tokenizer is made for it
	}
	if end := len("<" + n.Data); len(text) > end && text[end] == '>' {
		return len(n.Attr) == 0
	}
	if size, sure := plainTag(text[:min(len(text), maxTag)], n); sure {
		return size > 0
	}
	z := html.NewTokenizer(strings.NewReader(text[:min(len(text), maxTag)]))
	kind := z.Next()
	if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
		return false
	}
	return sameTag(z.Token(), n)
}

func sameTag(t html.Token, n *html.Node) bool { return t.Data == n.Data && sameAttrs(t.Attr, n.Attr) }

// sameAttrs compares without order: the parser sorts the attributes of formatting elements.
func sameAttrs(a, b []html.Attribute) bool {
	if len(a) != len(b) || slices.Equal(a, b) {
		return len(a) == len(b)
	}
	if slices.ContainsFunc(a, func(x html.Attribute) bool { return !slices.Contains(b, x) }) {
		return false // as nearly always
	}
	a, b = slices.Clone(a), slices.Clone(b)
	order := func(x, y html.Attribute) int {
		return cmp.Or(strings.Compare(x.Key, y.Key), strings.Compare(x.Val, y.Val))
	}
	slices.SortFunc(a, order)
	slices.SortFunc(b, order)
	return slices.Equal(a, b)
}

// byTokens goes through the whole text and takes the tag that stands as far down among its equals as the element does
// among its own. Another number of equals means that the parser copied or dropped some: not found.
func (p *Page) byTokens(n *html.Node) (int, bool) {
	rank, equals := p.rank(n)
	z := html.NewTokenizer(strings.NewReader(p.Source()))
	at, found, seen := 0, 0, 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return found, seen == equals && equals > 0
		}
		size := len(z.Raw())
		if (kind == html.StartTagToken || kind == html.SelfClosingTagToken) && tagIs(z, n) {
			if seen == rank {
				found = at
			}
			seen++
		}
		at += size
	}
}

// tagIs reads the tag's attributes only where its name is the element's.
func tagIs(z *html.Tokenizer, n *html.Node) bool {
	name, more := z.TagName()
	if string(name) != n.Data {
		return false
	}
	var attrs []html.Attribute
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		attrs = append(attrs, html.Attribute{Key: string(key), Val: string(val)})
	}
	return sameAttrs(attrs, n.Attr)
}

func (p *Page) rank(n *html.Node) (rank, equals int) {
	for _, other := range p.Tag(n.Data) {
		if other == n {
			rank = equals
		}
		if sameAttrs(other.Attr, n.Attr) {
			equals++
		}
	}
	return rank, equals
}

// bytesAt turns a stretch of the text into one of the body and checks that the body's bytes say the same.
func (p *Page) bytesAt(from, to int) (span, bool) {
	d := p.decoded()
	want := firstRunes(d.text[from:to], maxExcerpt)
	if want == "" {
		return span{}, false
	}
	if d.coding == nil {
		return span{from + d.base, len(want), want}, true
	}
	body := p.Answer.Body[d.base:]
	start, ok := consumed(d.coding, body, from)
	if !ok {
		return span{}, false
	}
	length, ok := consumed(d.coding, body[start:], len(want))
	if !ok || length == 0 {
		return span{}, false
	}
	got, err := d.coding.NewDecoder().Bytes(body[start : start+length])
	if err != nil || string(got) != want {
		return span{}, false
	}
	return span{d.base + start, length, want}, true
}

// consumed says how many bytes of the body make the first n bytes of its text.
func consumed(coding encoding.Encoding, body []byte, n int) (int, bool) {
	var buffer [4096]byte
	decoder := coding.NewDecoder()
	read, made := 0, 0
	for made < n {
		dst := buffer[:min(len(buffer), n-made)]
		wrote, took, _ := decoder.Transform(dst, body[read:], true)
		if wrote == 0 && took == 0 {
			return 0, false
		}
		made, read = made+wrote, read+took
	}
	return read, made == n
}

// Mark gives the place of an element of the page, as evidence needs it. ok is false where its bytes cannot be found.
func (p *Page) Mark(n *html.Node) (audit.Mark, bool) {
	at, ok := p.locate(n)
	return p.markAt(at), ok
}

// MarkText gives the place of the first stretch of the body that reads so.
func (p *Page) MarkText(needle string) (audit.Mark, bool) {
	at, ok := p.find(needle, 0)
	return p.markAt(at), ok
}

func (p *Page) markAt(at span) audit.Mark {
	return audit.Mark{Capture: p.Answer.Capture, URL: p.URL().String(), Offset: at.offset, Length: at.length, Excerpt: strings.Clone(at.excerpt)}
}
