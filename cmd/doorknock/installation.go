package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
	"doorknock/evidence"
	"doorknock/pipeline"
	"doorknock/score/comment"
	"doorknock/store"
)

// installation is one doorknock with its data folder: what every command that touches the truth works with.
type installation struct {
	cfg    configs.Config
	log    *slog.Logger
	keys   *audit.Keys
	db     *store.DB
	folder *evidence.Folder
	checks []crawler.Check
}

// openInstallation opens key, database and evidence folder as the settings say. The key is made only where there is no
// database yet.
func openInstallation(ctx context.Context, cfg configs.Config, log *slog.Logger) (*installation, error) {
	_, err := os.Stat(filepath.Join(cfg.DataDir, "doorknock.db"))
	keys, err := cfg.OpenKey(errors.Is(err, os.ErrNotExist))
	if err != nil {
		return nil, err
	}
	in := &installation{cfg: cfg, log: log, keys: keys, checks: checks.All()}
	in.db, err = store.Open(ctx, in.storeOptions())
	if err != nil {
		return nil, err
	}
	in.folder, err = evidence.OpenFolder(filepath.Join(cfg.DataDir, "evidence"))
	if err != nil {
		return nil, errors.Join(err, in.db.Close())
	}
	return in, nil
}

// openReader opens the database for a look beside a running doorknock.
func openReader(ctx context.Context, cfg configs.Config, log *slog.Logger) (*installation, error) {
	in := &installation{cfg: cfg, log: log, checks: checks.All()}
	o := in.storeOptions()
	o.ReadOnly = true
	db, err := store.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	in.db = db
	in.folder, err = evidence.OpenFolder(filepath.Join(cfg.DataDir, "evidence"))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return in, nil
}

func (in *installation) storeOptions() store.Options {
	o := store.Options{
		Dir: in.cfg.DataDir, ConfirmAfter: in.cfg.Confirm.After, Interval: in.cfg.Crawl.Interval,
		NoticeDays: in.cfg.NoticeDays(), RetainText: in.cfg.Retain.Text, RetainCaptures: in.cfg.Retain.Captures, Log: in.log,
	}
	if in.keys != nil {
		o.KeyPrint = in.keys.Print()
	}
	return o
}

// Close gives the data folder back.
func (in *installation) Close() error { return in.db.Close() }

// takeList puts the list of organisations into the database.
func (in *installation) takeList(ctx context.Context, orgs []audit.Organisation, channels []audit.Channel) error {
	if err := in.db.SyncOrganisations(ctx, orgs, channels); err != nil {
		return fmt.Errorf("take over the list of organisations: %w", err)
	}
	return nil
}

// newCrawler makes the crawler that the settings describe.
func newCrawler(cfg configs.Config, keys *audit.Keys, keeper crawler.Keeper, log *slog.Logger) (*crawler.Crawler, error) {
	scripts, err := configs.Scripts()
	if err != nil {
		return nil, err
	}
	limits := crawler.Config{Workers: cfg.Crawl.Workers, Pace: cfg.Crawl.Pace, DailyCap: cfg.Crawl.DailyCap,
		MaxPages: cfg.Crawl.MaxPages, MaxDepth: cfg.Crawl.MaxDepth, UserAgent: userAgent(cfg)}
	return crawler.New(crawler.Options{
		Config: limits, Hosts: cfg.Hosts, Permission: cfg.Permission, Platforms: platform.All(), Checks: checks.All(),
		Scripts: scripts, Keys: keys, Keeper: keeper, KeepText: cfg.Retain.Text > 0, Log: log,
	})
}

// userAgent says who asks, and how to reach whoever runs this installation.
func userAgent(cfg configs.Config) string {
	switch {
	case cfg.Crawl.UserAgent != "":
		return cfg.Crawl.UserAgent
	case cfg.Contact == "":
		return "doorknock/" + version
	}
	return "doorknock/" + version + " (+" + cfg.Contact + ")"
}

// newScorer makes the rules-only scorer of comments.
func newScorer() (*comment.Scorer, error) {
	rules, err := configs.Hazards()
	if err != nil {
		return nil, err
	}
	return comment.New(rules)
}

