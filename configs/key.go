package configs

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"doorknock/audit"
)

// ErrNoKey is wrapped when the key file is not there and may not be made.
var ErrNoKey = errors.New("there is no installation key")

const keyBytes = 32

// OpenKey reads the installation key that the settings name. Where mayMake is set and the file is not there, a key is
// drawn and written (mode 0600). Only a first run with the store may make one: a key made beside existing data opens
// nothing of it, and a crawler with a key of its own gives people other pseudonyms than everybody else.
func (c Config) OpenKey(mayMake bool) (*audit.Keys, error) {
	if in, err := within(c.KeyFile, c.DataDir); err != nil {
		return nil, fmt.Errorf("open installation key: %w", err)
	} else if in {
		return nil, fmt.Errorf("open installation key %s: it lies inside data_dir %s; move it out", c.KeyFile, c.DataDir)
	}
	secret, err := readKey(c.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		if !mayMake {
			return nil, fmt.Errorf("%w at %s: copy it there from the machine of the first run, or set key_file", ErrNoKey, c.KeyFile)
		}
		if err := makeKey(c.KeyFile); err != nil {
			return nil, fmt.Errorf("make installation key %s: %w", c.KeyFile, err)
		}
		secret, err = readKey(c.KeyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("open installation key: %w", err)
	}
	return audit.NewKeys(secret)
}

// readKey reads the 64 hex digits of a key file. Its errors never tell what stands in the file.
func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode(); !mode.IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	} else if mode.Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o); run chmod 600 %s", path, mode.Perm(), path)
	}
	data, err := readFile(path, 4096)
	if err != nil {
		return nil, err
	}
	secret := make([]byte, keyBytes)
	digits := bytes.TrimSpace(data)
	if len(digits) != hex.EncodedLen(keyBytes) {
		return nil, fmt.Errorf("%s holds %d characters, want %d hex digits: it is no key file or was cut short; restore it from your copy", path, len(digits), hex.EncodedLen(keyBytes))
	}
	if _, err := hex.Decode(secret, digits); err != nil {
		return nil, fmt.Errorf("%s holds something else than hex digits: it is no key file; restore it from your copy", path)
	}
	return secret, nil
}

// makeKey writes a new key. It is whole before it has its name, and it never takes the place of another: of two first
// runs at once one key wins, and both read that.
func makeKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // the key has its own name by then
	secret := make([]byte, keyBytes)
	if _, err := rand.Read(secret); err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
