package crawler

import (
	"net/http"
	"strings"
	"testing"
)

func TestCameToEnd(t *testing.T) {
	for text, want := range map[string]bool{
		"<p>x</body></html>":                      true,
		"<p>x</BODY>\n</HTML>\n ":                 true,
		"<p>x</html><!-- cached in 0.1 s -->":     true,
		"<p>x</body><script>a('</p>')</script>\n": true,
		"<p>x</html><noscript><img src=x></noscript><img src=y><iframe src=z>no</iframe>": true,
		"<p>x":              false,
		"<p>x</body":        true, // nothing can follow but the sign that closes it
		"":                  false,
		"<p>x</bo":          false,
		"<p>x</body>\n</ht": false,
		"<script>w('</body></html>');</script><p>and then":               false,
		"<script>w('</body></html>'); and then":                          false,
		`<iframe srcdoc="<p>y</body></html>"></iframe><p>and then`:       false,
		"<!-- </body></html> --><p>and then":                             false,
		"<p>one</body></html><!doctype html><html><body><p>and then":     false,
		"<p>one</body></html><!doctype html><html><body><p>two</html>":   true,
		"<html><body><div><p>x</div><div id=footer><ul><li>y</ul></div>": true, // the last end tags left out
		"<body><main>x</main><footer>y</footer><script>z</script>\n":     true,
		"<div class=page><main>x</main><footer>y</footer></div>":         true,
		"<body><main>x</main><footer>y</footer><div>a chat":              false,
		"<body><main>x</main><footer>y</footer>words":                    false,
		"<body><main>x</main><footer>y</footer><div>more</div>":          false,
		"<body><div><main>x</main><footer>y</footer>":                    false, // something is still open
		"<body><main>x</main><div>y</div>":                               false, // no foot came
		"<body><article>x<footer>y</footer></article>":                   false, // an article's foot
		"<body><footer>of a card</footer><div>y</div>":                   false,
		"<body><main>x</main><footer>y</footer><script>":                 false,
		"<body><main>x</main><footer>y</footer><img":                     false,
		"<body><script>w('<footer>y</footer>')</script><div>x</div>":     false,
		"<p>x</html>words":       false,
		"<p>x</html><div>a chat": false,
		"<p>x</html>}\n":         true, // a template's mark
		"<p>x</html>})":          false,
		"<p>x</html><div id=side><div></div></div><!-- side -->": true,
		"<p>x</html><div id=side>":                               false,
		"<p>x</html><div>more</div>":                             false,
		"<p>x</body></div></html>":                               true,
		"<p>x</body><div></html>":                                true, // the end came after it
	} {
		if got := cameToEnd(&spared{text: text}, func() bool { return true }); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// TestEndSwallowed: end tags in what was never closed end no page.
func TestEndSwallowed(t *testing.T) {
	for text, want := range map[string]bool{
		"<p>x</body></html>":                                                    false,
		"<p>x<!-- y</p><table></table></body></html>":                           true,
		"<p>x<!-- y</p><table></table></BODY></HTML>\n<!-- cached in 0.1 s -->": true,
		"<p>x<style>y</p></body></html>\n":                                      true,
		"<p>x<template>y</p></body></html>":                                     true,
		"<p>x<template>y</template></body></html>":                              false,
		"<p>x<select>y</p></body></html>":                                       true,
		"<p>x<textarea>y</p></body></html>":                                     true,
		"<p>x<!-- an old </body> --></p></body></html>":                         false,
		"<p>x<script>w('</body>')</script></body></html>":                       false,
		"<p>x</p></body></html><!-- cached -->":                                 false,
		"<p>x</p></body>\n</html>\n\n":                                          false,
	} {
		if got := endSwallowed(text, NewPage(Answer{Body: []byte(text)}, nil).Root()); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// TestLongScripts: an end tag is one wherever it stands between scripts that were kept from the parser, and none in them.
func TestLongScripts(t *testing.T) {
	long := "<script>" + strings.Repeat("w();", 300) + "w('</body>')</script>"
	for text, want := range map[string]bool{
		"<p>x</p>" + long + "</body></html><script>y</script>":                                     true,
		"<p>x</p></body></html>" + long:                                                            true,
		"<p>x</p></body></html>" + long + "<script>w('</html>')</script>":                          true,
		"<p>x</p></body></html>" + long + "<p>and then":                                            false,
		"<p>x</p></body></html>" + long + "<script>w('</html>')</script><p>and then":               false,
		"<p>x</p>" + long + "<script>w('</html>')</script>":                                        false,
		"<p>x</p>" + long + `<iframe srcdoc="<p>y</body></html>"></iframe><p>and then`:             false,
		"<p>x</p>" + long + "</body></html>" + long + "<!-- cached --><link rel=x href=y":          false,
		"<!-- " + long + " --><p>x</p></body></html><noscript><img src=x></noscript>":              true,
		"<p>x</p><!-- " + long + "</body></html>" + long + "<noscript></noscript>":                 false,
		"<body><main>x</main><footer>y</footer>" + strings.ReplaceAll(long, "</body>", ""):         true,
		"<body><main>x</main><script>" + strings.Repeat("'<footer>y</footer>';", 90) + "</script>": false,
	} {
		if got := NewPage(Answer{Body: []byte(text), Header: http.Header{"Content-Type": {"text/html"}}}, nil).ended(); got != want {
			t.Errorf("%q: came to its end: %t, want %t", text, got, want)
		}
	}
}

// TestMainLeftOpen: a foot and end tags that came in the place of a content's rest make no page whole.
func TestMainLeftOpen(t *testing.T) {
	for text, want := range map[string]bool{
		"<main><p>x</main><footer>y</footer></body></html>":                    true,
		"<p>x</p><footer>y</footer></body></html>":                             true,
		"<main><p>x</main><aside><main>z</main></aside></body></html>":         true,
		"<main><p>all are asked to co<footer>y</footer></body></html>":         false,
		"<MAIN><p>x<footer>y</footer></body></html>":                           false,
		"<main>x</main><main><p>all are asked to co<footer>y</footer></html>":  false,
		"<script>w('<main>')</script><p>x</p><footer>y</footer></body></html>": true,
		"<main>x</main><script>a = 9<mainHeight</script></body></html>":        true,
	} {
		if got := NewPage(Answer{Body: []byte(text)}, nil).ended(); got != want {
			t.Errorf("%q: came to its end: %t, want %t", text, got, want)
		}
	}
}

// TestShowsTags: a page that shows its own tags was spoilt on its way; one that counts or marks a word was not.
func TestShowsTags(t *testing.T) {
	for text, want := range map[string]bool{
		"Rents < 100 a week":                   false,
		"a<b and b>a":                          false,
		"press <Enter>, then <b>":              false,
		"<3 from the team":                     false,
		"the rents.</p> <table>":               true,
		`before <a href="/forum">Forum</A> us`: true,
		"x <":                                  false,
		"x </":                                 false,
		"mail <jo@fernley.example> for <i>all": false,
	} {
		if got := showsTags(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

// TestTorn: data for scripts that stands in a page as text tears nothing, nor does code that a page shows.
func TestTorn(t *testing.T) {
	for text, want := range map[string]bool{
		"<p>rents.&lt;/p>&lt;table><tr><td>x</table>":                true,
		`<div>{"viewer":"&lt;div class=\"name\">&lt;/div>"}</div>`:   false,
		"<p>x</p><script>'<div>'</script><noscript><div></noscript>": false,
		"<p>so:</p><pre>&lt;div>&lt;p>x&lt;/p>&lt;/div></pre>":       false,
	} {
		if got := isTorn(NewPage(Answer{Body: []byte(text)}, nil)); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
