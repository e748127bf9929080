package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"doorknock/audit"
)

// Folder is the evidence folder: one file for the plain captures of a visit, one sealed file for each capture that
// holds people's words. It may be used from many goroutines.
type Folder struct {
	root   *os.Root
	gzips  sync.Pool    // of writers that compress
	boxes  sync.Pool    // and of those that do not, for what came compressed
	rooms  sync.Pool    // of buffers, for what waits to be written
	held   atomic.Int64 // bytes that wait
	mu     sync.Mutex
	visits map[string]*visitFile
	files  map[string]*visitFile // the same by their files
	order  []string              // of visits, oldest first
}

// OpenFolder opens the folder, making it (mode 0700) where it is not there. No operation leaves it, whatever a file
// name says and wherever a link leads.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make evidence folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open evidence folder: %w", err)
	}
	f := &Folder{root: root, visits: map[string]*visitFile{}, files: map[string]*visitFile{}}
	f.rooms.New = func() any { return new(bytes.Buffer) }
	f.gzips.New = func() any { return newGzip(gzip.BestSpeed) }
	f.boxes.New = func() any { return newGzip(gzip.NoCompression) }
	return f, nil
}

func newGzip(level int) *gzip.Writer {
	z, _ := gzip.NewWriterLevel(nil, level) // the levels are valid constants
	return z
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// Keep takes one exchange. It is on the disk for good only after the visit's Flush: one write and one sync for all
// captures of a visit cost a tenth of one for each. With seal it goes into a file of its own, encrypted with a key that is given back
// and kept nowhere here: who drops the key drops the words.
//
// A crash leaves at most a torn end behind whole records. Nobody is told of a capture before it is whole, and the
// reader refuses a torn one by its checksums.
func (f *Folder) Keep(ctx context.Context, visit string, x *Exchange, seal bool) (Kept, error) {
	if err := ctx.Err(); err != nil {
		return Kept{}, err
	}
	if len(x.Body) > maxBlock-maxHead || len(x.RequestHead) > maxHead || len(x.ResponseHead) > maxHead {
		return Kept{}, fmt.Errorf("keep evidence of %s: %w", x.URL, ErrTooLarge)
	}
	keep := f.keepPlain
	if seal {
		keep = f.keepSealed
	}
	k, err := keep(visit, x)
	if err != nil {
		return Kept{}, fmt.Errorf("keep evidence of %s: %w", x.URL, err)
	}
	return k, nil
}

// group adds the records of one exchange to out, behind a warcinfo where the file is new, and says where in out the
// answer is.
func (f *Folder) group(out *bytes.Buffer, file, visit string, x *Exchange, first bool) (at int, err error) {
	asked, answered := records(file, visit, x)
	all := []record{asked, answered}
	if x.Drawn || len(x.RequestHead) == 0 { // nobody was asked for it, or not by us
		all = []record{answered}
	}
	if first {
		all = append([]record{info(file, visit, x.At)}, all...)
	}
	for _, r := range all {
		if r.id == answered.id {
			at = out.Len()
		}
		if err := f.write(out, r, packed(r, x)); err != nil {
			return 0, err
		}
	}
	return at, nil
}

// largePage is from how many bytes on a body makes what stands beside it small: a request is a fortieth of an usual page.
const largePage = 8 << 10

// packed says that a record is not compressed: what came compressed, for to do so once more costs as much as to read the page
// and saves a hundredth, and what is little beside it.
func packed(r record, x *Exchange) bool {
	return x.Revisit == "" && bytes.HasPrefix(x.Body, []byte{0x1f, 0x8b}) && (r.payload != nil || len(x.Body) >= largePage)
}

// write adds a record as one gzip member.
func (f *Folder) write(out *bytes.Buffer, r record, packed bool) error {
	pool := &f.gzips
	if packed {
		pool = &f.boxes
	}
	z := pool.Get().(*gzip.Writer)
	defer pool.Put(z)
	return r.writeTo(out, z)
}

// create makes a new file, and its folder where that is not there. The folder's name is on the disk then; the file's
// is when its folder is synced.
func (f *Folder) create(name string) (*os.File, error) {
	const fresh = os.O_WRONLY | os.O_APPEND | os.O_CREATE | os.O_EXCL
	file, err := f.root.OpenFile(name, fresh, 0o600)
	if !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	switch err := f.root.Mkdir(path.Dir(name), 0o700); {
	case err == nil:
		if err := f.sync("."); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return f.root.OpenFile(name, fresh, 0o600)
}

// sync puts a file, or the names in a folder, on the disk.
func (f *Folder) sync(name string) error {
	file, err := f.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func (f *Folder) keepSealed(visit string, x *Exchange) (Kept, error) {
	drawn := make([]byte, 48) // 32 for the key, 16 for the name
	if _, err := rand.Read(drawn); err != nil {
		return Kept{}, err
	}
	key, name := drawn[:32], hex.EncodeToString(drawn[32:])
	file := name[:2] + "/" + name + ".warc.gz.sealed"
	var data bytes.Buffer
	at, err := f.group(&data, file, visit, x, true)
	if err != nil {
		return Kept{}, err
	}
	sealed, err := audit.SealWith(key, data.Bytes())
	if err != nil {
		return Kept{}, err
	}
	if err := f.writeWhole(file, sealed); err != nil {
		return Kept{}, err
	}
	return Kept{File: file, Offset: int64(at), Sealed: true, Key: key}, nil
}

// writeWhole gives the file its name only when all of it is on the disk.
func (f *Folder) writeWhole(name string, data []byte) error {
	part := name + ".part"
	file, err := f.create(part)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, f.root.Remove(part))
	}
	if err := f.root.Rename(part, name); err != nil {
		return err
	}
	return f.sync(path.Dir(name))
}

// Drop removes a file of the folder. A file that is gone already is no error.
func (f *Folder) Drop(file string) error {
	err := f.root.Remove(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = f.sync(path.Dir(file))
	}
	if err != nil {
		return fmt.Errorf("drop evidence %s: %w", file, err)
	}
	return nil
}

// open gives the bytes of a kept file from the answer's record on.
func (f *Folder) open(c audit.Capture) (io.ReadCloser, error) {
	f.settle(c.File)
	file, err := f.root.Open(c.File)
	if err != nil {
		return nil, err
	}
	if !c.Sealed {
		if _, err := file.Seek(c.Offset, io.SeekStart); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		return file, nil
	}
	sealed, err := io.ReadAll(io.LimitReader(file, 2*maxBlock))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	plain, err := audit.UnsealWith(c.Key, sealed)
	if err != nil {
		return nil, err
	}
	if c.Offset < 0 || c.Offset > int64(len(plain)) {
		return nil, fmt.Errorf("offset %d lies outside the file", c.Offset)
	}
	return io.NopCloser(bytes.NewReader(plain[c.Offset:])), nil
}
