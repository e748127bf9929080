package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/cmd/doorknock/bench"
	"doorknock/pipeline"
)

func newBench() *cobra.Command {
	var o bench.Options
	var gate, asJSON bool
	c := &cobra.Command{
		Use: "bench", Short: "Measure this machine: what a page, a visit and an answer cost, beside the bare limits", Args: cobra.NoArgs,
		Long: "bench measures, in about a minute and with loopback alone, what doorknock costs beside the bare limits of this machine.\n" +
			"It makes its own pages and puts its data into a folder of its own in the current one, which it removes at the end.\n\n" +
			"Steps: " + strings.Join(bench.IDs(), ", ") + ".",
		RunE: func(c *cobra.Command, _ []string) error {
			return runBench(c.Context(), o, gate, asJSON, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringSliceVar(&o.Only, "only", nil, "measure these steps alone")
	c.Flags().IntVar(&o.Rounds, "rounds", 5, "rounds, each bare and then ours")
	c.Flags().BoolVar(&gate, "gate", false, "exit 3 where a goal is missed, and name it")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.AddCommand(&cobra.Command{
		Use: "serve", Short: "The web server of a measurement, in a process of its own", Args: cobra.NoArgs, Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error { return bench.Serve(c.Context(), c.OutOrStdout()) },
	})
	return c
}

func runBench(ctx context.Context, o bench.Options, gate, asJSON bool, out, errs io.Writer) error {
	if o.Rounds < 1 {
		return errUsage(fmt.Errorf("--rounds %d: want 1 or more", o.Rounds))
	}
	var err error
	if o.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("find this program's file: %w", err)
	}
	if o.Folder, err = os.Getwd(); err != nil {
		return fmt.Errorf("find the current folder: %w", err)
	}
	o.Start = startMeasured
	if isTerminal(errs) {
		o.Progress = func(id string) { fmt.Fprintf(errs, "\r\x1b[Kmeasuring %s", id) }
		defer fmt.Fprint(errs, "\r\x1b[K")
	}
	r, err := bench.Run(ctx, o)
	switch {
	case errors.Is(err, bench.ErrNoStep):
		return errUsage(err)
	case err != nil:
		return err
	case asJSON:
		err = json.NewEncoder(out).Encode(r)
	default:
		err = r.Print(out)
	}
	if err != nil {
		return err
	}
	if missed := r.Missed(); gate && len(missed) > 0 {
		return &exitError{exitMissed, errors.New("goals missed: " + strings.Join(missed, "; "))}
	}
	return nil
}

// startMeasured runs an installation without its pages in this process, for a measurement.
func startMeasured(ctx context.Context, config string, h bench.Hooks) (wait func() error, err error) {
	s, err := settings{path: config}.withList()
	if err != nil {
		return nil, err
	}
	in, err := openInstallation(ctx, s.cfg, newLog(s.cfg.Log))
	if err != nil {
		return nil, err
	}
	if err := in.takeList(ctx, s.orgs, s.channels); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	w, err := in.build(ctx, "", tempo{schedule: 20 * time.Millisecond, visit: h.Visit, recorded: h.Recorded,
		due: func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error) {
			return h.Due(ctx, now, limit, in.db.Due)
		}})
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- pipeline.Run(ctx, in.log, slices.Clip(w.stages)...) }()
	return func() error {
		err := <-ended
		w.Close()
		return errors.Join(err, in.Close())
	}, nil
}
