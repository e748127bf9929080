package archive_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/evidence/archive"
)

// read reads bytes as a file and gives its pages.
func read(t testing.TB, file []byte, o archive.Options) ([]archive.Page, archive.Read, error) {
	t.Helper()
	var pages []archive.Page
	got, err := archive.File(t.Context(), bytes.NewReader(file), int64(len(file)), o, func(p archive.Page) error {
		pages = append(pages, p)
		return nil
	})
	return pages, got, err
}

const page = "<!DOCTYPE html><html><head><title>Hollybank</title></head><body><main><h1>News</h1></main></body></html>"

// A page saved by itself tells its address and time where the program that saved it wrote them down, and nowhere else.
func TestSinglePages(t *testing.T) {
	at := time.Date(2026, 11, 20, 13, 5, 10, 0, time.UTC)
	note := "<!--\n Page saved with SingleFile \n url: https://www.hollybank.example/news?a=1&amp;b=2 \n saved date: Fri Nov 20 2026 14:05:10 GMT+0100 (Central European Standard Time)\n-->"
	for _, c := range []struct {
		name, file string
		want       archive.Page
	}{
		{"as it came", page, archive.Page{Format: archive.HTML}},
		{"byte order mark", "\ufeff" + page, archive.Page{Format: archive.HTML}},
		{"Chromium", "<!DOCTYPE html>\n<!-- saved from url=(0034)https://www.hollybank.example/news/1 -->\n" + page, archive.Page{Format: archive.HTML, URL: "https://www.hollybank.example/news/1"}},
		{"SingleFile", "<!DOCTYPE html> <html><!--" + note[4:] + page[15:], archive.Page{Format: archive.SingleFile, URL: "https://www.hollybank.example/news?a=1&b=2", At: at}},
		{"the same words far down", page + strings.Repeat(" ", 20_000) + note, archive.Page{Format: archive.HTML}},
		{"MHTML", mhtml("quoted-printable", strings.ReplaceAll(page, "=", "=3D")), archive.Page{Format: archive.MHTML, URL: "https://www.hollybank.example/news/1", At: at}},
		{"MHTML in base64", mhtml("base64", "PCFET0NUWVBFIGh0bWw+PHRpdGxlPkhvbGx5YmFuazwvdGl0bGU+"), archive.Page{Format: archive.MHTML, URL: "https://www.hollybank.example/news/1", At: at}},
		{"gzipped", string(gzipped(page)), archive.Page{Format: archive.HTML}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages, _, err := read(t, []byte(c.file), archive.Options{})
			if err != nil || len(pages) != 1 {
				t.Fatalf("%d pages, %v", len(pages), err)
			}
			p := pages[0]
			if p.Format != c.want.Format || p.URL != c.want.URL || !p.At.Equal(c.want.At) || !p.Made || !bytes.Contains(p.Body, []byte("<title>Hollybank</title>")) {
				t.Errorf("got %s %q %v made %v %q", p.Format, p.URL, p.At, p.Made, p.Body[:60])
			}
		})
	}
}

func mhtml(coding, body string) string {
	return "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://www.hollybank.example/news/1\r\nSubject: News\r\nDate: Fri, 20 Nov 2026 13:05:10 +0000\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"----M--x----\"\r\n\r\n\r\n------M--x----\r\n" +
		"Content-Type: text/html\r\nContent-ID: <frame-1@mhtml.blink>\r\nContent-Transfer-Encoding: " + coding + "\r\nContent-Location: https://www.hollybank.example/news/1\r\n\r\n" +
		body + "\r\n------M--x----\r\nContent-Type: text/css\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Location: cid:css-1@mhtml.blink\r\n\r\np {}\r\n------M--x------\r\n"
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.Bytes()
}

