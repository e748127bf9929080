//go:build nightly

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The models that are built in are the ones that these rows give, byte for byte.
func TestCorpusGivesTheModels(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	for file, train := range map[string][]string{
		"complaint.model": {"train", folder}, "labels.model": {"train", "labels", folder},
		"danger.model": {"train", "dangers", filepath.Join("..", "..", "configs", "testdata"), folder},
	} {
		to := filepath.Join(t.TempDir(), file)
		if code, _, errs := doorknock(t, append(train, "--out", to)...); code != 0 {
			t.Fatalf("%s: exit %d: %s", file, code, errs)
		}
		got, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("..", "..", "score", "comment", file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("score/comment/%s is not what `doorknock train` makes of the corpus", file)
		}
	}
}
