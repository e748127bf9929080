package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

func newSilence() *cobra.Command {
	c := &cobra.Command{
		Use: "silence", Short: "Keep alerts from being told for a while", Args: cobra.NoArgs, RunE: showHelp,
		Long: "A silence keeps back the alerts that all its matchers hold for. Its beginning and its end are told to whoever hears of our own\n" +
			"trouble. It touches only the telling: what is seen is recorded, shown and scored as always.",
	}
	c.AddCommand(newSilenceAdd(), newSilenceList(), newSilenceExpire())
	return c
}

func newSilenceAdd() *cobra.Command {
	var path, author, comment string
	var lasts time.Duration
	var dry bool
	c := &cobra.Command{
		Use: "add MATCHER...", Short: "Begin a silence now; `run` may be running", Args: cobra.MinimumNArgs(1),
		Example: "  doorknock silence add organisation=hollybank kind=change --for 2h --comment \"the site is being moved\"",
		RunE: func(c *cobra.Command, matchers []string) error {
			now := time.Now()
			s, err := alerts.NewSilence(matchers, author, comment, now, lasts)
			if err != nil {
				return errUsage(err)
			}
			open := openBeside
			if dry {
				open = openReader
			}
			in, err := open(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return in.addSilence(c.Context(), c.OutOrStdout(), s, now, dry)
		},
	}
	addConfig(c, &path)
	addTime(c, &lasts, "for", 2*time.Hour, "how long it lasts, as 90m or 7d")
	c.Flags().StringVar(&comment, "comment", "", "why nobody is to be told (needed)")
	c.Flags().StringVar(&author, "author", whoAmI(), "who says so")
	c.Flags().BoolVar(&dry, "dry-run", false, "only show which alerts of the last 7 days it would have kept back")
	return c
}

// addSilence begins a silence, unless dry, and says of how many alerts of the last days it would have been.
func (in *installation) addSilence(ctx context.Context, out io.Writer, s store.Silence, now time.Time, dry bool) error {
	raised, err := in.db.AlertsRaised(ctx, now.Add(-alerts.TryFor))
	if err != nil {
		return err
	}
	kept, err := alerts.Matching(raised, s.Matchers)
	if err != nil {
		return errUsage(err)
	}
	if dry {
		if err := in.printAlerts(ctx, out, kept, false); err != nil {
			return err
		}
	} else {
		id, err := in.db.AddSilence(ctx, s, now)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  in force until %s\n", id, ago(s.EndsAt))
	}
	_, err = fmt.Fprintf(out, "Of the %s of the last 7 days its matchers hold for %d.\n", counted(len(raised), "alert"), len(kept))
	return err //nolint:wrapcheck // says by itself that nobody reads
}

// whoAmI is the name of this machine's user.
func whoAmI() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "operator"
}

func newSilenceList() *cobra.Command {
	var path string
	var all, asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Show the silences in force", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			after := time.Now()
			if all {
				after = time.Time{}
			}
			silences, err := in.db.Silences(c.Context(), after)
			if err != nil {
				return err
			}
			for _, s := range silences {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(struct {
						V int `json:"v"`
						store.Silence
					}{1, s}); err != nil {
						return fmt.Errorf("print silence %s: %w", s.ID, err)
					}
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  %s\n  from %s until %s, by %s: %s; kept back %s\n", s.ID, audit.Untrusted(strings.Join(s.Matchers, ", ")),
					ago(s.StartsAt), ago(s.EndsAt), audit.Untrusted(s.Author), audit.Untrusted(s.Comment), counted(s.Kept, "alert"))
			}
			if len(silences) == 0 && !asJSON {
				words := "No silence is in force."
				if all {
					words = "There was none yet."
				}
				fmt.Fprintln(c.OutOrStdout(), words)
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "also those that have ended")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func newSilenceExpire() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "expire SILENCE", Short: "End a silence now; `run` may be running", Args: cobra.ExactArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, args []string) error {
			id, err := in.named(ctx, store.NamedSilence, args[0], "doorknock silence list")
			if err != nil {
				return err
			}
			err = in.db.ExpireSilence(ctx, id, time.Now())
			if errors.Is(err, store.ErrNotFound) {
				return errUsage(fmt.Errorf("silence %s has ended already", args[0]))
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(out, "%s  has ended\n", args[0])
			return err //nolint:wrapcheck // says by itself that nobody reads
		}),
	}
	addConfig(c, &path)
	return c
}
