package checks_test

import (
	"os"
	"strings"
	"testing"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// TestUnsoundData: what a page tells search engines counts only where it is sound JSON; else it says nothing, and proves
// no absence either.
func TestUnsoundData(t *testing.T) {
	page, err := os.ReadFile("testdata/social_links/open-data-for-search.html")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), `<script type="application/ld+json">`)
	data, after, ok := strings.Cut(rest, "</script>")
	if !ok {
		t.Fatal("the fixture has no data")
	}
	inner := strings.TrimSuffix(strings.TrimSpace(data), "}")
	for name, made := range map[string]string{
		"":               data,
		"a comma more":   inner + ",}",
		"NaN":            inner + `,"n":NaN}`,
		"a key twice":    inner + `,"n":1,"n":2}`,
		"a mark before":  "\ufeff" + data,
		"too deep":       inner + `,"n":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "}",
		"far too deep":   inner + `,"n":` + strings.Repeat("[", 100_000),
		"ended by a tag": inner + `,"n":"</script>"}`,
		"cut short":      inner,
	} {
		p := saved("https://www.fernley.example/", []byte(before+`<script type="application/ld+json">`+made+"</script>"+after))
		got := p.Read([]crawler.Check{checks.SocialLinks()})[0].Verdict
		if name == "" && got.State() != audit.Open || name != "" && (got.State() != audit.Unknown || got.Reason() == audit.ReasonNotLooked) {
			t.Errorf("data with %q: %v/%s", name, got.State(), got.Reason())
		}
	}
}
