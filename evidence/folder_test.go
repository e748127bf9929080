package evidence_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/evidence"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func exchange(url, body string) *evidence.Exchange {
	return &evidence.Exchange{
		Method: "GET", URL: url, At: noon, IP: "192.0.2.7", TLS: "TLS 1.3",
		RequestHead:  []byte("GET / HTTP/1.1\r\nHost: acorn.example\r\n"),
		ResponseHead: []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nX-Two: a\r\nX-Two: b\r\n\r\n"),
		Body:         []byte(body),
	}
}

func sum(body string) string {
	s := sha256.Sum256([]byte(body))
	return hex.EncodeToString(s[:])
}

func capture(k evidence.Kept, url, body string) audit.Capture {
	return audit.Capture{URL: url, File: k.File, Offset: k.Offset, Sealed: k.Sealed, Key: k.Key, Hash: sum(body)}
}

func open(t *testing.T, dir string) *evidence.Folder {
	t.Helper()
	f, err := evidence.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// keep keeps and flushes.
func keep(t *testing.T, f *evidence.Folder, visit string, x *evidence.Exchange, seal bool) evidence.Kept {
	t.Helper()
	k, err := f.Keep(context.Background(), visit, x, seal)
	if err == nil {
		err = f.Flush(context.Background(), visit)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func wantBody(t *testing.T, f *evidence.Folder, c audit.Capture, body string) {
	t.Helper()
	s, err := f.Body(c)
	if err != nil {
		t.Fatal(err)
	}
	if s.Status != 200 || string(s.Body) != body || s.Header.Get("Content-Type") != "text/html; charset=utf-8" || len(s.Header["X-Two"]) != 2 {
		t.Errorf("Body() = %d %v %q, want %q", s.Status, s.Header, s.Body, body)
	}
}

func TestKeepAndRead(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	const one, two = "https://acorn.example/", "https://acorn.example/news"
	first := keep(t, f, "visit-1", exchange(one, "<p>one"), false)
	secret := keep(t, f, "visit-1", exchange(two, "<p>words of Ann"), true)
	second := keep(t, f, "visit-1", exchange(two, "<p>two"), false)
	if first.File != second.File || second.Offset <= first.Offset || first.Sealed || first.Key != nil {
		t.Errorf("plain captures of one visit: %+v, %+v", first, second)
	}
	if !secret.Sealed || len(secret.Key) != 32 || secret.File == first.File {
		t.Errorf("sealed capture: %+v", secret)
	}
	again := open(t, dir)
	for _, f := range []*evidence.Folder{f, again} {
		wantBody(t, f, capture(first, one, "<p>one"), "<p>one")
		wantBody(t, f, capture(second, two, "<p>two"), "<p>two")
		wantBody(t, f, capture(secret, two, "<p>words of Ann"), "<p>words of Ann")
	}
	data, err := os.ReadFile(filepath.Join(dir, secret.File))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("Ann")) || bytes.Contains(data, []byte("acorn")) || bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		t.Error("the sealed file can be read")
	}
	wrong := capture(secret, two, "<p>words of Ann")
	wrong.Key = make([]byte, 32)
	if _, err := f.Body(wrong); err == nil {
		t.Error("another key opened the sealed file")
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "*", "*.part")); len(parts) > 0 {
		t.Errorf("left behind: %v", parts)
	}
}

