package crawler

import (
	"strings"
	"testing"
)

func TestLower(t *testing.T) {
	for _, s := range []string{
		"", "A", "ABCDEFGH", "The Board’s Minutes – Ŵyl y Gŵyl ÀÉÎ 12@[`{", strings.Repeat("Zz’ ", 400), strings.Repeat("x", 513) + "İstanbul K",
	} {
		if got, want := Lower(s), strings.ToLower(s); got != want {
			t.Errorf("Lower(%q) = %q, want %q", s, got, want)
		}
		if got := lowerASCII(s); !strings.EqualFold(got, s) || len(got) != len(s) || strings.ContainsAny(got, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("lowerASCII(%q) = %q", s, got)
		}
	}
	for n := range 20 {
		for at := range n {
			for _, c := range []string{"A", "Z", "@", "[", "a", "\x00", "é"} {
				s := strings.Repeat("x", at) + c + strings.Repeat("x", n-at)
				if got, want := isLower(s), len(c) == 1 && c == strings.ToLower(c); got != want {
					t.Errorf("isLower(%q) = %v", s, got)
				}
				if got, want := Lower(s), strings.ToLower(s); got != want {
					t.Errorf("Lower(%q) = %q, want %q", s, got, want)
				}
			}
		}
	}
	for c := range 256 {
		if got := byte(lowerEight(uint64(c) << 24 >> 24)); got != toLower[c] {
			t.Errorf("lowerEight makes %#x of %#x, want %#x", got, c, toLower[c])
		}
	}
}
