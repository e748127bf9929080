package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"doorknock/audit"
)

// The record types we write.
const (
	typeInfo     = "warcinfo"
	typeRequest  = "request"
	typeResponse = "response"
	typeRevisit  = "revisit"
	typeDrawn    = "conversion" // a document that a browser made of other records
	typeGiven    = "resource"   // what somebody gave us
)

const (
	profileUnmodified = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
	profileSame       = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
)

// field is one line of a record's header or of a block of named fields.
type field struct{ name, value string }

// record is one WARC record on its way out.
type record struct {
	kind    string
	id      string
	at      time.Time
	fields  []field
	block   [2][]byte // one behind the other, so that a page's bytes need not be copied behind its head
	payload []byte    // part of block that is the body, nil where there is none
}

// recordID makes a record's name from what it holds: the same capture written again has the same names.
func recordID(parts ...string) string {
	h := []byte(audit.LongHash(append([]string{"warc"}, parts...)...))
	h[12], h[16] = '8', '8' // RFC 9562: version 8, made by our own rule
	return fmt.Sprintf("<urn:uuid:%s-%s-%s-%s-%s>", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// digest is how WARC digests are spelled.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// head is what stands before the record's block.
func (r record) head() []byte {
	head := make([]byte, 0, 1<<10)
	line := func(name, value string) {
		if value != "" {
			head = append(append(append(append(head, name...), ": "...), oneLine(value)...), "\r\n"...)
		}
	}
	head = append(head, "WARC/1.1\r\n"...)
	line("WARC-Type", r.kind)
	line("WARC-Record-ID", r.id)
	line("WARC-Date", r.at.UTC().Format("2006-01-02T15:04:05.000000Z"))
	for _, f := range r.fields {
		line(f.name, f.value)
	}
	line("WARC-Block-Digest", digest(r.block[:]...))
	if r.payload != nil {
		line("WARC-Payload-Digest", digest(r.payload))
	}
	line("Content-Length", strconv.Itoa(len(r.block[0])+len(r.block[1])))
	return append(head, "\r\n"...)
}

// writeTo adds the record to out as one gzip member.
func (r record) writeTo(out *bytes.Buffer, z *gzip.Writer) error {
	z.Reset(out)
	for _, part := range [][]byte{r.head(), r.block[0], r.block[1], []byte("\r\n\r\n")} {
		if _, err := z.Write(part); err != nil {
			return fmt.Errorf("write %s record: %w", r.kind, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write %s record: %w", r.kind, err)
	}
	return nil
}

// oneLine keeps a foreign value, as an address or a truncation word, from starting a header line of its own.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// namedFields renders a block of type application/warc-fields.
func namedFields(fields []field) []byte {
	var b bytes.Buffer
	for _, f := range fields {
		if f.value != "" {
			b.WriteString(f.name + ": " + oneLine(f.value) + "\r\n")
		}
	}
	return b.Bytes()
}

// info is the first record of every file.
func info(file, visit string, at time.Time) record {
	return record{kind: typeInfo, id: recordID(typeInfo, file), at: at,
		fields: []field{{"WARC-Filename", file}, {"Content-Type", "application/warc-fields"}},
		block:  [2][]byte{namedFields([]field{{"software", "doorknock"}, {"format", "WARC File Format 1.1"}, {"isPartOf", visit}})}}
}

// fieldRepeats is a field of our own: the SHA-256 of the decoded body that a revisit repeats. WARC's own field for it is of
// the bytes on the wire, which for a 304 are not those of the answer that it repeats.
const fieldRepeats = "Doorknock-Repeats-Decoded-SHA256"

// records are those of one exchange: what was asked, and what came with what else we know of it.
func records(file, visit string, x *Exchange) (asked, answered record) {
	name := func(kind string) string { return recordID(kind, file, visit, x.Method, x.URL, x.At.UTC().String()) }
	common := []field{{"WARC-Target-URI", x.URL}, {"WARC-IP-Address", x.IP}, {"WARC-Warcinfo-ID", recordID(typeInfo, file)}}

	answered = record{kind: typeResponse, at: x.At, payload: x.Body, block: httpBlock(x.ResponseHead, x.Body)}
	if answered.payload == nil {
		answered.payload = []byte{}
	}
	protocol, cipher := secured(x.TLS)
	answered.fields = slices.Concat(common, []field{{"Content-Type", "application/http;msgtype=response"}, {"WARC-Protocol", protocol}, {"WARC-Cipher-Suite", cipher}})
	if x.Drawn {
		answered.kind = typeDrawn
	}
	if x.Given {
		answered.kind, answered.block = typeGiven, [2][]byte{x.Body}
		answered.fields = slices.Concat(common, []field{{"Content-Type", contentTypeOf(x.ResponseHead)}})
	}
	if x.Revisit != "" {
		answered.kind, answered.payload, answered.block = typeRevisit, nil, httpBlock(x.ResponseHead, nil)
		profile := field{"WARC-Profile", profileSame}
		switch {
		case statusOf(x.ResponseHead) == 304:
			profile.value = profileUnmodified
		case len(x.Body) > 0:
			answered.fields = append(answered.fields, field{"WARC-Payload-Digest", digest(x.Body)})
		}
		answered.fields = append(answered.fields, profile, field{fieldRepeats, x.Revisit})
	} else {
		answered.fields = append(answered.fields, field{"WARC-Truncated", x.Truncated})
	}
	answered.id = name(answered.kind)

	asked = record{kind: typeRequest, id: name(typeRequest), at: x.At, block: httpBlock(x.RequestHead, nil)}
	asked.fields = slices.Concat(common, []field{{"Content-Type", "application/http;msgtype=request"}, {"WARC-Concurrent-To", answered.id}})

	return asked, answered
}

// secured splits "TLS 1.3 TLS_AES_128_GCM_SHA256" into the values of the fields that WARC tools have for it.
func secured(tls string) (protocol, cipher string) {
	words := strings.Fields(tls)
	if len(words) < 2 {
		return "", ""
	}
	return strings.ToLower(words[0] + "/" + words[1]), strings.Join(words[2:], " ")
}

// httpBlock joins head and body with exactly one blank line between.
func httpBlock(head, body []byte) [2][]byte {
	return [2][]byte{slices.Concat(bytes.TrimRight(head, "\r\n"), []byte("\r\n\r\n")), body}
}

// contentTypeOf reads the content type from a response head.
func contentTypeOf(head []byte) string {
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(name), "Content-Type") {
			return strings.TrimSpace(string(value))
		}
	}
	return "text/html"
}

// statusOf reads the status from a response head; 0 where it has none.
func statusOf(head []byte) int {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	words := bytes.Fields(line)
	if len(words) < 2 || !bytes.HasPrefix(words[0], []byte("HTTP/")) {
		return 0
	}
	n, err := strconv.Atoi(string(words[1]))
	if err != nil || n < 100 || n > 999 {
		return 0
	}
	return n
}
