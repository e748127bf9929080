package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	ballastFile = "ballast"
	// mostFloor is the free space below which nothing new is begun, on a disk of 2 GiB and more; on a smaller one it is
	// an eighth of the disk. The ballast is a quarter of it: on a full disk SQLite can neither delete nor fold its log
	// into the file, so the space for that is kept by a file that can be dropped.
	mostFloor    = 256 << 20
	floorShare   = 8
	ballastShare = 4
	spaceEvery   = 2 * time.Second
)

// Space watches the room on the data folder's disk. Below a floor it asks for a pause, and where there is next to
// nothing left it drops the ballast, so that what is under way can be written and old data deleted; with room again it
// ends the pause and lays the ballast down anew. It deletes nothing else.
type Space struct {
	Dir string // the data folder
	Log *slog.Logger
	// Dropped is called when the ballast was dropped: now is the time to forget what may be forgotten.
	Dropped func(context.Context)
	// Disk gives the bytes that this user may still write and those of the whole disk; nil asks the system.
	Disk func(dir string) (free, total uint64, err error)

	low atomic.Pointer[error]
}

// Low says why nothing new should be begun, or nil where there is room.
func (s *Space) Low() error {
	if why := s.low.Load(); why != nil {
		return *why
	}
	return nil
}

// Run watches until ctx ends. Its first look lays no ballast: a start has better things to do.
func (s *Space) Run(ctx context.Context) error {
	if s.Disk == nil {
		s.Disk = diskSpace
	}
	tick := time.NewTicker(spaceEvery)
	defer tick.Stop()
	for first := true; ; first = false {
		if err := s.look(ctx, !first); err != nil {
			s.Log.Debug("the disk's free space is not known", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look acts on the room there is now. The pause ends an eighth above the floor, ballast included, so that it does not
// come and go with every visit.
func (s *Space) look(ctx context.Context, lay bool) error {
	free, total, err := s.Disk(s.Dir)
	if err != nil {
		return fmt.Errorf("look at the disk of %s: %w", s.Dir, err)
	}
	floor := min(mostFloor, total/floorShare)
	ballast := floor / ballastShare
	if free < ballast/4 {
		s.drop(ctx)
	}
	laid := s.laid() == int64(ballast)
	need := floor + floor/8
	if !laid {
		need += ballast
	}
	switch {
	case free < floor:
		s.pause(free, floor)
	case free >= need:
		if !laid && lay {
			err = s.lay(int64(ballast))
		}
		if s.low.Swap(nil) != nil {
			s.Log.Info("there is room on the disk again; visits go on", "folder", s.Dir)
		}
	}
	return err
}

func (s *Space) pause(free, floor uint64) {
	why := fmt.Errorf("the disk of %s has %d MB left, and %d MB are needed: no new visits until there is room", s.Dir, free/1e6, floor/1e6)
	if s.low.Swap(&why) == nil {
		s.Log.Warn("the disk is nearly full: no new visits until there is room", "folder", s.Dir, "free_mb", free/1e6, "needed_mb", floor/1e6)
	}
}

// laid is the size of the ballast, 0 where there is none.
func (s *Space) laid() int64 {
	info, err := os.Stat(filepath.Join(s.Dir, ballastFile))
	if err != nil {
		return 0
	}
	return info.Size()
}

func (s *Space) drop(ctx context.Context) {
	err := os.Remove(filepath.Join(s.Dir, ballastFile))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		s.Log.Error("the disk is full, and the reserve could not be dropped", "error", err)
		return
	}
	s.Log.Error("the disk is full; the reserve was dropped so that work in hand can be written. Make room", "folder", s.Dir)
	if s.Dropped != nil {
		s.Dropped(ctx)
	}
}

// lay makes the ballast whole or not at all.
func (s *Space) lay(size int64) error {
	path := filepath.Join(s.Dir, ballastFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("lay the disk's reserve: %w", err)
	}
	if err := errors.Join(reserve(f, size), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("lay the disk's reserve: %w", err), os.Remove(path))
	}
	return nil
}
