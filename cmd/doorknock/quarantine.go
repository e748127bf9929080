package main

import (
	"context"
	"encoding/json"
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
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Show what is held", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return in.listQuarantines(c.Context(), c.OutOrStdout(), asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (in *installation) listQuarantines(ctx context.Context, out io.Writer, asJSON bool) error {
	held, err := in.db.Quarantines(ctx)
	if err != nil {
		return err
	}
	for _, q := range held {
		if asJSON {
			line := struct {
				V int `json:"v"`
				store.Quarantine
			}{1, q}
			if err := json.NewEncoder(out).Encode(line); err != nil {
				return fmt.Errorf("print quarantine: %w", err)
			}
			continue
		}
		fmt.Fprintf(out, "%s %s: held since %s; %d of %d places showed a new answer at once; answers of %s wait\n", q.Platform, q.Check, ago(q.Since), q.Pending, q.Read,
			counted(q.Organisations, "organisation"))
	}
	if len(held) == 0 && !asJSON {
		fmt.Fprintln(out, "Nothing is held.")
	}
	return nil
}

func newQuarantineRelease() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "release PLATFORM CHECK", Short: "Let the answers to one question through again; `run` may be running", Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			in, err := openBeside(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			platform, check := audit.Platform(args[0]), audit.CheckID(args[1])
			err = in.db.ReleaseQuarantine(c.Context(), platform, check, time.Now())
			if errors.Is(err, store.ErrNotFound) {
				return errUsage(fmt.Errorf("%s %s is not held (`doorknock quarantine list` shows what is)", platform, check))
			}
			if err != nil {
				return err
			}
			if asJSON {
				err = json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"v": 1, "platform": platform, "check": check, "released": true})
			} else {
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s %s is released; what the next look at a place says again is confirmed, shown and told\n", platform, check)
			}
			return err //nolint:wrapcheck // says by itself that nobody reads
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}
