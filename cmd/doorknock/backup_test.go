package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/cmd/doorknock/town"
	"doorknock/evidence"
)

// A backup made beside a running doorknock restores it after its database was damaged, and refuses to be restored where
// any of its own bytes is not as it was written.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	where := openTown(t, town.Old())
	r := newRig(t, where, "")
	r.start()
	r.until("captures and a state", time.Minute, func() bool {
		return r.has(`SELECT 1 FROM capture WHERE sealed = 1 AND file <> ''`) && r.has(`SELECT 1 FROM state_now WHERE state = 'open'`)
	})
	to := r.path("backup")
	code, out, errs := r.do("backup", to, "--config", r.config)
	if code != 0 || !strings.Contains(out, "checked") || !strings.Contains(out, "key file") {
		t.Fatalf("backup: exit %d\n%s%s", code, out, errs)
	}
	if code, out, errs := r.do("backup", to, "--config", r.config); code != exitUsage || !strings.Contains(errs, "is there already") {
		t.Errorf("over another: exit %d %s%s", code, out, errs)
	}
	if code, out, errs := r.do("restore", to, "--check", "--config", r.config); code != 0 || !strings.Contains(out, "whole") || !strings.Contains(out, "belongs to it") {
		t.Errorf("check: exit %d %s%s", code, out, errs)
	}
	code, out, errs = r.do("restore", to, "--force", "--config", r.config)
	if code != exitFailed || !strings.Contains(errs, "in use by another doorknock") {
		t.Errorf("beside run: exit %d %s%s", code, out, errs)
	}
	r.kill()
	r.noKeyIn(to)
	r.spoiltBackups(to)
	r.brokenAndBack(to)
	if code, took := r.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, r.out)
	}
}

// noKeyIn searches the backup for the installation's key, and looks that nobody else can read it.
func (r *rig) noKeyIn(to string) {
	r.t.Helper()
	key, err := os.ReadFile(r.path("doorknock.key"))
	if err != nil {
		r.t.Fatal(err)
	}
	err = filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			r.t.Errorf("%s can be read by others: %v %v", path, info.Mode(), err)
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), strings.TrimSpace(string(key))) {
			r.t.Errorf("%s holds the key", path)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// spoiltBackups changes one thing at a time in copies of the backup; each is refused and changes nothing.
func (r *rig) spoiltBackups(to string) {
	r.t.Helper()
	captures, err := filepath.Glob(filepath.Join(to, "evidence", "*", "*"))
	if err != nil || len(captures) == 0 {
		r.t.Fatalf("no evidence in the backup: %v", err)
	}
	one := strings.TrimPrefix(captures[0], to+"/")
	const linkedOut = "a capture that is a link out of the backup, to the same bytes"
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	spoil := []struct {
		name, file string
		change     func([]byte) []byte // nil: remove
	}{
		{"a bit of the database", "doorknock.db", flip},
		{"the database cut", "doorknock.db", func(b []byte) []byte { return b[:len(b)-4096] }},
		{"an empty database", "doorknock.db", func([]byte) []byte { return nil }},
		{"no database", "doorknock.db", nil},
		{"a bit of a capture", one, flip},
		{"a capture cut", one, func(b []byte) []byte { return b[:len(b)-1] }},
		{"no capture", one, nil},
		{linkedOut, one, nil},
		{"no list", "backup.json", nil},
		{"a list cut", "backup.json", func(b []byte) []byte { return b[:len(b)/2] }},
		{"a list without a capture", "backup.json", func(b []byte) []byte {
			at := strings.Index(string(b), `"file": "evidence/`)
			from := strings.LastIndex(string(b[:at]), "{")
			end := at + strings.Index(string(b[at:]), "}") + 1
			return append(append(append([]byte{}, b[:from]...), `{"file":"backup.json","bytes":1,"hash":""}`...), b[end:]...)
		}},
		{"a list that leads out", "backup.json", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), one, "evidence/../../doorknock.key", 1))
		}},
	}
	before := r.files()
	for _, s := range spoil {
		copied := filepath.Join(r.t.TempDir(), "backup")
		if err := os.CopyFS(copied, os.DirFS(to)); err != nil {
			r.t.Fatal(err)
		}
		path := filepath.Join(copied, s.file)
		data, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		switch {
		case s.name == linkedOut:
			err = errors.Join(os.Remove(path), os.Symlink(captures[0], path))
		case s.change == nil:
			err = os.Remove(path)
		default:
			err = os.WriteFile(path, s.change(data), 0o600)
		}
		if err != nil {
			r.t.Fatal(err)
		}
		for _, how := range []string{"--check", "--force"} {
			if code, out, errs := r.do("restore", copied, how, "--config", r.config); code != exitFailed || out != "" || strings.Count(errs, "\n") != 1 {
				r.t.Errorf("%s, %s: exit %d, %s%s", s.name, how, code, out, errs)
			}
		}
	}
	if diff := cmp.Diff(before, r.files()); diff != "" {
		r.t.Error("a refused restore changed the disk")
	}
}

