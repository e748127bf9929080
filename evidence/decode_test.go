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
