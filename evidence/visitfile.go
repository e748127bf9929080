package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"sync"

	"doorknock/audit"
)

const (
	// maxOpenVisits bounds what is remembered of visits under way. A visit that is forgotten goes on in a further file.
	maxOpenVisits = 8192
	// holdVisit is how much of a visit waits to be written at once, and holdAll how much of all visits: to open the file
	// for each capture costs more than to make the records of one that has not changed. A page's own records cost more
	// than any file to open, and are as large as this: they are not held, for a hundred visits are under way at once.
	holdVisit = 16 << 10
	holdAll   = 4 << 20
)

// visitFile is the file a visit's plain captures are added to.
type visitFile struct {
	mu      sync.Mutex
	name    string // "" until the first capture
	size    int64  // with what waits
	waiting *bytes.Buffer
	made    bool  // there is such a file
	young   bool  // its name may not be on the disk yet
	dirty   bool  // its end may not be on the disk yet
	lost    error // why what waited could not be written, until the visit has been told
}

// told gives, once, why captures of the visit are lost. The visit goes on in another file: what a failed write or sync
// has left of this one nobody knows.
func (v *visitFile) told() error {
	err := v.lost
	v.lost = nil
	return err
}

func (f *Folder) keepPlain(visit string, x *Exchange) (Kept, error) {
	v := f.visit(visit)
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.told(); err != nil {
		return Kept{}, err
	}
	if v.name == "" {
		if err := f.begin(v, visit); err != nil {
			return Kept{}, err
		}
	}
	if v.waiting == nil {
		v.waiting = f.rooms.Get().(*bytes.Buffer)
	}
	before := v.waiting.Len()
	at, err := f.group(v.waiting, v.name, visit, x, v.size == 0)
	if err != nil {
		v.waiting.Truncate(before)
		return Kept{}, err
	}
	k := Kept{File: v.name, Offset: v.size + int64(at-before)}
	added := int64(v.waiting.Len() - before)
	v.size, v.dirty = v.size+added, true
	if f.held.Add(added) > holdAll || v.waiting.Len() > holdVisit {
		f.put(v, false)
	}
	return k, v.told()
}

// Flush returns when everything kept of a visit is on the disk. Before that nobody may be told of its captures. Where it
// fails the visit is to be made again.
func (f *Folder) Flush(ctx context.Context, visit string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v := f.visit(visit)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dirty && v.lost == nil {
		f.put(v, true)
	}
	if err := v.told(); err != nil {
		return fmt.Errorf("put evidence of visit %s on the disk: %w", visit, err)
	}
	return nil
}

// put writes what waits at the end of the visit's file, and for good where that is asked for.
func (f *Folder) put(v *visitFile, good bool) {
	file, err := f.openEnd(v)
	if err == nil {
		if v.waiting != nil {
			_, err = file.Write(v.waiting.Bytes())
		}
		if err == nil && good {
			err = file.Sync()
		}
		err = errors.Join(err, file.Close())
	}
	if err == nil && good && v.young {
		err = f.sync(path.Dir(v.name))
	}
	if good {
		v.dirty, v.young = false, false
	}
	if v.waiting != nil {
		f.held.Add(-int64(v.waiting.Len()))
		if v.waiting.Cap() <= 8*holdVisit { // a page of megabytes leaves no room behind that nobody needs
			v.waiting.Reset()
			f.rooms.Put(v.waiting)
		}
		v.waiting = nil
	}
	if err != nil {
		v.lost = err
		f.leave(v)
	}
}

// leave has the visit go on in another file.
func (f *Folder) leave(v *visitFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.files, v.name)
	v.name, v.dirty = "", false
}

// settle writes what waits of a file that somebody is about to read.
func (f *Folder) settle(file string) {
	f.mu.Lock()
	v := f.files[file]
	f.mu.Unlock()
	if v == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.name == file && v.waiting != nil {
		f.put(v, false)
	}
}

// visit gives the file of a visit under way.
func (f *Folder) visit(id string) *visitFile {
	f.mu.Lock()
	v := f.visits[id]
	var left *visitFile
	if v == nil {
		v = &visitFile{}
		f.visits[id] = v
		if f.order = append(f.order, id); len(f.order) > maxOpenVisits {
			left = f.visits[f.order[0]]
			delete(f.visits, f.order[0])
			f.order = f.order[1:]
		}
	}
	f.mu.Unlock()
	if left != nil {
		left.mu.Lock()
		defer left.mu.Unlock()
		if left.waiting != nil {
			f.put(left, false)
		}
		f.leave(left)
	}
	return v
}

// openEnd opens the visit's file to add to it, making it where nothing was written yet.
func (f *Folder) openEnd(v *visitFile) (*os.File, error) {
	if v.made {
		return f.root.OpenFile(v.name, os.O_WRONLY|os.O_APPEND, 0)
	}
	file, err := f.create(v.name)
	v.made, v.young = err == nil, true
	return file, err
}

// begin names the visit's file, which is made when something is written: to make it sooner costs as much as to write to
// it. A visit that comes a second time, after a crash or because its answer was lost, never touches what the first time
// left: recorded captures may lie there.
func (f *Folder) begin(v *visitFile, visit string) error {
	base := audit.LongHash("warc file", visit)
	for n := 1; ; n++ {
		name := base[:2] + "/" + base + ".warc.gz"
		if n > 1 {
			name = base[:2] + "/" + base + "-" + strconv.Itoa(n) + ".warc.gz"
		}
		switch _, err := f.root.Lstat(name); {
		case err == nil:
			continue
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		v.name, v.size, v.made = name, 0, false
		f.mu.Lock()
		defer f.mu.Unlock()
		f.files[name] = v
		return nil
	}
}
