package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"time"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/browser"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
	"doorknock/pipeline"
	"doorknock/score/comment"
	"doorknock/score/talk"
	"doorknock/store"
)

// newCrawler makes the crawler that the settings describe. onReading is told each answer as it is read; it may be nil.
func newCrawler(cfg configs.Config, keys *audit.Keys, keeper crawler.Keeper, log *slog.Logger, onReading func(audit.Reading)) (*crawler.Crawler, error) {
	scripts, err := configs.Scripts()
	if err != nil {
		return nil, err
	}
	limits := cfg.Crawl.Config
	limits.UserAgent = userAgent(cfg)
	var draw func(context.Context, crawler.Drawing) (crawler.Drawn, error)
	if cfg.Browser.Path != "" {
		draw = browser.New(cfg.Browser.Path).Draw
	}
	held, err := credentials(cfg)
	if err != nil {
		return nil, err
	}
	rules, err := configs.Talk()
	if err != nil {
		return nil, err
	}
	sorter, err := talk.NewSorter(rules)
	if err != nil {
		return nil, err
	}
	return crawler.New(crawler.Options{
		Notice: sorter.Notice, Held: held, Interfaces: interfaces(cfg), Draw: draw, Config: limits, Hosts: cfg.Hosts, Permission: cfg.Permission, Platforms: platform.All(), Checks: checks.All(),
		Scripts: scripts, Keys: keys, Keeper: keeper, KeepText: cfg.Retain.Text > 0, Log: log, OnReading: onReading,
	})
}

// maxKeyFile is more than any key is long: a device that was named by accident has no end.
const maxKeyFile = 4 << 10

// credentials reads the keys of interfaces from the files that the settings name. An error names the file and not what is in it.
func credentials(cfg configs.Config) (map[string]crawler.Credential, error) {
	held := map[string]crawler.Credential{}
	for name, p := range cfg.Platforms {
		if p.TokenFile == "" {
			continue
		}
		f, err := os.Open(p.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("open platforms.%s.token_file: %w", name, err)
		}
		text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
		f.Close() //nolint:errcheck // only read from
		if err != nil {
			return nil, fmt.Errorf("read platforms.%s.token_file: %w", name, err)
		}
		keys, err := platform.Credentials(name, string(text), p.BaseURL, p.Budget)
		if err != nil {
			return nil, fmt.Errorf("platforms.%s.token_file %s: %w", name, p.TokenFile, err)
		}
		maps.Copy(held, keys)
	}
	return held, nil
}

// interfaces are the platforms' own, as the settings have them asked.
func interfaces(cfg configs.Config) map[audit.Platform]crawler.Interface {
	all := map[audit.Platform]crawler.Interface{}
	for _, p := range platform.All() {
		i, set := p.Interface, cfg.Platforms[string(p.Name)]
		if at, err := url.Parse(set.BaseURL); err == nil && set.BaseURL != "" {
			i.Origin = at.Scheme + "://" + at.Host
		}
		i.Version, i.Budget = cmp.Or(set.Version, i.Version), cmp.Or(set.Budget, i.Budget)
		i.Control, i.Cap = set.Control, int64(set.Cap*1e6)
		all[p.Name] = i
	}
	return all
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

// newScorer makes the scorer of comments: the rules, and the model that is built in.
func newScorer() (*comment.Scorer, error) {
	rules, err := configs.Hazards()
	if err != nil {
		return nil, err
	}
	return comment.NewTrained(rules)
}

// assessing gives each stream of comments the threshold that is set for it. They stand under the organisation's own posts.
func assessing(s *comment.Scorer, c configs.Score) func(audit.Stream, string) audit.Assessment {
	s = s.SpokenTo()
	return func(of audit.Stream, text string) audit.Assessment { return s.From(c.Threshold(of)).Explain(text) }
}

// titles are the checks' questions, for messages.
func titles(all []crawler.Check) map[audit.CheckID]string {
	m := map[audit.CheckID]string{}
	for _, c := range all {
		m[c.ID] = c.Title
	}
	return m
}

// published are the checks that ask what is published, whose states are no doors.
func published(all []crawler.Check) map[audit.CheckID]bool {
	m := map[audit.CheckID]bool{}
	for _, c := range all {
		m[c.ID] = c.Published
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
	keepOnly bool                                                                     // look at no site: crawlers on other machines do
	due      func(ctx context.Context, now time.Time, limit int) ([]audit.Job, error) // nil: the database's Due
	visit    func(context.Context, audit.Job) (audit.Visit, error)                    // nil: the crawler's
	recorded func(audit.Visit, store.Recorded)                                        // told of every commit; may be nil
}

// build puts the stages together: the order of the list is that of starting, and the reverse that of stopping.
func (in *installation) build(ctx context.Context, base string, t tempo) (*works, error) {
	w := &works{in: in}
	point := dieAt(os.Getenv)
	var err error
	if w.crawler, err = newCrawler(in.cfg, in.keys, in.folder, in.log, nil); err != nil {
		return nil, err
	}
	scorer, err := newScorer()
	if err != nil {
		return nil, err
	}
	options := in.alertOptions(in.publicAddress(base))
	options.Reached = point
	options.Ill = in.space.Low
	if w.alerter, err = alerts.New(options); err != nil {
		return nil, err
	}
	visited, announced, err := in.db.Passed(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	w.broker, err = pipeline.Open(ctx, pipeline.Options{
		Config: in.cfg.NATS, Dir: in.cfg.DataDir, AckWait: t.ackWait, KeyPrint: in.keys.Print(), Reached: point, Away: in.db.KeepQueueAway, Lost: in.db.KeepQueueLost,
		Visited: visited, Announced: announced, Log: in.log,
	})
	if err != nil {
		return nil, err
	}
	parts := pipeline.Parts{
		Broker: w.broker, Keys: in.keys, Log: in.log, DB: in.db, Checks: in.checks, Duties: in.duties, Keeper: in.folder, Assess: assessing(scorer, in.cfg.Score), Manner: in.sorter.Manner,
		Rate: in.rate, Alert: w.alerter.HandleEvent, Light: in.cfg.Contact == "", Due: t.due, Every: t.schedule,
		Hold: in.space.Low, Recorded: t.recorded,
	}
	room := new(elbowRoom)
	w.stages = []pipeline.Stage{
		{Name: "memory", Run: room.Run}, {Name: "queue", Run: w.broker.Watch},
		{Name: "space", Run: in.space.Run}, {Name: "housekeeping", Run: in.keepHouse}, {Name: "clock", Run: in.watchClock}, {Name: "duties", Run: in.watchDuties}, {Name: "deliver", Run: w.alerter.Run},
	}
	if !t.keepOnly {
		parts.Visit, parts.Most = room.during(w.crawler.Visit), in.cfg.Crawl.Most()
		w.stages = append(w.stages, pipeline.Stage{Name: "fetch", Run: w.crawler.Run})
	}
	if t.visit != nil {
		parts.Visit = t.visit
	}
	for _, app := range in.apps {
		w.stages = append(w.stages, pipeline.Stage{Name: "slack", Run: func(ctx context.Context) error { return app.Run(ctx, w.alerter) }})
	}
	edition, err := in.editions(ctx, base)
	if err != nil {
		return nil, err
	}
	w.stages = append(append(w.stages, edition), parts.Stages()...)
	return w, nil
}

// Close ends the connection to the queue.
func (w *works) Close() { w.broker.Close() }
