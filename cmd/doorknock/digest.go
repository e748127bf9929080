package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

func newDigest() *cobra.Command {
	c := &cobra.Command{Use: "digest", Short: "Print the weekly edition", Args: cobra.NoArgs, RunE: showHelp}
	var path, week, format string
	preview := &cobra.Command{
		Use: "preview", Short: "Print the edition of a week, so far or whole; sends nothing", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if format != "text" && format != "html" {
				return errUsage(fmt.Errorf("--format %q: want text or html", format))
			}
			if err := digest.ValidWeek(week, time.Now()); err != nil {
				return errUsage(fmt.Errorf("--week: %w", err))
			}
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			return digest.Preview(c.Context(), c.OutOrStdout(), in.db, digest.Options{
				Now: time.Now(), Week: week, Asked: asked(in.checks, in.duties), Titles: titles(in.checks), Sites: siteQuestions(in.checks), Base: "http://" + in.cfg.Web.Listen,
			}, format)
		},
	}
	addConfig(preview, &path)
	preview.Flags().StringVar(&week, "week", "", "ISO week such as 2026-W47 (default: this week so far)")
	preview.Flags().StringVar(&format, "format", "text", "text or html")
	c.AddCommand(preview)
	return c
}

// asked lists every kind of door: each check on each platform that it is asked of.
func asked(all []crawler.Check, duties audit.Duties) []store.Asked {
	anonymous := anonymousPlatforms()
	var doors []store.Asked
	for _, c := range all {
		if c.Published {
			continue // what is published is no door
		}
		for _, p := range c.On {
			doors = append(doors, store.Asked{Platform: p, Check: c.ID, Counts: c.Door && anonymous[p], Shown: true, Site: c.Site, Of: duties.Asked[c.ID]})
		}
	}
	return doors
}
