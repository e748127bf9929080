// Package bench measures doorknock beside its bare limits, on this machine, with loopback alone.
//
// In: a seed, from which the pages are made, and a way to start an installation. Out: for each step what an item costs
// bare and with us, and their ratio over rounds taken in turn, so that a noisy machine spoils both alike. It knows no
// wiring of its own: what it measures is the program that people run. It never touches an installation's data.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"doorknock/audit"
	"doorknock/score/comment"
	"doorknock/store"
)

// Seed is what the pages are made from.
const Seed = 1

// Options say what to measure and with what.
type Options struct {
	Only    []string // ids of steps; empty: all
	Rounds  int      // 0 means 5
	Folder  string   // where the data are put for the time being; its disk is the one that is measured
	Program string   // this program's file, for the children
	// Start runs an installation of these settings in this process until ctx ends; wait gives how it ended.
	Start func(ctx context.Context, config string, h Hooks) (wait func() error, err error)
	// Progress is told which step is on; nil: nobody is.
	Progress func(id string)
}

// Hooks let a step hold the installation it measures.
type Hooks struct {
	// Due stands before what is due: read is the database's own.
	Due func(ctx context.Context, now time.Time, limit int, read ReadDue) ([]audit.Job, error)
	// Visit, where it is not nil, stands in for the crawler.
	Visit    func(context.Context, audit.Job) (audit.Visit, error)
	Recorded func(audit.Visit, store.Recorded)
}

// ReadDue gives the jobs that are due at a time.
type ReadDue func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error)

// ErrNoStep is wrapped where Only names a step there is not.
var ErrNoStep = errors.New("no such step")

// A step measures one thing.
type step struct {
	id, unit string
	goal     float64
	better   string
	// wall says that the figure is of the clock and not of the processor: other programs can only make it worse, so its
	// best round is held against the goal.
	wall bool
	// disk says that on a disk whose own sync takes most of the goal the figure tells nothing of us.
	disk bool
	// report says that the figure is not held against anything.
	report bool
	run    func(context.Context, *rig) (figures, error)
}

// steps is the table of what is measured, in order.
func steps() []step {
	return []step{
		{id: "cpu_page", unit: "us/page", goal: 0.85, better: higher, run: cpuPage},
		{id: "events", unit: "us/event", goal: 0.4, better: higher, report: true, run: events},
		{id: "checks", unit: "us/page", goal: 1.35, better: lower, run: checksOverParse},
		{id: "cpu_304", unit: "us/visit", goal: 0.03, better: lower, run: cpuUnchanged},
		{id: "store", unit: "us/row", goal: 0.4, better: higher, run: storeOverInsert},
		{id: "rss_idle_mb", unit: "MB", goal: 40, better: lower, run: rssIdle},
		{id: "rss_2000_mb", unit: "MB", goal: 150, better: lower, run: rssCrawling},
		{id: "goroutines_2000", unit: "goroutines", goal: 1000, better: lower, run: goroutinesCrawling},
		{id: "ready_ms", unit: "ms", goal: 250, better: lower, wall: true, run: readyWithMillion},
		{id: "commit_ms_p99", unit: "ms", goal: 25, better: lower, wall: true, disk: true, run: commitDelay},
		{id: "webhook_ms_p99", unit: "ms", goal: 30, better: lower, wall: true, disk: true, run: webhookDelay},
		{id: "league_ms", unit: "ms", goal: 20, better: lower, wall: true, run: leaguePage},
		{id: "tier1_per_s", unit: "texts/s", goal: 10_000, better: higher, run: scored(comment.LinearOnly, 4000)},
		{id: "tier2_per_s", unit: "texts/s", goal: 100, better: higher, run: scored(comment.EncoderAlways, 64)},
		{id: "cascade_per_s", unit: "texts/s", goal: 300, better: higher, run: cascade(160)},
	}
}

const (
	higher = "higher"
	lower  = "lower"
)

// IDs are the ids of all steps.
func IDs() []string {
	var ids []string
	for _, s := range steps() {
		ids = append(ids, s.id)
	}
	return ids
}

// Run measures the chosen steps one after another.
func Run(ctx context.Context, o Options) (r Report, err error) {
	chosen, err := choose(o.Only)
	if err != nil {
		return Report{}, err
	}
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	folder, err := os.MkdirTemp(o.Folder, "doorknock-bench-")
	if err != nil {
		return Report{}, fmt.Errorf("make a folder for the measurement: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	r = Report{V: 1, Go: runtime.Version(), CPUs: runtime.NumCPU(), Seed: Seed}
	if r.Fsync, err = diskSync(folder); err != nil {
		return Report{}, err
	}
	g := &rig{o: o, folder: folder}
	defer func() { err = errors.Join(err, g.close()) }()
	if err := g.serve(ctx); err != nil {
		return Report{}, err
	}
	for _, s := range chosen {
		if o.Progress != nil {
			o.Progress(s.id)
		}
		f, err := s.run(ctx, g)
		if err != nil {
			return r, fmt.Errorf("measure %s: %w", s.id, err)
		}
		r.Steps = append(r.Steps, f.judged(s, r.Fsync))
	}
	return r, nil
}

func choose(only []string) ([]step, error) {
	all := steps()
	if len(only) == 0 {
		return all, nil
	}
	var chosen []step
	for _, id := range only {
		i := slices.IndexFunc(all, func(s step) bool { return s.id == id })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s; there are %v", ErrNoStep, id, IDs())
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
