package crawler

import (
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/net/html"
)

// long stands for text that is worth keeping from the parser.
var long = strings.Repeat("let a = 'b'; ", 100)

func TestRawTextsStayWithUs(t *testing.T) {
	for _, c := range []struct {
		name, page string
		kept       int
	}{
		{"script and style sheet", "<head><style>~</style></head><body><p>a</p><script>~</script><script type='application/ld+json'>~</script>", 3},
		{"names in capitals, attributes with angles", `<SCRIPT data-a="a>b" id='</script>'>~</Script ><STYLE>~</style/>`, 2},
		{"line ends of all kinds", "<script>\r\n~\r~\n\r</script>", 1},
		{"tags in a script", "<script>document.write('<p></p>~</scripts>')</script>", 1},
		{"in a table, a template, a select", "<table><script>~</script><tr><td><div><style>~</style></table><template><script>~</script></template><select><script>~</script></select>", 4},
		{"foster parents", "<table><script>1~</script><div><script>2~</script></div></table>", 2},
		{"after the end", "<html><body></body></html><script>~</script>", 1},
		{"short", "<script>a()</script>", 0},
		{"no end", "<p>a</p><script>~", 0},
		{"cut in the tag", `<p>a</p><script src="~`, 0},
		{"first in a remark for one browser", "<!--[if IE]>\n<script>~</script><style>~</style><![endif]--><script>~</script>", 1},
		{"first in a noscript element", "<noscript id=a> <style>~</style><style>~</style></noscript><style>~</style>", 1},
		{"first in a remark that was never closed", "<!--<style>~</style><script>~</script>", 0},
		{"after a remark", "<!-- a --><script>~</script><noscript></noscript><style>~</style>", 2},
		{"a remark in it", "<script><!-- <script>~</script> --></script>", 0},
		{"a character that becomes another", "<script>\x00~</script>", 0},
		{"our own character in the page", "<script>\x1f0</script><script>~</script>", 1},
	} {
		page := strings.ReplaceAll(c.page, "~", long)
		if got := len(stretches(page)); got != c.kept {
			t.Errorf("%s: %d texts kept from the parser, want %d", c.name, got, c.kept)
		}
		likeParser(t, c.name, page)
	}
}

func TestValuesStayWithUs(t *testing.T) {
	for _, c := range []struct {
		name, page string
		kept       int
	}{
		{"pictures and drawings", `<p><img srcset="~"><svg><path d="~"/></svg></p>`, 2},
		{"beside a script", `<a href="~">a</a><script src="~">^</script><a title="~">b</a>`, 4},
		{"tags in a value", `<div data-a="<p>~</p></div>">a</div>`, 1},
		{"a link that a paragraph cut off", `<p><a href="~">a<p>b<div>c</a>`, 1},
		{"two of a name", `<img alt="a" alt="~"><img alt="~">`, 1},
		{"elements that the parser counts", `<b title="~"><b title="~"><b title="~"><b title="~"><p>a`, 0},
		{"such elements with a tag in a name", `<b a=<img title="~"><b a=<img title="~"><b a=<img title="~"><b a=<img title="~"></b></b></b></b><p>a`, 4},
		{"marks by their numbers", `<img alt="&amp;~">`, 0},
		{"line ends of one kind", "<img alt='\r~'><img alt=\"\r~\">", 0},
		{"a character that becomes another", "<img alt=\"\x00~\">", 0},
		{"short", `<img alt="doors">`, 0},
		{"no end", `<p>a</p><img alt="~`, 0},
		{"no tag", `="~"`, 0},
		{"a tag without a name", `<="~">`, 0},
		{"far into a tag", `<img ` + strings.Repeat(`a="b" `, 1000) + `alt="~">`, 0},
		{"first in a remark", `<!-- <img alt="~"> --><img alt="~">`, 1},
		{"first in a noscript element", `<noscript><img alt="~"></noscript><img alt="~">`, 1},
		{"deep in a remark", `<!-- <p><img alt="~"> --><img alt="~">`, 2},
		{"in a box", `<textarea><img alt="~"></textarea><p title="~">a`, 2},
		{"in words", `<p>say a="~" or b="~"</p>`, 2},
		{"in a value of another", `<p a='b="~"' c="~">a</p>`, 2},
		{"without quotation marks", `<p a=b="~">a</p>`, 1},
		{"the page's own, twice", `<html class="~"><body class="~"><html class="~"><body class="~">`, 4},
		{"what the number of our character becomes", `<p title="&#31;0" class="~">a</p>`, 1},
	} {
		page := strings.NewReplacer("~", strings.Repeat("lifts, ", 40), "^", long).Replace(c.page)
		if got := len(stretches(page)); got != c.kept {
			t.Errorf("%s: %d texts kept from the parser, want %d", c.name, got, c.kept)
		}
		likeParser(t, c.name, page)
	}
}

// TestReadWithStandIns: a reader that takes few bytes at a time reads the same.
func TestReadWithStandIns(t *testing.T) {
	s := &spared{text: "abcdefg", sign: "#", stretches: []stretch{{at: 1, text: "bc"}, {at: 3, text: "d"}, {at: 6, text: "g"}}}
	if err := iotest.TestReader(s.reader(), []byte("a#0#1ef#2")); err != nil {
		t.Error(err)
	}
}

// TestWhatOnlyLooksRaw: what would be taken for a script and is none has the page parsed as it is.
func TestWhatOnlyLooksRaw(t *testing.T) {
	for _, page := range []string{
		"<!--[if IE]><script>~</script><![endif]--><p>a", "<noscript><style>~</style></noscript>", "<textarea><script>~</script></textarea>",
		`<p title="<script>~</script>">a</p>`, "<svg><style>~<p></style></svg>", "<svg><style>&#31;0</style></svg><script>~</script>", "<iframe><script>~</script></iframe>",
		"<plaintext><script>~</script>", "<title><style>~</style></title>", "<select><style>~</style></select>", "<math><script>~<b>c</script></math>",
		"<scripted>~</scripted>", "<script/>~</script><script>~</script>",
	} {
		likeParser(t, page, strings.ReplaceAll(page, "~", long))
	}
}

func FuzzTree(f *testing.F) {
	for _, seed := range []string{"<script>~</script>", "<!--<style>~</style>--><style>~</style>", "<svg><style>~</style><script>~", "<table><tr><script>\r\n~</script >", `<a b="<script>~</script>">`, `<img alt="~"><p a='~' b="~">`, `<b a="~"><b a="~"><b a="~"><b a="~"><p>`, `<p><a b="~"><p c=d="~">`, `="~"<="~">`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<12 {
			t.Skip("as good shorter")
		}
		likeParser(t, page, strings.ToValidUTF8(strings.ReplaceAll(page, "~", long), ""))
	})
}

// likeParser holds the tree of a page to what the parser makes of it.
func likeParser(t *testing.T, name, page string) {
	t.Helper()
	want, err := html.Parse(strings.NewReader(page))
	got, gotErr := parseTree(page)
	if (err == nil) != (gotErr == nil) {
		t.Fatalf("%s: %v, the parser says %v", name, gotErr, err)
	}
	if err == nil && !sameTree(got.root, want) {
		t.Errorf("%s: the tree is another than the parser's", name)
	}
}

func sameTree(a, b *html.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Type == b.Type && a.Data == b.Data && a.DataAtom == b.DataAtom && a.Namespace == b.Namespace && slices.Equal(a.Attr, b.Attr) &&
		sameTree(a.FirstChild, b.FirstChild) && sameTree(a.NextSibling, b.NextSibling)
}
