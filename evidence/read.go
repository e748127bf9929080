package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"golang.org/x/net/html/charset"

	"doorknock/audit"
)

// Limits of one record. What we write stays under them; a file from elsewhere may not.
const (
	maxHead  = 64 << 10
	maxBlock = 4 * MaxBody
)

// ErrDropped is wrapped where the bytes were dropped at the end of their time. The capture's hash stands.
var ErrDropped = errors.New("the body was dropped, its hash is kept")

// ErrRepeats is wrapped where the answer repeats an earlier one and so holds no body: ask for the capture it names.
var ErrRepeats = errors.New("the answer repeats an earlier capture")

// Record is one record as read.
type Record struct {
	Type   string
	Header textproto.MIMEHeader
	Block  []byte
	Offset int64 // of its gzip member, or of its first byte in a file that is not compressed
}

// Reader reads a WARC file record by record. It takes files of one gzip member per record, and uncompressed ones.
type Reader struct {
	in     *counter
	member *gzip.Reader
	zipped bool
	begun  bool
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{in: &counter{r: bufio.NewReader(r)}} }

// counter knows how far it has read. It gives single bytes, so that nothing reads beyond the end of a gzip member.
type counter struct {
	r *bufio.Reader
	n int64
}

// Read reads and counts.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// ReadByte reads and counts one byte.
func (c *counter) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// Next gives the next record, and io.EOF behind the last. A record that is torn, over a limit, or whose digest is
// not that of its bytes is an error, and nothing behind it is read.
func (r *Reader) Next() (Record, error) {
	start, err := r.in.r.Peek(2)
	if len(start) == 0 {
		if errors.Is(err, io.EOF) {
			return Record{}, io.EOF
		}
		return Record{}, fmt.Errorf("read WARC: %w", err)
	}
	if !r.begun {
		r.begun, r.zipped = true, start[0] == 0x1f
	}
	at := r.in.n
	rec, err := r.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // the file ends within a record
		}
		return Record{}, fmt.Errorf("read WARC record at %d: %w", at, err)
	}
	rec.Offset = at
	return rec, nil
}

func (r *Reader) next() (Record, error) {
	if !r.zipped {
		return readRecord(r.in)
	}
	var err error
	if r.member == nil {
		r.member, err = gzip.NewReader(r.in)
	} else {
		err = r.member.Reset(r.in)
	}
	if err != nil {
		return Record{}, err
	}
	r.member.Multistream(false)
	rec, err := readRecord(&counter{r: bufio.NewReader(r.member)})
	if err != nil {
		return Record{}, err
	}
	// The member's checksum is compared only at its end, which must be here.
	switch n, err := io.ReadFull(r.member, make([]byte, 1)); {
	case n > 0:
		return Record{}, errors.New("more than one record in a gzip member")
	case !errors.Is(err, io.EOF):
		return Record{}, err
	}
	return rec, nil
}

func readRecord(in *counter) (Record, error) {
	version, err := readLine(in, maxHead)
	if err != nil {
		return Record{}, err
	}
	if version != "WARC/1.1" && version != "WARC/1.0" {
		return Record{}, fmt.Errorf("begins with %.20q, not with WARC/1.1", version)
	}
	header, err := readHeader(in)
	if err != nil {
		return Record{}, err
	}
	size, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil || size < 0 || size > maxBlock {
		return Record{}, fmt.Errorf("Content-Length %.20q", header.Get("Content-Length"))
	}
	// A length is only a claim: the buffer grows with what really comes.
	var block bytes.Buffer
	if n, err := io.CopyN(&block, in, int64(size)); err != nil {
		return Record{}, fmt.Errorf("block of %d bytes ends after %d: %w", size, n, err)
	}
	end := make([]byte, 4)
	if _, err := io.ReadFull(in, end); err != nil || string(end) != "\r\n\r\n" {
		return Record{}, errors.New("block is not followed by two line ends")
	}
	return Record{Type: header.Get("WARC-Type"), Header: header, Block: block.Bytes()}, checkDigest(header, block.Bytes())
}

func readHeader(in *counter) (textproto.MIMEHeader, error) {
	header := textproto.MIMEHeader{}
	for left := maxHead; ; {
		line, err := readLine(in, left)
		if err != nil {
			return nil, err
		}
		if line == "" {
			return header, nil
		}
		left -= len(line)
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("header line %.40q", line)
		}
		header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
}

func readLine(in *counter, most int) (string, error) {
	var b []byte
	for {
		c, err := in.ReadByte()
		if err != nil {
			return "", err
		}
		if c == '\n' {
			return strings.TrimSuffix(string(b), "\r"), nil
		}
		if b = append(b, c); len(b) > most {
			return "", fmt.Errorf("header over %d bytes", maxHead)
		}
	}
}

