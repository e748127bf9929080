package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"doorknock/configs"
)

// Every recorded answer of the shared data is read as its index says, and none is closed that is not. Two expectations are
// not met, each because the answer alone does not bear them: whether an account that commented is the organisation's, and
// whether it replied among replies that are not in the answer.
func TestRecordedAnswersOfTheSharedData(t *testing.T) {
	folder := sharedData(t, "corpus/recorded")
	scripts, err := configs.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	e := recordedEval{scripts: scripts}
	if err := e.add(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	if e.falseClosed > 0 || len(e.wrong) > 2 || e.right < 120 {
		_ = e.print(testWriter{t}, false)
	}
	for _, w := range e.wrong {
		if w.Want != "owner_replied true" && w.Want != "owner_replied false" {
			t.Errorf("%s: %s, wanted %s", w.File, w.Got, w.Want)
		}
	}
	if e.falseClosed > 0 || len(e.wrong) > 2 || e.right < 120 {
		t.Errorf("%d right, %d wrong, %d wrongly closed", e.right, len(e.wrong), e.falseClosed)
	}
}

// sharedData finds test data that is not part of the repository: skip where it is missing, fail where CI needs it.
func sharedData(t *testing.T, path string) string {
	t.Helper()
	root := os.Getenv("DOORKNOCK_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	folder := filepath.Join(root, filepath.FromSlash(path))
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("shared test data: %v", err)
		}
		t.Skipf("no shared test data at %s: set DOORKNOCK_SHARED", folder)
	}
	return folder
}

// testWriter writes to a test's log.
type testWriter struct{ t *testing.T }

var _ io.Writer = testWriter{}

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", b)
	return len(b), nil
}
