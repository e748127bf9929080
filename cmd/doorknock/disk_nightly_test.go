//go:build nightly

package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/cmd/doorknock/town"
)

// smallDisk puts a disk of its own under the installation's data folder.
func (r *rig) smallDisk(mb int) string {
	r.t.Helper()
	data := filepath.Join(r.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := syscall.Mount("doorknock", data, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", mb)); err != nil {
		r.t.Skipf("no disk of its own can be mounted here (%v); run this as root", err)
	}
	r.t.Cleanup(func() {
		r.kill()
		_ = syscall.Unmount(data, syscall.MNT_DETACH)
	})
	return data
}

// hog fills a disk to the last byte, and again for some time as the program frees some.
func hog(t *testing.T, data string, again time.Duration) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(data, "hog"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for end := (time.Time{}); end.IsZero() || time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for size := 1 << 20; size >= 1; size /= 2 {
			for {
				if _, err := f.Write(make([]byte, size)); err != nil {
					if !errors.Is(err, syscall.ENOSPC) {
						t.Fatal(err)
					}
					break
				}
			}
		}
		if end.IsZero() { // a large disk takes its time to fill
			end = time.Now().Add(again)
		}
	}
}

// The disk that holds database, evidence and queue is filled to the last byte and emptied again, three times while the town changes: the
// pages stay, /healthz says why it is red, no new visits are begun, and when there is room all goes on by itself. In the end
// everything is as after a calm run, to the last message. Once on a disk in memory that is too small for the whole reserve,
// once on an ext4 disk that has it.
func TestDiskFullAndBack(t *testing.T) {
	t.Run("192 MB in memory", func(t *testing.T) {
		fullAndBack(t, 3, 6<<20, func(r *rig) string { return r.smallDisk(192) })
	})
	t.Run("2.5 GB of ext4", func(t *testing.T) {
		fullAndBack(t, 1, 64<<20, func(r *rig) string {
			data := filepath.Join(r.dir, "data")
			newImage(r.t, data, 2560)
			r.t.Cleanup(r.kill) // before the disk is unmounted
			return data
		})
	})
}

// fullAndBack does so some times; reserve is what is kept free on that disk: a thirty-second of it, 64 MiB at most.
func fullAndBack(t *testing.T, rounds int, reserve int64, disk func(*rig) string) {
	where := openTown(t, town.Old())
	full := newTrial(t, where, where)
	data := disk(full.rig)
	full.begin()
	base := full.out.address(t)
	ballast := filepath.Join(data, "ballast")
	for round := range rounds {
		full.until("the reserve is laid", time.Minute, func() bool { _, err := os.Stat(ballast); return err == nil })
		if laid, err := os.Stat(ballast); err == nil && laid.Size() != reserve {
			t.Errorf("the reserve has %d bytes, want %d", laid.Size(), reserve)
		}
		before := full.rows(`SELECT id FROM finding`)
		full.turn()
		for range 6 {
			full.write()
		}
		hog(t, data, 6*time.Second)
		if _, err := os.Stat(ballast); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("round %d: the reserve was not dropped: %v", round, err)
		}
		if code, body := get(t, base+"/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "disk") {
			t.Errorf("round %d: /healthz: %d %s, want 503 and the disk", round, code, body)
		}
		for _, page := range []string{"/", "/league", "/organisations/larkfield-homes", "/readyz"} {
			if code, _ := get(t, base+page); code != http.StatusOK {
				t.Errorf("round %d: %s on a full disk: %d", round, page, code)
			}
		}
		if left := strings.Join(full.rows(`SELECT id FROM finding`), " "); !containsAll(left, before) {
			t.Errorf("round %d: findings are gone", round)
		}
		if err := os.Remove(filepath.Join(data, "hog")); err != nil {
			t.Fatal(err)
		}
		visits := full.rows(`SELECT count(*) FROM visit`)[0]
		full.until("visits go on by themselves", 2*time.Minute, func() bool {
			code, _ := get(t, base+"/healthz")
			return code == http.StatusOK && full.has(`SELECT 1 WHERE (SELECT count(*) FROM visit) > `+visits)
		})
		full.agree() // so that no door turns before it was seen by both
	}
	for _, words := range []string{"nearly full", "reserve was dropped", "there is room on the disk again"} {
		if full.out.line(words) == "-" {
			t.Errorf("the operator was not told %q", words)
		}
	}
	full.ends()
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
