package evidence

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"doorknock/audit"
)

func coded(t testing.TB, coding string, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "zlib":
		w = zlib.NewWriter(&buf)
	case "flate":
		w, _ = flate.NewWriter(&buf, flate.BestSpeed)
	}
	_, _ = w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

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

func TestDecodeGivesFirstPart(t *testing.T) {
	text := strings.Repeat("User-agent: *\nDisallow: /\n", 10_000)
	got, reason, _ := Decode("gzip", coded(t, "gzip", []byte(text)), Limits{Bytes: 1000})
	if reason != audit.ReasonTooLarge || string(got) != text[:1000] {
		t.Errorf("%q, %d bytes", reason, len(got))
	}
}

// FuzzDecode: no bytes make it exceed its limits, and success means that nothing was left out.
func FuzzDecode(f *testing.F) {
	page := []byte("<p>Hollybank</p>")
	f.Add("gzip", coded(f, "gzip", page))
	f.Add("gzip, deflate", coded(f, "zlib", coded(f, "gzip", page)))
	f.Add("deflate", coded(f, "flate", page))
	f.Add("identity,", page)
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		got, reason, err := Decode(coding, body, Limits{Bytes: 1 << 16, Ratio: 10})
		if len(got) > 1<<16 {
			t.Fatalf("%d bytes", len(got))
		}
		if (err == nil) != (reason == "") || !reason.Valid() && reason != "" {
			t.Fatalf("reason %q, error %v", reason, err)
		}
		if err != nil || coding != "gzip" || len(body) == 0 {
			return
		}
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			t.Fatalf("the standard library says %v", err)
		}
		if want, err := io.ReadAll(z); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, the standard library reads %d and says %v", len(got), len(want), err)
		}
	})
}
