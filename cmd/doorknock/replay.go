package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/pipeline"
	"doorknock/store"
)

// replayOptions say what is read again, and whether what differs is filed.
type replayOptions struct {
	path, channel, organisation, since string
	file, asJSON                       bool
}

func newReplay() *cobra.Command {
	var o replayOptions
	c := &cobra.Command{
		Use: "replay [FINDING]", Short: "Read stored bytes again by today's rules and say what they would answer", Args: cobra.MaximumNArgs(1),
		Long: "Without FINDING every stored page of every visit is read again, each visit is folded as it was recorded, and what today's rules\n" +
			"answer otherwise is listed: exit code 1 where anything is. --file files these answers as corrections: both findings stay, the states\n" +
			"are made anew, and no alert is sent. What is no longer kept is counted and withdraws nothing. `run` may be running.",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return replayAll(c.Context(), o, c.OutOrStdout())
			}
			if o.file || o.asJSON || o.channel+o.organisation+o.since != "" {
				return errUsage(errors.New("one finding is read again and compared; to file corrections name no finding"))
			}
			return withFinding(c, o.path, args[0], replayEvidence)
		},
	}
	addConfig(c, &o.path)
	c.Flags().StringVar(&o.channel, "channel", "", "only the visits of this channel (doorknock orgs show names them)")
	c.Flags().StringVar(&o.organisation, "organisation", "", "only the visits of this organisation")
	c.Flags().StringVar(&o.since, "since", "", "only visits since this day (2026-11-01)")
	c.Flags().BoolVar(&o.file, "file", false, "file what differs as corrections; without it nothing is written")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print one JSON object")
	return c
}

func replayAll(ctx context.Context, o replayOptions, out io.Writer) error {
	of := store.VisitsOf{Channel: o.channel, Organisation: o.organisation}
	if o.since != "" {
		var err error
		if of.Since, err = time.Parse(time.DateOnly, o.since); err != nil {
			return errUsage(fmt.Errorf("--since %q: want a day as 2026-11-01", o.since))
		}
	}
	scripts, err := configs.Scripts()
	if err != nil {
		return err
	}
	open := openReader
	if o.file {
		open = openBeside
	}
	in, err := open(ctx, o.path)
	if err != nil {
		return err
	}
	defer closing(in.log, "database", in.Close)
	r := pipeline.Replay{DB: in.db, Body: in.folder.Body, Checks: in.checks, Scripts: scripts, File: o.file, Log: in.log}
	if isTerminal(out) && !o.asJSON {
		r.Told = rereadProgress(out)
	}
	did, err := r.Run(ctx, of)
	if r.Told != nil {
		fmt.Fprint(unescaped(out), "\r\x1b[K")
	}
	if err != nil {
		return err
	}
	return sayReread(out, did, o)
}

// rereadProgress says in place how far it is, after two seconds and then every half.
func rereadProgress(out io.Writer) func(pipeline.Reread) {
	next := time.Now().Add(2 * time.Second)
	return func(d pipeline.Reread) {
		if now := time.Now(); now.After(next) {
			next = now.Add(time.Second / 2)
			fmt.Fprintf(unescaped(out), "\r\x1b[K%s read again, %s otherwise", counted(d.Visits, "visit"), counted(otherwise(d), "finding"))
		}
	}
}

func otherwise(d pipeline.Reread) (n int) {
	for _, x := range d.Differ {
		n += x.Findings
	}
	return n
}

func sayReread(out io.Writer, d pipeline.Reread, o replayOptions) error {
	if o.asJSON {
		line := struct {
			V int `json:"v"`
			pipeline.Reread
		}{1, d}
		if err := json.NewEncoder(out).Encode(line); err != nil {
			return fmt.Errorf("print what was read again: %w", err)
		}
	} else {
		printReread(out, d, o.file)
	}
	if otherwise(d) > 0 && !o.file {
		return errSilent
	}
	return nil
}

func printReread(out io.Writer, d pipeline.Reread, filed bool) {
	fmt.Fprintf(out, "%s with %s read again by today's rules; %s compared\n", counted(d.Visits, "visit"), counted(d.Pages, "page"), counted(d.Findings, "finding"))
	for _, gone := range []struct {
		n         int
		what, why string
	}{{d.Dropped, "page", "no longer kept"}, {d.Damaged, "page", "not readable, see the log"}, {d.Unfit, "visit", "by an older doorknock, which did not keep what this needs"}} {
		if gone.n > 0 {
			fmt.Fprintf(out, "  %s %s; that withdraws nothing\n", counted(gone.n, gone.what), gone.why)
		}
	}
	for _, x := range d.Differ {
		if x.Values != "" {
			fmt.Fprintf(out, "  %s: %s as then, with another %s: %s at %s\n", x.Check, ruled(x.To, x.ToRule, x.ToVersion), strings.ReplaceAll(x.Values, ",", ", "),
				counted(x.Findings, "finding"), counted(x.Places, "place"))
			continue
		}
		fmt.Fprintf(out, "  %s: %s, and not %s as then: %s at %s\n", x.Check, ruled(x.To, x.ToRule, x.ToVersion), ruled(x.From, x.FromRule, x.FromVersion),
			counted(x.Findings, "finding"), counted(x.Places, "place"))
	}
	switch {
	case len(d.Differ) == 0:
		fmt.Fprintln(out, "All of it is read as then.")
	case !filed:
		fmt.Fprintln(out, "Nothing was written. `doorknock evidence replay --file` files these as corrections.")
	}
	if d.Filed > 0 || d.Settled > 0 {
		fmt.Fprintf(out, "%s filed, %s made anew; nobody is alerted\n", counted(d.Filed, "correction"), counted(d.Settled, "state"))
	}
}

func ruled(s audit.State, rule string, version int) string {
	if rule == "" {
		return s.String()
	}
	return fmt.Sprintf("%s (%s, version %d)", s, rule, version)
}
