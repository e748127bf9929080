package evidence

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"sync"

	"doorknock/audit"
)

// maxOpenVisits bounds what is remembered of visits under way. A visit that is forgotten goes on in a further file.
const maxOpenVisits = 8192

// Folder is the evidence folder: one file for the plain captures of a visit, one sealed file for each capture that
// holds people's words. It may be used from many goroutines.
type Folder struct {
	root   *os.Root
	gzips  sync.Pool // of writers that compress
	boxes  sync.Pool // and of those that do not, for what came compressed
	mu     sync.Mutex
	visits map[string]*visitFile
	order  []string // of visits, oldest first
}

// visitFile is the file a visit's plain captures are added to.
type visitFile struct {
	mu    sync.Mutex
	name  string // "" until the first capture
	size  int64
	young bool // its name may not be on the disk yet
	dirty bool // its end may not be on the disk yet
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
	f := &Folder{root: root, visits: map[string]*visitFile{}}
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

// Keep writes one exchange. It is on the disk for good only after the visit's Flush: one sync for all captures of a
// visit costs a tenth of one for each. With seal it goes into a file of its own, encrypted with a key that is given back
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

// group renders the records of one exchange, behind a warcinfo where the file is new, and says where the answer is.
func (f *Folder) group(file, visit string, x *Exchange, first bool) ([]byte, int64, error) {
	asked, answered, about := records(file, visit, x)
	all := []record{asked, answered, about}
	if first {
		all = append([]record{info(file, x.At)}, all...)
	}
	var out bytes.Buffer
	var at int64
	for _, r := range all {
		if r.id == answered.id {
			at = int64(out.Len())
		}
		if err := f.write(&out, r); err != nil {
			return nil, 0, err
		}
	}
	return out.Bytes(), at, nil
}

// write adds a record as one gzip member. To compress what is compressed costs as much as to read the page, and saves a
// hundredth.
func (f *Folder) write(out *bytes.Buffer, r record) error {
	pool := &f.gzips
	if bytes.HasPrefix(r.payload, []byte{0x1f, 0x8b}) {
		pool = &f.boxes
	}
	z := pool.Get().(*gzip.Writer)
	defer pool.Put(z)
	return r.writeTo(out, z)
}

func (f *Folder) keepPlain(visit string, x *Exchange) (Kept, error) {
	v := f.visit(visit)
	v.mu.Lock()
	defer v.mu.Unlock()
	file, err := f.openFor(v, visit)
	if err != nil {
		return Kept{}, err
	}
	data, at, err := f.group(v.name, visit, x, v.size == 0)
	if err == nil {
		_, err = file.Write(data)
	}
	if err != nil {
		// What was half written is cut off, or else the next capture goes into another file.
		if file.Truncate(v.size) != nil {
			v.name = ""
		}
		return Kept{}, errors.Join(err, file.Close())
	}
	k := Kept{File: v.name, Offset: v.size + at}
	v.size, v.dirty = v.size+int64(len(data)), true
	return k, file.Close()
}

// Flush returns when everything kept of a visit is on the disk. Before that nobody may be told of its captures. Where it
// fails the visit is to be made again, and goes into another file: what a failed sync has left of this one nobody knows.
func (f *Folder) Flush(ctx context.Context, visit string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v := f.visit(visit)
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.dirty {
		return nil
	}
	err := f.sync(v.name)
	if err == nil && v.young {
		err = f.sync(path.Dir(v.name))
	}
	v.dirty, v.young = false, false
	if err != nil {
		v.name = ""
		return fmt.Errorf("put evidence of visit %s on the disk: %w", visit, err)
	}
	return nil
}

// visit gives the file of a visit under way.
func (f *Folder) visit(id string) *visitFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v := f.visits[id]; v != nil {
		return v
	}
	v := &visitFile{}
	f.visits[id] = v
	if f.order = append(f.order, id); len(f.order) > maxOpenVisits {
		delete(f.visits, f.order[0])
		f.order = f.order[1:]
	}
	return v
}

// openFor opens the visit's file to write at its end. A visit that comes a second time, after a crash or because its
// answer was lost, never touches what the first time left: recorded captures may lie there.
func (f *Folder) openFor(v *visitFile, visit string) (*os.File, error) {
	if v.name != "" {
		return f.root.OpenFile(v.name, os.O_WRONLY|os.O_APPEND, 0)
	}
	base := audit.LongHash("warc file", visit)
	for n := 1; ; n++ {
		name := base[:2] + "/" + base + ".warc.gz"
		if n > 1 {
			name = base[:2] + "/" + base + "-" + strconv.Itoa(n) + ".warc.gz"
		}
		file, err := f.create(name)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		v.name, v.size, v.young = name, 0, true
		return file, nil
	}
}

// create makes a new file, and its folder where that is not there. The folder's name is on the disk then; the file's
// is when its folder is synced.
func (f *Folder) create(name string) (*os.File, error) {
	switch err := f.root.Mkdir(path.Dir(name), 0o700); {
	case err == nil:
		if err := f.sync("."); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return f.root.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
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
	data, at, err := f.group(file, visit, x, true)
	if err != nil {
		return Kept{}, err
	}
	sealed, err := audit.SealWith(key, data)
	if err != nil {
		return Kept{}, err
	}
	if err := f.writeWhole(file, sealed); err != nil {
		return Kept{}, err
	}
	return Kept{File: file, Offset: at, Sealed: true, Key: key}, nil
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
