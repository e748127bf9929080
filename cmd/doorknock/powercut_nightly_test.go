//go:build nightly

package main

import (
	"bytes"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// diskImage is a disk in a file, mounted under an installation's data folder. What the file holds is what a disk holds
// after its power was cut: all that was flushed to it, and nothing that only the system's memory held.
type diskImage struct {
	t    *testing.T
	file string
	at   string
}

func newImage(t *testing.T, at string, mb int64) *diskImage {
	t.Helper()
	m := &diskImage{t: t, file: filepath.Join(t.TempDir(), "disk"), at: at}
	f, err := os.Create(m.file)
	if err == nil {
		err = errors.Join(f.Truncate(mb<<20), f.Close(), os.MkdirAll(at, 0o700))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", m.file).CombinedOutput(); err != nil {
		t.Skipf("no ext4 disk can be made here (%v %s); TestSyncsPerCommit counts what is flushed instead", err, out)
	}
	t.Cleanup(m.unmount)
	m.mount()
	return m
}

// mount mounts with a journal that is written by itself every five minutes only: what is safe is so because the program
// flushed it.
func (m *diskImage) mount() {
	m.t.Helper()
	if out, err := exec.Command("mount", "-o", "loop,commit=300", m.file, m.at).CombinedOutput(); err != nil {
		m.t.Skipf("no disk image can be mounted here (%v %s); TestSyncsPerCommit counts what is flushed instead", err, bytes.TrimSpace(out))
	}
}

func (m *diskImage) unmount() { _ = exec.Command("umount", m.at).Run() }

// copy takes the disk as it is at this moment.
func (m *diskImage) copy() string {
	m.t.Helper()
	to := m.file + ".cut"
	if out, err := exec.Command("cp", "--sparse=always", m.file, to).CombinedOutput(); err != nil {
		m.t.Fatalf("%v %s", err, out)
	}
	return to
}

// powerCut freezes the program at this moment, takes the disk as it is then and what every reader was shown by then,
// and goes on with that disk after its file system has recovered. It gives false where the program was frozen with a
// lock that keeps readers out; it runs on then.
func (r *rig) powerCut(disk *diskImage) bool {
	r.t.Helper()
	freeze(r.t, r.cmd.Process.Pid)
	shown, err := acknowledged(r.dir)
	if err != nil {
		r.t.Logf("frozen at a moment nobody can read: %v", err)
		if err := r.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			r.t.Fatal(err)
		}
		return false
	}
	cut := disk.copy()
	r.kill()
	disk.unmount()
	if err := os.Rename(cut, disk.file); err != nil {
		r.t.Fatal(err)
	}
	disk.mount()
	kept, err := acknowledged(r.dir)
	if err != nil {
		r.t.Fatalf("after the cut: %v", err)
	}
	for id := range shown {
		if !kept[id] {
			r.t.Errorf("lost by the cut: %s", id)
		}
	}
	if got := r.rows(`PRAGMA integrity_check`); len(got) != 1 || got[0] != "ok" {
		r.t.Errorf("integrity_check: %v", got)
	}
	r.checkCaptures()
	return true
}

// freeze stops every thread of a process and waits until they stand.
func freeze(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		tasks, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the process does not stand: %v", err)
		}
		if !slices.ContainsFunc(tasks, func(path string) bool {
			stat, err := os.ReadFile(path)
			_, rest, _ := strings.Cut(string(stat), ") ")
			return err == nil && !strings.HasPrefix(rest, "T")
		}) {
			return
		}
	}
}

// acknowledged gives the rows that anybody can read in the database now.
func acknowledged(dir string) (map[string]bool, error) {
	path := filepath.Join(dir, "data", "doorknock.db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil // the first start was cut before it had a database
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&_busy_timeout=1000")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(`SELECT 'visit ' || id FROM visit UNION ALL SELECT 'finding ' || id FROM finding
		UNION ALL SELECT 'capture ' || id || file || file_offset FROM capture WHERE sealed = 0 UNION ALL SELECT 'comment ' || id FROM comment
		UNION ALL SELECT 'event ' || id FROM event UNION ALL SELECT 'assessed ' || comment FROM assessment
		UNION ALL SELECT 'alert ' || id FROM alert UNION ALL SELECT 'delivery ' || id FROM delivery
		UNION ALL SELECT 'sent ' || id FROM delivery WHERE state = 'sent' UNION ALL SELECT 'marked ' || id FROM event WHERE alert_marked_at IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all[id] = true
	}
	return all, rows.Err()
}

// The power is cut forty times while the town changes. Nothing that a reader had been shown is lost, no capture that a
// row names is torn, the database is whole each time, and in the end everything is as after a calm run, every alert told, and told
// again only where the answer was lost.
func TestPowerCuts(t *testing.T) {
	const cuts = 40
	where := openTown(t, town.Old())
	cut := newTrial(t, where, where)
	disk := newImage(t, filepath.Join(cut.dir, "data"), 192)
	t.Cleanup(cut.kill) // before the disk is unmounted
	cut.begin()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for done := 0; done < cuts; {
		time.Sleep(time.Duration(200+rng.IntN(1500)) * time.Millisecond) // the random moment of the next cut
		if !cut.powerCut(disk) {
			continue
		}
		if done++; done == cuts/2 {
			cut.turn()
		}
		cut.write()
		cut.start()
	}
	cut.ends()
}
