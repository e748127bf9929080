package evidence_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"doorknock/evidence"
	"doorknock/internal/hostile"
)

var ourName = regexp.MustCompile(`^[0-9a-f]{2}/[0-9a-f]{16,64}(-[0-9]+)?\.warc\.gz(\.sealed)?$`)

// Whatever a visit, an address or a row of the database is called, files have names that we made and lie in the folder.
func TestNamesAreOurs(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "evidence")
	f := open(t, dir)
	victim := filepath.Join(outside, "victim")
	if err := os.WriteFile(victim, []byte("words"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, h := range hostile.Texts() {
		text := h.Text[:min(len(h.Text), 100_000)]
		for _, seal := range []bool{false, true} {
			at := "https://acorn.example/" + text
			k, err := f.Keep(context.Background(), text, exchange(at, "<p>"+h.Name), seal)
			if err != nil { // an address too long to be kept is refused whole
				continue
			}
			if !ourName.MatchString(k.File) {
				t.Errorf("%s: kept as %q", h.Name, k.File)
			}
			if s, err := f.Body(capture(k, at, "<p>"+h.Name)); err == nil && string(s.Body) != "<p>"+h.Name {
				t.Errorf("%s: read back as %q", h.Name, s.Body)
			}
		}
		c := capture(evidence.Kept{File: text}, "https://acorn.example/", "x")
		if _, err := f.Body(c); err == nil {
			t.Errorf("%s: a file was read", h.Name)
		}
		_ = f.Drop(text) // refused, or nothing there
	}
	if err := os.Symlink(victim, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../victim", victim, "link", "aa/../../victim"} {
		if _, err := f.Body(capture(evidence.Kept{File: name}, "https://acorn.example/", "words")); err == nil {
			t.Errorf("%s was read", name)
		}
		_ = f.Drop(name)
	}
	if data, err := os.ReadFile(victim); err != nil || string(data) != "words" {
		t.Errorf("the file beside the folder: %q, %v", data, err)
	}
	err := filepath.WalkDir(outside, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err == nil && !d.IsDir() && path != victim && !ourName.MatchString(filepath.ToSlash(name)) {
			t.Errorf("a file is called %q", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
