package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/configs"
)

func keyConfig(t *testing.T) configs.Config {
	t.Helper()
	dir := t.TempDir()
	c := configs.Default()
	c.DataDir, c.KeyFile = filepath.Join(dir, "data"), filepath.Join(dir, "keys", "doorknock.key")
	return c
}

func TestKeyIsMadeOnce(t *testing.T) {
	c := keyConfig(t)
	if _, err := c.OpenKey(false); !errors.Is(err, configs.ErrNoKey) {
		t.Fatalf("OpenKey(false) without a file = %v, want ErrNoKey", err)
	}
	if _, err := os.Stat(c.KeyFile); err == nil {
		t.Fatal("a key was made though none may be")
	}
	made, err := c.OpenKey(true)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(c.KeyFile)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v, %v", info.Mode(), err)
	}
	for _, mayMake := range []bool{true, false} {
		again, err := c.OpenKey(mayMake)
		if err != nil || again.Print() != made.Print() {
			t.Errorf("OpenKey(%t) gives another key, %v", mayMake, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(c.KeyFile), ".key-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBadKeys(t *testing.T) {
	good := strings.Repeat("ab", 32)
	for _, test := range []struct {
		name, content string
		mode          os.FileMode
		want          string
	}{
		{"cut short", good[:40], 0o600, "holds 40 characters, want 64"},
		{"empty", "", 0o600, "holds 0 characters"},
		{"not hex", strings.Repeat("zz", 32), 0o600, "something else than hex"},
		{"read by others", good, 0o644, "chmod 600"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := keyConfig(t)
			if err := os.MkdirAll(filepath.Dir(c.KeyFile), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(c.KeyFile, []byte(test.content), test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := c.OpenKey(true)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("OpenKey() = %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "abab") {
				t.Errorf("the error tells the key: %v", err)
			}
		})
	}
}

func TestKeyInsideDataDirIsRefused(t *testing.T) {
	c := keyConfig(t)
	c.KeyFile = filepath.Join(c.DataDir, "sub", "..", "doorknock.key")
	if _, err := c.OpenKey(true); err == nil || !strings.Contains(err.Error(), "inside data_dir") {
		t.Errorf("OpenKey() = %v", err)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(c.DataDir), "link")
	if err := os.Symlink(c.DataDir, link); err != nil {
		t.Fatal(err)
	}
	c.KeyFile = filepath.Join(link, "doorknock.key")
	if _, err := c.OpenKey(true); err == nil || !strings.Contains(err.Error(), "inside data_dir") {
		t.Errorf("OpenKey() through a link = %v", err)
	}
}
