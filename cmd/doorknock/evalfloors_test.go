package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEvalHoldsFloors: what the checks read on the labelled pages does not fall below the floors, and the table of what was
// read as what is printed.
func TestEvalHoldsFloors(t *testing.T) {
	pages := sharedPages(t)
	var out, errs bytes.Buffer
	code := run(context.Background(), []string{"eval", "pages", pages, "--floors", filepath.Join("testdata", "floors-pages.json")}, strings.NewReader(""), &out, &errs)
	if code != 0 {
		t.Errorf("exit %d: %s\n%s", code, errs.String(), out.String())
	}
	for _, figure := range []string{"false_closed   0", "false_place    1", "label \\ read as", "restricted"} {
		if !strings.Contains(out.String(), figure) {
			t.Errorf("%q is not printed:\n%s", figure, out.String())
		}
	}
}

// sharedPages is the folder of labelled pages, which is not part of the repository.
func sharedPages(t *testing.T) string {
	t.Helper()
	root := os.Getenv("DOORKNOCK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	pages := filepath.Join(root, "corpus", "pages")
	if _, err := os.Stat(pages); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("shared test data: %v", err)
		}
		t.Skipf("no shared test data at %s: set DOORKNOCK_SHARED", pages)
	}
	return pages
}
