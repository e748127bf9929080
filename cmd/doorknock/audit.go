package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/pipeline"
	"doorknock/store"
	"doorknock/web"
)

func newAudit() *cobra.Command {
	var path, dir string
	c := &cobra.Command{
		Use: "audit", Short: "Look once at everything that is due, then write a CSV and an HTML report", Args: cobra.NoArgs,
		Long: "audit visits every channel of the list that is due (all of them, the first time), records what was seen, and writes\n" +
			"doorknock-audit.csv and doorknock-audit.html for you, not for the public: a negative state seen once is not confirmed.",
		RunE: func(c *cobra.Command, _ []string) error { return auditOnce(c.Context(), path, dir, c.OutOrStdout()) },
	}
	addConfig(c, &path)
	c.Flags().StringVar(&dir, "out", ".", "folder for the two files, made if it is not there")
	return c
}

func auditOnce(ctx context.Context, path, dir string, out io.Writer) error {
	cfg, err := loadConfig(path)
	if err != nil {
		return err
	}
	orgs, channels, err := cfg.LoadOrganisations()
	if err != nil {
		return errUsage(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // before anybody is asked anything
		return errUsage(fmt.Errorf("make folder for the report: %w", err))
	}
	cfg.Crawl.Hours = "" // whoever asks for one pass asks for it now
	in, err := openInstallation(ctx, cfg, newLog(cfg.Log))
	if err != nil {
		return err
	}
	defer closing(in.log, "database", in.Close)
	if err := in.takeList(ctx, orgs, channels); err != nil {
		return err
	}
	if err := in.onePass(ctx, out); err != nil {
		return err
	}
	return in.writeReport(ctx, orgs, channels, dir, out)
}

// onePass runs the stages until all that was due at its start has been looked at and dealt with.
func (in *installation) onePass(ctx context.Context, out io.Writer) error {
	start := time.Now()
	w, err := in.build(ctx, "", tempo{schedule: time.Second, due: func(ctx context.Context, _ time.Time, limit int) ([]audit.Job, error) {
		return in.db.Due(ctx, start, limit)
	}})
	if err != nil {
		return err
	}
	defer w.Close()
	running, stop := context.WithCancel(ctx)
	defer stop()
	watch := pipeline.Stage{Name: "watch", Run: func(ctx context.Context) error {
		defer stop()
		return in.watch(ctx, start, out)
	}}
	if err := pipeline.Run(running, in.log, append([]pipeline.Stage{watch}, w.stages...)...); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// watch returns when nothing is due that was due at start. On a terminal it says in place how far it is, once it takes
// longer than two seconds.
func (in *installation) watch(ctx context.Context, start time.Time, out io.Writer) error {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := in.db.Status(ctx, start)
		if err != nil {
			return err
		}
		if isTerminal(out) && time.Since(start) > 2*time.Second {
			fmt.Fprintf(unescaped(out), "\r\x1b[K%s still to look at", counted(s.Due, "channel"))
			if s.Due == 0 {
				fmt.Fprint(unescaped(out), "\r\x1b[K")
			}
		}
		if s.Due == 0 && s.Unmarked[store.ScoreStage] == 0 && s.Unmarked[store.AlertStage] == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (in *installation) writeReport(ctx context.Context, orgs []audit.Organisation, channels []audit.Channel, dir string, out io.Writer) error {
	r, err := in.report(ctx, orgs, channels, time.Now())
	if err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{"doorknock-audit.csv": r.WriteCSV, "doorknock-audit.html": r.WriteHTML} {
		file := filepath.Join(dir, name)
		f, err := os.Create(file)
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return err
		}
		fmt.Fprintln(out, file)
	}
	return nil
}

// report gathers every state, the ones seen once included.
func (in *installation) report(ctx context.Context, orgs []audit.Organisation, channels []audit.Channel, now time.Time) (web.Report, error) {
	r := web.Report{At: now, Of: len(orgs)}
	byChannel := map[string]audit.Channel{}
	for _, c := range channels {
		byChannel[c.ID] = c
	}
	for _, o := range orgs {
		states, err := in.db.OperatorStates(ctx, o.ID)
		if err != nil {
			return r, err
		}
		for _, s := range states {
			row, err := in.reportRow(ctx, o, byChannel[s.Channel], s)
			if err != nil {
				return r, err
			}
			r.Rows = append(r.Rows, row)
		}
	}
	return r, nil
}

func (in *installation) reportRow(ctx context.Context, o audit.Organisation, ch audit.Channel, s store.OperatorState) (web.ReportRow, error) {
	row := web.ReportRow{Organisation: o.ID, Name: o.Name, Nation: o.Nation, Sector: o.Sector, Platform: s.Platform, URL: ch.URL, Scope: s.Scope,
		Check: s.Check, Title: in.title(s.Check), State: s.Verdict.State(), Confirmed: s.Verdict.State() != audit.Unknown, Reason: s.Verdict.Reason(),
		Kind: s.Verdict.Kind(), Since: s.Since, SeenAt: s.SeenAt, Evidence: s.Verdict.Evidence(), Finding: s.Finding, Held: s.HoldReason}
	if s.Stage != audit.Pending {
		return row, nil
	}
	findings, err := in.db.Findings(ctx, s.Channel, s.Check, s.Scope)
	if err != nil {
		return row, err
	}
	for _, f := range findings { // the newest that shows the pending state is what was seen
		if f.Verdict.State() == s.Pending {
			row.State, row.Confirmed, row.Reason, row.Kind = s.Pending, false, "", f.Verdict.Kind()
			row.Since, row.SeenAt, row.Evidence, row.Finding = s.PendingAt, f.ObservedAt, f.Verdict.Evidence(), f.ID
		}
	}
	return row, nil
}

func (in *installation) title(id audit.CheckID) string {
	return titleOf(in.checks, id)
}

func titleOf(all []crawler.Check, id audit.CheckID) string {
	for _, c := range all {
		if c.ID == id {
			return c.Title
		}
	}
	return string(id)
}
