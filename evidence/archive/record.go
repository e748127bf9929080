package archive

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // the digest that WARC files carry; nothing is trusted for it
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"

	"doorknock/audit"
	"doorknock/evidence"
)

// record looks into one record whose block is in hand. The block is good until the next.
func (s *reading) record(h recordHead, block []byte) error {
	if h.kind == "warcinfo" {
		s.software(block)
		return nil
	}
	if !digestAgrees(h.blockDigest, block) {
		s.pass(PassedDamaged)
		return nil
	}
	p := Page{Format: s.out.Format, URL: h.uri, At: h.at, Status: http.StatusOK, Digest: h.payloadDigest}
	var why string
	switch h.kind {
	case "revisit":
		if p.Repeats = h.refers; p.Repeats == "" {
			p.Repeats = h.uri
		}
		if h.payloadDigest == "" {
			why = PassedOther
		}
	case "resource":
		p.Made, p.Header = true, http.Header{"Content-Type": {h.contentType}}
		p.Body, why = sized(bytes.Clone(block), s.l.Page)
	default:
		why = p.answer(block, s.l.Page)
	}
	if why != "" {
		s.pass(why)
		return nil
	}
	return s.give(p)
}

func sized(body []byte, most int) ([]byte, string) {
	if len(body) > most {
		return nil, PassedLarge
	}
	return body, ""
}

// software reads who wrote the archive.
func (s *reading) software(block []byte) {
	for line := range strings.SplitSeq(string(block), "\n") {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "software") && s.out.Software == "" {
			s.out.Software = audit.Untrusted(strings.TrimSpace(value)).Plain(120)
		}
	}
}

// answer takes an HTTP answer apart, and says why it is passed over; "" where it is a page.
func (p *Page) answer(block []byte, most int) (why string) {
	head, sent, ok := bytes.Cut(block, []byte("\r\n\r\n"))
	if !ok {
		return PassedDamaged
	}
	line, lines, _ := bytes.Cut(head, []byte("\n"))
	if p.Status = statusOf(string(line)); p.Status == 0 {
		return PassedDamaged
	}
	if p.Status != http.StatusOK {
		return PassedOther // an error, a redirect: no look at the page
	}
	header, err := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(lines), strings.NewReader("\r\n\r\n")))).ReadMIMEHeader()
	if err != nil {
		return PassedDamaged
	}
	p.Header = http.Header(header)
	if kind := p.Header.Get("Content-Type"); kind != "" && !isHTML(strings.ToLower(kind)) {
		return PassedOther
	}
	sent = unchunked(p.Header, sent)
	var reason audit.Reason
	p.Body, reason, err = evidence.Decode(strings.Join(p.Header.Values("Content-Encoding"), ","), sent, evidence.Limits{Bytes: most})
	switch {
	case reason == audit.ReasonTooLarge:
		return PassedLarge
	case err != nil && !knownCoding(p.Header):
		return PassedCoding
	case err != nil:
		return PassedDamaged
	case p.Header.Get("Content-Type") == "" && !looksHTML(p.Body):
		return PassedOther
	}
	p.Body, p.Sent, p.Head = bytes.Clone(p.Body), bytes.Clone(sent), bytes.Clone(head)
	return ""
}

func knownCoding(h http.Header) bool {
	_, _, err := evidence.Decode(strings.Join(h.Values("Content-Encoding"), ","), nil, evidence.Limits{})
	return err == nil
}

// unchunked undoes chunked transfer coding, where a writer has kept it. Many undo it and leave the header line.
func unchunked(h http.Header, sent []byte) []byte {
	if !strings.EqualFold(strings.TrimSpace(h.Get("Transfer-Encoding")), "chunked") {
		return sent
	}
	if line, _, ok := bytes.Cut(sent, []byte("\r\n")); !ok || len(line) > 20 {
		return sent
	}
	plain, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(sent)))
	if err != nil {
		return sent
	}
	return plain
}

// statusOf reads the status of an answer's first line; 0 where it has none.
func statusOf(line string) int {
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/") {
		return 0
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 100 || n > 999 {
		return 0
	}
	return n
}

func isHTML(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.TrimSpace(kind)
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// digestAgrees compares a digest of one of the kinds that are in use; any other, and none, says nothing.
func digestAgrees(want string, block []byte) bool {
	algorithm, value, ok := strings.Cut(want, ":")
	if !ok {
		return true
	}
	var sum []byte
	switch strings.ToLower(strings.ReplaceAll(algorithm, "-", "")) {
	case "sha1":
		d := sha1.Sum(block) //nolint:gosec // as above
		sum = d[:]
	case "sha256":
		d := sha256.Sum256(block)
		sum = d[:]
	default:
		return true
	}
	got, err := digestBytes(value, len(sum))
	return err != nil || bytes.Equal(got, sum)
}

// errSpelling says that a digest is spelled in no way that we know.
var errSpelling = errors.New("unknown spelling of a digest")

func digestBytes(value string, size int) ([]byte, error) {
	if len(value) == 2*size {
		return hex.DecodeString(value) //nolint:wrapcheck // the caller only asks whether
	}
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(value), "="))
	if err == nil && len(b) != size {
		err = errSpelling
	}
	return b, err //nolint:wrapcheck // as above
}
