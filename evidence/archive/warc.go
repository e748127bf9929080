package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"doorknock/audit"
)

// window is how much of an archive is in hand at once, packed and unpacked.
const window = 128 << 10

// warcFile reads a WARC that is a file of its own: one that breaks off is told as an error, behind what was read of it.
func (s *reading) warcFile(in io.Reader) error {
	return s.warc(in, "")
}

// warc reads one WARC, gzipped or plain, record by record. name is its own within a WACZ.
func (s *reading) warc(in io.Reader, name string) error {
	packed := &counting{r: &patient{s.ctx, in}}
	raw := bufio.NewReaderSize(packed, window)
	first, err := raw.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return s.brokenOff(name, err)
	}
	w := &warcReader{s: s, in: raw}
	if bytes.HasPrefix(first, []byte("\x1f\x8b")) {
		z, err := gzip.NewReader(raw)
		if err != nil {
			return s.brokenOff(name, err)
		}
		defer z.Close() //nolint:errcheck // only read from
		w.in = bufio.NewReaderSize(&bounded{r: z, packed: packed, l: s.l}, window)
	} else if bytes.HasPrefix(first, []byte("\x28\xb5\x2f\xfd")) {
		return refuse(audit.ReasonBadEncoding, "a WARC packed with zstd is not read; unpack it and pack it with gzip")
	}
	for {
		err := w.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err == nil:
		case w.ours:
			return err
		default:
			return s.brokenOff(name, err)
		}
	}
}