// checkDigest compares a SHA-256 block digest, which all our records carry. Others have no digest or another kind.
func checkDigest(h textproto.MIMEHeader, block []byte) error {
	want := h.Get("WARC-Block-Digest")
	if strings.HasPrefix(want, "sha256:") && len(want) == len("sha256:")+64 && !strings.EqualFold(want, digest(block)) {
		return errors.New("the block is not what its digest says")
	}
	return nil
}

// Body reads back what a capture got, decoded, and checks that it is what the capture says.
func (f *Folder) Body(c audit.Capture) (Stored, error) {
	s, err := f.body(c)
	if err != nil {
		return Stored{}, fmt.Errorf("read evidence of %s: %w", c.URL, err)
	}
	return s, nil
}

func (f *Folder) body(c audit.Capture) (Stored, error) {
	if c.File == "" || (c.Sealed && len(c.Key) == 0) {
		return Stored{}, ErrDropped
	}
	in, err := f.open(c)
	if errors.Is(err, fs.ErrNotExist) {
		return Stored{}, fmt.Errorf("%w: no file %s", ErrDropped, c.File)
	}
	if err != nil {
		return Stored{}, err
	}
	defer in.Close() //nolint:errcheck // only read
	rec, err := NewReader(in).Next()
	if err != nil {
		return Stored{}, err
	}
	if rec.Type == typeRevisit {
		return Stored{}, fmt.Errorf("%w: %s", ErrRepeats, c.Unchanged)
	}
	// A fetcher may have spelled the address otherwise than the link did; then the hash says whether it is the one.
	if (rec.Type != typeResponse && rec.Type != typeDrawn && rec.Type != typeGiven) || (c.Hash == "" && rec.Header.Get("WARC-Target-URI") != oneLine(c.URL)) {
		return Stored{}, fmt.Errorf("the record there is the %s of another address", rec.Type)
	}
	return rec.stored(c.Hash)
}

// stored takes an answer apart. hash is that of the decoded body; "" asks for no comparison.
func (r Record) stored(hash string) (Stored, error) {
	s, err := r.HTTP()
	if err != nil {
		return Stored{}, err
	}
	if got := sha256.Sum256(s.Body); hash != "" && hex.EncodeToString(got[:]) != hash {
		return Stored{}, errors.New("the stored body has another hash than the capture")
	}
	return s, nil
}

// HTTP takes the answer in a response record apart and decodes its body. Of a page that somebody saved the body is the whole record.
func (r Record) HTTP() (Stored, error) {
	if r.Type == typeGiven {
		return Stored{Status: http.StatusOK, Header: http.Header{"Content-Type": {r.Header.Get("Content-Type")}}, Body: r.Block}, nil
	}
	head, body, ok := bytes.Cut(r.Block, []byte("\r\n\r\n"))
	if !ok {
		return Stored{}, errors.New("the record's answer has no end of its head")
	}
	line, lines, _ := bytes.Cut(head, []byte("\n"))
	s := Stored{Status: statusOf(line), Header: http.Header{}}
	if s.Status == 0 {
		return Stored{}, errors.New("the record holds no HTTP answer")
	}
	for l := range strings.SplitSeq(string(lines), "\n") {
		if name, value, ok := strings.Cut(strings.TrimSuffix(l, "\r"), ":"); ok {
			s.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	var err error
	if s.Body, _, err = Decode(strings.Join(s.Header.Values("Content-Encoding"), ","), body, Limits{}); err != nil {
		return Stored{}, err
	}
	return s, nil
}

// Shows reports whether the evidence's bytes are in the stored answer and read as its excerpt.
func (s Stored) Shows(e audit.Evidence) bool {
	return shows(s.Body, s.Header.Get("Content-Type"), e)
}

// Shows reports whether the evidence's bytes are in the body and, decoded, are its excerpt. The charset is the one the
// body itself names; Stored.Shows knows the header's too.
func Shows(body []byte, e audit.Evidence) bool { return shows(body, "", e) }

func shows(body []byte, contentType string, e audit.Evidence) bool {
	if e.Offset < 0 || e.Length < 0 || e.Offset > len(body) || e.Length > len(body)-e.Offset {
		return false
	}
	if e.Length == 0 {
		return e.Type == audit.Absence && e.Excerpt == ""
	}
	there := body[e.Offset : e.Offset+e.Length]
	if string(there) == e.Excerpt {
		return true
	}
	coding, _, _ := charset.DetermineEncoding(body[:min(len(body), 1024)], contentType)
	text, err := coding.NewDecoder().Bytes(there)
	return err == nil && string(text) == e.Excerpt
}
