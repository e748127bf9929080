package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"

	"doorknock/audit"
)

// The limits of one body. A page over them is not read at all: a cut body may have lost the very form we look for.
const (
	MaxBody   = 8 << 20 // bytes after content-decoding
	MaxRatio  = 100     // decoded bytes per byte on the wire ...
	RatioFrom = 1 << 20 // ... asked for once this much has been decoded
)

const (
	maxCodings = 3
	maxMembers = 1000 // an empty gzip member is 20 bytes, and each costs a fresh decoder table
)

// Limits bound what Decode may produce. A zero field takes the constant's value.
type Limits struct {
	Bytes int
	Ratio int
}

// ErrTooLarge is wrapped by Decode's error where a limit was reached.
var ErrTooLarge = errors.New("over the limit")

// Decode undoes a Content-Encoding. Reason is "" on success, too_large over a limit, and bad_encoding for a coding we
// do not read or bytes that are not of it, garbage after the end included. What was decoded up to an error is
// returned beside it, for robots.txt, of which the first part counts; no verdict may rest on it.
func Decode(coding string, body []byte, l Limits) ([]byte, audit.Reason, error) {
	if l.Bytes == 0 {
		l.Bytes = MaxBody
	}
	if l.Ratio == 0 {
		l.Ratio = MaxRatio
	}
	codings, err := splitCodings(coding)
	if err != nil {
		return nil, audit.ReasonBadEncoding, err
	}
	most := budget(len(body), l)
	for i := len(codings) - 1; i >= 0 && len(body) > 0; i-- {
		if body, err = undo(codings[i], body, most); err != nil {
			return body, reasonOf(err), fmt.Errorf("decode %s: %w", codings[i], err)
		}
	}
	if len(body) > l.Bytes {
		return body[:l.Bytes], audit.ReasonTooLarge, fmt.Errorf("body of %d bytes: %w", len(body), ErrTooLarge)
	}
	return body, "", nil
}

// budget is the most that a body of n bytes on the wire may decode to.
func budget(n int, l Limits) int {
	return min(l.Bytes, max(RatioFrom, n*l.Ratio))
}

func splitCodings(header string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(strings.ToLower(header), ",") {
		switch part = strings.TrimSpace(part); part {
		case "", "identity":
		case "gzip", "x-gzip", "deflate":
			out = append(out, part)
		default:
			return nil, fmt.Errorf("content coding %.40q is not one we read", part)
		}
	}
	if len(out) > maxCodings {
		return nil, fmt.Errorf("%d content codings on one body", len(out))
	}
	return out, nil
}

func reasonOf(err error) audit.Reason {
	if errors.Is(err, ErrTooLarge) {
		return audit.ReasonTooLarge
	}
	return audit.ReasonBadEncoding
}

func undo(coding string, body []byte, limit int) ([]byte, error) {
	if coding == "deflate" {
		return inflate(body, limit)
	}
	return gunzip(body, limit)
}

// gunzips are decoders at rest: each holds some 40 KiB of tables.
var gunzips = sync.Pool{New: func() any { return new(gzip.Reader) }}

// gunzip reads member after member, so that their number can be bounded and garbage after the last is an error.
func gunzip(body []byte, limit int) ([]byte, error) {
	src := bytes.NewReader(body)
	z := gunzips.Get().(*gzip.Reader)
	defer gunzips.Put(z)
	if err := z.Reset(src); err != nil {
		return nil, err
	}
	var err error
	out := make([]byte, 0, announced(body, limit))
	for members := 1; ; members++ {
		z.Multistream(false)
		if out, err = readUpTo(z, out, limit); err != nil {
			return out, err
		}
		if src.Len() == 0 {
			return out, nil
		}
		if members == maxMembers {
			return out, fmt.Errorf("%d gzip members: %w", members, ErrTooLarge)
		}
		if err := z.Reset(src); err != nil {
			return out, fmt.Errorf("after the end: %w", err)
		}
	}
}

// announced is the size that the last member says it has, no more than a page usually packs: the rest is grown into.
func announced(body []byte, limit int) int {
	if len(body) < 4 {
		return 0
	}
	size := binary.LittleEndian.Uint32(body[len(body)-4:])
	return int(min(int64(size)+bytes.MinRead, int64(limit), 16*int64(len(body))))
}

// inflate reads "deflate", which the standard calls zlib and some servers send bare.
func inflate(body []byte, limit int) ([]byte, error) {
	src := bytes.NewReader(body)
	var r io.Reader
	if z, err := zlib.NewReader(src); err == nil {
		r = z
	} else {
		src.Reset(body)
		r = flate.NewReader(src)
	}
	out, err := readUpTo(r, nil, limit)
	if err == nil && src.Len() > 0 {
		err = fmt.Errorf("%d bytes after the end", src.Len())
	}
	return out, err
}

// readUpTo appends r to out and fails as soon as out would be longer than limit.
func readUpTo(r io.Reader, out []byte, limit int) ([]byte, error) {
	buf := bytes.NewBuffer(out)
	n, err := io.Copy(buf, io.LimitReader(r, int64(limit-len(out)+1)))
	if err == nil && int(n) > limit-len(out) {
		return buf.Bytes()[:limit], fmt.Errorf("more than %d bytes: %w", limit, ErrTooLarge)
	}
	return buf.Bytes(), err
}
