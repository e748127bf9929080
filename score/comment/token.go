package comment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is what the linear model reads: a word, a handle, a hash tag, an address, a number, a run of marks, a picture.
type token struct {
	text       string // lower-case, letters said more than twice cut to two; "@" a handle, "url" an address, "0" a number
	start, end int    // bytes of the text
	kind       tokenKind
	shouted    bool // two letters or more, all capitals
	ends       bool // ends a clause
}

type tokenKind byte

const (
	wordToken tokenKind = iota
	markToken           // punctuation, emoticon or picture
	otherToken
)

// tokens takes a text apart. Its blanks are the only bytes that no token has.
func tokens(text string) []token {
	all := make([]token, 0, len(text)/5+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := takeToken(text, i, r, size)
		all = append(all, t)
		i = t.end
	}
	return all
}

func takeToken(text string, i int, r rune, size int) token {
	rest := text[i:]
	switch {
	case r == '@' && nameLength(rest[1:]) > 0:
		return token{text: "@", start: i, end: i + 1 + nameLength(rest[1:]), kind: otherToken}
	case strings.HasPrefix(rest, "http://"), strings.HasPrefix(rest, "https://"), strings.HasPrefix(rest, "www."):
		end := strings.IndexFunc(rest, unicode.IsSpace)
		if end < 0 {
			end = len(rest)
		}
		return token{text: "url", start: i, end: i + end, kind: otherToken}
	case isLetter(r, size):
		return takeWordToken(text, i)
	case r == '#' && nameLength(rest[1:]) > 0:
		t := takeWordToken(text, i+1)
		t.start, t.text = i, "#"+t.text
		return t
	}
	return takeMarks(text, i, r, size)
}

// nameLength is how many bytes of letters, digits and underscores begin s.
func nameLength(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		return len(s)
	}
	return end
}

func takeWordToken(text string, from int) token {
	end, letters, capitals, digits := from, 0, 0, 0
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !isLetter(r, size) {
			if r == '_' {
				end += size
				continue
			}
			next, n := utf8.DecodeRuneInString(text[end+size:])
			if (r != '\'' && r != '’') || end == from || !isLetter(next, n) {
				break
			}
		}
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsUpper(r):
			letters, capitals = letters+1, capitals+1
		case isLetter(r, size):
			letters++
		}
		end += size
	}
	said := text[from:end]
	t := token{start: from, end: end, shouted: letters >= 2 && capitals == letters}
	switch {
	case said == "URL" || said == "EMAIL":
		return token{text: "url", start: from, end: end, kind: otherToken}
	case digits > 0 && letters == 0:
		t.text, t.kind = "0", otherToken
	default:
		t.text = plain(said)
	}
	return t
}

// plain is a word in lower case, with the apostrophe that keyboards have and no letter more than twice in a row.
func plain(word string) string {
	var b strings.Builder
	b.Grow(len(word))
	var last rune
	run := 0
	for _, r := range word {
		if r = unicode.ToLower(r); r == '’' {
			r = '\''
		}
		if r != last {
			last, run = r, 0
		}
		if run++; run <= 2 {
			b.WriteRune(r)
		}
	}
	if full, short := contractions[b.String()]; short {
		return full
	}
	return b.String()
}

// takeMarks takes a run of the same mark, an emoticon such as :-( or one picture.
func takeMarks(text string, i int, r rune, size int) token {
	end := i + size
	if strings.ContainsRune(":;=", r) {
		face := strings.TrimLeft(text[end:], "-'")
		if len(face) > 0 && end+2 >= len(text)-len(face) && strings.ContainsRune("()[]DPpoO/|", rune(face[0])) {
			end = len(text) - len(face) + 1
			return token{text: text[i:i+1] + face[:1], start: i, end: end, kind: markToken}
		}
	}
	for strings.HasPrefix(text[end:], text[i:i+size]) {
		end += size
	}
	said := text[i : i+size]
	if end > i+size {
		said += said
	}
	return token{text: said, start: i, end: end, kind: markToken, ends: strings.ContainsRune(".!?;:,()…–—", r)}
}
