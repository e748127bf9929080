package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// keepHouse does what time alone makes due: at start and every hour it forgets what has been kept long enough, at start
// and once a day it makes every score anew (a state that has gone stale raises no event), rolls up old findings and
// removes evidence that a crash left behind, and at start it reads the whole database for damage, which ends the program.
func (in *installation) keepHouse(ctx context.Context) error {
	if err := in.db.Check(ctx); errors.Is(err, store.ErrCorrupt) {
		return err
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	var daily time.Time
	left := sweeper{db: in.db, folder: in.folder, dir: in.cfg.DataDir, log: in.log}
	for {
		if err := in.db.CheckWeekly(ctx, time.Now()); errors.Is(err, store.ErrCorrupt) {
			return err
		}
		if err := in.forget(ctx, time.Now()); err != nil && ctx.Err() == nil {
			in.log.Error("old texts and captures could not be dropped; trying again in an hour", "error", err)
		}
		if time.Since(daily) >= 24*time.Hour {
			daily = time.Now()
			if err := in.tidy(ctx, time.Now()); err != nil && ctx.Err() == nil {
				in.log.Error("old findings could not be rolled up; trying again tomorrow", "error", err)
			}
			if err := left.sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
				in.log.Error("left-over evidence could not be removed; trying again tomorrow", "error", err)
			}
			if err := in.rateAll(ctx); err != nil && ctx.Err() == nil {
				in.log.Error("scores could not be made anew; trying again tomorrow", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watchDuties makes every score anew on the day on which a duty begins or ends. It looks at the clock every hour, since a
// machine may sleep, or its clock be set.
func (in *installation) watchDuties(ctx context.Context) error {
	from := time.Now()
	for {
		next := in.duties.Next(from)
		if now := time.Now(); !next.IsZero() && !now.Before(next) {
			if err := in.rateAll(ctx); err == nil {
				in.log.Info("a duty begins or ends today; scores are made anew", "day", next.Format(time.DateOnly))
				from = now
				continue
			} else if ctx.Err() == nil {
				in.log.Error("scores could not be made anew on the day of a duty; trying again in a minute", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(untilDay(time.Now(), next)):
		}
	}
}

// untilDay is how long to wait for a day: an hour at most, and a minute where it has come.
func untilDay(now, day time.Time) time.Duration {
	switch left := day.Sub(now); {
	case day.IsZero() || left > time.Hour:
		return time.Hour
	case left <= 0:
		return time.Minute
	default:
		return left
	}
}

// watchClock mends, at start and every minute, what a clock that was set back would leave waiting.
func (in *installation) watchClock(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		switch n, err := in.db.SetBack(ctx, time.Now()); {
		case err != nil && ctx.Err() == nil:
			in.log.Error("what waits for a time could not be mended; trying again in a minute", "error", err)
		case n > 0:
			in.log.Warn("the clock was set back: channels looked at in what is now the future are looked at again within an interval", "channels", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (in *installation) forget(ctx context.Context, now time.Time) error {
	if err := dropCopies(in.cfg.DataDir, now.Add(-max(in.cfg.Retain.Text, 24*time.Hour))); err != nil {
		return fmt.Errorf("drop old copies of the database: %w", err)
	}
	forgotten, err := in.db.Forget(ctx, now)
	if err != nil {
		return fmt.Errorf("forget old texts: %w", err)
	}
	for _, f := range forgotten.Files {
		if err := in.folder.Drop(f); err != nil {
			return fmt.Errorf("drop old capture: %w", err)
		}
	}
	return nil
}

// dropCopies removes the copies of the database from before a change of its schema that were written before a time: they
// hold the words that were kept then.
func dropCopies(dir string, before time.Time) error {
	copies, err := filepath.Glob(filepath.Join(dir, store.DatabaseFile+".before-*"))
	if err != nil {
		return err
	}
	for _, path := range copies {
		info, err := os.Stat(path)
		if err == nil && info.ModTime().Before(before) {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// tidy rolls up old findings and lets go of what nothing rests on any more.
func (in *installation) tidy(ctx context.Context, now time.Time) error {
	did, err := in.db.Tidy(ctx, now, in.folder.Drop)
	if did != (store.Tidied{}) {
		in.log.Info("old looks are rolled up", "findings", did.Findings, "captures", did.Captures, "files", did.Files, "visits", did.Visits, "rows", did.Rows)
	}
	return err //nolint:wrapcheck // the log says what was being done
}

// ratedAtOnce is how many organisations' scores one transaction saves: each commit has the next reader of the table read
// it anew, and costs a flush of the disk.
const ratedAtOnce = 100

// rateAll makes the scores of every organisation anew.
func (in *installation) rateAll(ctx context.Context) error {
	orgs, err := in.db.Organisations(ctx)
	if err != nil {
		return fmt.Errorf("list organisations to rate: %w", err)
	}
	for some := range slices.Chunk(orgs, ratedAtOnce) {
		var scores []audit.Score
		for _, o := range some {
			made, err := in.rateNow(ctx, o)
			if err != nil {
				return err
			}
			scores = append(scores, made...)
		}
		if err := in.db.SaveScores(ctx, "", scores, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// rateNow makes one organisation's scores; none of one that was never looked at.
func (in *installation) rateNow(ctx context.Context, o audit.Organisation) ([]audit.Score, error) {
	now := time.Now()
	answers, err := in.db.ScoreInputs(ctx, o.ID)
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	scores := in.rate(o, answers, now)
	for i := range scores {
		scores[i].Organisation, scores[i].At = o.ID, now
	}
	return scores, nil
}
