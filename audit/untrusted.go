package audit

import (
	"log/slog"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Untrusted is text from outside: a name, a title, an address, a person's words. Every place that shows it has one
// function that makes it harmless there; those below serve what shows characters as they are. What is kept as evidence
// stays as it came. Printed or logged by accident it is escaped for a terminal.
type Untrusted string

const (
	// MaxLog is how many bytes of foreign text one log attribute, or one value on a terminal, may hold.
	MaxLog = 500
	// maxMarks on one character; more are a tower that covers the lines around it.
	maxMarks = 4
)

// Plain is the text as one line: no control or direction-changing characters, at most limit characters, cut between
// graphemes.
func (u Untrusted) Plain(limit int) string { return Cut(tame(string(u), false), limit) }

// Text is the text with its lines and tabs, and without anything else that acts on the text around it: control and
// direction-changing characters, invisible ones, towers of marks. It is valid UTF-8. It is not escaped for any language:
// a page, a table or JSON does that as well.
func (u Untrusted) Text() string {
	if plain(string(u), true) == len(u) {
		return string(u)
	}
	return tame(string(u), true)
}

// Terminal is the text for a log or a terminal: one line in which nothing moves a cursor or turns a line round, at most
// MaxLog bytes.
func (u Untrusted) Terminal() string {
	s := tame(string(u[:min(len(u), 64*MaxLog)]), false)
	for len(s) > MaxLog {
		s = Cut(s, min(MaxLog, utf8.RuneCountInString(s)*MaxLog/len(s)))
	}
	return s
}

// String escapes for a terminal, so that a forgotten %s does no harm.
func (u Untrusted) String() string { return u.Terminal() }

// GoString escapes for a terminal.
func (u Untrusted) GoString() string { return u.Terminal() }

// LogValue escapes for a terminal.
func (u Untrusted) LogValue() slog.Value { return slog.StringValue(u.Terminal()) }

// Link is the text as an address that may be followed, or "" where it is not http or https, carries a user, or is
// longer than a receiver takes. The address is written anew from its parsed parts.
func (u Untrusted) Link() string {
	const longest = 2048 // of CanonicalURL; Slack takes 3,000, and escaping may add a third
	a, err := url.Parse(strings.TrimSpace(string(u)))
	if err != nil || (a.Scheme != "http" && a.Scheme != "https") || a.Hostname() == "" || a.User != nil {
		return ""
	}
	written := a.String()
	if len(written) > longest || written != tame(written, false) || strings.ContainsAny(written, "<>|\"` ") {
		return ""
	}
	return written
}

// plain is how many bytes at the beginning of s are ASCII that nothing needs to be done to; blanks are only where lines are kept.
func plain(s string, lines bool) int {
	for i := range len(s) {
		if c := s[i]; (c <= ' ' || c > '~') && (!lines || c != ' ' && c != '\n' && c != '\t') {
			return i
		}
	}
	return len(s)
}

// tame leaves characters that stay where they are put; without lines, all blanks between words become one space.
func tame(s string, lines bool) string {
	var b strings.Builder
	b.Grow(min(len(s), 64<<10))
	if lines && (strings.IndexByte(s, '\r') >= 0 || strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029")) {
		s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	}
	space, marks := true, 0 // a leading space of a line is dropped
	for len(s) > 0 {
		if n := plain(s, lines); n > 0 { // most of all text
			b.WriteString(s[:n])
			s, space, marks = s[n:], false, 0
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case lines && (r == '\n' || r == '\t' || unicode.Is(unicode.Zs, r)):
			marks = 0
		case unicode.IsSpace(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			if !space && !lines {
				b.WriteByte(' ')
			}
			space, marks = true, 0
			continue
		case unicode.IsControl(r) || invisible(r):
			continue
		case unicode.Is(unicode.M, r) || r == zwj || r == zwnj:
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		space = false
		b.WriteRune(r) // what was no UTF-8 is U+FFFD by now
	}
	if lines {
		return b.String()
	}
	return strings.TrimRight(b.String(), " ")
}

// invisible reports whether r shows nothing but changes how others show or read: direction controls, soft hyphens,
// byte order marks, tag characters, private use. The joiners that emoji and some scripts need are kept.
func invisible(r rune) bool {
	if r == zwj || r == zwnj || r == utf8.RuneError {
		return false
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Cs, r) ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0' || (r >= 0xfff0 && r <= 0xffff)
}

const (
	zwnj     = '\u200c'
	zwj      = '\u200d'
	ellipsis = "…"
)

// Cut keeps at most limit characters, the ellipsis that tells of the cut included, and cuts where a reader would
// see the end of a character: never before a combining mark, a joiner, a skin tone, half way through a flag or a Korean
// syllable, or after the sign that joins two letters of an Indian script.
func Cut(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s[:firstRunes(s, limit+1)])
	at := limit - 1
	for at > 0 && !breaks(runes, at) {
		at--
	}
	return strings.TrimRight(string(runes[:at]), " ") + ellipsis
}

// firstRunes gives the bytes of the first n characters of s.
func firstRunes(s string, n int) int {
	for i := range s {
		if n--; n < 0 {
			return i
		}
	}
	return len(s)
}

// breaks reports whether a reader sees the end of a character between runes[at-1] and runes[at].
func breaks(runes []rune, at int) bool {
	before, after := runes[at-1], runes[at]
	switch {
	case before == zwj || after == zwj || after == zwnj || unicode.Is(unicode.M, after):
		return false
	case after >= 0x1f3fb && after <= 0x1f3ff: // skin tones
		return false
	case oneSyllable(before, after), virama(before) && unicode.IsLetter(after):
		return false
	case flagLetter(before) && flagLetter(after):
		letters := 0
		for i := at - 1; i >= 0 && flagLetter(runes[i]); i-- {
			letters++
		}
		return letters%2 == 0
	}
	return true
}

func flagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// oneSyllable reports whether two Korean letters, written singly, are shown as one sign: leading consonants, vowels and
// trailing consonants follow each other in this order.
func oneSyllable(before, after rune) bool {
	place := func(r rune) int {
		switch {
		case r < 0x1100 || r > 0x11ff:
			return -9
		case r < 0x1160:
			return 0
		case r < 0x11a8:
			return 1
		}
		return 2
	}
	from, to := place(before), place(after)
	return from >= 0 && (to == from || to == from+1)
}

// virama joins two letters into one sign in the scripts of Hindi, Bengali, Gujarati and their neighbours.
func virama(r rune) bool { return r >= 0x0900 && r <= 0x0d7f && r&0x7f == 0x4d }