func TestRecordsOfAFile(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	x := exchange("https://acorn.example/a\r\nWARC-Type: forged", "body")
	x.Truncated = "length"
	k := keep(t, f, "v", x, false)
	not := exchange("https://acorn.example/b", "")
	not.ResponseHead, not.Revisit = []byte("HTTP/1.1 304 Not Modified\r\n\r\n"), sum("old")
	again := keep(t, f, "v", not, false)
	same := exchange("https://acorn.example/c", "same bytes")
	same.Revisit = sum("same bytes")
	keep(t, f, "v", same, false)

	var got []string
	for _, r := range readAll(t, filepath.Join(dir, k.File)) {
		got = append(got, fmt.Sprintf("%s %s %s%s", r.Type, strings.TrimPrefix(r.Header.Get("WARC-Target-URI"), "https://acorn.example/"),
			r.Header.Get("WARC-Truncated"), filepath.Base(r.Header.Get("WARC-Profile"))))
		if r.Header.Get("WARC-Date") != "2026-11-21T12:00:00.000000Z" || len(r.Header["Warc-Type"]) != 1 {
			t.Errorf("header %v", r.Header)
		}
	}
	want := []string{"warcinfo  .", "request aWARC-Type: forged .", "response aWARC-Type: forged length.",
		"request b .", "revisit b server-not-modified", "request c .", "revisit c identical-payload-digest"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	c := audit.Capture{URL: "https://acorn.example/b", File: again.File, Offset: again.Offset, Unchanged: "earlier"}
	if _, err := f.Body(c); !errors.Is(err, evidence.ErrRepeats) || !strings.Contains(err.Error(), "earlier") {
		t.Errorf("Body() of a 304 = %v, want ErrRepeats", err)
	}
}

// TestWhatIsNotCompressed: neither a page that came compressed nor the request beside it; of what came in few bytes only
// the answer.
func TestWhatIsNotCompressed(t *testing.T) {
	for _, c := range []struct {
		bytes           int
		asked, answered bool
	}{{20 << 10, true, true}, {100, false, true}} {
		dir := t.TempDir()
		x := exchange("https://acorn.example/", "\x1f\x8b"+strings.Repeat("page", c.bytes/4))
		k := keep(t, open(t, dir), "v", x, false)
		if all := readAll(t, filepath.Join(dir, k.File)); len(all) != 3 {
			t.Fatalf("%d records", len(all))
		}
		file, err := os.ReadFile(filepath.Join(dir, k.File))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(file, []byte("WARC-Type: request")); got != c.asked {
			t.Errorf("%d bytes: request as it is %v, want %v", c.bytes, got, c.asked)
		}
		if got := bytes.Contains(file, []byte("WARC-Type: response")); got != c.answered {
			t.Errorf("%d bytes: answer as it is %v, want %v", c.bytes, got, c.answered)
		}
	}
}

// TestWhatARecordSays: the file names its visit, a revisit the body that it repeats, and an answer how it was secured.
func TestWhatARecordSays(t *testing.T) {
	dir := t.TempDir()
	x := exchange("https://acorn.example/", "")
	x.TLS, x.Revisit = "TLS 1.3 TLS_AES_128_GCM_SHA256", sum("old")
	k := keep(t, open(t, dir), "visit-7", x, false)
	all := readAll(t, filepath.Join(dir, k.File))
	if len(all) != 3 || !bytes.Contains(all[0].Block, []byte("isPartOf: visit-7\r\n")) {
		t.Fatalf("%d records, the first says %q", len(all), all[0].Block)
	}
	h := all[2].Header
	got := []string{h.Get("WARC-Protocol"), h.Get("WARC-Cipher-Suite"), h.Get("Doorknock-Repeats-Decoded-SHA256")}
	if d := cmp.Diff([]string{"tls/1.3", "TLS_AES_128_GCM_SHA256", sum("old")}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestWaiting: what is kept waits to be written in one go, but no more of it than there is room for, and where a reader
// has it written and that fails, the visit is told.
func TestWaiting(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	kept := func(body string) (evidence.Kept, error) {
		return f.Keep(t.Context(), "v", exchange("https://acorn.example/", body), false)
	}
	first, err := kept("first")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, first.File)
	size := func() int64 {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Error("a small capture did not wait:", err)
	}
	noise := make([]byte, 100_000) // that no compression makes small
	rand.NewChaCha8([32]byte{}).Read(noise)
	if _, err := kept(string(noise)); err != nil || size() < 100_000 {
		t.Errorf("%d bytes are written, %v", size(), err)
	}
	third, err := kept("third")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Body(capture(third, "https://acorn.example/", "third")); !errors.Is(err, evidence.ErrDropped) {
		t.Errorf("Body() of a file that is gone = %v", err)
	}
	if err := f.Flush(t.Context(), "v"); err == nil {
		t.Error("captures that are lost were flushed")
	}
	if again, err := kept("again"); err != nil || f.Flush(t.Context(), "v") != nil {
		t.Errorf("%+v, %v", again, err)
	}
}

func readAll(t *testing.T, file string) (all []evidence.Record) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := evidence.NewReader(bytes.NewReader(data))
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
}

func TestBodyRefuses(t *testing.T) {
	f := open(t, t.TempDir())
	const at = "https://acorn.example/"
	k := keep(t, f, "v", exchange(at, "whole"), false)
	good := capture(k, at, "whole")
	for _, test := range []struct {
		name   string
		change func(*audit.Capture)
		want   error
	}{
		{"never kept", func(c *audit.Capture) { c.File = "" }, evidence.ErrDropped},
		{"file gone", func(c *audit.Capture) { c.File = "00/gone.warc.gz" }, evidence.ErrDropped},
		{"key dropped", func(c *audit.Capture) { c.Sealed = true }, evidence.ErrDropped},
		{"another body", func(c *audit.Capture) { c.Hash = sum("other") }, nil},
		{"another address", func(c *audit.Capture) { c.URL, c.Hash = "https://acorn.example/x", "" }, nil},
		{"another record", func(c *audit.Capture) { c.Offset = 0 }, nil},
		{"no record there", func(c *audit.Capture) { c.Offset++ }, nil},
		{"behind the end", func(c *audit.Capture) { c.Offset = 1 << 30 }, nil},
		{"before the start", func(c *audit.Capture) { c.Offset = -1 }, nil},
		{"outside the folder", func(c *audit.Capture) { c.File = "../../etc/passwd" }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := good
			test.change(&c)
			_, err := f.Body(c)
			if err == nil || (test.want != nil && !errors.Is(err, test.want)) {
				t.Errorf("Body() = %v, want %v", err, test.want)
			}
		})
	}
}