// brokenOff counts and tells that nothing behind a place was read.
func (s *reading) brokenOff(name string, err error) error {
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	s.pass(PassedBroken)
	if name != "" {
		name = " " + name
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return refuse(audit.ReasonParseError, "the WARC%s cannot be read on behind record %d (%v); what stood before that was read", name, s.out.Records, err)
}

// warcReader goes through the records of one WARC.
type warcReader struct {
	s     *reading
	in    *bufio.Reader
	block []byte // room of the record in hand
	ours  bool   // the last error is the caller's own
}

// next reads one record. io.EOF is the end between two records.
func (w *warcReader) next() error {
	h, err := w.head()
	if err != nil {
		return err
	}
	if w.s.out.Records++; w.s.out.Records > w.s.l.Records {
		return refuse(audit.ReasonTooLarge, "more than %d records", w.s.l.Records)
	}
	if why := w.passes(h); why != "" {
		w.s.pass(why)
		if err := w.skip(h.length); err != nil {
			return err
		}
		return w.gap()
	}
	if err := w.take(h.length); err != nil {
		return err
	}
	if err := w.gap(); err != nil {
		return err
	}
	// The checksum of what is packed is compared when its end is passed: before that nothing of it is given out. Where the next
	// record breaks off at once, this one is left out with it.
	if _, err := w.in.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := w.s.record(h, w.block); err != nil {
		w.ours = true
		return err
	}
	return nil
}

// passes says, by a record's head alone, why it is not looked into; "" where it is.
func (w *warcReader) passes(h recordHead) string {
	switch {
	case h.kind == "warcinfo" && h.length <= maxHead:
		return ""
	case h.kind != "response" && h.kind != "revisit" && h.kind != "resource", h.kind == "resource" && !isHTML(h.contentType),
		h.payloadType != "" && !isHTML(h.payloadType) && !strings.HasPrefix(h.payloadType, "text/"), !strings.HasPrefix(h.uri, "http"):
		return PassedOther
	case !w.s.o.Want(h.uri):
		w.s.strange(h.uri)
		return PassedAddress
	case h.at.IsZero():
		return PassedNoTime
	case h.truncated:
		return PassedDamaged
	case h.length > int64(w.s.l.Page)+maxHead:
		return PassedLarge
	}
	return ""
}

// strange remembers some addresses that nobody wanted, each host once, so that a person can see what is in the file.
func (s *reading) strange(address string) {
	if len(s.out.Strange) >= maxStrange || len(address) > 300 {
		return
	}
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	if s.host == nil {
		s.host = map[string]bool{}
	}
	if !s.host[host] {
		s.host[host] = true
		s.out.Strange = append(s.out.Strange, address)
	}
}

func (w *warcReader) skip(n int64) error {
	for n > 0 {
		did, err := w.in.Discard(int(min(n, 1<<30)))
		if n -= int64(did); err != nil {
			return within(err)
		}
	}
	return nil
}

// take reads a block of n bytes, which passes has bounded, into the room.
func (w *warcReader) take(n int64) error {
	if int64(cap(w.block)) < n {
		w.block = make([]byte, n)
	}
	w.block = w.block[:n]
	_, err := io.ReadFull(w.in, w.block)
	return within(err)
}

// gap reads the two line ends behind a block.
func (w *warcReader) gap() error {
	var end [4]byte
	if _, err := io.ReadFull(w.in, end[:]); err != nil {
		return within(err)
	}
	if string(end[:]) != "\r\n\r\n" {
		return errors.New("a block is longer or shorter than its head says")
	}
	return nil
}

// within makes of an end in the middle of a record the error that it is.
func within(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// recordHead is what is needed of a record's head.
type recordHead struct {
	kind, uri, contentType, payloadType string
	blockDigest, payloadDigest          string
	refers                              string // address of the record that a revisit repeats
	at                                  time.Time
	length                              int64
	truncated                           bool
}

// head reads the next record's head, passing over empty lines before it.
func (w *warcReader) head() (recordHead, error) {
	h := recordHead{length: -1}
	line, err := w.line()
	for err == nil && len(line) == 0 {
		line, err = w.line()
	}
	if err != nil {
		return h, err
	}
	if !bytes.HasPrefix(line, []byte("WARC/1.")) && !bytes.HasPrefix(line, []byte("WARC/0.")) {
		return h, fmt.Errorf("a record begins with %.20q", line)
	}
	for left := maxHead; ; {
		line, err := w.line()
		switch {
		case err != nil:
			return h, within(err)
		case len(line) == 0 && h.length < 0:
			return h, errors.New("a record does not say how long it is")
		case len(line) == 0:
			return h, nil
		}
		if left -= len(line); left < 0 {
			return h, fmt.Errorf("a record's head has more than %d bytes", maxHead)
		}
		if err := h.field(line); err != nil {
			return h, err
		}
	}
}

// line gives the next line without its end. It is good until the next read.
func (w *warcReader) line() ([]byte, error) {
	line, err := w.in.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (h *recordHead) field(line []byte) (err error) {
	name, rest, _ := bytes.Cut(line, []byte(":"))
	value := bytes.TrimSpace(rest)
	is := func(s string) bool { return len(name) == len(s) && strings.EqualFold(string(name), s) }
	switch {
	case is("WARC-Type"):
		h.kind = strings.ToLower(string(value))
	case is("WARC-Target-URI"):
		h.uri = strings.Trim(string(value), "<>")
	case is("WARC-Date"):
		h.at = recordDate(string(value))
	case is("Content-Length"):
		if h.length, err = strconv.ParseInt(string(value), 10, 64); err != nil || h.length < 0 {
			return fmt.Errorf("a record's length is %.30q", value)
		}
	case is("Content-Type"):
		h.contentType = strings.ToLower(string(value))
	case is("WARC-Identified-Payload-Type"):
		h.payloadType = strings.ToLower(string(value))
	case is("WARC-Block-Digest"):
		h.blockDigest = string(value)
	case is("WARC-Payload-Digest"):
		h.payloadDigest = string(value)
	case is("WARC-Refers-To-Target-URI"):
		h.refers = strings.Trim(string(value), "<>")
	case is("WARC-Truncated"):
		h.truncated = len(value) > 0
	}
	return nil
}

// recordDate reads a record's time; zero where it is none that can be.
func recordDate(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("20060102150405", s) // as ARC files had it, and some tools still write
	}
	if err != nil || t.Year() < 1991 || t.Year() > 9000 {
		return time.Time{}
	}
	return t.UTC()
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n int64
}

// Read reads and counts.
func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// bounded ends the unpacking of a file that unpacks to more than a file of pages can.
type bounded struct {
	r      io.Reader
	packed *counting
	l      Limits
	n      int64
}

// Read reads within the bounds.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.l.Unpacked:
		return 0, refuse(audit.ReasonTooLarge, "the archive unpacks to more than %d bytes", b.l.Unpacked)
	case b.n > ratioFrom && b.n/b.l.Ratio > b.packed.n:
		return 0, refuse(audit.ReasonTooLarge, "the archive unpacks to more than %d times its size, as no collection of pages does", b.l.Ratio)
	}
	return n, err
}

// firstUnpacked is the beginning of what gzipped bytes hold.
func firstUnpacked(packed []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return packed
	}
	defer z.Close() //nolint:errcheck // only read from
	head := make([]byte, 4096)
	n, _ := io.ReadFull(z, head)
	return head[:n]
}
