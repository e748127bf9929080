package crawler

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestPlainTag: where it is sure, it says what a tokenizer says.
func TestPlainTag(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{
		` class="a"`, ` class="b"`, ` id="a"`, ` data-x="a b"`, ` href="/a&amp;b"`, ` HREF="/a"`, ` href="/a"`, ` alt='a'`, ` hidden`, "\n", " ", "/", `x="a"`, ` b="é"`, ">", " = ", `"`,
	}
	sure, same := 0, 0
	for range 20_000 {
		var tags [2]string
		for i := range tags {
			tags[i] = "<a"
			for range r.IntN(4) {
				tags[i] += parts[r.IntN(len(parts))]
			}
			tags[i] += ">"
		}
		token := func(text string) html.Token {
			z := html.NewTokenizer(strings.NewReader(text))
			z.Next()
			return z.Token()
		}
		of, other := token(tags[0]), token(tags[1])
		n := &html.Node{Type: html.ElementNode, Data: of.Data, Attr: of.Attr}
		size, ok := plainTag(tags[1]+" and so on", n)
		got := size > 0
		if want := sameTag(other, n); ok && got != want && of.Data == "a" {
			t.Fatalf("plainTag(%q, of %q) = %v, want %v", tags[1], tags[0], got, want)
		}
		if z := html.NewTokenizer(strings.NewReader(tags[1] + " and so on")); got && of.Data == "a" && (z.Next() == html.ErrorToken || size != len(z.Raw())) {
			t.Fatalf("plainTag(%q, of %q) is of %d bytes, the tokenizer's of %d", tags[1], tags[0], size, len(z.Raw()))
		}
		if ok {
			sure++
		}
		if ok && got {
			same++
		}
	}
	if sure < 4000 || same < 200 {
		t.Errorf("sure of %d, same %d: the test shows little", sure, same)
	}
}
