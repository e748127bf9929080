package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"time"
)

// ourName is how the files are named that Keep makes, .part while a sealed one is being written.
var ourName = regexp.MustCompile(`^[0-9a-f]{2}/[0-9a-f]+(-[0-9]+)?\.warc\.gz(\.sealed(\.part)?)?$`)

// Old tells each file of ours that was written last before the time, by its name relative to the folder. What somebody
// else has put there is passed over.
func (f *Folder) Old(ctx context.Context, before time.Time, each func(file string)) error {
	files := f.root.FS()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if !d.Type().IsRegular() || !ourName.MatchString(name) {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // dropped meanwhile
		}
		if err == nil && info.ModTime().Before(before) {
			each(name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look through the evidence folder: %w", err)
	}
	return nil
}
