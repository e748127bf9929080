//go:build !race

package crawler

import (
	"errors"
	"strings"
	"testing"
)

func TestSoundJSON(t *testing.T) {
	for text, sound := range map[string]bool{
		`{"sameAs":["https:\/\/x.com\/a"],"n":[1,2.5e3,true,null,"é"],"o":{"a":{}}}`: true,
		`[]`: true, "\n\"a\"\n": true, `1e400`: true,
		strings.Repeat("[", 64) + strings.Repeat("]", 64): true,
		strings.Repeat("[", 66) + strings.Repeat("]", 66): false,
		strings.Repeat("[", 100_000):                      false,
		strings.Repeat(`{"a":`, 100_000):                  false,
		`{"a":1,"a":2}`:                                   false,
		`{"a":{"b":1,"b":1}}`:                             false,
		`{"a":1,"\u0061":2}`:                              false,
		`{"a":NaN}`:                                       false,
		`{"a":1,}`:                                        false,
		`[1,]`:                                            false,
		"\xef\xbb\xbf{}":                                  false,
		`{}{}`:                                            false,
		`{"a":"</script>`:                                 false,
		``:                                                false,
		`{a:1}`:                                           false,
		"[" + strings.Repeat(`"aaaaaaa",`, 1<<20) + `"last"]`:      true,
		"[" + strings.Repeat(`{"a":[{"b":1}]},`, 1<<18) + `]`:      false,
		`{"a":` + strings.Repeat(" ", 1<<20) + `"and no end of it`: false,
	} {
		err := SoundJSON([]byte(text))
		if (err == nil) != sound || err != nil && !errors.Is(err, ErrUnsound) {
			t.Errorf("%.60q: %v, want sound %t", text, err, sound)
		}
	}
}
