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
	c.AddCommand(newAlertsList(), newAlertsAck(), newAlertsWrong(), newAlertsTest(), newAlertsRoutes(), newAlertsPreview())
	return c
}

func newAlertsTest() *cobra.Command {
	var path string
	var asJSON bool
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
				if asJSON {
					failed = failed || t.Err != nil
					if err := json.NewEncoder(c.OutOrStdout()).Encode(triedLine(t)); err != nil {
						return fmt.Errorf("print how %s answered: %w", t.Receiver, err)
					}
					continue
				}
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
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// triedLine is how a test message ended, as --json has it.
func triedLine(t alerts.Tried) any {
	line := map[string]any{"v": 1, "receiver": t.Receiver, "delivered": t.Err == nil}
	if t.Err != nil {
		line["error"] = t.Err.Error()
	}
	return line
}

func newAlertsList() *cobra.Command {
	var path string
	var since time.Duration
	var asJSON bool
	var filter alerts.Filter
	c := &cobra.Command{
		Use: "list", Short: "Show the alerts raised lately, and what has become of each", Args: cobra.NoArgs,
		Example: "  doorknock alerts list --state open --severity critical",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := filter.Validate(); err != nil {
				return errUsage(err)
			}
			in, err := openReader(c.Context(), path)
			if err != nil {
				return err
			}
			defer closing(in.log, "database", in.Close)
			raised, err := in.db.AlertsRaised(c.Context(), time.Now().Add(-since))
			if err != nil {
				return err
			}
			all := len(raised)
			if raised = filter.Of(raised); len(raised) == 0 && !asJSON {
				words := "No alert was raised in the last %s.\n"
				if all > 0 {
					words = "No alert of the last %s is like that; there are others.\n"
				}
				fmt.Fprintf(c.OutOrStdout(), words, inWords(since))
			}
			return in.printAlerts(c.Context(), c.OutOrStdout(), raised, asJSON)
		},
	}
	addConfig(c, &path)
	addTime(c, &since, "since", 7*24*time.Hour, "how far back, as 36h or 7d")
	c.Flags().StringVar(&filter.Organisation, "organisation", "", "only of this one (its id)")
	c.Flags().StringVar(&filter.Kind, "kind", "", "only of this kind, as complaint or change")
	c.Flags().StringVar(&filter.Severity, "severity", "", "only critical, warning, notice or info")
	c.Flags().StringVar((*string)(&filter.Condition), "state", "", "only open, held, inhibited, silenced, acknowledged or answered")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func (in *installation) printAlerts(ctx context.Context, out io.Writer, raised []store.Raised, asJSON bool) error {
	for _, a := range raised {
		if asJSON {
			if err := json.NewEncoder(out).Encode(struct {
				V int `json:"v"`
				store.Raised
				Severity string           `json:"severity"`
				State    alerts.Condition `json:"state"`
			}{1, a, alerts.SeverityOf(a.Alert), alerts.ConditionOf(a)}); err != nil {
				return fmt.Errorf("print alert %s: %w", a.ID, err)
			}
			continue
		}
		title, err := in.alertTitle(ctx, a.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%.12s  %s  %s  %s\n", a.ID, ago(a.At), alerts.SeverityOf(a.Alert), title)
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
	if alerts.ConditionOf(a) == alerts.Held {
		parts = append(parts, "not told yet")
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
	return alerts.Compose(facts, alerts.Wording{Titles: titles(in.checks), Published: published(in.checks)}, false).Title.Plain(), nil
}

func newAlertsAck() *cobra.Command {
	var path, note, author string
	c := &cobra.Command{
		Use: "ack ALERT...", Short: "Take alerts on: they are not told again and not escalated; `run` may be running", Args: cobra.MinimumNArgs(1),
		RunE: beside(&path, func(ctx context.Context, in *installation, out io.Writer, ids []string) error {
			for _, id := range ids {
				whole, err := in.named(ctx, store.NamedAlert, id, "doorknock alerts list")
				if err != nil {
					return err
				}
				if err := in.db.AckAlert(ctx, whole, author, note, time.Now()); err != nil {
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

// named gives the whole id of a row of which somebody gave the beginning; list is the command that shows them.
func (in *installation) named(ctx context.Context, table store.Named, begins, list string) (string, error) {
	id, err := in.db.Whole(ctx, table, begins)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "", errUsage(fmt.Errorf("there is no %s %q (`%s` shows them; six characters of an id are enough)", table, begins, list))
	case errors.Is(err, store.ErrAmbiguous):
		return "", errUsage(fmt.Errorf("more than one %s begins with %q: give more of it", table, begins))
	}
	return id, err
}

func newAlertsRoutes() *cobra.Command {
	c := &cobra.Command{Use: "routes", Short: "Show the route tree, and try labels on it", Args: cobra.NoArgs, RunE: showHelp}
	c.AddCommand(newRoutesShow(), newRoutesTest())
	return c
}

// routeTree is the tree of the settings at path, with the Slack channels that asked for alerts; before the first run none can
// have. Where nothing is configured, everything goes to the log.
func routeTree(ctx context.Context, path string) (_ *alerts.Route, err error) {
	cfg, err := loadConfig(path)
	if err != nil {
		return nil, err
	}
	if len(cfg.Alerts.Receivers) == 0 && cfg.Alerts.Route.Receiver == "" {
		cfg.Alerts = alerts.Default()
	}
	top, err := alerts.NewRoute(cfg.Alerts)
	if err != nil {
		return nil, errUsage(err)
	}
	db, err := store.Open(ctx, store.Options{Dir: cfg.DataDir, ReadOnly: true})
	if errors.Is(err, store.ErrNotFound) {
		return top, nil
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // says what to do
	}
	defer closing(newLog(cfg.Log), "database", db.Close)
	return alerts.Tree(ctx, cfg.Alerts, db) //nolint:wrapcheck // says by itself what it was doing
}

func newRoutesShow() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use: "show", Short: "Show the tree: who is told of what, and when", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			top, err := routeTree(c.Context(), path)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), strings.Join(top.Lines(), "\n"))
			return err //nolint:wrapcheck // says by itself that nobody reads
		},
	}
	addConfig(c, &path)
	return c
}

func newRoutesTest() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use: "test LABEL=VALUE...", Short: "Say which routes and receivers an alert with these labels goes to", Args: cobra.MinimumNArgs(1),
		Example: "  doorknock alerts routes test kind=complaint urgency=urgent organisation=hollybank",
		RunE: func(c *cobra.Command, args []string) error {
			top, err := routeTree(c.Context(), path)
			if err != nil {
				return err
			}
			labels, err := alerts.ParseLabels(args)
			if err != nil {
				return errUsage(err)
			}
			told := top.Tells(labels)
			if len(told) == 0 && !asJSON {
				fmt.Fprintln(c.OutOrStdout(), alerts.WhyNobody(labels))
			}
			for _, r := range told {
				if !asJSON {
					fmt.Fprintln(c.OutOrStdout(), r.Line())
					continue
				}
				if err := json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"v": 1, "receiver": r.Receiver, "route": r.Key, "group_by": r.GroupBy,
					"group_wait_s": r.GroupWait.Seconds(), "group_interval_s": r.GroupInterval.Seconds(), "repeat_interval_s": r.RepeatInterval.Seconds()}); err != nil {
					return fmt.Errorf("print route %s: %w", r.Key, err)
				}
			}
			return nil
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

func newAlertsPreview() *cobra.Command {
	var path string
	var since time.Duration
	var asJSON bool
	c := &cobra.Command{
		Use: "preview", Short: "Say which messages these settings would have sent of the alerts on record; nothing is sent", Args: cobra.NoArgs,
		Long: "Plays the alerts on record, and what people did about them, in memory through these settings: routes, groups and times, muted times,\n" +
			"silences, inhibition, flapping, reminders, escalation, word of answers. So you can try a rule on last month before it is in force.",
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
				title := alerts.Compose(m.Facts, alerts.Wording{Titles: titles(in.checks), Published: published(in.checks)}, false).Title.Plain()
				if asJSON {
					if err := json.NewEncoder(c.OutOrStdout()).Encode(previewed(m, title)); err != nil {
						return fmt.Errorf("print a message: %w", err)
					}
					continue
				}
				if why := m.Why(); why != "" {
					title += " (" + why + ")"
				}
				fmt.Fprintf(c.OutOrStdout(), "%s  to %s  %s\n", ago(m.At), audit.Untrusted(m.Receiver), title)
			}
			if asJSON {
				return nil
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "You would have had %s in the last %s.\n", counted(len(sent), "message"), inWords(since))
			return err //nolint:wrapcheck // says by itself that nobody reads
		},
	}
	addConfig(c, &path)
	addTime(c, &since, "since", 30*24*time.Hour, "how far back, as 36h or 7d")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// previewed is a message that would have been sent, as --json has it.
func previewed(m alerts.Previewed, title string) any {
	ids := make([]string, len(m.Alerts))
	for i, a := range m.Alerts {
		ids[i] = a.ID
	}
	return map[string]any{"v": 1, "at": m.At.UTC(), "receiver": m.Receiver, "title": title, "alerts": ids,
		"reminder": m.Reminder, "escalates": m.Escalates, "resolves": m.Resolves}
}
