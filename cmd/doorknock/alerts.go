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

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/store"
)

func newAlerts() *cobra.Command {
	c := &cobra.Command{Use: "alerts", Short: "Show alerts, take one on, try receivers and routes", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(newAlertsList(), newAlertsAck(), newAlertsTest(), newAlertsRoutes(), newAlertsPreview())
	return c
}

func newAlertsTest() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "test [RECEIVER]", Short: "Send one test message to every receiver, or to the one named, and say how it went", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			tried, err := alerts.Test(c.Context(), alerts.Options{Config: cfg.Alerts, Mail: cfg.Mail, Log: newLog(cfg.Log), Guard: crawler.Guard(cfg.Hosts)}, strings.Join(args, ""))
			if err != nil {
				return errUsage(err)
			}
			failed := false
			for _, t := range tried {
				if t.Err != nil {
					failed = true
					fmt.Fprintf(c.OutOrStdout(), "%s: not delivered: %v\n", t.Receiver, t.Err)
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: delivered\n", t.Receiver)
			}
			if failed {
				return errSilent
			}
			return nil
		},
	}
	addConfig(c, &path)
	return c
}

func newAlertsList() *cobra.Command {
	var path string
	var since time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Show the alerts raised lately, and what has become of each", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			raised, err := in.db.AlertsRaised(c.Context(), time.Now().Add(-since))
			if err != nil {
				return err
			}
			if len(raised) == 0 && !asJSON {
				fmt.Fprintf(c.OutOrStdout(), "No alert was raised in the last %v.\n", since)
			}
			return in.printAlerts(c.Context(), c.OutOrStdout(), raised, asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().DurationVar(&since, "since", 7*24*time.Hour, "how far back")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (in *installation) printAlerts(ctx context.Context, out io.Writer, raised []store.Raised, asJSON bool) error {
	for _, a := range raised {
		if asJSON {
			if err := json.NewEncoder(out).Encode(struct {
				V int `json:"v"`
				store.Raised
			}{1, a}); err != nil {
				return fmt.Errorf("print alert %s: %w", a.ID, err)
			}
			continue
		}
		title, err := in.alertTitle(ctx, a.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %s  %s\n", a.ID, ago(a.At), title)
		if became := became(a); became != "" {
			fmt.Fprintf(out, "  %s\n", became)
		}
	}
	return nil
}

// became says in words what has become of an alert, or nothing.
func became(a store.Raised) string {
	var parts []string
	if a.AckedBy != "" {
		words := "acknowledged by " + audit.Untrusted(a.AckedBy).Plain(100)
		if a.Note != "" {
			words += ": " + audit.Untrusted(a.Note).Plain(200)
		}
		parts = append(parts, words)
	}
	if a.Answered {
		parts = append(parts, "answered in public")
	}
	if a.Silenced {
		parts = append(parts, "kept back by a silence")
	}
	switch {
	case a.Lapsed:
		parts = append(parts, "inhibited by alert "+a.Inhibited+", and over before that ended: not told")
	case a.Inhibited != "":
		parts = append(parts, "inhibited by alert "+a.Inhibited)
	}
	if a.Flapping != "" {
		parts = append(parts, "not told by itself: the door changes back and forth, told by alert "+a.Flapping)
	}
	return strings.Join(parts, "; ")
}

func (in *installation) alertTitle(ctx context.Context, ids ...string) (string, error) {
	facts, err := in.db.AlertFacts(ctx, ids)
	if err != nil {
		return "", err
	}
	return alerts.Compose(facts, alerts.Wording{Titles: titles(in.checks)}, false).Title.Plain(), nil
}

func newAlertsAck() *cobra.Command {
	var path, note, author string
	c := &cobra.Command{
		Use: "ack ALERT...", Short: "Take alerts on: they are not told again and not escalated; `run` may be running", Args: cobra.MinimumNArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, ids []string) error {
			for _, id := range ids {
				err := in.db.AckAlert(ctx, id, author, note, time.Now())
				if errors.Is(err, store.ErrNotFound) {
					return errUsage(fmt.Errorf("there is no alert %q (`doorknock alerts list` shows them)", id))
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(out, "%s  is acknowledged\n", id)
			}
			return nil
		}),
	}
	addConfig(c, &path)
	c.Flags().StringVar(&note, "note", "", "what you do about it")
	c.Flags().StringVar(&author, "author", whoAmI(), "who takes it on")
	return c
}

func newAlertsRoutes() *cobra.Command {
	c := &cobra.Command{Use: "routes", Short: "Try the route tree", Args: cobra.NoArgs, RunE: showHelp}
	var path string
	test := &cobra.Command{
		Use: "test LABEL=VALUE...", Short: "Say which routes and receivers an alert with these labels goes to", Args: cobra.ArbitraryArgs,
		Example: "  doorknock alerts routes test kind=complaint urgency=urgent organisation=hollybank",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			labels, err := alerts.ParseLabels(args)
			if err != nil {
				return errUsage(err)
			}
			top, err := alerts.NewRoute(cfg.Alerts)
			if err != nil {
				return errUsage(err)
			}
			for _, r := range top.Match(labels) {
				fmt.Fprintf(c.OutOrStdout(), "%s  by %s; waits %v for others, %v between messages\n", r.Receiver, r.Key, r.GroupWait, r.GroupInterval)
			}
			return nil
		},
	}
	addConfig(test, &path)
	c.AddCommand(test)
	return c
}

func newAlertsPreview() *cobra.Command {
	var path string
	var since time.Duration
	c := &cobra.Command{
		Use: "preview", Short: "Say which messages these settings would have sent of the alerts on record; nothing is sent", Args: cobra.NoArgs,
		Long: "Takes the alerts on record and the silences of that time through the routes, group times and muted times of these settings, so that\n" +
			"you can try a rule on last month before it is in force. Reminders and escalations are left out.",
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			sent, err := alerts.Preview(c.Context(), alerts.Options{Config: in.cfg.Alerts, Store: in.db}, time.Now().Add(-since))
			if err != nil {
				return err
			}
			for _, m := range sent {
				title := alerts.Compose(m.Facts, alerts.Wording{Titles: titles(in.checks)}, false).Title.Plain()
				fmt.Fprintf(c.OutOrStdout(), "%s  to %s  %s\n", ago(m.At), audit.Untrusted(m.Receiver), title)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "You would have had %s in the last %v.\n", counted(len(sent), "message"), since)
			return err //nolint:wrapcheck // says by itself that nobody reads
		},
	}
	addConfig(c, &path)
	c.Flags().DurationVar(&since, "since", 30*24*time.Hour, "how far back")
	return c
}
