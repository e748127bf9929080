package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/pipeline"
	"doorknock/store"
)

func newDigest() *cobra.Command {
	c := &cobra.Command{Use: "digest", Short: "Print the weekly edition", Args: cobra.NoArgs, RunE: showHelp}
	var path, week, format, language string
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
			o := in.editionOf(in.publicAddress("http://" + in.cfg.Web.Listen))
			o.Week = week
			return digest.Preview(c.Context(), c.OutOrStdout(), in.db, o, format, language)
		},
	}
	addConfig(preview, &path)
	preview.Flags().StringVar(&week, "week", "", "ISO week such as 2026-W47, or month such as 2026-11 (default: this week so far)")
	preview.Flags().StringVar(&language, "language", digest.English, "en or cy")
	preview.Flags().StringVar(&format, "format", "text", "text or html")
	c.AddCommand(preview, newDigestReaders())
	return c
}

// editionOf is what an edition needs beside the rows, made now; base is where its links lead.
func (in *installation) editionOf(base string) digest.Options {
	o := digest.Options{Now: time.Now(), Asked: asked(in.checks, in.duties), Titles: titles(in.checks), Sites: siteQuestions(in.checks),
		Published: map[audit.CheckID]bool{}, Duties: in.duties, Base: base}
	for _, c := range checkDocs(in.checks) {
		o.Published[c.ID] = c.Asks()
	}
	return o
}

// desk takes readers in where there is a mail server, and an address at which they reach us; else nobody.
func (in *installation) desk() *digest.Desk {
	mailer, err := alerts.NewMailer(in.cfg.Mail, os.Getenv)
	if err != nil || in.cfg.Web.Address == "" {
		return nil
	}
	return &digest.Desk{Store: in.db, Mailer: mailer, Keys: in.keys, Base: in.publicAddress(""), Zone: in.cfg.Digest.Zone, Now: time.Now}
}

// editions sends the weekly edition to its readers.
func (in *installation) editions(ctx context.Context, base string) (pipeline.Stage, error) {
	s := &digest.Sender{Store: in.db, Log: in.log, Edition: in.editionOf(in.publicAddress(base))}
	s.Schedule.Day, s.Schedule.Hour, s.Schedule.Minute = in.cfg.Digest.When()
	if in.cfg.Mail.Host != "" {
		mailer, err := alerts.NewMailer(in.cfg.Mail, os.Getenv)
		if err != nil {
			return pipeline.Stage{}, err
		}
		s.Mailer = mailer
	}
	var err error
	if s.Receivers, err = alerts.Receivers(alerts.Options{Config: in.cfg.Alerts, Mail: in.cfg.Mail, Log: in.log, Guard: crawler.Guard(in.cfg.Hosts)}); err != nil {
		return pipeline.Stage{}, err
	}
	if d := in.desk(); d != nil {
		s.Links = d.Links()
	}
	if err := in.db.SyncSubscriptions(ctx, in.cfg.Digest.Mail, in.cfg.Digest.Receivers, in.cfg.Digest.Zone, time.Now()); err != nil {
		return pipeline.Stage{}, err
	}
	return pipeline.Stage{Name: "digest", Run: s.Run}, nil
}

func newDigestReaders() *cobra.Command {
	var path string
	var all, asJSON bool
	c := &cobra.Command{
		Use: "subscribers", Short: "Show who gets the edition", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			readers, err := in.db.Subscriptions(c.Context(), all)
			if err != nil {
				return err
			}
			for _, r := range readers {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(struct {
						V int `json:"v"`
						store.Subscription
					}{1, r}); err != nil {
						return fmt.Errorf("print reader %s: %w", r.ID, err)
					}
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  %s\n", audit.Untrusted(r.Address+r.Receiver), readerWords(r))
			}
			if len(readers) == 0 && !asJSON {
				fmt.Fprintln(c.OutOrStdout(), "Nobody gets the edition yet.")
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&all, "all", false, "also those who get it no more")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// readerWords says how it stands with a reader.
func readerWords(r store.Subscription) string {
	switch {
	case !r.EndedAt.IsZero():
		return "ended " + ago(r.EndedAt) + " by " + r.EndedBy
	case r.ConfirmedAt.IsZero():
		return "asked, and has not said yes"
	case r.PausedUntil.After(time.Now()):
		return "paused until " + ago(r.PausedUntil)
	case r.Listed:
		return "named in the settings"
	}
	return "since " + ago(r.ConfirmedAt)
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
