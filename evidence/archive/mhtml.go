package archive

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"doorknock/audit"
)

// maxParts is how many parts an MHTML file may have: pictures, style sheets, frames.
const maxParts = 5000

// looksMHTML tells an MHTML file by its head, which is that of a mail.
func looksMHTML(head []byte) bool {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	name, _, ok := bytes.Cut(first, []byte(":"))
	if !ok || len(name) > 40 || bytes.ContainsAny(name, " <\t") {
		return false
	}
	lower := bytes.ToLower(head)
	return bytes.Contains(lower, []byte("mime-version:")) && bytes.Contains(lower, []byte("multipart/related")) ||
		bytes.Contains(lower, []byte("snapshot-content-location:"))
}

// readMHTML reads the page of an MHTML file: the part that its head names, else the first that is HTML. What else is in the
// file is not looked at.
func readMHTML(all []byte, most int) (Page, error) {
	m, err := mail.ReadMessage(bytes.NewReader(all))
	if err != nil {
		return Page{}, refuse(audit.ReasonParseError, "the head of the MHTML file cannot be read: %v", err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return Page{}, refuse(audit.ReasonParseError, "the MHTML file does not say what it holds")
	}
	p := Page{Format: MHTML, Status: http.StatusOK, Made: true, URL: strings.TrimSpace(m.Header.Get("Snapshot-Content-Location"))}
	if at, err := mail.ParseDate(m.Header.Get("Date")); err == nil {
		p.At = at.UTC()
	}
	if kind == "text/html" { // one part, and no boundary
		return page(p, textproto.MIMEHeader(m.Header), m.Body, most)
	}
	if !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return Page{}, refuse(audit.ReasonNotHTML, "the MHTML file holds %.60q and no page", kind)
	}
	return mainPart(p, multipart.NewReader(m.Body, params["boundary"]), params["start"], most)
}

func mainPart(p Page, parts *multipart.Reader, start string, most int) (Page, error) {
	for range maxParts {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Page{}, refuse(audit.ReasonParseError, "the MHTML file breaks off before its page: %v", err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != "text/html" && kind != "application/xhtml+xml" || start != "" && part.Header.Get("Content-Id") != start {
			continue
		}
		return page(p, part.Header, part, most)
	}
	return Page{}, refuse(audit.ReasonNotHTML, "there is no page in the MHTML file")
}

// page decodes the part that is the page. A part that breaks off is no page: what was cut away may be the very form that is
// looked for.
func page(p Page, h textproto.MIMEHeader, body io.Reader, most int) (Page, error) {
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "", "7bit", "8bit", "binary":
	default:
		return Page{}, refuse(audit.ReasonBadEncoding, "the page is in the transfer coding %.40q, which is not read", h.Get("Content-Transfer-Encoding"))
	}
	var err error
	if p.Body, err = io.ReadAll(io.LimitReader(body, int64(most)+1)); err != nil {
		return Page{}, refuse(audit.ReasonParseError, "the page in the MHTML file breaks off: %v", err)
	}
	if len(p.Body) > most {
		return Page{}, refuse(audit.ReasonTooLarge, "the page in the MHTML file has more than %d bytes", most)
	}
	if p.URL == "" {
		p.URL = strings.TrimSpace(h.Get("Content-Location"))
	}
	if p.At.Year() > 9000 {
		p.At = time.Time{}
	}
	p.Header = http.Header{"Content-Type": {h.Get("Content-Type")}}
	return p, nil
}
