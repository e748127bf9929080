package archive

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"doorknock/audit"
)

// maxPackage is how long the list of a WACZ's parts may be.
const maxPackage = 4 << 20

// packageFile is that list's name.
const packageFile = "datapackage.json"

// wacz reads the WARCs of a WACZ, in the order of their names. The hashes in its list are not compared: whoever changes a part can
// change the list too, and js-wacz 0.1.6 writes hashes that are not those of its parts. Damage is told by checksums.
func (s *reading) wacz(f io.ReaderAt, size int64) error {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return refuse(audit.ReasonParseError, "the archive cannot be opened (%v): it may have been cut short on its way", err)
	}
	if len(z.File) > maxEntries {
		return refuse(audit.ReasonTooLarge, "the archive has %d parts; more than %d are not read", len(z.File), maxEntries)
	}
	parts, list, err := warcsOf(z)
	if err != nil {
		return err
	}
	if list == nil {
		return refuse(audit.ReasonNotHTML, "the archive has no %s: it is a zip file, but no WACZ", packageFile)
	}
	if s.out.Software, err = writtenBy(list); err != nil {
		return err
	}
	for _, part := range parts {
		if err := s.whole(part); err != nil {
			return err
		}
		in, err := part.Open()
		if err != nil {
			return refuse(audit.ReasonParseError, "part %.100q of the archive: %v", part.Name, err)
		}
		err = s.warc(s.inflated(part, in), path.Base(part.Name))
		in.Close() //nolint:errcheck // only read from
		if err != nil {
			return err
		}
	}
	return nil
}

// warcsOf finds the WARCs and the list. A name that leads out of the archive is no slip of a tool: the whole file is refused.
func warcsOf(z *zip.Reader) (parts []*zip.File, list *zip.File, err error) {
	seen := map[string]bool{}
	for _, f := range z.File {
		if name := f.Name; strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\\x00") || slices.Contains(strings.Split(name, "/"), "..") {
			return nil, nil, refuse(audit.ReasonParseError, "the archive names a place outside itself (%.100q)", name)
		}
		if seen[f.Name] {
			return nil, nil, refuse(audit.ReasonParseError, "the archive has two parts of the name %.100q", f.Name)
		}
		seen[f.Name] = true
		switch lower := strings.ToLower(f.Name); {
		case f.Flags&1 != 0:
			return nil, nil, refuse(audit.ReasonNoAccess, "the archive is locked by a password")
		case f.Name == packageFile:
			list = f
		case strings.HasPrefix(lower, "archive/") && (strings.HasSuffix(lower, ".warc") || strings.HasSuffix(lower, ".warc.gz")):
			parts = append(parts, f)
		}
	}
	slices.SortFunc(parts, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	return parts, list, nil
}

// writtenBy reads from the list of parts by which software the archive was written.
func writtenBy(list *zip.File) (string, error) {
	var about struct {
		Software string `json:"software"`
	}
	in, err := list.Open()
	if err != nil {
		return "", refuse(audit.ReasonParseError, "the list of the archive's parts: %v", err)
	}
	defer in.Close() //nolint:errcheck // only read from
	text, err := io.ReadAll(io.LimitReader(in, maxPackage+1))
	if err == nil && len(text) > maxPackage {
		err = fmt.Errorf("more than %d bytes", maxPackage)
	}
	if err == nil {
		err = json.Unmarshal(text, &about)
	}
	if err != nil {
		return "", refuse(audit.ReasonParseError, "the list of the archive's parts: %v", err)
	}
	return audit.Untrusted(about.Software).Plain(120), nil
}

// whole reads a part to its end, where the zip's own checksum is compared. A WARC that is packed by itself is compared by its own
// checksums, record by record.
func (s *reading) whole(part *zip.File) error {
	if strings.HasSuffix(strings.ToLower(part.Name), ".gz") {
		return nil
	}
	in, err := part.Open()
	if err == nil {
		_, err = io.Copy(io.Discard, s.inflated(part, in))
		in.Close() //nolint:errcheck // only read from
	}
	if _, said := errors.AsType[*Error](err); said || s.ctx.Err() != nil {
		return err //nolint:wrapcheck // says it
	}
	if err != nil {
		return refuse(audit.ReasonParseError, "part %.100q of the archive is damaged: %v", part.Name, err)
	}
	return nil
}

// inflated bounds what a part of the zip unpacks to; the WARC in it may be packed once more, and has bounds of its own.
func (s *reading) inflated(part *zip.File, in io.Reader) io.Reader {
	return &patient{s.ctx, &bounded{r: in, packed: &counting{n: int64(min(part.CompressedSize64, 1<<62))}, l: s.l}}
}
