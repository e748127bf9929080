package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"doorknock/store"
)

// backupList is the name of the list in a backup folder. It is written last: a folder without it is no backup.
const backupList = "backup.json"

// backup is the list: what a backup holds, and how to see that it still does.
type backup struct {
	V        int         `json:"v"`
	At       time.Time   `json:"at"`
	Program  string      `json:"program"` // version
	Schema   int64       `json:"schema"`
	KeyPrint string      `json:"key_print"` // of the key file that belongs to it and is not in it
	Files    []savedFile `json:"files"`     // the database first
	Missing  []string    `json:"missing,omitempty"`
}

// savedFile is one file of a backup.
type savedFile struct {
	File  string `json:"file"` // relative to the backup's folder
	Bytes int64  `json:"bytes"`
	Hash  string `json:"hash"` // SHA-256 hex
}

func newBackup() *cobra.Command {
	var config string
	c := &cobra.Command{
		Use: "backup FOLDER", Short: "Write a whole, checked copy of database and evidence into a new folder; beside `run` too", Args: cobra.ExactArgs(1),
		Long: "backup writes the database as it is at this moment and every capture it names into FOLDER, which must not be there yet,\n" +
			"and reads the copy whole for damage. The key file is not in it: keep a copy of that elsewhere.",
		RunE: func(c *cobra.Command, args []string) error {
			in, err := openReader(c.Context(), config)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return in.backUp(c.Context(), args[0], c.OutOrStdout())
		},
	}
	addConfig(c, &config)
	return c
}

// backUp writes the backup under another name and gives it its own when it is whole and on the disk.
func (in *installation) backUp(ctx context.Context, to string, out io.Writer) error {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errUsage(errors.Join(err, fmt.Errorf("%s is there already; name a new folder", to)))
	}
	part := filepath.Clean(to) + ".part"
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("clear an unfinished backup: %w", err)
	}
	b, err := in.save(ctx, part)
	if err != nil {
		return errors.Join(fmt.Errorf("back up into %s: %w", to, err), os.RemoveAll(part))
	}
	if err := os.Rename(part, to); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	if err := syncDir(filepath.Dir(filepath.Clean(to))); err != nil {
		return err
	}
	var bytes int64
	for _, f := range b.Files {
		bytes += f.Bytes
	}
	fmt.Fprintf(out, "%s: %s, %.1f MB, checked. The key file %s is not in it: keep a copy of it elsewhere.\n",
		to, counted(len(b.Files), "file"), float64(bytes)/1e6, in.cfg.KeyFile)
	if len(b.Missing) > 0 {
		return fmt.Errorf("%s that the database names are missing in %s itself, as %s; the backup holds everything else",
			counted(len(b.Missing), "evidence file"), in.cfg.DataDir, b.Missing[0])
	}
	return nil
}

// save copies first the database and then the evidence, so that every capture it names is there. A capture that was
// dropped in between, at the end of its time, takes a newer copy of the database.
func (in *installation) save(ctx context.Context, dir string) (backup, error) {
	if err := in.db.Check(ctx); err != nil {
		return backup{}, err
	}
	for range 3 {
		if err := os.RemoveAll(dir); err != nil {
			return backup{}, err
		}
		b, err := in.saveOnce(ctx, dir)
		if err != nil || len(b.Missing) == 0 {
			return b, err
		}
		if still, err := in.db.NamesFile(ctx, b.Missing[0]); err != nil || still {
			return b, err
		}
	}
	return backup{}, errors.New("captures are dropped faster than they can be copied; try again")
}

func (in *installation) saveOnce(ctx context.Context, dir string) (backup, error) {
	b := backup{V: 1, At: time.Now().UTC(), Program: version}
	if err := os.MkdirAll(filepath.Join(dir, "evidence"), 0o700); err != nil {
		return b, err
	}
	if err := in.db.CopyTo(ctx, filepath.Join(dir, store.DatabaseFile)); err != nil {
		return b, err
	}
	held, err := store.ReadCopy(ctx, filepath.Join(dir, store.DatabaseFile))
	if err != nil {
		return b, err
	}
	b.Schema, b.KeyPrint = held.Schema, held.KeyPrint
	first, err := sum(os.DirFS(dir), store.DatabaseFile)
	if err != nil {
		return b, err
	}
	b.Files = append(b.Files, first)
	err = copyAll(ctx, in.cfg.DataDir, dir, slices.Sorted(maps.Keys(held.Files)), func(f savedFile) {
		b.Files = append(b.Files, f)
	}, func(name string) { b.Missing = append(b.Missing, name) })
	if err != nil {
		return b, err
	}
	return b, b.write(dir)
}

func (b backup) write(dir string) error {
	data, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, backupList), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(data, '\n'))
	return errors.Join(err, f.Sync(), f.Close(), syncDir(dir))
}

// copyAll copies evidence files by name from one data folder to another, each synced, and tells of each, or that it is
// not there. No name leads out of the folders.
func copyAll(ctx context.Context, from, to string, names []string, done func(savedFile), missing func(string)) error {
	in, err := os.OpenRoot(filepath.Join(from, "evidence"))
	if errors.Is(err, fs.ErrNotExist) && len(names) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	out, err := os.OpenRoot(filepath.Join(to, "evidence"))
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // every file in it is closed and synced
	folders := map[string]bool{}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch f, err := copyOne(in, out, name); {
		case errors.Is(err, fs.ErrNotExist):
			missing(name)
		case err != nil:
			return fmt.Errorf("copy evidence %s: %w", name, err)
		default:
			folders[path.Dir(name)] = true
			f.File = path.Join("evidence", name)
			done(f)
		}
	}
	folders["."] = true
	for dir := range folders {
		if err := syncDir(filepath.Join(to, "evidence", filepath.FromSlash(dir))); err != nil {
			return err
		}
	}
	return nil
}

// copyOne copies one file, taking the place of one of that name.
func copyOne(in, out *os.Root, name string) (savedFile, error) {
	r, err := in.Open(name)
	if err != nil {
		return savedFile{}, err
	}
	defer r.Close() //nolint:errcheck // it was only read
	if err := out.MkdirAll(path.Dir(name), 0o700); err != nil {
		return savedFile{}, fmt.Errorf("make folder: %v", err) //nolint:errorlint // not the error of a missing source
	}
	w, err := out.OpenFile(name+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return savedFile{}, fmt.Errorf("make file: %v", err) //nolint:errorlint // as above
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	if err := errors.Join(err, w.Sync(), w.Close(), out.Rename(name+".part", name)); err != nil {
		return savedFile{}, err
	}
	return savedFile{File: name, Bytes: n, Hash: hex.EncodeToString(h.Sum(nil))}, nil
}

// sum reads a file's size and hash.
func sum(folder fs.FS, name string) (savedFile, error) {
	f, err := folder.Open(name)
	if err != nil {
		return savedFile{}, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	n, err := io.Copy(h, f)
	return savedFile{File: name, Bytes: n, Hash: hex.EncodeToString(h.Sum(nil))}, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// sumOfStart gives the hash of a file's first n bytes, "" where it has fewer or cannot be read.
func sumOfStart(name string, n int64) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if _, err := io.CopyN(h, f, n); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
