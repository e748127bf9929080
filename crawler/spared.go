package crawler

import (
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	// leastRaw is how many bytes of a script or style sheet are worth sparing the parser, which looks at each for itself.
	leastRaw = 1000
	// leastValue is the same of an attribute's value, of which a page has more.
	leastValue = 200
	// maxSparedTag is how far into a tag a value may stand: a page may have a tag with a hundred thousand.
	maxSparedTag = 4 << 10
	// standIn begins what the parser gets in place of what it is spared: a character of which no page has need.
	standIn = '\x1f'
)

// parseTree is html.Parse, with an index of the tree. Half of what pages send are scripts, style sheets and long values of
// attributes, of which the parser has to find no more than the end: it is spared them, and they are put into the tree
// afterwards. The tree is the same: each stand-in is seen to be all that such an element or attribute holds, or else the
// page is parsed as it is.
func parseTree(text string) (tree, error) {
	if spared := spare(text); spared != nil {
		if root, err := html.Parse(spared.reader()); err == nil {
			if x := newIndex(root, len(text), spared); spared.allBack() {
				return tree{root: root, index: x}, nil
			}
		}
	}
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return tree{}, fmt.Errorf("parse page: %w", err)
	}
	return tree{root: root, index: newIndex(root, len(text), nil)}, nil
}

// stretch is a text that the parser is spared, and where it begins: that of a script or style sheet, or a value.
type stretch struct {
	at    int
	text  string
	value bool
	mute  bool // no sign stands in it: it says how the page looks
	back  bool // it is in the tree
}

func (s stretch) end() int { return s.at + len(s.text) }

// stretches finds long scripts, style sheets and values, in the order of the page. It may miss some, and take for one what
// is none.
func stretches(text string) (all []stretch) {
	from := 0 // what lies before it was looked through for values
	for at := nextS(text, 0); at < len(text); at = nextS(text, at) {
		at++
		if !hasPrefixFold(text[at:], "script") && !hasPrefixFold(text[at:], "style") {
			continue
		}
		if end := endAround(text, at-1); end > at {
			all = appendValues(all, text[:at], from)
			at, from = end, end
			continue
		}
		r, ended := rawAt(text, at)
		all = appendValues(all, text[:r.at], from)
		if !ended {
			return all // nor will one that begins in it
		}
		if len(r.text) >= leastRaw && plainRaw(r.text) {
			all = append(all, r)
		}
		at, from = r.end(), r.end()
	}
	return appendValues(all, text, from)
}

// endAround gives where the remark ends, as old pages wrote for one browser, or the noscript element in which a tag stands first,
// 0 where it stands in neither: of what is in them the parser makes no elements.
func endAround(text string, at int) int {
	before := text[max(0, at-200):at]
	before = before[max(0, strings.LastIndexByte(before, '<')):]
	end := "</noscript"
	switch {
	case strings.HasPrefix(before, "<!--") && !strings.Contains(before, "-->"):
		end = "-->"
	case !hasPrefixFold(before, "<noscript"):
		return 0
	}
	if i := strings.Index(text[at:], end); i >= 0 {
		return at + i
	}
	return len(text) // it was never closed
}

// nextS gives the place of the next tag whose name begins with an S.
func nextS(text string, at int) int {
	for {
		next := strings.IndexByte(text[at:], '<')
		if next < 0 {
			return len(text)
		}
		if at += next; at+1 < len(text) && text[at+1]|' ' == 's' {
			return at
		}
		at++
	}
}

// rawAt gives the text of the script or style sheet whose tag's name stands at a place, as far as its end tag.
func rawAt(text string, at int) (r stretch, ended bool) {
	name := "style"
	if hasPrefixFold(text[at:], "script") {
		name = "script"
	}
	begin := tagEnd(text, at+len(name))
	for end := begin; ; end += len("</") {
		next := strings.Index(text[end:], "</")
		if next < 0 {
			return stretch{at: len(text)}, false
		}
		end += next
		if hasTagName(text[end+len("</"):], name) {
			return stretch{at: begin, text: text[begin:end], mute: name == "style"}, true
		}
	}
}

// hasTagName reports whether a text goes on with a name of a tag that ends there.
func hasTagName(text, name string) bool {
	return hasPrefixFold(text, name) && len(text) > len(name) && strings.IndexByte(" \n\r\t\f/>", text[len(name)]) >= 0
}

// tagEnd gives the place behind a tag of which a part stands at a place.
func tagEnd(text string, at int) int {
	quote := byte(0)
	for ; at < len(text); at++ {
		switch c := text[at]; {
		case c == quote:
			quote = 0
		case quote != 0:
		case c == '>':
			return at + 1
		case c == '"' || c == '\'':
			quote = c
		}
	}
	return at
}

// plainRaw reports whether the parser would give a script or style sheet as it is, but for its line ends. A remark in a
// script may hide the script's end, and of NUL it makes another character.
func plainRaw(text string) bool {
	return strings.IndexByte(text, 0) < 0 && !strings.Contains(text, "<!--")
}

// appendValues adds the long values that stand in a text from a place on. It looks for a quotation mark in each stretch of
// half the length that is asked for: where none is, a long value may be.
func appendValues(all []stretch, text string, from int) []stretch {
	const half = leastValue / 2
	for at := from; at+half <= len(text); {
		if strings.IndexByte(text[at:at+half], '"') >= 0 {
			at += half
			continue
		}
		length := strings.IndexByte(text[at:], '"')
		if length < 0 {
			return all
		}
		begin, end := from+strings.LastIndexByte(text[from:at], '"')+1, at+length
		at = end + 1
		if end-begin < leastValue || begin < from+2 || text[begin-2] != '=' || !plainValue(text[begin:end]) {
			continue
		}
		low := max(from, begin-maxSparedTag)
		tag := low + strings.LastIndexByte(text[low:begin], '<')
		if tag < low {
			continue
		}
		if around := endAround(text, tag); around > end {
			at, from = around, around
		} else if before := text[tag+1 : begin-2]; sparesValue(before) {
			all = append(all, stretch{at: begin, text: text[begin:end], value: true, mute: drawn(before)})
		}
	}
	return all
}

