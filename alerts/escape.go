package alerts

import (
	"log/slog"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Untrusted is text from outside: a name, a title, a person's words. No receiver takes it as it is; each sink has
// one function here that makes it harmless there. Printed or logged by accident it is escaped for a terminal.
type Untrusted string

// Limits of foreign text, in characters unless said otherwise.
const (
	maxQuote = 140 // of a person's words, in any alert
	maxName  = 120 // of an organisation's name or a title
	maxLog   = 500 // bytes of foreign text in one log attribute
	maxMarks = 4   // combining marks on one character: more is a tower that covers the lines around it
)

// Plain is the text for a sink that shows characters as they are (a plain_text or rich_text element, a text mail):
// one line, no control or direction-changing characters, at most limit characters, cut between graphemes.
func (u Untrusted) Plain(limit int) string { return cut(tame(string(u)), limit) }

// Mrkdwn is the text for Slack's fallback line, which is read as mrkdwn: Plain, with & < > escaped so that it holds
// no link, mention or command, and with the marks of emphasis made literal by a zero-width space.
func (u Untrusted) Mrkdwn(limit int) string { return mrkdwn.Replace(u.Plain(limit)) }

// Terminal is the text for a log or a terminal: nothing that moves a cursor or turns a line round, at most 500 bytes.
func (u Untrusted) Terminal() string {
	s := tame(string(u))
	for len(s) > maxLog {
		s = cut(s, min(maxLog, utf8.RuneCountInString(s)*maxLog/len(s)))
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
	const longest = 2000 // Slack takes 3,000; escaping may add a third
	a, err := url.Parse(strings.TrimSpace(string(u)))
	if err != nil || (a.Scheme != "http" && a.Scheme != "https") || a.Hostname() == "" || a.User != nil {
		return ""
	}
	written := a.String()
	if len(written) > longest || written != tame(written) || strings.ContainsAny(written, "<>|\"` ") {
		return ""
	}
	return written
}

var mrkdwn = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;",
	"*", "*\u200b", "_", "_\u200b", "~", "~\u200b", "`", "'", "@", "@\u200b", ":", ":\u200b")

// tame makes foreign text one line of characters that stay where they are put.
func tame(s string) string {
	var b strings.Builder
	b.Grow(min(len(s), 4096))
	space, marks := true, 0 // a leading space is dropped
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			if !space {
				b.WriteByte(' ')
			}
			space, marks = true, 0
			continue
		case r == utf8.RuneError || unicode.IsControl(r) || invisible(r):
			continue
		case unicode.Is(unicode.M, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		space = false
		b.WriteRune(r)
	}
	return strings.TrimRight(b.String(), " ")
}

// invisible reports whether r shows nothing but changes how others show or read: direction controls, soft hyphens,
// byte order marks, tag characters, private use. The joiners that emoji and some scripts need are kept.
func invisible(r rune) bool {
	if r == zwj || r == zwnj {
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

// cut keeps at most limit characters, the ellipsis that tells of the cut included, and cuts where a reader would
// see the end of a character: never before a combining mark, a joiner, a skin tone or half way through a flag.
func cut(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	at := limit - 1
	for at > 0 && !breaks(runes, at) {
		at--
	}
	return strings.TrimRight(string(runes[:at]), " ") + ellipsis
}

// breaks reports whether a reader sees the end of a character between runes[at-1] and runes[at].
func breaks(runes []rune, at int) bool {
	before, after := runes[at-1], runes[at]
	switch {
	case before == zwj || after == zwj || after == zwnj || unicode.Is(unicode.M, after):
		return false
	case after >= 0x1f3fb && after <= 0x1f3ff: // skin tones
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
