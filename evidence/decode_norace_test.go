//go:build !race

package evidence

import (
	"bytes"
	"testing"

	"doorknock/audit"
)

func TestDecode(t *testing.T) {
	page := []byte("<!doctype html><p>Hollybank Homes</p>")
	g := coded(t, "gzip", page)
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	random := make([]byte, 3<<20)
	for i, x := 0, uint32(1); i < len(random); i++ {
		x = x*1664525 + 1013904223
		random[i] = byte(x >> 24)
	}
	for _, c := range []struct {
		name, coding string
		body         []byte
		want         []byte
		reason       audit.Reason
	}{
		{"none", "", page, page, ""},
		{"identity", "identity", page, page, ""},
		{"gzip", "gzip", g, page, ""},
		{"x-gzip, capitals", " X-GZIP ", g, page, ""},
		{"twice", "gzip, gzip", coded(t, "gzip", g), page, ""},
		{"members", "gzip", join(g, g), join(page, page), ""},
		{"deflate", "deflate", coded(t, "zlib", page), page, ""},
		{"deflate, bare", "deflate", coded(t, "flate", page), page, ""},
		{"deflate in gzip", "deflate, gzip", coded(t, "gzip", coded(t, "zlib", page)), page, ""},
		{"empty body", "gzip", nil, nil, ""},
		{"large but dense", "gzip", coded(t, "gzip", random), random, ""},
		{"brotli", "br", page, nil, audit.ReasonBadEncoding},
		{"zstd in gzip", "zstd, gzip", g, nil, audit.ReasonBadEncoding},
		{"four codings", "gzip,gzip,gzip,gzip", g, nil, audit.ReasonBadEncoding},
		{"a lie", "gzip", page, nil, audit.ReasonBadEncoding},
		{"cut", "gzip", g[:len(g)-3], nil, audit.ReasonBadEncoding},
		{"cut in the middle", "gzip", g[:len(g)/2], nil, audit.ReasonBadEncoding},
		{"wrong sum", "gzip", join(g[:len(g)-8], []byte("\x00\x00\x00\x00"), g[len(g)-4:]), nil, audit.ReasonBadEncoding},
		{"garbage after", "gzip", join(g, []byte("garbage")), nil, audit.ReasonBadEncoding},
		{"garbage after deflate", "deflate", join(coded(t, "zlib", page), []byte("x")), nil, audit.ReasonBadEncoding},
		{"too large", "", make([]byte, MaxBody+1), nil, audit.ReasonTooLarge},
		{"as large as may be", "", make([]byte, MaxBody), make([]byte, MaxBody), ""},
		{"bomb", "gzip", coded(t, "gzip", make([]byte, 64<<20)), nil, audit.ReasonTooLarge},
		{"bomb, twice", "gzip, gzip", coded(t, "gzip", coded(t, "gzip", make([]byte, 64<<20))), nil, audit.ReasonTooLarge},
		{"bomb, deflate", "deflate", coded(t, "flate", make([]byte, 64<<20)), nil, audit.ReasonTooLarge},
		{"ratio", "gzip", coded(t, "gzip", make([]byte, 2<<20)), nil, audit.ReasonTooLarge},
		{"small and very dense", "gzip", coded(t, "gzip", make([]byte, 1<<20)), make([]byte, 1<<20), ""},
		{"empty members", "gzip", bytes.Repeat(coded(t, "gzip", nil), 5000), nil, audit.ReasonTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, reason, err := Decode(c.coding, c.body, Limits{})
			if reason != c.reason || (err == nil) != (c.reason == "") {
				t.Fatalf("reason %q (%v), want %q", reason, err, c.reason)
			}
			if err == nil && !bytes.Equal(got, c.want) {
				t.Errorf("%d bytes, want %d", len(got), len(c.want))
			}
			if len(got) > MaxBody {
				t.Errorf("%d bytes beside an error", len(got))
			}
		})
	}
}
