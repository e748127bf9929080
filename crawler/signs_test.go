package crawler

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSignsAsByHand: whatever a text is made of, a set of signs finds in one pass what a search for each one finds.
func TestSignsAsByHand(t *testing.T) {
	stems := []string{"href", "comment", "comments closed", "/wp-content/", "disqus", "leave a reply", "ment", "sylw"}
	phrases := []string{"reply to", "comments are closed now and for ever", "menter"}
	s := NewSigns(stems...).WithPhrases(phrases)
	pieces := append(append([]string{" ", "x", "é", "-", "<a href=", "COMMENT", "Comments ", "leave a ", "wp-conten", "@", "\x00"}, stems...), phrases...)
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b strings.Builder
		for range r.IntN(12) {
			piece := pieces[r.IntN(len(pieces))]
			b.WriteString(piece[:len(piece)-r.IntN(2)*r.IntN(len(piece))])
		}
		text := b.String()
		lower := lowerASCII(text)
		seen, held := s.find(text), false
		for i, one := range s.signs {
			want := byHand(lower, one)
			held = held || want >= 0
			if got := int(seen.at[i]) - 1; got != want {
				t.Fatalf("%q stands at %d in %q, want %d", one.text, got, text, want)
			}
		}
		if s.In(text) != held {
			t.Fatalf("In(%q) = %t, want %t", text, !held, held)
		}
		for _, stem := range stems {
			if got := s.Find(lower).Holds(stem); got != strings.Contains(lower, stem) {
				t.Fatalf("%q holds %q: %t", lower, stem, got)
			}
		}
	}
}

// byHand is where a sign first stands in a text in lower case.
func byHand(text string, one sign) int {
	for at := range len(text) {
		if strings.HasPrefix(text[at:], one.text) && (!one.phrase || at == 0 || !letter(text[at-1])) {
			return at
		}
	}
	return -1
}

func TestIndexRare(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		text := randomOf(r, "aeZ <", 40)
		needle := randomOf(r, "aeZ <", 4) + "e"
		if got, want := indexRare(text, needle), strings.Index(text, needle); got != want {
			t.Fatalf("indexRare(%q, %q) = %d, want %d", text, needle, got, want)
		}
	}
}

func randomOf(r *rand.Rand, letters string, most int) string {
	out := make([]byte, r.IntN(most))
	for i := range out {
		out[i] = letters[r.IntN(len(letters))]
	}
	return string(out)
}

// TestSignsByLists: what is asked of a list as a whole is what asking for each of its stems gives.
func TestSignsByLists(t *testing.T) {
	many := make([]string, 70) // more than a word of a mask
	for i := range many {
		many[i] = "sign" + string(rune('a'+i%26)) + string(rune('a'+i/26))
	}
	closed, shared, none := []string{"closed", "ended"}, []string{"signaa", "closed"}, []string{}
	phrases, strange := []string{"in the end", "closed"}, []string{"signaa", "never"}
	body := NewSigns("alone").WithLists(many, closed, shared, none) // a set is of bodies, or of what is seen
	s := NewSigns("alone").WithLists(many, closed, shared, none).WithPhrases(phrases)
	for _, text := range []string{"", "alone", "signaa", "signrc and disclosed", "CLOSED", "begin the end, never", "in the end closed in the end"} {
		p := pageOf("text/html; charset=utf-8", "<p>"+text)
		found := s.Find(p.LowerText())
		for _, list := range [][]string{many, closed, shared, none, strange} {
			want := slices.ContainsFunc(list, func(stem string) bool { return strings.Contains(p.LowerText(), stem) })
			if stands, said, held := p.SignsAny(body, list), p.SaysAny(s, list), found.HoldsAny(list); stands != want || said != want || held != want {
				t.Errorf("%q of %q: %t in the body, %t in the text, %t by itself; want %t", list, text, stands, said, held, want)
			}
		}
		times := 0
		for _, phrase := range phrases {
			times += strings.Count(" "+p.LowerText(), " "+phrase)
		}
		if got := p.SaysTimes(s, phrases); got != times || p.SaysAny(s, phrases) != (times > 0) {
			t.Errorf("%q: %d phrases, want %d", text, got, times)
		}
	}
}

// TestSignsOfLooks: what a long style sheet, the lines of a drawing or a picture's sizes name says nothing of the page; what stands
// around them does, at its own place.
func TestSignsOfLooks(t *testing.T) {
	s := NewSigns("disqus", "comment")
	for _, c := range []struct {
		name, page string
		at         int // of the sign disqus; -1 where nothing says it
	}{
		{"a style sheet", "<style>~.disqus{}</style>", -1},
		{"a drawing", `<svg><path d="~disqus"/></svg>`, -1},
		{"the sizes of a picture", `<img srcset="~disqus">`, -1},
		{"a script", "<script>~disqus</script>", 1408},
		{"behind a style sheet that has it, too", "<style>~disqus</style><p>disqus", 1424},
		{"across a style sheet's end", "<style>~dis</style>qus", -1},
		{"a short style sheet", "<style>disqus</style>", 7},
		{"a style sheet in a remark", "<!-- <p><style>~disqus</style> -->", 1415},
	} {
		p := NewPage(Answer{Body: []byte(strings.ReplaceAll(c.page, "~", strings.Repeat("a { b: c } /**/", 93)+"     "))}, nil)
		if got := p.signAt(s, "disqus"); got != c.at {
			t.Errorf("%s: found at %d, want %d", c.name, got, c.at)
		}
	}
}
