package main

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"doorknock/evidence"
	"doorknock/store"
)

// leftOverAge is the age from which an evidence file that no recorded capture names was left behind by a crash, or by a
// visit that was made twice. A job waits for 6 hours at most, its visit for 24 to be recorded, and captures in the object
// store for 48.
const leftOverAge = 72 * time.Hour

// sweeper removes left-over evidence files. A file is removed when a first look of this run, at which nothing of it
// is on its way, or two looks in a row find it: a machine that slept for days may wake up in the middle of a visit whose
// files look old.
type sweeper struct {
	db       *store.DB
	folder   *evidence.Folder
	dir      string // data_dir
	log      *slog.Logger
	suspects map[string]bool // of the look before; nil before the first
}

func (s *sweeper) sweep(ctx context.Context, now time.Time) error {
	replaced, err := filepath.Glob(filepath.Join(s.dir, "doorknock.db.replaced-*"))
	if err != nil || len(replaced) > 0 {
		return err // whoever keeps a replaced database may still want the evidence that it names
	}
	left, err := s.leftOvers(ctx, now)
	if err != nil {
		return err
	}
	suspects, removed := map[string]bool{}, 0
	for _, file := range left {
		if s.suspects != nil && !s.suspects[file] {
			suspects[file] = true
			continue
		}
		if err := s.folder.Drop(file); err != nil {
			return err
		}
		removed++
	}
	s.suspects = suspects
	if removed > 0 {
		s.log.Info("evidence files that no recorded visit names are removed; a crash leaves such", "files", removed)
	}
	return nil
}

// leftOvers lists the old files that no capture names. Where they are many, the database is more likely not the one that belongs
// to the folder, and nothing may be removed.
func (s *sweeper) leftOvers(ctx context.Context, now time.Time) ([]string, error) {
	seed := maphash.MakeSeed()
	var named []uint64 // hashes: a million names would be too much; two that are alike only keep a file
	err := s.db.EvidenceFiles(ctx, func(file string) { named = append(named, maphash.String(seed, file)) })
	if err != nil {
		return nil, err
	}
	slices.Sort(named)
	var left []string
	old := 0
	err = s.folder.Old(ctx, now.Add(-leftOverAge), func(file string) {
		old++
		if _, is := slices.BinarySearch(named, maphash.String(seed, file)); !is {
			left = append(left, file)
		}
	})
	if err != nil {
		return nil, err
	}
	if len(left) > 0 && (len(named) == 0 || (len(left) > 100 && 2*len(left) > old)) {
		return nil, fmt.Errorf("%d of %d evidence files are not named in the database: is it the one that belongs to them? They are left alone", len(left), old)
	}
	return left, nil
}
