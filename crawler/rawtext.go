package crawler

import (
	"fmt"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

const (
	// leastRaw is how many bytes of a script or style sheet are worth keeping from the parser, which looks at each for itself.
	leastRaw = 1000
	// standIn begins what the parser gets in place of a script or style sheet: a character that no page has need of.
	standIn = '\x1f'
)

// parseTree is html.Parse, with an index of the tree. A third of what pages send are scripts and style sheets, of which the
// parser has to find no more than the end: their text is kept from it and put into the tree afterwards. The tree is the same:
// each stand-in is seen to be all that such an element holds, or else the page is parsed as it is.
func parseTree(text string) (tree, error) {
	if raw := rawStretches(text); len(raw) > 0 {
		if root, err := html.Parse(without(text, raw)); err == nil {
			if x := newIndex(root, len(text), raw); x.raw.allBack() {
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

// rawStretch is the text of a script or style sheet, and where it begins.
type rawStretch struct {
	at   int
	text string
}

func (r rawStretch) end() int { return r.at + len(r.text) }

// rawStretches finds long scripts and style sheets. It may miss some, and take for one what is none.
func rawStretches(text string) (all []rawStretch) {
	if strings.IndexByte(text, standIn) >= 0 {
		return nil
	}
	for at := nextS(text, 0); at < len(text); at = nextS(text, at) {
		at++
		if !hasPrefixFold(text[at:], "script") && !hasPrefixFold(text[at:], "style") {
			continue
		}
		if end := endAround(text, at-1); end > at {
			at = end
			continue
		}
		r, ended := rawStretchAt(text, at)
		if !ended {
			break // nor will one that begins in it
		}
		if len(r.text) >= leastRaw && plainRaw(r.text) {
			all = append(all, r)
		}
		at = r.end()
	}
	return all
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

const everyByte = 0x0101010101010101

// nextS gives the place of the next tag whose name begins with an S. What stands in the last bytes of a text is too short
// to matter.
func nextS(text string, at int) int {
	for ; at+9 <= len(text); at += 8 {
		differs := (eightBytes(text[at:at+8]) ^ '<'*everyByte) | ((eightBytes(text[at+1:at+9]) | ' '*everyByte) ^ 's'*everyByte)
		if zero := (differs - everyByte) &^ differs & (0x80 * everyByte); zero != 0 {
			return at + bits.TrailingZeros64(zero)/8
		}
	}
	return len(text)
}

// rawStretchAt gives the text of the script or style sheet whose tag's name stands at a place, as far as its end tag.
func rawStretchAt(text string, at int) (r rawStretch, ended bool) {
	name := "style"
	if hasPrefixFold(text[at:], "script") {
		name = "script"
	}
	begin := tagEnd(text, at+len(name))
	for end := begin; ; end += len("</") {
		next := strings.Index(text[end:], "</")
		if next < 0 {
			return rawStretch{}, false
		}
		end += next
		if hasTagName(text[end+len("</"):], name) {
			return rawStretch{begin, text[begin:end]}, true
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

// plainRaw reports whether the parser would give the text as it is, but for its line ends. A remark in a script may hide
// the script's end, and of NUL it makes another character.
func plainRaw(text string) bool {
	return strings.IndexByte(text, 0) < 0 && !strings.Contains(text, "<!--")
}

// without reads a text with a stand-in for each raw text.
func without(text string, raw []rawStretch) io.Reader {
	parts, at := make([]io.Reader, 0, 2*len(raw)+1), 0
	for i, r := range raw {
		parts = append(parts, strings.NewReader(text[at:r.at]), strings.NewReader(string(standIn)+strconv.Itoa(i)))
		at = r.end()
	}
	return io.MultiReader(append(parts, strings.NewReader(text[at:]))...)
}

// standIns are the raw texts of a page that are not in its tree yet.
type standIns struct {
	texts []rawStretch
	left  int
	lost  bool // one of them is no raw text to the parser
}

// putBack gives a script or style sheet its text.
func (s *standIns) putBack(n *html.Node) {
	c := n.FirstChild
	if s.texts == nil || c == nil || c.Data == "" || c.Data[0] != standIn {
		return
	}
	i, err := strconv.Atoi(c.Data[1:])
	if err != nil || n.Namespace != "" || c != n.LastChild {
		s.lost = true
		return
	}
	c.Data = newLines(s.texts[i].text)
	s.left--
}

// allBack reports whether every text is in its place.
func (s *standIns) allBack() bool { return s.left == 0 && !s.lost }

// newLines makes the line ends of a text those that the parser makes of them.
func newLines(text string) string {
	if strings.IndexByte(text, '\r') < 0 {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
}
