package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"doorknock/cmd/doorknock/town"
)

// through makes the rig's run begin by a line of shell, which ends in the program.
func (r *rig) through(line string) {
	r.t.Helper()
	bin, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	if strings.HasPrefix(line, nobody) {
		bin = r.forNobody(bin)
		line, bin = "", line+" "+bin
	}
	r.program("through", []byte("#!/bin/sh\n"+line+"\nexec "+bin+" \"$@\"\n"))
	r.built = func() (string, error) { return r.path("through"), nil }
}

// program writes a file that is to be run. No other test may start a process meanwhile: that would hold the file open for writing
// until it is another program, and a file that is written to cannot be run.
func (r *rig) program(name string, text []byte) {
	r.t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(r.path(name), text, 0o755); err != nil { //nolint:gosec // it is to be run, also by nobody
		r.t.Fatal(err)
	}
}

// nobody begins a line that runs a program as a user without rights.
const nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"

// forNobody gives the rig's folder to nobody, with a program of its own, and gives its path.
func (r *rig) forNobody(bin string) string {
	r.t.Helper()
	r.reachable()
	data, err := os.ReadFile(bin)
	if err != nil {
		r.t.Fatal(err)
	}
	r.program("doorknock", data)
	if err := filepath.WalkDir(r.dir, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Chown(path, 65534, 65534))
	}); err != nil {
		r.t.Fatal(err)
	}
	return r.path("doorknock")
}

// reachable lets everybody come as far as the rig's folder.
func (r *rig) reachable() {
	r.t.Helper()
	for dir := r.dir; len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // as said
			r.t.Fatal(err)
		}
	}
}

// needsRoot skips where a test cannot become somebody else.
func needsRoot(t *testing.T) {
	t.Helper()
	if !mayBecomeNobody() {
		t.Skip("only root can run a program as somebody else, with setpriv")
	}
}

func mayBecomeNobody() bool {
	_, err := exec.LookPath("setpriv")
	return err == nil && os.Geteuid() == 0
}

// poorMachines are lines of shell that make a machine poor: few open files, one processor (the first that it may use), no home,
// no folder for temporary files, an umask that gives everything to everybody, a user without rights.
func poorMachines() map[string]string {
	return map[string]string{
		"64 open files":       "ulimit -n 64",
		"one processor":       `taskset -cp $(taskset -cp $$ | sed 's/.*: *//; s/[,-].*//') $$ >/dev/null || exit 9`,
		"without rights":      nobody,
		"no home":             "unset HOME XDG_CONFIG_HOME",
		"a home that is gone": "export HOME=/nowhere",
		"no TMPDIR":           "export TMPDIR=/nowhere",
		"umask 000":           "umask 000",
	}
}

// On poor machines the town is looked at as on any other: a rich one looks at it beside them, and what they saw, told and scored
// is the same in the end.
func TestPoorMachines(t *testing.T) {
	t.Parallel()
	where := openTown(t, town.Old())
	rich, poor := newTrial(t, where, where), map[string]*trial{}
	rich.calm.start()
	for name, line := range poorMachines() {
		if line == nobody && !mayBecomeNobody() {
			continue
		}
		r := newRig(t, where, trialAlerts)
		r.through(line)
		r.start()
		poor[name] = &trial{rig: r, calm: rich.calm}
	}
	rich.calm.looked()
	for _, p := range poor {
		p.looked()
	}
	rich.turn()
	for range 3 {
		rich.write()
	}
	for name, line := range poorMachines() {
		t.Run(name, func(t *testing.T) {
			if line == nobody {
				needsRoot(t)
			}
			p := poor[name]
			p.t, p.letters, p.open = t, rich.letters, rich.open
			p.agree()
			if code, _ := get(t, p.out.address(t)+"/"); code != 200 {
				t.Errorf("the first page: %d", code)
			}
			p.rests()
			p.checkEnd()
			if ill := p.out.line("too many open files"); ill != "-" {
				t.Errorf("it ran out of files: %s", ill)
			}
			if failed := p.rows(`SELECT url, reason FROM capture WHERE reason IN ('internal', 'dns') LIMIT 3`); len(failed) > 0 {
				t.Errorf("looks that failed by our own fault: %v", failed)
			}
			p.onlyOurs()
		})
	}
}

// onlyOurs wants every file of the data folder and the key to be nobody else's.
func (r *rig) onlyOurs() {
	r.t.Helper()
	err := filepath.WalkDir(r.path("data"), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		// The queue's server gives its own files other modes; nobody else gets into the folder above them.
		if err == nil && info.Mode().Perm()&0o077 != 0 && !strings.Contains(path, "jetstream") {
			r.t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if info, err := os.Stat(r.path("doorknock.key")); err != nil || info.Mode().Perm() != 0o600 {
		r.t.Errorf("the key: %v %v", info, err)
	}
}

// Somebody else's data folder is refused in one sentence.
func TestWrongOwner(t *testing.T) {
	t.Parallel()
	needsRoot(t)
	r := used(t)
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	r.reachable()
	data, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	r.program("doorknock", data)
	for _, name := range []string{"doorknock.yaml", "organisations.csv"} {
		if err == nil {
			err = os.Chmod(r.path(name), 0o644) //nolint:gosec // nobody reads it
		}
	}
	if err == nil {
		err = os.Chown(r.path("doorknock.key"), 65534, 65534)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	c := exec.Command("sh", "-c", "exec "+nobody+` "$@"`, "sh", r.path("doorknock"), "run", "--config", r.config)
	c.Stdout, c.Stderr = &out, &errs
	_ = c.Run() // its exit code is asked for below
	refused(t, c.ProcessState.ExitCode(), exitFailed, out.String(), errs.String(), []string{r.path("data")})
}

// Sixteen bytes flipped at the head of a page, whichever: a backup is refused in words, or the page held nothing and the
// whole check finds nothing wrong either. (Bytes flipped within a text are beyond any check: SQLite keeps no checksums.)
func TestFlippedPages(t *testing.T) {
	t.Parallel()
	base := used(t)
	whole, err := os.ReadFile(base.path("data/doorknock.db"))
	if err != nil {
		t.Fatal(err)
	}
	refusals := 0
	for seed := range 10 {
		rng := rand.New(rand.NewPCG(uint64(seed), 0))
		spoilt := bytes.Clone(whole)
		at := rng.IntN(len(whole)/4096)*4096 + rng.IntN(8)
		for i := range 16 {
			spoilt[at+i] ^= byte(1 + rng.IntN(255))
		}
		base.write("data/doorknock.db", string(spoilt))
		code, out, errs := base.do("backup", base.path("backup"), "--config", base.config)
		if code != 0 {
			refusals++
			if code != exitFailed || strings.Count(errs, "\n") != 1 || strings.Contains(errs, "goroutine") {
				t.Errorf("16 bytes at %d: exit %d %s%s", at, code, out, errs)
			}
			continue
		}
		if got := base.rows(`PRAGMA integrity_check`); len(got) != 1 || got[0] != "ok" {
			t.Errorf("16 bytes at %d: a backup was made of a damaged database: %v", at, got)
		}
		if err := os.RemoveAll(base.path("backup")); err != nil {
			t.Fatal(err)
		}
	}
	if t.Logf("%d of 10 refused", refusals); refusals == 0 {
		t.Error("no damage was seen")
	}
}
