package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"doorknock/cmd/doorknock/town"

	"doorknock/audit"
)

// The command line as users type it: one script for each command, over the program as it is built, in a folder that
// holds nothing but what the script puts there.
func TestScripts(t *testing.T) {
	t.Parallel()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(bin)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Values[scriptKey{}] = &scripted{t: t}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "jsonl": scriptJSONL, "gzip": scriptGzip,
			"town": scriptTown, "scene": scriptScene, "start": scriptStart, "halt": scriptStop, "until": scriptUntil, "value": scriptValue,
		},
	})
}

type scriptKey struct{}

// scripted is what a script has beside its folder: a town, and an installation that looks at it.
type scripted struct {
	t    *testing.T
	town *town.Town
	rig  *rig
}

func of(ts *testscript.TestScript) *scripted { return ts.Value(scriptKey{}).(*scripted) }

func wantArgs(ts *testscript.TestScript, args []string, n int) {
	if len(args) != n {
		ts.Fatalf("want %d arguments, got %q", n, args)
	}
}

// exits CODE PROGRAM ARG... wants that exit code.
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
}

// jsonl FILE N wants N lines that are each one JSON object with "v":1; N+ wants that many or more.
func scriptJSONL(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 2)
	least, more := strings.CutSuffix(args[1], "+")
	want, err := strconv.Atoi(least)
	ts.Check(err)
	text := ts.ReadFile(args[0])
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if text == "" || !strings.HasSuffix(text, "\n") {
		ts.Fatalf("%s does not end a line: %q", args[0], text)
	}
	if len(lines) < want || (!more && len(lines) != want) {
		ts.Fatalf("%d lines, want %s:\n%s", len(lines), args[1], text)
	}
	for i, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil || object["v"] != 1.0 {
			ts.Fatalf(`line %d is no object with "v":1 (%v): %s`, i+1, err, line)
		}
		for key := range object {
			if key != strings.ToLower(key) {
				ts.Fatalf("line %d has the key %q; keys are lower case", i+1, key)
			}
		}
	}
}

// gzip FILE makes FILE.gz.
func scriptGzip(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 1)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(ts.ReadFile(args[0])))
	ts.Check(errors.Join(err, w.Close()))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".gz"), b.Bytes(), 0o600))
}

// town opens a town and an installation beside it, and puts its settings file in $CONFIG and its folder in $RIG.
func scriptTown(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 0)
	s := of(ts)
	s.town = openTown(s.t, town.Old())
	s.rig = newRig(s.t, s.town, "")
	ts.Setenv("CONFIG", s.rig.config)
	ts.Setenv("RIG", s.rig.dir)
}

// scene N lets the N-th scene of the town's script happen, from 0.
func scriptScene(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 1)
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	of(ts).town.Do(of(ts).town.Script()[n])
}

// start begins `doorknock run` and puts the address of its pages in $PAGES.
func scriptStart(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 0)
	s := of(ts)
	s.rig.start()
	ts.Setenv("PAGES", s.rig.out.address(s.t))
	ts.Defer(s.rig.kill)
}

func scriptStop(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 0)
	if code, _ := of(ts).rig.stop(syscall.SIGTERM); code != 0 {
		ts.Fatalf("exit %d\n%s", code, of(ts).rig.out)
	}
}

// until SQL waits until a query gives a row.
func scriptUntil(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 1)
	deadline := time.Now().Add(slower * time.Minute)
	for !of(ts).rig.has(args[0]) {
		if time.Now().After(deadline) {
			ts.Fatalf("never: %s\n%s", args[0], of(ts).rig.out)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// value NAME SQL puts the first row of a query into $NAME.
func scriptValue(ts *testscript.TestScript, _ bool, args []string) {
	wantArgs(ts, args, 2)
	rows := of(ts).rig.rows(args[1])
	if len(rows) == 0 {
		ts.Fatalf("no row: %s", args[1])
	}
	ts.Setenv(args[0], rows[0])
}

// Whatever bytes a line holds, it gets its one answer at its place.
func TestClassifyHostileLines(t *testing.T) {
	in := "\n\xff\xfe\x00no heating\xc3\n" + strings.Repeat("damp ", 200_000) + "\n\r\n\x1b[31mI smell gas\x1b[0m"
	for _, args := range [][]string{{"--json"}, nil} {
		lines, err := classify(t, in, args...)
		if err != nil || len(lines) != 5 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		for i, line := range lines {
			if strings.ContainsAny(line, "\x1b\x00") {
				t.Errorf("line %d brings control characters to a terminal: %q", i+1, audit.Cut(line, 200))
			}
			if args == nil {
				if !strings.HasPrefix(line, strconv.Itoa(i+1)+"\t") {
					t.Errorf("line %d is %q", i+1, audit.Cut(line, 200))
				}
				continue
			}
			var got classified
			if err := json.Unmarshal([]byte(line), &got); err != nil || got.V != 1 || got.ID != strconv.Itoa(i+1) {
				t.Errorf("line %d is %q (%v)", i+1, audit.Cut(line, 200), err)
			}
			for _, h := range got.Hazards {
				if text := strings.Split(in, "\n")[i]; h.Start < 0 || h.End > len(text) || text[h.Start:h.End] != h.Text {
					t.Errorf("line %d: hazard %+v is not at its place", i+1, h)
				}
			}
		}
	}
}
