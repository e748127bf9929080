package evidence

import (
	"bytes"
	stdgzip "compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// unpacked reads gzip members with the standard library.
func unpacked(t *testing.T, packed []byte) []byte {
	t.Helper()
	z, err := stdgzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What is written with shared codes is read by others byte for byte, whatever it holds.
func FuzzSmallCode(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"))
	f.Add(bytes.Repeat([]byte("a"), smallest))
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, smallest)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	f.Add(noise)
	f.Add(append(bytes.Repeat(noise[:257], 3), noise[:1000]...))
	code := shortCode()
	f.Fuzz(func(t *testing.T, text []byte) {
		text = text[:min(len(text), smallest)]
		var out bytes.Buffer
		code.add(&out, text)
		code.add(&out, text) // a second member behind the first
		if got := unpacked(t, out.Bytes()); !bytes.Equal(got, append(bytes.Clone(text), text...)) {
			t.Errorf("%q came back as %q", text, got)
		}
	})
}

// The records of a page that has not changed are hardly larger than with codes of their own.
func TestShortRecordsAreSmall(t *testing.T) {
	t.Parallel()
	head := "GET /repairs/how-to-report HTTP/1.1\r\nHost: b0003.test\r\nUser-Agent: doorknock/0.1.0 (+bench@doorknock.test)\r\n" +
		"Accept: text/html\r\nAccept-Encoding: gzip, deflate\r\nIf-None-Match: \"0f1e2d3c4b5a69788796a5b4c3d2e1f0\"\r\n"
	asked, answered := records("ab/"+strings.Repeat("0f1e2d3c", 8)+".warc.gz", "visit", &Exchange{
		URL: "http://b0003.test/repairs/how-to-report", At: time.Unix(1_795_000_000, 123_456_000), Revisit: strings.Repeat("4b5a6978", 8), RequestHead: []byte(head),
		ResponseHead: []byte("HTTP/1.1 304 Not Modified\r\nEtag: \"0f1e2d3c4b5a69788796a5b4c3d2e1f0\"\r\nDate: Sun, 22 Nov 2026 21:03:04 GMT\r\n"),
	})
	for _, r := range []record{asked, answered} {
		text := append(r.head(), r.block...)
		var ours, usual bytes.Buffer
		shortCode().add(&ours, text)
		z := newGzip(gzip.BestSpeed)
		z.Reset(&usual)
		_, _ = z.Write(text)
		_ = z.Close()
		t.Logf("%s: %d bytes in %d, usual %d", r.kind, len(text), ours.Len(), usual.Len())
		if ours.Len() > usual.Len()*11/10 {
			t.Errorf("%s takes %d bytes, usually %d", r.kind, ours.Len(), usual.Len())
		}
	}
}

func BenchmarkShortRecord(b *testing.B) {
	text := bytes.Repeat([]byte("WARC-Record-ID: <urn:uuid:f6c20108-8a2a-876b-8715-009c66dcd96c>\r\nContent-Type: application/http\r\n"), 1)
	text = append(text, "Doorknock-Repeats-Decoded-SHA256: ab54a98ceb1f0ad2cb54a98ceb3f0ad2db54a98ceb5f0ad2eb54a98ceb7f0ad2\r\nWARC-Date: 2026-11-22T21:03:04.123456Z\r\nHost: www.hollybankhomes.org.uk\r\nAccept-Encoding: gzip\r\n"...)
	var out bytes.Buffer
	b.Run("usual", func(b *testing.B) {
		z := newGzip(gzip.BestSpeed)
		for b.Loop() {
			out.Reset()
			z.Reset(&out)
			_, _ = z.Write(text)
			_ = z.Close()
		}
	})
	b.Run("shared", func(b *testing.B) {
		c := shortCode()
		for b.Loop() {
			out.Reset()
			c.add(&out, text)
		}
	})
}