// titles are the checks' questions, for messages.
func titles(all []crawler.Check) map[audit.CheckID]string {
	m := map[audit.CheckID]string{}
	for _, c := range all {
		m[c.ID] = c.Title
	}
	return m
}

// works are the running parts of an installation, apart from its pages.
type works struct {
	in      *installation
	broker  *pipeline.Broker
	crawler *crawler.Crawler
	alerter *alerts.Alerter
	stages  []pipeline.Stage
}

// tempo is how quickly the stages look for work; its zero value is the everyday one.
type tempo struct {
	schedule time.Duration
	ackWait  time.Duration
	due      func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error) // nil: the database's Due
}

// build puts the stages together: the order of the list is that of starting, and the reverse that of stopping.
func (in *installation) build(ctx context.Context, base string, t tempo) (*works, error) {
	w := &works{in: in}
	var err error
	if w.crawler, err = newCrawler(in.cfg, in.keys, in.folder, in.log); err != nil {
		return nil, err
	}
	scorer, err := newScorer()
	if err != nil {
		return nil, err
	}
	w.alerter, err = alerts.New(alerts.Options{
		Config: in.cfg.Alerts, Store: in.db, Log: in.log, Guard: crawler.Guard(in.cfg.Hosts),
		Wording: alerts.Wording{Titles: titles(in.checks), Base: base},
	})
	if err != nil {
		return nil, err
	}
	w.broker, err = pipeline.Open(ctx, pipeline.Options{Config: pipeline.Config{URL: in.cfg.NATS.URL, CredsFile: in.cfg.NATS.CredsFile}, Dir: in.cfg.DataDir, AckWait: t.ackWait, Log: in.log})
	if err != nil {
		return nil, err
	}
	relay := &pipeline.Relay{Broker: w.broker, Unmarked: in.db.Unmarked, Consumers: []string{pipeline.ConsumerScore, pipeline.ConsumerAlert}, Log: in.log}
	record := &pipeline.Record{Broker: w.broker, Keys: in.keys, DB: in.db, Checks: in.checks, Log: in.log,
		Committed: func(ctx context.Context, _ audit.Visit, r store.Recorded) { relay.Announce(ctx, r.Events) }}
	scored := &pipeline.Score{Broker: w.broker, DB: in.db, Assess: scorer.Assess, Rate: in.rate, Announce: relay.Announce, Log: in.log}
	alerted := &pipeline.Events{Broker: w.broker, Name: pipeline.ConsumerAlert, Handle: w.alerter.HandleEvent, Log: in.log}
	crawl := &pipeline.Crawl{Broker: w.broker, Keys: in.keys, Visit: w.crawler.Visit, Log: in.log}
	if t.due == nil {
		t.due = in.db.Due
	}
	schedule := &pipeline.Schedule{Broker: w.broker, Keys: in.keys, Due: t.due, Hold: record.Stalled, Every: t.schedule, Log: in.log}
	w.stages = []pipeline.Stage{
		{Name: "housekeeping", Run: in.keepHouse},
		{Name: "deliver", Run: w.alerter.Run},
		{Name: "alert", Run: alerted.Run},
		{Name: "score", Run: scored.Run},
		{Name: "relay", Run: relay.Run},
		{Name: "record", Run: record.Run},
		{Name: "fetch", Run: w.crawler.Run},
		{Name: "crawl", Run: crawl.Run},
		{Name: "schedule", Run: schedule.Run},
	}
	return w, nil
}

// Close ends the connection to the queue.
func (w *works) Close() { w.broker.Close() }

// keepHouse forgets what has been kept long enough: at start, and every hour.
func (in *installation) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := in.forget(ctx, time.Now()); err != nil && ctx.Err() == nil {
			in.log.Error("old texts and captures could not be dropped; trying again in an hour", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (in *installation) forget(ctx context.Context, now time.Time) error {
	forgotten, err := in.db.Forget(ctx, now)
	if err != nil {
		return fmt.Errorf("forget old texts: %w", err)
	}
	for _, f := range forgotten.Files {
		if err := in.folder.Drop(f); err != nil {
			return fmt.Errorf("drop old capture: %w", err)
		}
	}
	return nil
}
