package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
)

// Format says what kind of file a page came from.
type Format string

// The formats.
const (
	HTML       Format = "html"
	SingleFile Format = "singlefile"
	MHTML      Format = "mhtml"
	WARC       Format = "warc"
	WACZ       Format = "wacz"
)

// Many reports whether files of the format hold many pages, each with a time of its own.
func (f Format) Many() bool { return f == WARC || f == WACZ }

// Page is one page that somebody saved.
type Page struct {
	Format Format
	URL    string      // "" where the file does not tell
	At     time.Time   // zero where the file does not tell
	Status int         // 200 where the file tells none
	Header http.Header // Content-Type at least
	Body   []byte      // decoded, before any change of charset; the caller's to keep
	// Head and Sent are the answer as it stands in a WARC's response record: head and body as they came. Nil for any other.
	Head, Sent []byte
	// Made says that the body is a document which a browser wrote of what it showed, and not what the site sent: what a
	// script draws may be left out of it, and so what it lacks proves nothing.
	Made bool
	// Repeats says that the record holds no body, but says that it was the one with this digest at that address; "" for any other.
	Repeats, Digest string
}

// Why something in a file was passed over: the keys of Read.Passed.
const (
	PassedAddress  = "unknown_address"   // its address is not wanted
	PassedOther    = "no_page"           // requests, descriptions, pictures, scripts, redirects, errors
	PassedDamaged  = "damaged"           // not what its own digest or head says
	PassedLarge    = "too_large"         // over the bound of one page
	PassedCoding   = "unreadable_coding" // content coding that is not read (br, zstd)
	PassedNoTime   = "no_date"           // a record without its time
	PassedBroken   = "broken_off"        // the file ends, or cannot be read, within a record; nothing behind it was read
	PassedRepeated = "repeats_unseen"    // says that it repeats a page that stands in another file
)

// Read says what a file held.
type Read struct {
	Format   Format
	Software string         // that wrote it, as it says itself
	Records  int            // 1 for a single page
	Pages    int            // given to the caller
	Passed   map[string]int // by why
	Strange  []string       // the first addresses of pages that were not wanted, each host once
}

// Options say what is wanted of a file.
type Options struct {
	// Want is asked of every address before its body is unpacked; nil wants all.
	Want   func(address string) bool
	Limits Limits
}

// Limits bound what reading may take. A zero field takes the constant's value.
type Limits struct {
	Page     int   // bytes of one page's body
	Saved    int64 // bytes of a file that holds one page
	Unpacked int64 // bytes that an archive may unpack to
	Ratio    int64 // unpacked bytes for one that is packed, asked for once RatioFrom bytes are unpacked
	Records  int   // of one archive
}

// The limits of a file. A page over its own is passed over; a file over its own is refused or, behind what was read, left.
const (
	maxPage     = evidence.MaxBody
	maxSaved    = 64 << 20
	maxUnpacked = 256 << 30
	maxRatio    = 200
	ratioFrom   = 64 << 20
	maxRecords  = 50_000_000
	maxStrange  = 10
	maxHead     = 64 << 10
	maxEntries  = 10_000
)

func (l Limits) filled() Limits {
	if l.Page == 0 {
		l.Page = maxPage
	}
	if l.Saved == 0 {
		l.Saved = maxSaved
	}
	if l.Unpacked == 0 {
		l.Unpacked = maxUnpacked
	}
	if l.Ratio == 0 {
		l.Ratio = maxRatio
	}
	if l.Records == 0 {
		l.Records = maxRecords
	}
	return l
}

// Error is why a file could not be read, or not to its end.
type Error struct {
	Reason audit.Reason
	Text   string
}

// Error says it in one sentence.
func (e *Error) Error() string { return e.Text }

func refuse(r audit.Reason, format string, args ...any) error {
	return &Error{Reason: r, Text: fmt.Sprintf(format, args...)}
}

// ReasonOf gives why an error of File refused, internal for any other.
func ReasonOf(err error) audit.Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return audit.ReasonInternal
}

// File reads a file of size bytes and gives each wanted page to each, in the order of the file. The kind of file is told by its
// first bytes, never by its name. An error of each ends the reading and is given back as it is. An error of the file comes
// with what was read up to it: those pages were given out, and stand.
func File(ctx context.Context, f io.ReaderAt, size int64, o Options, each func(Page) error) (Read, error) {
	s := &reading{ctx: ctx, o: o, l: o.Limits.filled(), each: each, out: Read{Passed: map[string]int{}}}
	if s.o.Want == nil {
		s.o.Want = func(string) bool { return true }
	}
	err := s.file(f, size)
	return s.out, err
}

// Sum is the SHA-256 of a file's bytes in hex: what an archive's looks are named by.
func Sum(ctx context.Context, f io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, &patient{ctx, io.NewSectionReader(f, 0, size)}); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Kind tells what a file is by its first bytes; HTML is what nothing else is.
func Kind(f io.ReaderAt, size int64) (Format, error) {
	head := make([]byte, min(size, 4096))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read file: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		head = firstUnpacked(head)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return WACZ, nil
	case bytes.HasPrefix(head, []byte("WARC/")):
		return WARC, nil
	case looksMHTML(head):
		return MHTML, nil
	}
	return HTML, nil
}

// reading is one file being read.
type reading struct {
	ctx  context.Context // of the one call
	o    Options
	l    Limits
	each func(Page) error
	out  Read
	host map[string]bool // of Strange
}

func (s *reading) file(f io.ReaderAt, size int64) error {
	if size == 0 {
		return refuse(audit.ReasonNotHTML, "the file is empty")
	}
	kind, err := Kind(f, size)
	if err != nil {
		return err
	}
	s.out.Format = kind
	switch kind {
	case WARC:
		return s.warcFile(io.NewSectionReader(f, 0, size))
	case WACZ:
		return s.wacz(f, size)
	case MHTML, HTML, SingleFile:
		return s.single(f, size, kind)
	}
	return nil
}

// single reads a file that holds one page.
func (s *reading) single(f io.ReaderAt, size int64, kind Format) error {
	if size > s.l.Saved {
		return refuse(audit.ReasonTooLarge, "the file has %d bytes; a saved page of more than %d is not read. Save it without pictures", size, s.l.Saved)
	}
	all := make([]byte, size)
	if _, err := f.ReadAt(all, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file: %w", err)
	}
	all, err := s.unpack(all)
	if err != nil {
		return err
	}
	var p Page
	if kind == MHTML {
		p, err = readMHTML(all, s.l.Page)
	} else {
		p, err = readHTML(all, s.l.Page)
	}
	if err != nil {
		return err
	}
	s.out.Format, s.out.Records = p.Format, 1
	return s.give(p)
}

// unpack undoes the gzip around a single page.
func (s *reading) unpack(all []byte) ([]byte, error) {
	if !bytes.HasPrefix(all, []byte("\x1f\x8b")) {
		return all, nil
	}
	plain, reason, err := evidence.Decode("gzip", all, evidence.Limits{Bytes: int(s.l.Saved), Ratio: int(s.l.Ratio)})
	if err != nil {
		return nil, refuse(reason, "unpack the file: %v", err)
	}
	return plain, nil
}

func (s *reading) give(p Page) error {
	s.out.Pages++
	return s.each(p)
}

func (s *reading) pass(why string) { s.out.Passed[why]++ }

// patient ends a long read when the caller has gone.
type patient struct {
	ctx context.Context // of the call that reads
	r   io.Reader
}

// Read reads, unless nobody waits any more.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
