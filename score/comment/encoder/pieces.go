package encoder

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// piece is a stretch of letters that the encoder knows, with the logarithm of how likely it is.
type piece struct {
	id   int32
	says float32
}

// pieces are the vocabulary.
type pieces struct {
	all     map[string]piece
	longest int // bytes
}

// reserved pieces at the vocabulary's beginning stand for no letters; the first of them is a letter that no piece has.
const reserved = 6

// mostPieces of a text are read; mostLetters, since no piece has more than sixteen letters, bounds what is cut.
const (
	mostPieces  = 128
	mostLetters = 16 * mostPieces
)

// blank is how the vocabulary writes the blank before a word.
const blank = '▁'

// step is the likeliest way to a place in a text.
type step struct {
	says float64
	from int32 // where its last piece begins; -1: no way leads here
	id   int32
}

// cut gives the likeliest pieces of a text, at most mostPieces. Letters that no piece has are left out: the encoder was
// taught to look away from them.
func (p pieces) cut(text string) []int32 {
	s := spelt(text)
	ways := make([]step, len(s)+1)
	for i := range ways {
		ways[i].from = -1
	}
	ways[0].from = 0
	for i := range s {
		if ways[i].from >= 0 {
			p.onward(s, i, ways)
		}
	}
	var ids []int32
	for i := len(s); i > 0; i = int(ways[i].from) {
		if ways[i].id != 0 {
			ids = append(ids, ways[i].id)
		}
	}
	for a, b := 0, len(ids)-1; a < b; a, b = a+1, b-1 {
		ids[a], ids[b] = ids[b], ids[a]
	}
	return ids[:min(len(ids), mostPieces)]
}

// onward tries every piece that begins at s[i:].
func (p pieces) onward(s string, i int, ways []step) {
	known := false
	for end := i + 1; end <= len(s) && end-i <= p.longest; end++ {
		if end < len(s) && !utf8.RuneStart(s[end]) {
			continue
		}
		w, found := p.all[s[i:end]]
		if !found {
			continue
		}
		known = true
		if says := ways[i].says + float64(w.says); ways[end].from < 0 || says >= ways[end].says {
			ways[end] = step{says, int32(i), w.id}
		}
	}
	if known {
		return
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	if end := i + size; ways[end].from < 0 || ways[i].says >= ways[end].says {
		ways[end] = step{ways[i].says, int32(i), 0}
	}
}

// spelt is the beginning of a text as the vocabulary writes it: letters in their compatible form (NFKC), a mark before
// each word in place of the blanks.
func spelt(text string) string {
	n := 0
	for i := range text {
		if n++; n > mostLetters {
			text = text[:i]
			break
		}
	}
	text = norm.NFKC.String(strings.ToValidUTF8(text, "\uFFFD"))
	var b strings.Builder
	b.Grow(len(text) + 16)
	parted := true
	for _, r := range text {
		if unicode.IsSpace(r) {
			parted = true
			continue
		}
		if parted {
			b.WriteRune(blank)
			parted = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
