package crawler

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWords: eight bytes at a time say the same as one.
func TestWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		b := make([]byte, r.IntN(40))
		for i := range b {
			b[i] = "abcdefgh      \n\t\x00\x0b\x1f!\x7f\x80\xa0\xff"[r.IntN(24)]
		}
		s := string(b)
		parts := strings.FieldsFunc(s, func(c rune) bool { return c < 0x80 && isSpace(byte(c)) })
		w := textWriter{spaced: true}
		w.words(s)
		if got, want := strings.TrimSuffix(w.String(), " "), strings.Join(parts, " "); got != want {
			t.Fatalf("words(%q) = %q, want %q", s, got, want)
		}
		if got, want := collapsed(s), s == strings.Join(parts, " "); got != want {
			t.Fatalf("collapsed(%q) = %v", s, got)
		}
	}
}
