package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	_ "doorknock/crawler/checks" // what the child is made of, so that go test knows when its answer is no longer the same
)

const (
	mostKiB  = 512 << 10
	mostTime = 20 * time.Minute // for all of them; two quiet processors need one
)

// TestBombs has every check read every bad input that takes no waiting, bombs and pages that are hard to parse among
// them, in a child process under a memory limit: one at a time, and then all at once. Beside them it reads healthy pages,
// whose forms it must find each time.
func TestBombs(t *testing.T) {
	if raceOn {
		t.Skip("`make test` runs it without the race detector")
	}
	if testing.Short() {
		t.Skip("bombs take half a minute")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not tell how much memory a process held")
	}
	knock := build(t)
	s := Start()
	defer s.Close()
	for _, together := range []int{1, 16} {
		t.Run(strconv.Itoa(together), func(t *testing.T) {
			start := time.Now()
			results, _ := run(t, knock, s.Listener.Addr().String(), together, slices.Concat(prompt(), beside()))
			for _, r := range results {
				if r.PeakKiB > 0 {
					t.Logf("peak %d MiB, %v", r.PeakKiB>>10, time.Since(start).Round(time.Millisecond))
					if r.PeakKiB > mostKiB {
						t.Errorf("the process held %d MiB", r.PeakKiB>>10)
					}
					continue
				}
				checkResult(t, r, together > 1)
			}
		})
	}
}

// checkResult compares what was made of a path with its case. Where many that are heavy wait for memory together, they alone
// may wait for too long.
func checkResult(t *testing.T, r Result, together bool) {
	t.Helper()
	t.Logf("%-24s %-14s %.2f s %v", r.Path, r.Problem, r.Took, r.States)
	path, _, _ := strings.Cut(r.Path, "?")
	i := slices.IndexFunc(Cases(), func(c Case) bool { return c.Path == path })
	if i < 0 || r.Error != "" {
		t.Errorf("%s: %s", r.Path, r.Error)
		return
	}
	c := Cases()[i]
	if r.Problem != c.Want && (r.Problem != audit.ReasonTimeout || !c.Heavy || !together) {
		t.Errorf("%s: problem %q, want %q", r.Path, r.Problem, c.Want)
	}
	if strings.HasPrefix(path, "/healthy") && !slices.Contains(r.States, audit.Open.String()) {
		t.Errorf("%s: the form of a healthy page was not found: %v", r.Path, r.States)
	}
	for _, state := range r.States {
		if state != audit.Unknown.String() && (state != audit.Open.String() || !openMayStand(r.Problem)) {
			t.Errorf("%s: a page that proves nothing is called %s", r.Path, state)
		}
	}
}

// openMayStand: a form that is surely there may be told of a page that proves nothing else.
func openMayStand(problem audit.Reason) bool {
	return problem == "" || problem == audit.ReasonParseError || problem == audit.ReasonNeedsJS
}

// build makes the child without the race detector, whatever the test itself was built with.
func build(t *testing.T) string {
	t.Helper()
	knock := filepath.Join(t.TempDir(), "knock")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-race=false", "-o", knock, "./knock").CombinedOutput(); err != nil {
		t.Fatalf("build the child: %v\n%s", err, out)
	}
	return knock
}

// prompt are the paths of all cases that take no waiting.
func prompt() (paths []string) {
	for _, c := range Cases() {
		if !c.Slow {
			paths = append(paths, c.Path)
		}
	}
	return paths
}

// beside are healthy pages, a tenth as many of each size as there are bad ones.
func beside() (paths []string) {
	for i := range len(prompt()) / 10 {
		paths = append(paths, "/healthy?"+strconv.Itoa(i), "/healthy-large?"+strconv.Itoa(i))
	}
	return paths
}

// run gives what the child printed, and the processor time that it took.
func run(t *testing.T, knock, at string, together int, paths []string) (results []Result, cpu time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), mostTime)
	defer cancel()
	args := append([]string{"-at", at, "-together", strconv.Itoa(together)}, paths...)
	cmd := exec.CommandContext(ctx, knock, args...)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=320MiB")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run the child: %v (%v)", err, ctx.Err())
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var r Result
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
