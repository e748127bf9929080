//go:build !race

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The model that is built in is the one that these rows give, byte for byte, and it holds its floors. The race detector
// would make this a minute.
func TestCorpusOfComments(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	to := filepath.Join(t.TempDir(), "model")
	if code, _, errs := doorknock(t, "train", folder, "--out", to); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "..", "score", "comment", "complaint.model"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("score/comment/complaint.model is not what `doorknock train` makes of the corpus")
	}
	code, out, errs := doorknock(t, "eval", "comments", folder, "--floors", filepath.Join("testdata", "floors-comments.json"))
	if code != 0 {
		t.Errorf("exit %d: %s\n%s", code, errs, out)
	}
}

// The same of the labels.
func TestCorpusOfLabels(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	to := filepath.Join(t.TempDir(), "model")
	if code, _, errs := doorknock(t, "train", "labels", folder, "--out", to); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "..", "score", "comment", "labels.model"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("score/comment/labels.model is not what `doorknock train labels` makes of the corpus")
	}
	code, out, errs := doorknock(t, "eval", "labels", folder, "--floors", filepath.Join("testdata", "floors-labels.json"))
	if code != 0 {
		t.Errorf("exit %d: %s\n%s", code, errs, out)
	}
}

// Each file that training refuses is refused in the corpus too, and no row that the model knows is ever measured with it.
func TestCorpusOfCommentsIsApart(t *testing.T) {
	folder := sharedData(t, "corpus/comments")
	for _, name := range []string{"suggestions_train.csv", "suggestions_hotel_dev.csv", "spam_sms_dev.csv"} {
		if code, _, errs := doorknock(t, "train", filepath.Join(folder, name), "--out", filepath.Join(t.TempDir(), "model")); code != exitUsage {
			t.Errorf("%s: exit %d, %s", name, code, errs)
		}
	}
	code, _, errs := doorknock(t, "eval", "comments", filepath.Join(folder, "complaints_dev.csv"))
	if code != exitFailed || !strings.Contains(errs, "was trained on each of the 552 rows") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
