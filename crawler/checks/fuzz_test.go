package checks_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

// decoded reads a stretch of a body the way the standard says, with other code than the page's.
func decoded(body []byte, offset, length int, contentType string) string {
	part := body[offset : offset+length]
	e, name, certain := charset.DetermineEncoding(body, contentType)
	if name == "utf-8" || !certain && utf8.Valid(body) {
		return strings.ToValidUTF8(string(part), "\uFFFD")
	}
	out, err := e.NewDecoder().Bytes(part)
	if err != nil {
		return "not decoded: " + err.Error()
	}
	return string(out)
}

// FuzzRead: for any bytes and any status, an answer other than unknown points at bytes of the body that say so.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "comments", "*.html"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(page, "text/html; charset=utf-8", uint16(200))
		f.Add(page[:len(page)/2], "text/html", uint16(200))
		f.Add(bytes.ReplaceAll(page, []byte("a"), []byte("\xe4")), "text/html; charset=windows-1252", uint16(200))
	}
	f.Add([]byte("\xff\xfe<\x00p\x00>\x00"), "text/html", uint16(200))
	f.Add([]byte(strings.Repeat("<div>", 600)+`<form action="/wp-comments-post.php"><textarea name=comment></textarea>`), "text/html", uint16(200))
	f.Add([]byte("<p class=nocomments>Comments are closed.</p>"), "text/html; charset=shift_jis", uint16(403))
	at := &url.URL{Scheme: "https", Host: "www.fernley.example", Path: "/"}
	f.Fuzz(func(t *testing.T, page []byte, contentType string, status uint16) {
		p := crawler.NewPage(crawler.Answer{
			URL: at, Status: int(status), Body: page, Header: http.Header{"Content-Type": {contentType}},
		}, nil)
		for _, r := range p.Read(checks.All()) {
			evident(t, p, r)
			if r.Verdict.State() != audit.Unknown && status != 200 {
				t.Fatalf("%s is %v with status %d", r.Check, r.Verdict.State(), status)
			}
		}
		p.Outline()
	})
}

// TestNoSlowPatterns refuses case-blind patterns in the source of what reads bodies: one over a body costs more than
// parsing it.
func TestNoSlowPatterns(t *testing.T) {
	blind := regexp.MustCompile(`\(\?[a-z]*i`)
	for _, pattern := range []string{"*.go", "../*.go", "../platform/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(file, "_test.go") && blind.Match(source) {
				t.Errorf("%s holds a case-blind pattern", file)
			}
		}
	}
}
