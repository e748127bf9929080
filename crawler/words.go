package crawler

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"doorknock/audit"
)

// Words tells which checks have a word in a text. Every link of every page is asked about, so all words are looked for at
// once: by their first three letters, which few places of a text share, in the text without its blanks. They come to some 50 KB: one for all visits.
type Words struct {
	ids    []audit.CheckID
	site   map[audit.CheckID]bool // asks about the whole site, so that a page with its words must be read
	own    map[audit.CheckID]bool // see Check.Own
	joined wordList               // words without their blanks
	short  []checkWord            // of less than three letters without
}

// wordList finds words by their first three letters. There are so many words that the table alone would have something to
// compare at most places of a text: a bit for each three letters tells nearly all of them that nothing begins there.
type wordList struct {
	begin [1 << threeBits / 64]uint64
	words [wordBegins][]checkWord
}

// threeBits is five bits for each of three letters; digits share theirs with letters.
const threeBits = 15

func (l *wordList) add(x checkWord) {
	begin, at := wordBegin(x.letters), uint(0)
	l.words[begin] = append(l.words[begin], x)
	for i := range 3 {
		at = at<<5 | uint(x.letters[i]&31)
	}
	l.begin[at/64] |= 1 << (at % 64)
}

func (l *wordList) find(text []byte, hold func(checkWord)) {
	at := uint(0)
	for i := range len(text) {
		at = (at<<5 | uint(text[i]&31)) & (1<<threeBits - 1)
		if l.begin[at/64]&(1<<(at%64)) == 0 || i < 2 {
			continue
		}
		rest := text[i-2:]
		for _, x := range l.words[wordBegin(rest)] {
			if len(rest) >= len(x.letters) && string(rest[:len(x.letters)]) == x.letters {
				hold(x)
			}
		}
	}
}

type checkWord struct {
	letters string // without blanks, where it is looked for in a text without
	whole   string // how it must stand in the text itself; "" where it may stand without its blanks
	check   int
}

const wordBegins = 1 << 9

func wordBegin[T string | []byte](s T) uint32 {
	return (uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16) * 2654435761 >> 23
}

// longWord is from how many bytes on a word is looked for with its blanks left out.
const longWord = 8

// NewWords takes the words of these checks.
func NewWords(checks []Check) *Words {
	w := &Words{site: map[audit.CheckID]bool{}, own: map[audit.CheckID]bool{}}
	for i, c := range checks {
		w.ids = append(w.ids, c.ID)
		w.site[c.ID], w.own[c.ID] = c.Site, c.Own
		for _, letters := range c.Words {
			if letters = Spaced(letters); letters != "" {
				w.add(letters, i)
			}
		}
	}
	return w
}

func (w *Words) add(letters string, check int) {
	x := checkWord{strings.ReplaceAll(letters, " ", ""), letters, check}
	if len(letters) >= longWord { // as they stand in addresses and hashtags
		x.whole = ""
	}
	if len(x.letters) < 3 {
		w.short = append(w.short, x)
		return
	}
	w.joined.add(x)
}

// In gives the checks one of whose words these parts of a text hold. It errs on the side of too many: a page read in vain
// costs a request, one not read makes an absence that is none.
func (w *Words) In(parts ...string) []audit.CheckID {
	var held []bool
	var room, more [256]byte // for nearly all texts of links and addresses
	text := room[:0]
	for _, part := range parts {
		text = appendSpaced(text, part)
	}
	hold := func(x checkWord) {
		if x.whole != "" && !bytes.Contains(text, []byte(x.whole)) {
			return
		}
		if held == nil {
			held = make([]bool, len(w.ids))
		}
		held[x.check] = true
	}
	w.joined.find(appendJoined(more[:0], text), hold)
	for _, x := range w.short {
		hold(x)
	}
	var ids []audit.CheckID
	for i := range held {
		if held[i] {
			ids = append(ids, w.ids[i])
		}
	}
	return ids
}

// appendJoined adds the text without its blanks.
func appendJoined(out, text []byte) []byte {
	for _, c := range text {
		if c != ' ' {
			out = append(out, c)
		}
	}
	return out
}

// OfSite reports whether one of the checks asks about the whole site.
func (w *Words) OfSite(ids []audit.CheckID) bool {
	return slices.ContainsFunc(ids, func(id audit.CheckID) bool { return w.site[id] })
}

// Own reports whether a check asks for something of the organisation's own: see Check.Own.
func (w *Words) Own(id audit.CheckID) bool { return w.own[id] }

// Spaced is a text in lower case whose words are parted by single blanks and nothing else. Marks that break a word for
// the eye only are taken out.
func Spaced(s string) string {
	return string(bytes.TrimSuffix(appendSpaced(make([]byte, 0, len(s)), s), []byte(" ")))
}

// appendSpaced adds a text as Spaced gives it, a blank before it where something stands there already; one may stand behind it.
func appendSpaced(out []byte, s string) []byte {
	if len(out) > 0 && out[len(out)-1] != ' ' {
		out = append(out, ' ')
	}
	begin := len(out)
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 0x80:
			return append(out[:begin], spacedAny(s)...)
		case 'A' <= c && c <= 'Z':
			out = append(out, c+'a'-'A')
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != ' ':
			out = append(out, ' ')
		}
	}
	return out
}

// spacedAny is Spaced for texts that are not all ASCII.
func spacedAny(s string) string {
	return strings.Join(strings.FieldsFunc(Lower(softened.Replace(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

var softened = strings.NewReplacer("\u00ad", "", "\u200b", "", "\u2060", "")
