package archive

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"doorknock/audit"
)

// headBytes is how far into a saved page its own note of address and time is looked for.
const headBytes = 16 << 10

var (
	// savedFrom is what Chromium and its kin write into a page that they save.
	savedFrom = regexp.MustCompile(`<!-- saved from url=\(\d{4,5}\)(\S+) -->`)
	// singleFile is the note of SingleFile.
	singleFile  = regexp.MustCompile(`(?s)<!--\s+Page saved with SingleFile\s(.*?)-->`)
	singleURL   = regexp.MustCompile(`(?m)^\s*url:\s*(\S+)\s*$`)
	singleSaved = regexp.MustCompile(`(?m)^\s*saved date:\s*(.+?)\s*$`)
	// zoneName is the local name of the zone, behind a date as JavaScript writes it.
	zoneName = regexp.MustCompile(`\s*\([^()]*\)\s*$`)
)

// readHTML reads one saved page. Who saved it, when and from where it says only in a note of the program that did.
func readHTML(all []byte, most int) (Page, error) {
	if !looksHTML(all) {
		return Page{}, refuse(audit.ReasonNotHTML, "this is no page: want HTML, MHTML, WARC or WACZ")
	}
	p := Page{Format: HTML, Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Made: true}
	head := all[:min(len(all), headBytes)]
	if m := singleFile.FindSubmatch(head); m != nil {
		p.Format = SingleFile
		if u := singleURL.FindSubmatch(m[1]); u != nil {
			p.URL = html.UnescapeString(string(u[1]))
		}
		if d := singleSaved.FindSubmatch(m[1]); d != nil {
			p.At = scriptDate(string(d[1]))
		}
	} else if m := savedFrom.FindSubmatch(head); m != nil {
		p.URL = html.UnescapeString(string(m[1]))
	}
	var err error
	p.Body, err = slim(all, most)
	return p, err
}

// scriptDate reads a time as JavaScript prints one: "Fri Nov 20 2026 14:05:10 GMT+0100 (Central European Standard Time)".
func scriptDate(s string) time.Time {
	s = zoneName.ReplaceAllString(s, "")
	for _, layout := range [...]string{"Mon Jan 02 2006 15:04:05 GMT-0700", time.RFC3339, time.RFC1123, time.RFC1123Z} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// looksHTML reports whether bytes begin as a page does.
func looksHTML(all []byte) bool {
	head := all[:min(len(all), headBytes)]
	if e, name, _ := charset.DetermineEncoding(head, ""); strings.HasPrefix(name, "utf-16") {
		if text, err := e.NewDecoder().Bytes(head); err == nil {
			head = text
		}
	}
	head = bytes.ToLower(bytes.TrimLeft(head, " \t\r\n\x0c\xef\xbb\xbf"))
	if !bytes.HasPrefix(head, []byte("<")) || bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	for _, tag := range [...]string{"<!doctype html", "<html", "<head", "<body", "<title", "<main", "<div", "<p>", "<h1"} {
		if bytes.Contains(head, []byte(tag)) {
			return true
		}
	}
	return false
}

// embedded is how much of a picture or font that was written into the page is left in it.
const embedded = 64

// dataMark is how such a thing begins.
var dataMark = []byte(";base64,")

// slim gives a saved page without the pictures and fonts that were written into it, where it is too large with them. What is
// left out is the base64 of data: addresses, in which no check reads anything. Offsets then count the bytes of what is left, which is what is kept.
func slim(all []byte, most int) ([]byte, error) {
	if len(all) <= most {
		return all, nil
	}
	var out bytes.Buffer
	for rest := all; len(rest) > 0; {
		at := bytes.Index(rest, dataMark)
		if at < 0 {
			out.Write(rest)
			break
		}
		from := at + len(dataMark)
		to := from
		for to < len(rest) && isBase64(rest[to]) {
			to++
		}
		if to-from <= embedded {
			from = to
		}
		out.Write(rest[:from])
		rest = rest[to:]
		if out.Len() > most {
			break
		}
	}
	if out.Len() > most {
		return nil, refuse(audit.ReasonTooLarge, "the page has more than %d bytes without the pictures in it; one that large is not read", most)
	}
	return out.Bytes(), nil
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '='
}
