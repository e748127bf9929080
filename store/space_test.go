package store

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A disk fills and is emptied: the pause, the reserve and the words to the operator, step by step.
func TestSpace(t *testing.T) {
	const mb = 1 << 20
	var free uint64
	var log bytes.Buffer
	dropped := 0
	s := &Space{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil)), Dropped: func(context.Context) { dropped++ },
		Disk: func(string) (uint64, uint64, error) { return free * mb, 100 << 30, nil }}
	for _, step := range []struct {
		what    string
		free    uint64
		low     bool
		ballast int64
		dropped int
		says    string
	}{
		{"plenty", 10_000, false, 64 * mb, 0, ""},
		{"under the floor", 255, true, 64 * mb, 0, "nearly full"},
		{"still", 200, true, 64 * mb, 0, ""},
		{"nothing left", 3, true, 0, 1, "reserve was dropped"},
		{"the reserve's room", 67, true, 0, 1, ""},
		{"a little above the floor", 300, true, 0, 1, ""},
		{"room again", 400, false, 64 * mb, 1, "visits go on"},
		{"between", 270, false, 64 * mb, 1, ""},
	} {
		free = step.free
		log.Reset()
		if err := s.look(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if (s.Low() != nil) != step.low || s.laid() != step.ballast || dropped != step.dropped {
			t.Errorf("%s: low %v, reserve %d, dropped %d; want %+v", step.what, s.Low(), s.laid(), dropped, step)
		}
		if got := log.String(); !strings.Contains(got, step.says) || (step.says == "") != (got == "") {
			t.Errorf("%s: the operator reads %q, want %q", step.what, got, step.says)
		}
	}
	if info, err := os.Stat(filepath.Join(s.Dir, ballastFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the reserve: %v %v", info, err)
	}
}

// On a small disk floor and reserve are small too, so that a card of 512 MB can be used.
func TestSpaceOfASmallDisk(t *testing.T) {
	const mb = 1 << 20
	s := &Space{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Disk: func(string) (uint64, uint64, error) { return 100 * mb, 512 * mb, nil }}
	if err := s.look(t.Context(), true); err != nil || s.Low() != nil || s.laid() != 16*mb {
		t.Errorf("%v, low %v, reserve %d", err, s.Low(), s.laid())
	}
}

func TestSpaceOfThisDisk(t *testing.T) {
	if free, total, err := diskSpace(t.TempDir()); err != nil || total == 0 || free > total {
		t.Errorf("%d of %d, %v", free, total, err)
	}
}
