package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/store"
)

func newQuarantine() *cobra.Command {
	c := &cobra.Command{
		Use: "quarantine", Short: "Show and release questions whose answers changed at many places at once", Args: cobra.NoArgs, RunE: showHelp,
		Long: "When more than a fifth of a platform's places show a new answer to one question within a day, the fault is likely ours.\n" +
			"Such a question is held: its answers are shown to nobody and raise no alert until you have looked and release it.",
	}
	c.AddCommand(newQuarantineList(), newQuarantineRelease())
	return c
}

func newQuarantineList() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "list", Short: "Show what is held", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return in.listQuarantines(c.Context(), c.OutOrStdout())
		},
	}
	addConfig(c, &path)
	return c
}

func (in *installation) listQuarantines(ctx context.Context, out io.Writer) error {
	held, err := in.db.Quarantines(ctx)
	if err != nil {
		return err
	}
	for _, q := range held {
		fmt.Fprintf(out, "%s %s: held since %s; %d of %d places read in a day showed a new answer\n", q.Platform, q.Check, ago(q.Since), q.Pending, q.Read)
	}
	if len(held) == 0 {
		fmt.Fprintln(out, "Nothing is held.")
	}
	return nil
}

func newQuarantineRelease() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "release PLATFORM CHECK", Short: "Let the answers to one question through again; stop `run` first", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			in, err := openInstallation(c.Context(), cfg, newLog(cfg.Log))
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			err = in.db.ReleaseQuarantine(c.Context(), audit.Platform(args[0]), audit.CheckID(args[1]), time.Now())
			if errors.Is(err, store.ErrNotFound) {
				return errUsage(fmt.Errorf("%s %s is not held (`doorknock quarantine list` shows what is)", args[0], args[1]))
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s %s is released; what is confirmed of it is shown and told from the next start of `run` on\n", args[0], args[1])
			return nil
		},
	}
	addConfig(c, &path)
	return c
}
