package crawler

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"doorknock/audit"
)

// TestHolding: all words at once find what each word by itself finds.
func TestHolding(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"news", "have your say", "what s on", "fo", "forum", "say", "have", "your", "what", "s", "on", " ", " ", "x", "newyddion", "cwyn ion"}
	text := func() string {
		var b strings.Builder
		for range r.IntN(9) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		return Spaced(b.String())
	}
	for range 20_000 {
		var checks []Check
		for i := range 3 {
			checks = append(checks, Check{ID: audit.CheckID(rune('a' + i)), Words: []string{text(), text()}})
		}
		in := text()
		var want []audit.CheckID
		for _, c := range checks {
			if slices.ContainsFunc(c.Words, func(w string) bool {
				joined := strings.ReplaceAll(in, " ", "")
				return w != "" && (strings.Contains(in, w) || len(w) >= longWord && strings.Contains(joined, strings.ReplaceAll(w, " ", "")))
			}) {
				want = append(want, c.ID)
			}
		}
		if got := NewWords(checks).In(in); !slices.Equal(got, want) {
			t.Fatalf("%q in %+v: %v, want %v", in, checks, got, want)
		}
	}
}

// An address is asked about by its parts, which part words as a blank does.
func TestWordsOfParts(t *testing.T) {
	t.Parallel()
	w := NewWords([]Check{{ID: "a", Words: []string{"have your say"}}, {ID: "b", Words: []string{"cwyno", "ŵyl"}}})
	for want, parts := range map[string][]string{
		"[a]":   {"/Have-your_say/", ""},
		"[a b]": {"/haveyoursay", "q=cwyno"},
		"[]":    {"/cwy", "no"},
		"[b]":   {"/x", "Ŵyl"},
	} {
		if got := fmt.Sprint(w.In(parts...)); got != want {
			t.Errorf("%q: %s, want %s", parts, got, want)
		}
	}
}

// Most places of a text are passed without a look at any word: with a thousand of them the table alone would stop at each.
func TestFewPlacesBeginWords(t *testing.T) {
	t.Parallel()
	var l wordList
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 1000 {
		word := make([]byte, 3+r.IntN(8))
		for j := range word {
			word[j] = byte('a' + r.IntN(26))
		}
		l.add(checkWord{letters: string(word), check: i})
	}
	begun := 0
	for _, of := range l.begin {
		begun += bits.OnesCount64(of)
	}
	if share := float64(begun) / (1 << threeBits); share > 0.05 {
		t.Errorf("a word may begin at %.2f of all places", share)
	}
}

func TestSpaced(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " -- ": "", "What's On?": "what s on", "/Have-Your_Say/": "have your say", "Cwyn\u00adion": "cwynion", "Tŷ  Newydd!": "tŷ newydd",
	} {
		if got := Spaced(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := spacedAny(in); got != want {
			t.Errorf("%q, slowly: %q, want %q", in, got, want)
		}
	}
}
