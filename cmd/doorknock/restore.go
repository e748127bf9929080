package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/configs"
	"doorknock/store"
)

func newRestore() *cobra.Command {
	var config string
	var check, force bool
	c := &cobra.Command{
		Use: "restore FOLDER", Short: "Put a backup into the data folder, or with --check see whether it could be", Args: cobra.ExactArgs(1),
		Long: "restore reads a whole backup for damage and then puts it into the data folder of the settings. `run` must be stopped.\n" +
			"A database that stands there is kept: without --force nothing is changed, with it the old one gets another name.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(config)
			if err != nil {
				return err
			}
			b, err := readBackup(c.Context(), args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: whole; %s of %s, schema %d\n", args[0], counted(len(b.Files), "file"), ago(b.At), b.Schema)
			fmt.Fprintln(c.OutOrStdout(), keyWords(cfg, b))
			if check {
				return nil
			}
			return putBack(c.Context(), cfg, args[0], b, force, c.OutOrStdout())
		},
	}
	addConfig(c, &config)
	c.Flags().BoolVar(&check, "check", false, "only read the backup whole; change nothing")
	c.Flags().BoolVar(&force, "force", false, "take the place of a database that is there, which is kept under another name")
	return c
}

// readBackup reads every byte of a backup: each file is the one of the list, the database is undamaged, and every
// capture that it names is there, long enough, but for those that were missing when it was made.
func readBackup(ctx context.Context, dir string) (backup, error) {
	var b backup
	data, err := os.ReadFile(filepath.Join(dir, backupList))
	if err != nil {
		return b, fmt.Errorf("%s is no finished backup: %w", dir, err)
	}
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	err = strict.Decode(&b)
	if err == nil && (b.V != 1 || len(b.Files) == 0 || b.Files[0].File != store.DatabaseFile) {
		err = errors.New("it names no database")
	}
	if err != nil {
		return b, fmt.Errorf("%s is no list of a backup that this doorknock can read: %w", filepath.Join(dir, backupList), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return b, fmt.Errorf("open the backup: %w", err)
	}
	defer root.Close() //nolint:errcheck // it was only read
	for _, want := range b.Files {
		if err := ctx.Err(); err != nil {
			return b, err
		}
		if got, err := sum(root.FS(), want.File); err != nil || got != want {
			return b, fmt.Errorf("the backup is damaged: %s is not as it was written (%v)", filepath.Join(dir, want.File), orDiffers(err))
		}
	}
	held, err := store.ReadCopy(ctx, filepath.Join(dir, store.DatabaseFile))
	if err != nil {
		return b, err
	}
	return b, b.holds(held)
}

func orDiffers(err error) string {
	if err != nil {
		return err.Error()
	}
	return "other bytes"
}

// holds compares what the database names with what the list has.
func (b backup) holds(db store.Copy) error {
	has := map[string]int64{}
	for _, f := range b.Files[1:] {
		has[f.File] = f.Bytes
	}
	for _, name := range b.Missing {
		delete(db.Files, name)
	}
	for name, least := range db.Files {
		if n, ok := has["evidence/"+name]; !ok || n < int64(least) {
			return fmt.Errorf("the backup is not whole: evidence %s has %d bytes, and a capture lies at %d", name, n, least-1)
		}
	}
	return nil
}

// keyWords says whether the key file that the settings name belongs to the backup.
func keyWords(cfg configs.Config, b backup) string {
	keys, err := cfg.OpenKey(false)
	switch {
	case errors.Is(err, configs.ErrNoKey):
		return "The key file is not in a backup, and none is at " + cfg.KeyFile + ": put your copy there before you start `run`."
	case err != nil:
		return "The key file cannot be used: " + err.Error()
	case b.KeyPrint != "" && keys.Print() != b.KeyPrint:
		return "The key file " + cfg.KeyFile + " is not the one of this backup: put the right one there before you start `run`."
	}
	return "The key file " + cfg.KeyFile + " belongs to it."
}

// putBack restores: evidence first, the database last. The queue is deleted: it would speak of another database, and all
// that it held is made again from this one.
func putBack(ctx context.Context, cfg configs.Config, from string, b backup, force bool, out io.Writer) error {
	aside, err := store.Restore(ctx, cfg.DataDir, filepath.Join(from, store.DatabaseFile), force, time.Now(), func() error {
		if err := os.MkdirAll(filepath.Join(cfg.DataDir, "evidence"), 0o700); err != nil {
			return err
		}
		lost := 0
		err := copyAll(ctx, from, cfg.DataDir, b.lacking(cfg.DataDir), func(savedFile) {}, func(string) { lost++ })
		if err == nil && lost > 0 {
			err = fmt.Errorf("%w: the backup changed while it was read", fs.ErrNotExist)
		}
		return errors.Join(err, os.RemoveAll(filepath.Join(cfg.DataDir, "jetstream")))
	})
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	fmt.Fprintf(out, "Restored into %s. What was seen since %s is not in it and will be looked at again.\n", cfg.DataDir, ago(b.At))
	if aside != "" {
		fmt.Fprintf(out, "The database that stood there is now %s; delete it when you no longer need it.\n", aside)
	}
	return nil
}

// lacking gives the evidence files of the backup that the data folder does not hold as they were: a file that only
// grew since holds them, for captures are added at the end.
func (b backup) lacking(dataDir string) []string {
	var names []string
	for _, f := range b.Files[1:] {
		if sumOfStart(filepath.Join(dataDir, filepath.FromSlash(f.File)), f.Bytes) != f.Hash {
			names = append(names, strings.TrimPrefix(f.File, "evidence/"))
		}
	}
	return names
}
