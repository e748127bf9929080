package crawler

import (
	"math"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TextOf is what a reader without scripts sees of an element, white space collapsed.
func (p *Page) TextOf(n *html.Node) string { return p.textUpTo(n, math.MaxInt) }

// ShortText is TextOf for elements that matter only where they say little: it ends soon after 1,000 bytes.
func (p *Page) ShortText(n *html.Node) string { return p.textUpTo(n, 1000) }

// SaysMost reports whether more than half of the page's text is an element's.
func (p *Page) SaysMost(n *html.Node) bool {
	half := len(p.Text()) / 2
	return len(p.textUpTo(n, half+1)) > half // it ends soon after, and may end with a blank less
}

func (p *Page) textUpTo(n *html.Node, most int) string {
	if n.Type == html.DocumentNode {
		return p.Text()
	}
	if p.hidesText(n) {
		return ""
	}
	if c := n.FirstChild; c != nil && c.NextSibling == nil && c.Type == html.TextNode && len(c.Data) < most && collapsed(c.Data) {
		return c.Data // most headings, links and labels are this, and cost nothing to read
	}
	w := textWriter{spaced: true}
	p.write(&w, n, most)
	return strings.TrimSuffix(w.String(), " ")
}

// write needs not ask of n itself whether it hides its text.
func (p *Page) write(w *textWriter, n *html.Node, most int) {
	if n.Type == html.TextNode {
		w.wordsUpTo(n.Data, most)
		return
	}
	for c := n.FirstChild; c != nil && w.Len() <= most; c = c.NextSibling {
		if !p.hidesText(c) {
			if c.Type == html.ElementNode && !inline(c.DataAtom) {
				w.space() // a block ends the word before it
			}
			p.write(w, c, most)
		}
	}
	if n.Type == html.ElementNode && !inline(n.DataAtom) {
		w.space()
	}
}

func (p *Page) hidesText(n *html.Node) bool {
	return n.Type == html.ElementNode && (n.DataAtom == atom.Select || p.Hidden(n))
}

// textWriter writes text with its white space collapsed.
type textWriter struct {
	strings.Builder
	spaced bool // nothing was written since the last blank
}

// words writes a stretch of text. Most of it is words with one blank between them, which go in one piece.
func (w *textWriter) words(s string) {
	for i := 0; i < len(s); {
		from := i
		if i = plainEnd(s, i); i > from {
			w.WriteString(s[from:i])
			w.spaced = false
		}
		if i == len(s) {
			return
		}
		w.space()
		for i < len(s) && isSpace(s[i]) {
			i++
		}
	}
}

// plainEnd is how far a text is words with one blank between them from a place on.
func plainEnd(s string, from int) int {
	if from == len(s) || isSpace(s[from]) {
		return from
	}
	i := from
	for i+9 <= len(s) && plainEight(eightBytes(s[i:i+8]), eightBytes(s[i+1:i+9])) {
		i += 8
	}
	for i < len(s) && (s[i] > ' ' || !isSpace(s[i]) || s[i] == ' ' && i+1 < len(s) && !isSpace(s[i+1])) {
		i++
	}
	return i
}

// plainEight reports whether eight bytes surely have no white space but single blanks; next are those one further on.
func plainEight(eight, next uint64) bool {
	return below('!', eight)&below('!', next)|below(' ', eight) == 0
}

// below has the highest bit of each byte set that is less than c, which is at most 128.
func below(c, eight uint64) uint64 {
	return ^((eight&^highBits + (0x80-c)*allBytes) | eight) & highBits
}

// wordsUpTo stops after the word with which more than most bytes are written.
func (w *textWriter) wordsUpTo(s string, most int) {
	if len(s) <= most-w.Len() {
		w.words(s)
		return
	}
	for s != "" && w.Len() <= most {
		i := 0
		for i < len(s) && isSpace(s[i]) {
			i++
		}
		for i < len(s) && !isSpace(s[i]) {
			i++
		}
		i = min(i+1, len(s))
		w.words(s[:i])
		s = s[i:]
	}
}

func (w *textWriter) space() {
	if !w.spaced {
		w.WriteByte(' ')
		w.spaced = true
	}
}

// collapsed reports whether a text has no white space but single blanks between words.
func collapsed(s string) bool { return plainEnd(s, 0) == len(s) }

func isSpace(c byte) bool {
	return c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f')
}

// inline reports whether an element does not part words.
func inline(a atom.Atom) bool {
	switch a {
	case atom.A, atom.B, atom.I, atom.Em, atom.Strong, atom.Span, atom.Small, atom.U, atom.S, atom.Font, atom.Abbr, atom.Time, atom.Sup,
		atom.Sub, atom.Mark, atom.Code, atom.Big:
		return true
	}
	return false
}
