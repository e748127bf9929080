package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/pipeline"
)

// A start is what the stages are started with: settings and list, read together, so that a reload takes both or neither.
type start struct {
	cfg      configs.Config
	orgs     []audit.Organisation
	channels []audit.Channel
}

// settings say where those of a run are: a file, and what the command line puts in its place.
type settings struct{ path, nats string }

// alone reads the settings without the list of organisations, which a crawler does not need.
func (s settings) alone() (start, error) {
	cfg, err := loadConfig(s.path)
	if err != nil || s.nats == "" {
		return start{cfg: cfg}, err
	}
	cfg.NATS.URL = s.nats
	if err := cfg.NATS.Validate(); err != nil {
		return start{}, errUsage(fmt.Errorf("--nats: %w", err))
	}
	return start{cfg: cfg}, nil
}

// withList reads the settings and the list that they name. Every mistake is bad usage.
func (s settings) withList() (start, error) {
	read, err := s.alone()
	if err != nil {
		return start{}, err
	}
	read.orgs, read.channels, err = read.cfg.LoadOrganisations()
	if err != nil {
		return start{}, errUsage(err)
	}
	return read, nil
}

// fixed are the settings that a running doorknock cannot change, since what it holds open hangs on them.
func (s start) fixed() map[string]string {
	return map[string]string{"data_dir": s.cfg.DataDir, "key_file": s.cfg.KeyFile, "web.listen": s.cfg.Web.Listen, "web.admin_listen": s.cfg.Web.AdminListen, "nats.url": s.cfg.NATS.URL}
}

// unchanged reports, by one sentence a key, what next would change that needs a new start.
func (s start) unchanged(next start) error {
	var errs []error
	for _, key := range []string{"data_dir", "key_file", "web.listen", "web.admin_listen", "nats.url"} {
		if s.fixed()[key] != next.fixed()[key] {
			errs = append(errs, fmt.Errorf("%s cannot be changed while doorknock runs: set it back, or stop doorknock and start it again", key))
		}
	}
	return errors.Join(errs...)
}

// A session is what runs between two readings of the settings.
type session struct {
	log    *slog.Logger
	stages []pipeline.Stage // in the order of pipeline.Run
	close  func()           // gives back what the stages worked with, once they have ended
}

// reloader runs sessions one after another: the next begins when SIGHUP has come and the settings, read anew, are right
// as a whole. Wrong ones, and those that only a new start can take over, change nothing.
type reloader struct {
	read   func() (start, error)
	open   func(context.Context, start) (session, error)
	before func() // told before a session ends so that another follows
}

// run runs sessions until ctx ends or a stage fails. Settings that are right and cannot be started with all the same,
// as a server that does not answer, give way to those before them.
func (r *reloader) run(ctx context.Context, now start) error {
	asked := make(chan os.Signal, 1) // one that comes during a reload waits for its end; two are as good as one
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	var last *start // what ran before now, while now has not run yet
	for {
		s, err := r.open(ctx, now)
		if err != nil && ctx.Err() != nil {
			return nil // ended between two sessions, or while the first waited for its NATS server: nothing runs
		}
		if err != nil && last != nil {
			newLog(last.cfg.Log).Error("the new settings could not be started with; going on with those before", "error", err)
			now, last = *last, nil
			continue
		}
		if err != nil {
			return err
		}
		if last != nil {
			s.log.Info("the new settings are in force", "organisations", len(now.orgs), "channels", len(now.channels))
		}
		next, err := r.session(ctx, s, now, asked)
		if err != nil || next == nil {
			s.log.Info("doorknock has stopped")
			return err
		}
		ran := now
		now, last = *next, &ran
	}
}

// session runs one session and gives the start of the next; nil: there is none.
func (r *reloader) session(ctx context.Context, s session, now start, asked <-chan os.Signal) (*start, error) {
	defer s.close()
	round, end := context.WithCancel(ctx)
	defer end()
	var next *start
	stages, ended := watched(append(s.stages, pipeline.Stage{Name: "settings", Run: func(ctx context.Context) error {
		defer end()
		next = r.await(ctx, s.log, now, asked)
		return nil
	}}))
	err := pipeline.Run(round, s.log, stages...)
	if err != nil || ctx.Err() != nil {
		return nil, err
	}
	select { // a stage that took longer to stop must not meet what the next session opens
	case <-ended:
		return next, nil
	case <-ctx.Done():
		return nil, nil
	}
}

// watched gives the same stages, and a channel that is closed when all of them have ended.
func watched(stages []pipeline.Stage) ([]pipeline.Stage, <-chan struct{}) {
	var running sync.WaitGroup
	running.Add(len(stages))
	all := make([]pipeline.Stage, 0, len(stages))
	for _, s := range stages {
		all = append(all, pipeline.Stage{Name: s.Name, Run: func(ctx context.Context) error {
			defer running.Done()
			return s.Run(ctx)
		}})
	}
	ended := make(chan struct{})
	go func() {
		running.Wait()
		close(ended)
	}()
	return all, ended
}

// await waits for settings to go on with; nil: ctx ended, or the terminal that doorknock was started from was closed.
func (r *reloader) await(ctx context.Context, log *slog.Logger, now start, asked <-chan os.Signal) *start {
	watchedByAPerson := isTerminal(os.Stderr)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-asked:
		}
		if watchedByAPerson && !isTerminal(os.Stderr) {
			return nil // the other meaning of SIGHUP: nobody is there to see it run on
		}
		next, err := r.read()
		if err == nil {
			err = now.unchanged(next)
		}
		if err == nil {
			log.Info("settings are read anew; all stages stop and start with them")
			r.before()
			return &next
		}
		for mistake := range strings.Lines(err.Error()) {
			log.Error("settings not taken over", "mistake", strings.TrimSpace(mistake))
		}
		log.Warn("nothing was taken over: the settings before stay in force")
	}
}

// keptListener is a listener that outlives the pages' server during a reload: nobody answers for a moment, and whoever
// connects then waits in the kernel's queue instead of being turned away.
type keptListener struct {
	*net.TCPListener
	keep atomic.Bool // the next Close only ends Accept
}

// Close ends Accept; it closes the listener unless another server is to follow.
func (l *keptListener) Close() error {
	if l.keep.Swap(false) {
		return l.SetDeadline(time.Now())
	}
	return l.TCPListener.Close()
}

// base is the address by which this machine reaches it.
func (l *keptListener) base() string { return "http://" + l.Addr().String() }

// reopen lets a server accept again.
func (l *keptListener) reopen() error { return l.SetDeadline(time.Time{}) }