// brokenAndBack damages the database and some evidence, reads what to do from the refusal, and does it.
func (r *rig) brokenAndBack(to string) {
	r.t.Helper()
	r.spoil(func([]byte) []byte { return []byte(strings.Repeat("words ", 4000)) })
	if err := os.RemoveAll(r.path("data/evidence")); err != nil {
		r.t.Fatal(err)
	}
	code, out, errs := r.do("run", "--config", r.config)
	refused(r.t, code, exitFailed, out, errs, []string{"the database is damaged", "doorknock.db", "doorknock restore"})
	if code, out, errs := r.do("restore", to, "--config", r.config); code != exitFailed || !strings.Contains(errs, "--force") {
		r.t.Errorf("without --force: exit %d %s%s", code, out, errs)
	}
	if code, out, errs := r.do("restore", to, "--force", "--config", r.config); code != 0 || !strings.Contains(out, "replaced-") {
		r.t.Fatalf("restore: exit %d %s%s", code, out, errs)
	}
	if got := r.rows(`PRAGMA integrity_check`); len(got) != 1 || got[0] != "ok" {
		r.t.Errorf("integrity_check: %v", got)
	}
	r.checkCaptures()
	// Without its key the restored folder is refused, in words.
	if err := os.Rename(r.path("doorknock.key"), r.path("away")); err != nil {
		r.t.Fatal(err)
	}
	if code, out, _ := r.do("restore", to, "--check", "--config", r.config); code != 0 || !strings.Contains(out, "not in a backup") {
		r.t.Errorf("check without key: exit %d %s", code, out)
	}
	code, out, errs = r.do("run", "--config", r.config)
	refused(r.t, code, exitFailed, out, errs, []string{"no installation key"})
	if err := os.Rename(r.path("away"), r.path("doorknock.key")); err != nil {
		r.t.Fatal(err)
	}
	visits := r.rows(`SELECT count(*) FROM visit`)[0]
	r.start()
	r.out.address(r.t)
	r.until("it goes on", time.Minute, func() bool { return r.has(`SELECT 1 WHERE (SELECT count(*) FROM visit) > ` + visits) })
}

// checkCaptures reads every capture that the database names from the evidence folder.
func (r *rig) checkCaptures() {
	r.t.Helper()
	for _, row := range r.rows(`SELECT file, file_offset, sealed FROM capture WHERE file <> ''`) {
		cells := strings.Split(row, "|")
		offset, err := strconv.ParseInt(cells[1], 10, 64)
		if err != nil {
			r.t.Fatal(err)
		}
		f, err := os.Open(filepath.Join(r.dir, "data", "evidence", cells[0]))
		if err != nil {
			r.t.Errorf("a capture's file: %v", err)
			continue
		}
		if info, err := f.Stat(); err != nil || info.Size() == 0 {
			r.t.Errorf("capture %s: %v", row, err)
		}
		if cells[2] == "0" {
			_, err := f.Seek(offset, io.SeekStart)
			if err == nil {
				_, err = evidence.NewReader(f).Next()
			}
			if err != nil {
				r.t.Errorf("capture %s: %v", row, err)
			}
		}
		f.Close()
	}
}
