//go:build nightly

package main

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// injection is one kind of system call that fails in the program: which, on which file ("" for any), and with what.
type injection struct {
	calls, path, fault, when string
}

func (i injection) String() string {
	return fmt.Sprintf("%s %s at call %s on %q", i.fault, i.calls, i.when, filepath.Base(i.path))
}

// injections are every pair of call and fault at calls further and further into the run, once and for good.
func injections(data string) []injection {
	var all []injection
	msgs := func(stream string) string {
		return filepath.Join(data, "jetstream", "$G", "streams", stream, "msgs", "1.blk")
	}
	for _, fault := range []string{"ENOSPC", "EIO"} {
		for _, when := range []string{"1", "2", "3", "5", "8", "13", "30", "80", "1+", "6+", "40+"} {
			all = append(all, injection{"pwrite64", "", fault, when}, injection{"fsync,fdatasync", "", fault, when})
		}
		for _, stream := range []string{"JOBS", "VISITS", "EVENTS"} {
			for _, when := range []string{"1", "4+"} {
				all = append(all, injection{"write,pwrite64", msgs(stream), fault, when})
			}
		}
		for _, when := range []string{"1", "3", "2+"} {
			all = append(all, injection{"openat,mkdirat,unlinkat,ftruncate,renameat,renameat2", filepath.Join(data, "evidence"), fault, when})
		}
	}
	return append(all, injection{"openat", "", "EMFILE", "80"}, injection{"openat", "", "EMFILE", "100+"})
}

// under makes the program run with calls that fail. strace stands aside (-D), so that what is started and killed is the
// program itself.
func (r *rig) under(i injection) {
	r.t.Helper()
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	var only string
	if i.path != "" {
		only = "-P '" + i.path + "'"
	}
	script := fmt.Sprintf("#!/bin/sh\nexec strace -D -f -qq -o /dev/null %s -e trace=%s -e inject=%s:error=%s:when=%s -- %s \"$@\"\n", only, i.calls, i.calls, i.fault, i.when, bin)
	r.program("under", []byte(script))
	r.built = func() (string, error) { return r.path("under"), nil }
}

// ended waits a while and reports whether the program ended by itself meanwhile, and how.
func (r *rig) ended(within time.Duration) (code int, yes bool) {
	done := make(chan struct{})
	cmd := r.cmd
	go func() {
		_ = cmd.Wait() // its exit code is asked for below
		close(done)
	}()
	select {
	case <-done:
		r.cmd = nil
		return cmd.ProcessState.ExitCode(), true
	case <-time.After(within):
		_ = cmd.Process.Kill()
		<-done
		r.cmd = nil
		return cmd.ProcessState.ExitCode(), false
	}
}

// Writes, syncs and opens fail, once or for good, at calls further and further into the run, while the town changes. The
// program goes on or ends with one sentence; the database is whole each time; nothing that was shown is lost; and in
// the end everything is as after a calm run, every alert told, and told again only where the answer was lost.
func TestFailingCalls(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed; it makes the calls fail")
	}
	if out, err := exec.Command("strace", "-qq", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("no process may be traced here: %v %s", err, out)
	}
	where := openTown(t, town.Old())
	ill := newTrial(t, where, where)
	ill.begin()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	all := injections(ill.path("data"))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	ill.kill()
	ends, begin := 0, time.Now()
	for n, i := range all {
		before, err := acknowledged(ill.dir)
		if err != nil {
			t.Fatal(err)
		}
		ill.under(i)
		ill.start()
		code, ended := ill.ended(time.Duration(700+rng.IntN(1500)) * time.Millisecond)
		if ended {
			ends++
			ill.checkLastWords(i, code)
		}
		after, err := acknowledged(ill.dir)
		if err != nil {
			t.Fatalf("%v: %v\n%s", i, err, ill.out)
		}
		for id := range before {
			if !after[id] {
				t.Errorf("%v: lost: %s", i, id)
			}
		}
		if got := ill.rows(`PRAGMA integrity_check`); len(got) != 1 || got[0] != "ok" {
			t.Errorf("%v: integrity_check: %v", i, got)
		}
		ill.checkCaptures()
		if n == len(all)/2 {
			ill.turn()
		}
		ill.write()
	}
	t.Logf("%d faults in %v; %d of them ended the program", len(all), time.Since(begin).Round(time.Second), ends)
	ill.built = binary
	ill.start()
	ill.ends()
}

// checkLastWords wants an end by itself to be failure in one sentence.
func (r *rig) checkLastWords(i injection, code int) {
	r.t.Helper()
	r.until("its last words", 10*time.Second, func() bool { return r.out.line("doorknock: ") != "-" })
	said := r.out.String()
	if code != exitFailed || !strings.Contains(said, "doorknock: ") || strings.Contains(said, "goroutine ") || strings.Contains(said, "panic") {
		r.t.Errorf("%v: exit %d\n%s", i, code, said)
		return
	}
	_, last, _ := strings.Cut(said, "doorknock: ")
	r.t.Logf("%v: %s", i, last)
	if strings.Count(strings.TrimSpace(last), "\n") > 0 {
		r.t.Errorf("%v: more than one sentence:\n%s", i, last)
	}
}
