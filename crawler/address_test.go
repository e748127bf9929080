package crawler

import (
	"testing"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// TestPlainAddresses: what is taken as it stands is what WHATWG's rules make of it.
func TestPlainAddresses(t *testing.T) {
	t.Parallel()
	parser := whatwg.NewParser(whatwg.WithPercentEncodeSinglePercentSign())
	plain := 0
	for _, scheme := range []string{"http://", "https://", "HTTP://", "ftp://", "http:/", ""} {
		for _, host := range []string{"a.test", "www.a-b.org.uk", "A.test", "a.test.", ".a.test", "a..test", "a.test:80", "a.test:8080", "1.2.3.4", "1.2",
			"0x7f.1", "a.0x1", "a.1", "a.b1", "xn--a.test", "localhost", "u@a.test", "a_b.test", "ä.test", "a.test\t", "a%2e.test", "[::1]", ""} {
			for _, path := range []string{"/", "/a/b.html", "", "/a/../b", "/./a", "//a", "/a%20b", "/a b", "/a?b", "/a#b", "/a\\b", "/ä", "/a\n", "/A_b-c.PDF"} {
				raw := scheme + host + path
				if !plainAddress(raw) {
					continue
				}
				plain++
				w, err := parser.Parse(raw)
				if err != nil || w.Href(true) != raw {
					t.Errorf("%q is plain, but reads %v, %v", raw, w, err)
				}
			}
		}
	}
	if plain == 0 {
		t.Error("no address is plain")
	}
}