// A visit that is made again after a crash leaves alone what the first time wrote, torn end and all.
func TestSecondAttempt(t *testing.T) {
	dir := t.TempDir()
	const at = "https://acorn.example/"
	first := keep(t, open(t, dir), "v", exchange(at, "first"), false)
	file, err := os.OpenFile(filepath.Join(dir, first.File), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("\x1f\x8b\x08torn"); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, dir)
	second := keep(t, f, "v", exchange(at, "second"), false)
	if first.File == second.File {
		t.Fatal("the second attempt wrote behind a torn record")
	}
	wantBody(t, f, capture(first, at, "first"), "first")
	wantBody(t, f, capture(second, at, "second"), "second")
}

// Whatever length a crash leaves of a file, a capture is read whole or refused.
func TestTornFile(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	const at = "https://acorn.example/"
	k := keep(t, f, "v", exchange(at, "the whole body"), false)
	name := filepath.Join(dir, k.File)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for n := len(whole); n >= 0; n-- {
		if err := os.Truncate(name, int64(n)); err != nil {
			t.Fatal(err)
		}
		switch s, err := f.Body(capture(k, at, "the whole body")); {
		case err != nil:
			refused++
		case string(s.Body) != "the whole body":
			t.Fatalf("at %d bytes the body reads %q", n, s.Body)
		}
	}
	if refused < int(k.Offset) {
		t.Errorf("%d lengths refused; the answer begins at %d", refused, k.Offset)
	}
}