// sparesValue reports whether the parser may be spared the value of the attribute with which a tag goes on: not where it
// counts elements with the same attributes, nor of the second attribute of a name, which it drops.
func sparesValue(tag string) bool {
	name := tag[strings.LastIndexAny(tag, " \n\t\r\"'")+1:]
	return tag != "" && tag[0]|' ' >= 'a' && !formats(tagName(tag)) && !strings.Contains(tag[:len(tag)-len(name)], " "+name)
}

// drawn reports whether the attribute at the end of a tag holds the lines of a drawing, or the sizes of a picture whose address
// stands beside them.
func drawn(tag string) bool {
	return strings.HasSuffix(tag, " d") || strings.HasSuffix(tag, " srcset")
}

func tagName(text string) atom.Atom {
	i := 0
	for i < len(text) && i < 10 && ('a' <= text[i]|' ' && text[i]|' ' <= 'z') {
		i++
	}
	return atom.Lookup([]byte(text[:i]))
}

// plainValue reports whether the parser would give a value as it is.
func plainValue(text string) bool {
	return strings.IndexByte(text, '&') < 0 && strings.IndexByte(text, '\r') < 0 && strings.IndexByte(text, 0) < 0
}

// spared is what the parser is spared of a text. Each stretch has a stand-in in its place: a sign that is drawn by lot for
// each reading, so that no page can hold it, and the stretch's number.
type spared struct {
	text      string
	stretches []stretch // in the order of the text
	sign      string
	left      int     // to be put into the tree
	lost      bool    // one of them is no raw text or value to the parser
	scripts   *spared // the same without values: see raw
}

func spare(text string) *spared {
	all := stretches(text)
	if len(all) == 0 {
		return nil
	}
	scripts := slices.DeleteFunc(slices.Clone(all), func(one stretch) bool { return one.value })
	return &spared{
		text: text, stretches: all, sign: string(standIn) + strconv.FormatUint(rand.Uint64(), 36), left: len(all),
		scripts: &spared{text: text, stretches: scripts},
	}
}

// raw is a text without the scripts and style sheets alone that the parser was spared, if any.
func (s *spared) raw(text string) *spared {
	if s == nil {
		return &spared{text: text}
	}
	return s.scripts
}

// speaking gives the stretches of the text between those that are mute, as the parser found them.
func (s *spared) speaking(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		at := 0
		if s != nil {
			for i := range s.stretches {
				one := &s.stretches[i]
				if one.mute {
					if !yield(at, text[at:one.at]) {
						return
					}
					at = one.end()
				}
			}
		}
		yield(at, text[at:])
	}
}

// reader reads the text with the stand-ins in it.
func (s *spared) reader() io.Reader { return &sparedReader{spared: s} }

type sparedReader struct {
	*spared
	at   int    // what lies before it was read
	next int    // the stretch that comes next
	rest []byte // of a stand-in
}

func (r *sparedReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		end := len(r.text)
		if r.next < len(r.stretches) {
			end = r.stretches[r.next].at
		}
		switch {
		case len(r.rest) > 0:
			c := copy(p[n:], r.rest)
			r.rest, n = r.rest[c:], n+c
		case r.at < end:
			c := copy(p[n:], r.text[r.at:end])
			r.at, n = r.at+c, n+c
		case r.next < len(r.stretches):
			r.rest = strconv.AppendInt(append(r.rest, r.sign...), int64(r.next), 10)
			r.at, r.next = r.stretches[r.next].end(), r.next+1
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
	return n, nil
}

// putText gives a script or style sheet its text.
func (s *spared) putText(n *html.Node) {
	c := n.FirstChild
	if c == nil || !s.standsFor(c.Data) {
		return
	}
	if n.Namespace != "" || c != n.LastChild {
		s.lost = true
		return
	}
	c.Data = newLines(s.take(c.Data, false))
}

// putValue gives an attribute of an element its value. Of elements that format text the parser counts those with the same
// attributes, and stand-ins are never the same.
func (s *spared) putValue(n *html.Node, a *html.Attribute) {
	if s.standsFor(a.Val) {
		s.lost = s.lost || formats(n.DataAtom)
		a.Val = s.take(a.Val, true)
	}
}

func (s *spared) standsFor(text string) bool { return s != nil && strings.HasPrefix(text, s.sign) }

// take gives what a stand-in stands for. A link that the parser opens anew where a paragraph cut it off has its value twice.
func (s *spared) take(sign string, value bool) string {
	i, err := strconv.Atoi(sign[len(s.sign):])
	if err != nil || i < 0 || i >= len(s.stretches) || s.stretches[i].value != value {
		s.lost = true
		return sign
	}
	one := &s.stretches[i]
	if !one.back {
		one.back = true
		s.left--
	}
	return one.text
}

// formats reports whether the parser opens an element anew where it was cut off, and at most thrice. Of links only one is
// ever open.
func formats(name atom.Atom) bool {
	switch name {
	case atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.Nobr, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		return true
	}
	return false
}

// allBack reports whether everything is in its place.
func (s *spared) allBack() bool { return s.left == 0 && !s.lost }

// newLines makes the line ends of a text those that the parser makes of them.
func newLines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
