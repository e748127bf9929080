package hostile

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"sync"

	"doorknock/audit"
)

const bombSize = 64 << 20 // decoded; eight times what any page may have

// coded answers with a body under a content coding that may or may not be true.
func coded(path, coding string, want audit.Reason, heavy bool, body func() []byte) Case {
	made := sync.OnceValue(body)
	return Case{Path: path, Want: want, Heavy: heavy, serve: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", coding)
		_, _ = w.Write(made())
	}}
}

func codings() []Case {
	small := []byte("<!doctype html><title>Hollybank Homes</title><main><p>A page under a coding.</p></main>")
	return []Case{
		coded("/gzip", "gzip", "", false, func() []byte { return gz(small) }),
		coded("/gzip-twice", "gzip, gzip", "", false, func() []byte { return gz(gz(small)) }),
		coded("/gzip-two-members", "gzip", "", false, func() []byte { return append(gz(small[:20]), gz(small[20:])...) }),
		coded("/deflate", "deflate", "", false, func() []byte { return zl(small) }),
		coded("/deflate-bare", "deflate", "", false, func() []byte { return fl(small) }),
		coded("/gzip-lie", "gzip", audit.ReasonBadEncoding, false, func() []byte { return small }),
		coded("/gzip-cut", "gzip", audit.ReasonBadEncoding, false, func() []byte { b := gz(small); return b[:len(b)-9] }),
		coded("/gzip-checksum", "gzip", audit.ReasonBadEncoding, false, func() []byte { b := gz(small); b[len(b)-5] ^= 1; return b }),
		coded("/gzip-garbage", "gzip", audit.ReasonBadEncoding, false, func() []byte { return append(gz(small), "garbage after the end"...) }),
		coded("/br", "br", audit.ReasonBadEncoding, false, func() []byte { return []byte("\x1b\x57\x00\xf8") }),
		coded("/zstd", "zstd", audit.ReasonBadEncoding, false, func() []byte { return []byte("\x28\xb5\x2f\xfd") }),
		coded("/coding-unknown", "rot13", audit.ReasonBadEncoding, false, func() []byte { return small }),
		coded("/coding-many", strings.Repeat("gzip,", 50)+"gzip", audit.ReasonBadEncoding, false, func() []byte { return small }),
		coded("/bomb-gzip", "gzip", audit.ReasonTooLarge, true, func() []byte { return gz(zeros(bombSize)) }),
		coded("/bomb-x-gzip", "x-gzip", audit.ReasonTooLarge, true, func() []byte { return gz(zeros(bombSize)) }),
		coded("/bomb-deflate", "deflate", audit.ReasonTooLarge, true, func() []byte { return zl(zeros(bombSize)) }),
		coded("/bomb-twice", "gzip, gzip", audit.ReasonTooLarge, true, func() []byte { return gz(gz(zeros(bombSize))) }),
		coded("/bomb-garbage", "gzip", audit.ReasonTooLarge, true, func() []byte { return append(gz(zeros(bombSize)), "garbage"...) }),
		coded("/bomb-members", "gzip", audit.ReasonTooLarge, true, func() []byte { return bytes.Repeat(gz(zeros(1<<20)), 1000) }),
		coded("/bomb-empty-members", "gzip", audit.ReasonTooLarge, true, func() []byte { return bytes.Repeat(gz(nil), 300_000) }),
		coded("/bomb-ratio", "gzip", audit.ReasonTooLarge, true, func() []byte { return gz(zeros(2 << 20)) }),
		coded("/too-large", "identity", audit.ReasonTooLarge, true, func() []byte { return bytes.Repeat([]byte("<p>hello</p>"), 9<<20/12) }),
		{Path: "/bomb-labelled", Want: audit.ReasonNotHTML, Heavy: true, serve: labelled},
		{Path: "/bomb.xml.gz", Want: audit.ReasonNotHTML, Heavy: true, serve: labelled},
		{Path: "/bomb-as-html.xml.gz", Want: audit.ReasonNotHTML, Heavy: true, serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(labelledBomb())
		}},
	}
}

var labelledBomb = sync.OnceValue(func() []byte { return gz(zeros(bombSize)) })

func labelled(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/gzip")
	_, _ = w.Write(labelledBomb())
}

func zeros(n int) []byte { return make([]byte, n) }

func gz(b []byte) []byte {
	return packed(b, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zl(b []byte) []byte {
	return packed(b, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

func fl(b []byte) []byte {
	return packed(b, func(w io.Writer) io.WriteCloser {
		f, _ := flate.NewWriter(w, flate.BestSpeed) // the level is a valid one
		return f
	})
}

func packed(b []byte, coder func(io.Writer) io.WriteCloser) []byte {
	var buf bytes.Buffer
	w := coder(&buf)
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	return buf.Bytes()
}
