package main

import (
	"context"
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
	c.AddCommand(newDigestPreview(), newDigestSend(), newDigestReaders(), newDigestCalendar())
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
