package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/store"
)

func newDead() *cobra.Command {
	c := &cobra.Command{
		Use: "dead", Short: "Show work that was given up, and have it done again", Args: cobra.NoArgs, RunE: showHelp,
		Long: "Work that failed eight times, or that can never work, is given up and listed here. Nothing is lost by that: a place is looked\n" +
			"at again, and an event announced again, from what the database holds.",
	}
	c.AddCommand(newDeadList(), newDeadReplay())
	return c
}

func newDeadList() *cobra.Command {
	var path string
	var all, asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Show what was given up and has not been done since, newest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			letters, err := in.db.DeadLetters(c.Context(), all)
			if err != nil {
				return err
			}
			return printLetters(c.OutOrStdout(), letters, asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "also what has been done since, for 90 days")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func printLetters(out io.Writer, letters []store.DeadLetter, asJSON bool) error {
	for _, l := range letters {
		if asJSON {
			line := struct {
				V int `json:"v"`
				store.DeadLetter
			}{1, l}
			if err := json.NewEncoder(out).Encode(line); err != nil {
				return fmt.Errorf("print dead letter %s: %w", l.ID, err)
			}
			continue
		}
		printLetter(out, l)
	}
	if len(letters) == 0 && !asJSON {
		fmt.Fprintln(out, "Nothing was given up.")
	}
	return nil
}

func printLetter(out io.Writer, l store.DeadLetter) {
	what := map[string]string{"JOBS": "a visit", "VISITS": "recording a visit", "EVENTS": "an event for " + l.Consumer}[l.Stream]
	fmt.Fprintf(out, "%s  %s", l.ID, what)
	if l.URL != "" {
		fmt.Fprintf(out, " of %s", audit.Untrusted(l.URL))
	}
	fmt.Fprintf(out, "\n  given up %s, last %s, after %s", counted(l.Times, "time"), ago(l.LastAt), counted(l.Deliveries, "attempt"))
	if l.Reason != "" {
		fmt.Fprintf(out, ": %q", audit.Untrusted(l.Reason).Plain(200)) // may quote what a site sent
	}
	switch {
	case l.Done:
		fmt.Fprint(out, "\n  done since")
	case !l.ReplayedAt.IsZero():
		fmt.Fprintf(out, "\n  to be done again since %s", ago(l.ReplayedAt))
	}
	fmt.Fprintln(out)
}

func newDeadReplay() *cobra.Command {
	var path string
	var all, asJSON bool
	c := &cobra.Command{
		Use: "replay LETTER...|--all", Short: "Have work that was given up done again; `run` may be running", Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return errUsage(errors.New("name the letters, or say --all (`doorknock dead list` shows them)"))
			}
			in, err := openBeside(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			if all {
				letters, err := in.db.DeadLetters(c.Context(), false)
				if err != nil {
					return err
				}
				for _, l := range letters {
					ids = append(ids, l.ID)
				}
			}
			return in.replayDead(c, ids, asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "all that doorknock dead list shows")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (in *installation) replayDead(c *cobra.Command, ids []string, asJSON bool) error {
	out := c.OutOrStdout()
	for _, id := range ids {
		did, err := in.db.ReplayDeadLetter(c.Context(), id, time.Now())
		if errors.Is(err, store.ErrNotFound) {
			return errUsage(fmt.Errorf("there is no dead letter %q (`doorknock dead list` shows them)", id))
		}
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(out).Encode(map[string]any{"v": 1, "id": id, "replayed": did}); err != nil {
				return fmt.Errorf("print dead letter %s: %w", id, err)
			}
			continue
		}
		says := map[store.Replayed]string{
			store.ReplayedEvent:   "is announced again",
			store.ReplayedChannel: "its place is due now",
			store.ReplayedNothing: "holds nothing that could be done again; it is off the list",
			store.ReplayedBefore:  "has been done since it was given up",
		}[did]
		fmt.Fprintf(out, "%s  %s\n", id, says)
	}
	if len(ids) == 0 && !asJSON {
		fmt.Fprintln(out, "Nothing was given up.")
	}
	return nil
}
