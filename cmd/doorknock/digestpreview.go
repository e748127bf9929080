package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/store"
)

func newDigestPreview() *cobra.Command {
	var path, week, who string
	var as digest.PreviewAs
	c := &cobra.Command{
		Use: "preview", Short: "Print the edition of a week or month, so far or whole; sends nothing", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !slices.Contains(digest.Formats(), as.Format) {
				return errUsage(fmt.Errorf("--format %q: want one of %s", as.Format, strings.Join(digest.Formats(), ", ")))
			}
			if as.Language != "" && !slices.Contains(digest.Languages(), as.Language) {
				return errUsage(fmt.Errorf("--language %q: want one of %s", as.Language, strings.Join(digest.Languages(), ", ")))
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
			if who != "" {
				if err := in.previewFor(c.Context(), who, &o, &as); err != nil {
					return err
				}
			}
			return digest.Preview(c.Context(), c.OutOrStdout(), in.db, o, as)
		},
	}
	addConfig(c, &path)
	c.Flags().StringVar(&week, "week", "", "ISO week such as 2026-W47, or month such as 2026-11 (default: this week so far)")
	c.Flags().StringVar(&who, "as", "", "as this reader would get it: an address, a receiver's name, or a subscription's id")
	c.Flags().StringVar(&as.Language, "language", "", "en or cy (default: the reader's, else en)")
	c.Flags().StringVar(&as.Format, "format", "text", "text, html or slack (its JSON)")
	return c
}

// previewFor makes the edition that of a reader: his choice, his language, his foot without the links that are his alone.
func (in *installation) previewFor(ctx context.Context, who string, o *digest.Options, as *digest.PreviewAs) error {
	readers, err := in.db.Subscriptions(ctx, true)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(readers, func(s store.Subscription) bool { return s.ID == who || s.Address == who || s.Receiver == who })
	if i < 0 || who == "" {
		return errUsage(fmt.Errorf("--as %q: nobody of that address or id gets the edition; `doorknock digest subscribers` lists who does", audit.Untrusted(who)))
	}
	reader := readers[i]
	o.Kinds, o.Scope = reader.Wants.Kinds, digest.Query(reader.Wants)
	if o.Only, err = digest.Chosen(ctx, in.db, reader.Wants); err != nil {
		return err
	}
	if as.Language == "" {
		as.Language = reader.Language
	}
	as.Foot = &digest.Foot{Listed: reader.Listed}
	return nil
}

func newDigestSend() *cobra.Command {
	var path string
	var dry, asJSON bool
	c := &cobra.Command{
		Use: "send --dry-run", Short: "Show which editions are still to be sent, to whom and when; sends nothing", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !dry {
				return errUsage(errors.New("`doorknock run` sends the editions, so that nobody gets two; with --dry-run this shows what it would send"))
			}
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			s := &digest.Sender{Store: in.db, Log: in.log, Edition: in.editionOf(in.publicAddress("http://" + in.cfg.Web.Listen))}
			s.Schedule.Day, s.Schedule.Hour, s.Schedule.Minute = in.cfg.Digest.When()
			plan, err := s.Plan(c.Context())
			if err != nil {
				return err
			}
			for _, p := range plan {
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(struct {
						V int `json:"v"`
						digest.Planned
					}{1, p}); err != nil {
						return fmt.Errorf("print what is to be sent: %w", err)
					}
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%-8s  %-5s  %s  %s  %s\n", p.Edition, p.State, p.At.UTC().Format("2006-01-02 15:04 UTC"), audit.Untrusted(p.Subscriber), audit.Untrusted(p.Subject))
			}
			if len(plan) == 0 && !asJSON {
				fmt.Fprintln(c.OutOrStdout(), "Nothing is still to be sent of the week and the month that are over.")
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&dry, "dry-run", false, "show, and send nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// answersBack is how old a complaint may be whose day of answer is still in the calendar.
const answersBack = 60 * 24 * time.Hour

func newDigestCalendar() *cobra.Command {
	var path, language string
	var of []string
	c := &cobra.Command{
		Use: "calendar", Short: "Print as iCal when duties begin, notices end and complaints are to be answered; not for the public", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			all, err := in.db.Organisations(c.Context())
			if err != nil {
				return err
			}
			if len(of) > 0 {
				all = slices.DeleteFunc(all, func(o audit.Organisation) bool { return !slices.Contains(of, o.ID) })
			}
			now := time.Now()
			deadlines, err := in.db.Deadlines(c.Context(), now.Add(-answersBack), now)
			if err != nil {
				return err
			}
			words := digest.In(language)
			dates := digest.DutyDates(in.duties, titles(in.checks), all, now.AddDate(0, -1, 0), language)
			dates = append(dates, digest.AnswerDates(deadlines, all, in.clocks, in.publicAddress("http://"+in.cfg.Web.Listen), language)...)
			return digest.Calendar{Name: words.Say("dates.deadlines"), Made: now.UTC().Truncate(24 * time.Hour), Dates: dates}.Write(c.OutOrStdout())
		},
	}
	addConfig(c, &path)
	c.Flags().StringVar(&language, "language", digest.English, "en or cy")
	c.Flags().StringSliceVar(&of, "organisation", nil, "id of an organisation; may be said more than once (default: all)")
	return c
}
