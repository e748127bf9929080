package crawler

import (
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
	} {
		if got := cameToEnd(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
