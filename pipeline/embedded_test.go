package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fill makes every open file of this process whose path ends so answer each write as a full disk does.
func fill(t *testing.T, ending string) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	must(t, err)
	defer full.Close()
	open, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	found := 0
	for _, f := range open {
		path, err := os.Readlink(filepath.Join("/proc/self/fd", f.Name()))
		if err != nil || !strings.HasSuffix(path, ending) {
			continue
		}
		n, err := strconv.Atoi(f.Name())
		must(t, err)
		must(t, syscall.Dup3(int(full.Fd()), n, 0))
		found++
	}
	if found == 0 {
		t.Fatalf("no open file ends with %s", ending)
	}
}

// A stream whose file could not be written once, and a server that switched itself off, work again without a restart
// of the program, and hold what they held.
func TestQueueWorksAgain(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, b *Broker){
		"one write failed": func(t *testing.T, b *Broker) {
			fill(t, filepath.Join(streamJobs, "msgs", "1.blk"))
			if _, err := b.js.Publish(t.Context(), "job.b", []byte("{}")); err == nil {
				t.Fatal("a publish on a full disk was acknowledged")
			}
		},
		"switched off": func(t *testing.T, b *Broker) { must(t, b.server.server.ShutdownJetStream()) },
	} {
		t.Run(name, func(t *testing.T) {
			b := openBroker(t, t.TempDir())
			defer b.Close()
			_, err := b.js.Publish(t.Context(), "job.a", []byte("{}"))
			must(t, err)
			harm(t, b)
			eventually(t, "a publish works", func() error {
				_, err := b.js.Publish(t.Context(), "job.b", []byte("{}"))
				return err
			})
			if n, err := b.waiting(t.Context(), streamJobs); err != nil || n != 2 {
				t.Errorf("%d jobs wait (%v), want both", n, err)
			}
		})
	}
}

func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	err := fmt.Errorf("not tried")
	for deadline := time.Now().Add(3 * time.Minute); err != nil; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within three minutes: %s: %v", what, err)
		}
		err = try()
	}
}