// A page with its pictures written into it is read without them; its own words stay byte for byte.
func TestPicturesWithinThePageAreLeftOut(t *testing.T) {
	picture := strings.Repeat("QUJD", 50_000)
	file := "<html><body><img src=\"data:image/png;base64," + picture + "\"><p>News</p><img src=\"data:image/gif;base64,R0lGODlhAQ\"></body></html>"
	pages, _, err := read(t, []byte(file), archive.Options{Limits: archive.Limits{Page: 10_000}})
	if err != nil {
		t.Fatal(err)
	}
	want := "<html><body><img src=\"data:image/png;base64,\"><p>News</p><img src=\"data:image/gif;base64,R0lGODlhAQ\"></body></html>"
	if got := string(pages[0].Body); got != want {
		t.Errorf("got %q", got)
	}
	whole, _, err := read(t, []byte(file), archive.Options{})
	if err != nil || string(whole[0].Body) != file {
		t.Errorf("a page under the limit was changed (%v)", err)
	}
}

// record is a WARC record.
func record(kind, uri, date, contentType, block string, more ...string) string {
	sum := sha1.Sum([]byte(block))
	head := "WARC/1.0\r\nWARC-Type: " + kind + "\r\nWARC-Record-ID: <urn:x:1>\r\nWARC-Date: " + date + "\r\nWARC-Target-URI: " + uri + "\r\nContent-Type: " + contentType +
		"\r\nWARC-Block-Digest: sha1:" + base32.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	for _, line := range more {
		head += line + "\r\n"
	}
	return head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(block)) + block + "\r\n\r\n"
}

func response(uri, date, head, body string, more ...string) string {
	return record("response", uri, date, "application/http; msgtype=response", "HTTP/1.1 "+head+"\r\n\r\n"+body, more...)
}

const (
	here = "https://www.hollybank.example/news/1"
	may  = "2019-05-03T09:00:00Z"
	ok   = "200 OK\r\nContent-Type: text/html; charset=utf-8"
)

// What an archive holds beside pages that are wanted is counted by why it was passed over, and costs the others nothing.
func TestArchiveRecords(t *testing.T) {
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(page), page)
	want := func(address string) bool { return strings.Contains(address, "hollybank") }
	for _, c := range []struct {
		name, record string
		page         bool
		passed       string
	}{
		{"a page", response(here, may, ok, page), true, ""},
		{"gzipped body", response(here, may, ok+"\r\nContent-Encoding: gzip", string(gzipped(page))), true, ""},
		{"chunked body", response(here, may, ok+"\r\nTransfer-Encoding: chunked", chunked), true, ""},
		{"chunked in name only", response(here, may, ok+"\r\nTransfer-Encoding: chunked", page), true, ""},
		{"no content type", response(here, may, "200 OK", page), true, ""},
		{"a resource", record("resource", here, may, "text/html", page), true, ""},
		{"address in brackets", response("<"+here+">", may, ok, page), true, ""},
		{"elsewhere", response("https://elsewhere.example/", may, ok, page), false, archive.PassedAddress},
		{"a picture", response(here, may, "200 OK\r\nContent-Type: image/png", "\x89PNG"), false, archive.PassedOther},
		{"a redirect", response(here, may, "301 Moved\r\nContent-Type: text/html\r\nLocation: /x", page), false, archive.PassedOther},
		{"an error", response(here, may, "404 Not Found\r\nContent-Type: text/html", page), false, archive.PassedOther},
		{"a request", record("request", here, may, "application/http; msgtype=request", "GET / HTTP/1.1\r\n\r\n"), false, archive.PassedOther},
		{"brotli", response(here, may, ok+"\r\nContent-Encoding: br", "\x0b\x02"), false, archive.PassedCoding},
		{"a lie of gzip", response(here, may, ok+"\r\nContent-Encoding: gzip", page), false, archive.PassedDamaged},
		{"gzip cut short", response(here, may, ok+"\r\nContent-Encoding: gzip", string(gzipped(page)[:40])), false, archive.PassedDamaged},
		{"gzip bomb", response(here, may, ok+"\r\nContent-Encoding: gzip", string(gzipped(strings.Repeat("0", 20<<20)))), false, archive.PassedLarge},
		{"too large", response(here, may, ok, strings.Repeat("x", 9<<20)), false, archive.PassedLarge},
		{"no time", response(here, "yesterday", ok, page), false, archive.PassedNoTime},
		{"year 99999", response(here, "99999-01-01T00:00:00Z", ok, page), false, archive.PassedNoTime},
		{"truncated", response(here, may, ok, page, "WARC-Truncated: length"), false, archive.PassedDamaged},
		{"another digest", strings.Replace(response(here, may, ok, page), "<h1>News", "<h1>Noes", 1), false, archive.PassedDamaged},
		{"no head", record("response", here, may, "application/http; msgtype=response", "nothing"), false, archive.PassedDamaged},
		{"not HTTP", record("response", here, may, "application/http; msgtype=response", "GOPHER 200\r\n\r\nx"), false, archive.PassedDamaged},
		{"ftp", response("ftp://www.hollybank.example/", may, ok, page), false, archive.PassedOther},
	} {
		t.Run(c.name, func(t *testing.T) {
			last := response("https://www.hollybank.example/last", may, ok, page)
			for _, file := range [][]byte{[]byte(c.record + last), append(gzipped(c.record), gzipped(last)...), gzipped(c.record + last)} {
				pages, got, err := read(t, file, archive.Options{Want: want})
				if err != nil {
					t.Fatal(err)
				}
				pagesWant := 1
				if c.page {
					pagesWant = 2
					if string(pages[0].Body) != page || !pages[0].At.Equal(time.Date(2019, 5, 3, 9, 0, 0, 0, time.UTC)) || pages[0].URL != here {
						t.Errorf("page %q of %v at %s", pages[0].Body, pages[0].At, pages[0].URL)
					}
				}
				if len(pages) != pagesWant || c.passed != "" && got.Passed[c.passed] != 1 || got.Records != 2 {
					t.Errorf("%d pages of %d records, passed over %v", len(pages), got.Records, got.Passed)
				}
			}
		})
	}
}

