package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"syscall"

	"github.com/spf13/cobra"

	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/platform"
	"doorknock/pipeline"
	"doorknock/web"
)

func newRun() *cobra.Command {
	var path string
	var t tempo
	c := &cobra.Command{
		Use: "run", Short: "Look, keep and tell: everything in one process, until Ctrl-C", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			return runInstallation(c.Context(), cfg, newLog(cfg.Log), c.OutOrStdout(), t)
		},
	}
	addConfig(c, &path)
	c.Flags().DurationVar(&t.schedule, "tick", 0, "time between two looks at what is due (tests shorten it)")
	c.Flags().DurationVar(&t.ackWait, "ack-wait", 0, "time after which work in hand of a killed process is offered again (tests shorten it)")
	for _, hidden := range []string{"tick", "ack-wait"} {
		c.Flags().Lookup(hidden).Hidden = true
	}
	return c
}

func runInstallation(ctx context.Context, cfg configs.Config, log *slog.Logger, out io.Writer, t tempo) error {
	orgs, channels, err := cfg.LoadOrganisations()
	if err != nil {
		return errUsage(err)
	}
	listener, err := listen(ctx, cfg.Web.Listen, "web.listen")
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // Serve has closed it, or nothing was served
	in, err := openInstallation(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer closing(log, "database", in.Close)
	if err := in.takeList(ctx, orgs, channels); err != nil {
		return err
	}
	if cfg.Contact == "" {
		log.Warn("no contact is set: only light visits (home page, robots.txt, one complaints page). Set `contact:` to an address where a site's owner can reach you")
	}
	return in.serve(ctx, listener, out, t)
}

// serve runs all stages and the pages until ctx ends, and then stops them in reverse order.
func (in *installation) serve(ctx context.Context, l net.Listener, out io.Writer, t tempo) error {
	base := "http://" + l.Addr().String()
	w, err := in.build(ctx, base, t)
	if err != nil {
		return err
	}
	defer w.Close()
	pages, err := in.pages("")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, base)
	in.log.Info("doorknock is running", "pages", base, "data", in.cfg.DataDir)
	stages := append([]pipeline.Stage{{Name: "pages", Run: func(ctx context.Context) error { return web.Serve(ctx, l, pages) }}}, w.stages...)
	err = pipeline.Run(ctx, in.log, stages...)
	in.log.Info("doorknock has stopped")
	return err
}

// pages makes the handler of the dashboard.
func (in *installation) pages(demoNote string) (http.Handler, error) {
	return web.New(web.Options{
		DB: in.db, Checks: checkDocs(in.checks), Platforms: platformDocs(platform.All()), Purpose: string(in.cfg.Purpose),
		Publisher: web.Publisher{Name: in.cfg.Publisher.Name, Contact: in.cfg.Contact, Privacy: in.cfg.Publisher.PrivacyPage},
		DemoNote:  demoNote, Log: in.log,
	})
}

func checkDocs(all []crawler.Check) []web.CheckDoc {
	docs := make([]web.CheckDoc, 0, len(all))
	for _, c := range all {
		docs = append(docs, web.CheckDoc{ID: c.ID, Title: c.Title, Why: c.Why, Basis: c.Basis, Rule: c.Rule, Version: c.Version, Door: c.Door, On: c.On})
	}
	return docs
}

func platformDocs(all []crawler.Platform) []web.PlatformDoc {
	docs := make([]web.PlatformDoc, 0, len(all))
	for _, p := range all {
		docs = append(docs, web.PlatformDoc{Name: p.Name, CannotSee: p.CannotSee, NextStep: p.NextStep, Apart: !p.Anonymous})
	}
	return docs
}

// listen takes an address that setting names, and says in one sentence what to do where it is taken.
func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop it, or set %s to another port (127.0.0.1:0 takes any free one)", address, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", setting, address, err)
	}
	return l, nil
}

// closing closes something at the end of a command; what goes wrong then is told, since nobody can act on it.
func closing(log *slog.Logger, what string, end func() error) {
	if err := end(); err != nil {
		log.Error("closing failed", "what", what, "error", err)
	}
}
