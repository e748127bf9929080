package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/store"
)

func newPrivacyKeep() *cobra.Command {
	var config, by, reason string
	var end bool
	c := &cobra.Command{
		Use: "keep [CAPTURE]", Short: "Keep a sealed capture beyond its time, by a name and a reason; or list what is kept so", Args: cobra.MaximumNArgs(1),
		Long: "A sealed capture is dropped after retain.captures (30 days). keep holds one back from that clock: for a dispute, say. It takes the\n" +
			"name of who answers for it, and a reason. --end gives it back to the clock. Who asks to be erased is erased all the same.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && !end && (by == "" || reason == "") {
				return errUsage(errors.New("privacy keep: say who answers for it and why: --by and --reason"))
			}
			in, err := openBeside(c.Context(), config)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			switch {
			case len(args) == 0:
				return in.listKept(c)
			case end:
				return in.letGo(c.Context(), args[0])
			}
			in.log.Info("a capture is kept beyond its time", "capture", args[0], "by", by, "reason", reason)
			return in.db.Keep(c.Context(), store.Kept{Capture: args[0], By: by, Reason: reason, At: time.Now()})
		},
	}
	c.Flags().StringVar(&by, "by", "", "who answers for it")
	c.Flags().StringVar(&reason, "reason", "", "why it is kept")
	c.Flags().BoolVar(&end, "end", false, "give it back to the clock")
	addConfig(c, &config)
	return c
}

func (in *installation) letGo(ctx context.Context, id string) error {
	if err := in.db.LetGo(ctx, id); err != nil {
		return err
	}
	in.log.Info("a capture is given back to the clock", "capture", id)
	return nil
}

func (in *installation) listKept(c *cobra.Command) error {
	all, err := in.db.KeptCaptures(c.Context())
	if err != nil {
		return err
	}
	for _, k := range all {
		fmt.Fprintf(c.OutOrStdout(), "%s  seen %s  kept since %s by %s: %s  %s\n", k.Capture, k.CapturedAt.UTC().Format(time.DateOnly), k.At.UTC().Format(time.DateOnly),
			audit.Untrusted(k.By).Terminal(), audit.Untrusted(k.Reason).Terminal(), audit.Untrusted(k.URL).Terminal())
	}
	if len(all) == 0 {
		fmt.Fprintln(c.ErrOrStderr(), "Nothing is kept beyond its time.")
	}
	return nil
}
