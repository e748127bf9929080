package platform

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxText bounds one comment's text, in bytes.
const maxText = 16 << 10

// words is what a reader sees of a piece of HTML: tags gone, paragraphs and line breaks as new lines, at most maxText
// bytes of valid UTF-8.
func words(fragment string) string {
	var b strings.Builder
	skip := atom.Atom(0)
	z := html.NewTokenizer(strings.NewReader(fragment))
	for kind := z.Next(); kind != html.ErrorToken && b.Len() < maxText; kind = z.Next() {
		switch kind {
		case html.TextToken:
			if skip == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken:
			if tag := tagOf(z); tag == atom.Script || tag == atom.Style {
				skip = tag
			} else if breaks[tag] {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			if tag := tagOf(z); tag == skip {
				skip = 0
			} else if breaks[tag] {
				b.WriteByte('\n')
			}
		case html.SelfClosingTagToken:
			if breaks[tagOf(z)] {
				b.WriteByte('\n')
			}
		}
	}
	return tidy(strings.ToValidUTF8(b.String(), "\uFFFD"))
}

func tagOf(z *html.Tokenizer) atom.Atom {
	name, _ := z.TagName()
	return atom.Lookup(name)
}

var breaks = map[atom.Atom]bool{
	atom.P: true, atom.Br: true, atom.Div: true, atom.Li: true, atom.Blockquote: true, atom.Tr: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.Pre: true,
}

// tidy collapses blanks within a line and leaves no empty lines.
func tidy(s string) string {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return cut(strings.Join(lines, "\n"), maxText)
}

// cut gives at most n bytes of s and never half a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// excerpt is the bytes of a marker, decoded, at most maxExcerpt characters.
func excerpt(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	n := 0
	for i := range s {
		if n++; n > maxExcerpt {
			return s[:i]
		}
	}
	return s
}
