package evidence

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestOldTellsOurOldFilesOnly(t *testing.T) {
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	now := time.Now()
	old := []string{"ab/abcdef.warc.gz", "ab/abcdef-2.warc.gz", "cd/cdef.warc.gz.sealed", "cd/cd01.warc.gz.sealed.part"}
	for _, name := range append([]string{"ab/young.txt", "ab/0123.warc.gz", "notes.warc.gz", "ab/notes.warc.gz", "xy/abc.warc.gz", "ab/ab.warc.gz.bak"}, old...) {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		written := now.Add(-100 * time.Hour)
		if name == "ab/0123.warc.gz" {
			written = now.Add(-time.Hour)
		}
		if err := os.Chtimes(filepath.Join(dir, name), written, written); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("ab/abcdef.warc.gz", filepath.Join(dir, "ab", "aa.warc.gz")); err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := f.Old(t.Context(), now.Add(-72*time.Hour), func(name string) { got = append(got, name) }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(old)
	if !slices.Equal(got, old) {
		t.Errorf("old files %v, want %v", got, old)
	}
}
