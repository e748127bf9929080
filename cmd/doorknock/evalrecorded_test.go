package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
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

// A table of files is somebody else's as often as not: a name that leads out of its folder is not read, by whatever reads tables.
func TestTablesStayInTheirFolder(t *testing.T) {
	dir := t.TempDir()
	r := &rig{t: t, dir: dir}
	r.write("secret.html", "<html>")
	for _, name := range []string{"../secret.html", "a/../../secret.html", dir + "/secret.html"} {
		folder := filepath.Join(dir, "corpus")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		r.write("corpus/index.csv", "file,http_status,comment_state,expected\n"+name+",200,open,open\n")
		r.write("corpus/labels.csv", "file,comment_state\n"+name+",open\n")
		for what, add := range map[string]func() error{
			"recorded": func() error { return (&recordedEval{}).add(t.Context(), folder) },
			"pages":    func() error { return (&pagesEval{}).add(t.Context(), folder) },
		} {
			if err := add(); err == nil || !strings.Contains(err.Error(), "leads out of its folder") {
				t.Errorf("%s with %s: %v", what, name, err)
			}
		}
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