func TestDrop(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	k := keep(t, f, "v", exchange("https://acorn.example/", "words"), true)
	for range 2 {
		if err := f.Drop(k.File); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Body(capture(k, "https://acorn.example/", "words")); !errors.Is(err, evidence.ErrDropped) {
		t.Errorf("Body() = %v, want ErrDropped", err)
	}
	outside := filepath.Join(filepath.Dir(dir), "outside")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Drop("../outside"); err == nil {
		t.Error("a file outside the folder was dropped")
	}
}

func TestManyVisitsAtOnce(t *testing.T) {
	f := open(t, t.TempDir())
	var wg sync.WaitGroup
	for visit := range 8 {
		for page := range 6 {
			wg.Go(func() {
				body := fmt.Sprintf("page %d of %d", page, visit)
				at := fmt.Sprintf("https://acorn.example/%d/%d", visit, page)
				k, err := f.Keep(context.Background(), fmt.Sprint(visit), exchange(at, body), page%3 == 0)
				if err != nil {
					t.Error(err)
					return
				}
				if s, err := f.Body(capture(k, at, body)); err != nil || string(s.Body) != body {
					t.Errorf("%s: %q, %v", at, s.Body, err)
				}
			})
		}
	}
	wg.Wait()
}

// TestFlush: a visit's captures are readable before and after, a second flush and one of nothing are none, and a file
// whose flush failed is not written to again.
func TestFlush(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	first, err := f.Keep(t.Context(), "v", exchange("https://acorn.example/", "one"), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, visit := range []string{"v", "v", "nobody"} {
		if err := f.Flush(t.Context(), visit); err != nil {
			t.Errorf("%s: %v", visit, err)
		}
	}
	second, err := f.Keep(t.Context(), "v", exchange("https://acorn.example/two", "two"), false)
	if err != nil || second.File != first.File {
		t.Fatalf("%+v after %+v, %v", second, first, err)
	}
	if err := os.Remove(filepath.Join(dir, first.File)); err != nil {
		t.Fatal(err)
	}
	if err := f.Flush(t.Context(), "v"); err == nil {
		t.Error("a file that is gone was flushed")
	}
	third, err := f.Keep(t.Context(), "v", exchange("https://acorn.example/three", "three"), false)
	if err != nil || f.Flush(t.Context(), "v") != nil {
		t.Fatal(err)
	}
	if s, err := f.Body(capture(third, "https://acorn.example/three", "three")); err != nil || string(s.Body) != "three" {
		t.Errorf("%q, %v", s.Body, err)
	}
}

func TestKeepOfCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open(t, t.TempDir()).Keep(ctx, "v", exchange("https://acorn.example/", ""), false); !errors.Is(err, context.Canceled) {
		t.Errorf("Keep() = %v", err)
	}
}

func TestShows(t *testing.T) {
	latin := "<p>caf\xe9 closed</p>"
	for _, test := range []struct {
		name, body, contentType string
		e                       audit.Evidence
		want                    bool
	}{
		{"there", "<p>closed</p>", "", audit.Evidence{Offset: 3, Length: 6, Excerpt: "closed"}, true},
		{"elsewhere", "<p>closed</p>", "", audit.Evidence{Offset: 4, Length: 6, Excerpt: "closed"}, false},
		{"behind the end", "closed", "", audit.Evidence{Offset: 3, Length: 6, Excerpt: "closed"}, false},
		{"overflow", "closed", "", audit.Evidence{Offset: 1, Length: int(^uint(0) >> 1), Excerpt: "closed"}, false},
		{"another charset, by the header", latin, "text/html; charset=iso-8859-1", audit.Evidence{Offset: 3, Length: 4, Excerpt: "café"}, true},
		{"another charset, not named", latin, "text/html; charset=utf-8", audit.Evidence{Offset: 3, Length: 4, Excerpt: "café"}, false},
		{"nothing marked", "x", "", audit.Evidence{Type: audit.Marker}, false},
		{"absence without landmark", "x", "", audit.Evidence{Type: audit.Absence}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := evidence.Stored{Header: map[string][]string{"Content-Type": {test.contentType}}, Body: []byte(test.body)}
			if got := s.Shows(test.e); got != test.want {
				t.Errorf("Shows() = %t", got)
			}
		})
	}
	if !evidence.Shows([]byte("<meta charset=windows-1252>"+latin), audit.Evidence{Offset: 30, Length: 4, Excerpt: "café"}) {
		t.Error("the charset named in the body was not used")
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("https://acorn.example/", []byte("HTTP/1.1 200 OK\r\nContent-Type: text/html"), []byte("body"), true)
	f.Add("x\r\ny", []byte("HTTP/1.1 200 OK"), []byte("WARC/1.1\r\n\r\n\r\n\r\n"), false)
	f.Add("", []byte{}, []byte{0, 0x1f, 0x8b}, false)
	f.Fuzz(func(t *testing.T, url string, head, body []byte, seal bool) {
		folder := open(t, t.TempDir())
		x := &evidence.Exchange{Method: "GET", URL: url, ResponseHead: head, Body: body, At: noon}
		k, err := folder.Keep(context.Background(), "v", x, seal)
		if err != nil {
			if len(head) > 60<<10 {
				return
			}
			t.Fatal(err)
		}
		s, err := folder.Body(audit.Capture{URL: url, File: k.File, Offset: k.Offset, Sealed: k.Sealed, Key: k.Key})
		if bytes.HasPrefix(head, []byte("HTTP/1.1 200 OK")) && !bytes.Contains(head, []byte("\n")) && (err != nil || !bytes.Equal(s.Body, body)) {
			t.Fatalf("body %q became %q, %v", body, s.Body, err)
		}
	})
}

func BenchmarkKeep(b *testing.B) {
	f, err := evidence.OpenFolder(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	x := exchange("https://acorn.example/", strings.Repeat("<p>some words of a page that is like others</p>", 700))
	for i := 0; b.Loop(); i++ {
		if _, err := f.Keep(context.Background(), fmt.Sprint(i/40), x, false); err != nil {
			b.Fatal(err)
		}
	}
}
