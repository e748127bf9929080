package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
)

const maxPicture = 16 << 20 // bytes

var (
	pictureHash = regexp.MustCompile(`^[0-9a-f]{64}$`)
	pictureName = regexp.MustCompile(`^pictures/[0-9a-f]{2}/[0-9a-f]{64}\.png$`)
)

// KeepPicture keeps the picture of a drawn page under the hash of its document, and gives the file's name, relative to
// the folder. A document that is there already has its picture: there is one for each change.
func (f *Folder) KeepPicture(ctx context.Context, hash string, png []byte) (file string, err error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if !pictureHash.MatchString(hash) || len(png) > maxPicture {
		return "", fmt.Errorf("keep picture of %.70q, %d bytes: %w", hash, len(png), ErrTooLarge)
	}
	file = path.Join("pictures", hash[:2], hash+".png")
	if _, err := f.root.Stat(file); err == nil {
		return file, nil
	}
	if err := f.root.MkdirAll(path.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("keep picture: %w", err)
	}
	if err := f.writeWhole(file, png); err != nil {
		return "", fmt.Errorf("keep picture: %w", err)
	}
	return file, nil
}

// Picture gives a picture that KeepPicture kept. ErrDropped: it is not there, or not here.
func (f *Folder) Picture(file string) ([]byte, error) {
	if !pictureName.MatchString(file) {
		return nil, fmt.Errorf("picture %.100q: %w", file, ErrDropped)
	}
	in, err := f.root.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("picture %s: %w", file, ErrDropped)
	}
	if err != nil {
		return nil, fmt.Errorf("open picture: %w", err)
	}
	defer in.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(in, maxPicture+1))
	if err != nil || len(data) > maxPicture {
		return nil, fmt.Errorf("read picture %s, %d bytes: %w", file, len(data), errors.Join(err))
	}
	return data, nil
}