// A file that is broken, or made to hurt, is refused with a reason; what stood before the break was given out.
func TestBadFiles(t *testing.T) {
	good := response(here, may, ok, page)
	long := "WARC/1.0\r\nWARC-Type: response\r\nX: " + strings.Repeat("x", 70_000)
	bomb := gzipped(strings.Repeat("\x00", 80<<20))
	for _, c := range []struct {
		name   string
		file   []byte
		pages  int
		reason audit.Reason
	}{
		{"empty", nil, 0, audit.ReasonNotHTML},
		{"a picture", []byte("\x89PNG\r\n\x1a\n0000"), 0, audit.ReasonNotHTML},
		{"a program that speaks of pages", []byte("print('<html>')"), 0, audit.ReasonNotHTML},
		{"large page", []byte("<html>" + strings.Repeat("x", 9<<20)), 0, audit.ReasonTooLarge},
		{"large file", []byte("<html>" + strings.Repeat(" ", 65<<20)), 0, audit.ReasonTooLarge},
		{"gzip bomb of a page", gzipped("<html>" + strings.Repeat("x", 80<<20)), 0, audit.ReasonTooLarge},
		{"gzip bomb of an archive", append(gzipped(good), bomb...), 1, audit.ReasonParseError},
		{"gzip bomb in a record", gzipped(good + "WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 838860800\r\n\r\n" + strings.Repeat("\x00", 80<<20)), 1, audit.ReasonTooLarge},
		{"WARC cut in its block", []byte(good + good[:len(good)-30]), 1, audit.ReasonParseError},
		{"WARC cut in its head", []byte(good + good[:60]), 1, audit.ReasonParseError},
		{"gzipped WARC cut", append(gzipped(good), gzipped(good)[:80]...), 1, audit.ReasonParseError},
		{"garbage behind a record", []byte(good + "<html>" + strings.Repeat("x", 200)), 1, audit.ReasonParseError},
		{"a byte changed in a gzip member", func() []byte {
			z := append(gzipped(good), gzipped(good)...)
			z[len(gzipped(good))-6] ^= 1 // of the checksum
			return z
		}(), 0, audit.ReasonParseError},
		{"length is a word", []byte("WARC/1.0\r\nContent-Length: many\r\n\r\n"), 0, audit.ReasonParseError},
		{"length under zero", []byte("WARC/1.0\r\nContent-Length: -5\r\n\r\n"), 0, audit.ReasonParseError},
		{"no length", []byte("WARC/1.0\r\nWARC-Type: response\r\n\r\n"), 0, audit.ReasonParseError},
		{"length of two exabytes", []byte("WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a/\r\nWARC-Date: " + may + "\r\nContent-Length: 2000000000000000000\r\n\r\nx"), 0, audit.ReasonParseError},
		{"head without end", []byte(good + long), 1, audit.ReasonParseError},
		{"zstd", []byte("\x28\xb5\x2f\xfd0000000"), 0, audit.ReasonNotHTML},
		{"MHTML cut", []byte(mhtml("quoted-printable", page)[:450]), 0, audit.ReasonParseError},
		{"MHTML without a page", []byte(strings.ReplaceAll(mhtml("7bit", page), "text/html\r\n", "text/plain\r\n")), 0, audit.ReasonNotHTML},
		{"MHTML, unknown coding", []byte(mhtml("x-uuencode", page)), 0, audit.ReasonBadEncoding},
		{"MHTML, huge page", []byte(mhtml("8bit", "<html>"+strings.Repeat("x", 9<<20))), 0, audit.ReasonTooLarge},
		{"zip", zipped("a.txt", "x"), 0, audit.ReasonNotHTML},
		{"zip cut", zipped("datapackage.json", "{}")[:60], 0, audit.ReasonParseError},
		{"WACZ with a way out", zipped("datapackage.json", "{}", "archive/../../../etc/cron.d/x.warc", good), 0, audit.ReasonParseError},
		{"WACZ from the root", zipped("datapackage.json", "{}", "/archive/x.warc", good), 0, audit.ReasonParseError},
		{"WACZ with a way out for others", zipped("datapackage.json", "{}", `archive\..\x.warc`, good), 0, audit.ReasonParseError},
		{"WACZ, two of one name", zipped("datapackage.json", "{}", "archive/a.warc", good, "archive/a.warc", good), 0, audit.ReasonParseError},
		{"WACZ, no list", zipped("archive/a.warc", good), 0, audit.ReasonNotHTML},
		{"WACZ, list is no list", zipped("datapackage.json", "[", "archive/a.warc", good), 0, audit.ReasonParseError},
		{"WACZ, zip bomb", zipped("datapackage.json", "{}", "archive/a.warc", good+strings.Repeat("\x00", 80<<20)), 0, audit.ReasonTooLarge},
		{"WACZ, bomb in a bomb", zipped("datapackage.json", "{}", "archive/a.warc.gz", string(gzipped(strings.Repeat("\x00", 80<<20)))), 0, audit.ReasonParseError},
		{"WACZ, part cut", zipped("datapackage.json", "{}", "archive/a.warc.gz", string(gzipped(good))+string(gzipped(good)[:80])), 1, audit.ReasonParseError},
		{"WACZ of many parts", manyParts(10_001), 0, audit.ReasonTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			pages, _, err := read(t, c.file, archive.Options{})
			if err == nil || archive.ReasonOf(err) != c.reason || len(pages) != c.pages {
				t.Errorf("%d pages, reason %q, %v", len(pages), archive.ReasonOf(err), err)
			}
			if err != nil && len(err.Error()) > 400 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func zipped(parts ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, _ := z.Create(parts[i])
		_, _ = w.Write([]byte(parts[i+1]))
	}
	_ = z.Close()
	return b.Bytes()
}

func manyParts(n int) []byte {
	parts := []string{"datapackage.json", "{}"}
	for i := range n {
		parts = append(parts, fmt.Sprintf("archive/%d.warc", i), "")
	}
	return zipped(parts...)
}

// A WACZ that js-wacz 0.1.6 made of a WARC is read as the WARC is.
func TestReadsWhatAnotherToolMade(t *testing.T) {
	want := func(address string) bool { return strings.Contains(address, "hollybank") }
	var all [][]string
	for _, name := range []string{"hollybank.warc.gz", "hollybank.wacz"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		pages, got, err := read(t, file, archive.Options{Want: want})
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		for _, p := range pages {
			seen = append(seen, fmt.Sprint(p.URL, p.At, p.Repeats, len(p.Body), p.Digest))
		}
		if got.Records != 12 || len(pages) != 8 {
			t.Errorf("%s: %d pages of %d records", name, len(pages), got.Records)
		}
		all = append(all, seen)
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Error(diff)
	}
}

// An error of whoever takes the pages ends the reading and is given back.
func TestCallerEndsTheReading(t *testing.T) {
	full := errors.New("disk full")
	file := []byte(response(here, may, ok, page) + response(here, may, ok, page))
	n := 0
	_, err := archive.File(t.Context(), bytes.NewReader(file), int64(len(file)), archive.Options{}, func(archive.Page) error { n++; return full })
	if !errors.Is(err, full) || n != 1 {
		t.Errorf("%d pages, %v", n, err)
	}
}

// recordsFollow reads a file of records as our own are read: each begins behind the one before.
func recordsFollow(t *testing.T, file []byte) {
	t.Helper()
	r := evidence.NewReader(bytes.NewReader(file))
	for last := int64(-1); ; {
		rec, err := r.Next()
		if err != nil {
			return
		}
		if rec.Offset <= last {
			t.Fatalf("offset %d after %d", rec.Offset, last)
		}
		last = rec.Offset
		_, _ = rec.HTTP()
	}
}

// FuzzFile: no bytes make a reader panic or exceed its limits, and what is given out is whole.
func FuzzFile(f *testing.F) {
	good := response(here, may, ok, page)
	for _, name := range []string{"hollybank.warc.gz", "hollybank.wacz"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add([]byte(good))
	f.Add(gzipped(good))
	f.Add([]byte(mhtml("quoted-printable", page)))
	f.Add([]byte(mhtml("base64", "PGh0bWw+")))
	f.Add([]byte("<!-- saved from url=(0034)https://www.hollybank.example/news/1 -->" + page))
	f.Add(zipped("datapackage.json", `{"software":"x"}`, "archive/a.warc", good, "archive/b.warc.gz", string(gzipped(good))))
	f.Add([]byte(response(here, may, ok+"\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip", "5\r\nabcde\r\n0\r\n\r\n")))
	f.Add([]byte("WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 4\r\n\r\nHTTP\r\n\r\n"))
	f.Add([]byte("WARC/1.0\r\nContent-Length: 99999999\r\n\r\n"))
	f.Add(gzipped(strings.Repeat("WARC/1.1\r\n", 9000)))
	f.Fuzz(func(t *testing.T, file []byte) {
		recordsFollow(t, file)
		const most = 1 << 16
		pages, got, err := read(t, file, archive.Options{Limits: archive.Limits{Page: most, Saved: 1 << 20, Unpacked: 1 << 22, Records: 1000}})
		if len(pages) != got.Pages {
			t.Fatalf("%d pages, said %d", len(pages), got.Pages)
		}
		for _, p := range pages {
			if len(p.Body) > most || p.Status != 200 || p.Repeats == "" && p.Header == nil {
				t.Fatalf("%d bytes, status %d, header %v", len(p.Body), p.Status, p.Header)
			}
			if p.Format.Many() && (p.At.IsZero() || !strings.HasPrefix(p.URL, "http")) {
				t.Fatalf("page of %q at %v", p.URL, p.At)
			}
		}
		if err != nil && archive.ReasonOf(err) == audit.ReasonInternal && !errors.Is(err, io.EOF) {
			t.Fatalf("an error without a reason: %v", err)
		}
	})
}
