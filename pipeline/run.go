package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	// stopWait is how long one stage may take to stop, and stopAll how long all of them together: SIGTERM allows ten
	// seconds, and the broker and the database still have to close.
	stopWait = 4 * time.Second
	stopAll  = 7 * time.Second
)

// A Stage is one part of the program that runs until its context ends.
type Stage struct {
	Name string
	Run  func(context.Context) error
}

// Run starts the stages in order and, when ctx ends or one of them fails, stops them one by one in the reverse order,
// so that what a stage hands on still finds its taker: list those that take first and those that give last. It gives
// the errors of the stages that failed; a stage that ends by itself without an error is left ended.
func Run(ctx context.Context, log *slog.Logger, stages ...Stage) error {
	failed := make(chan error, len(stages))
	running := make([]runningStage, 0, len(stages))
	for _, s := range stages {
		running = append(running, start(context.WithoutCancel(ctx), s, failed))
	}
	var errs []error
	select {
	case <-ctx.Done():
	case err := <-failed:
		errs = append(errs, err)
	}
	end := time.Now().Add(stopAll)
	for i, s := range slices.Backward(running) {
		if !s.stop(min(stopWait, time.Until(end))) {
			log.Warn("a stage did not stop in time; what it had in hand comes again", "stage", stages[i].Name)
		}
	}
	for len(failed) > 0 {
		errs = append(errs, <-failed)
	}
	return errors.Join(errs...)
}

type runningStage struct {
	cancel context.CancelFunc
	ended  <-chan struct{}
}

func start(ctx context.Context, s Stage, failed chan<- error) runningStage {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			failed <- fmt.Errorf("%s: %w", s.Name, err)
		}
	}()
	return runningStage{cancel, ended}
}

// stop reports whether the stage ended in time.
func (r runningStage) stop(wait time.Duration) bool {
	r.cancel()
	select {
	case <-r.ended:
		return true
	case <-time.After(wait):
		return false
	}
}
