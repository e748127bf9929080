package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/pipeline"
)

// The parts that one `run` can play.
const (
	rolesAll   = "all"   // everything
	rolesCrawl = "crawl" // looks at sites for another machine, and keeps nothing
	rolesKeep  = "keep"  // everything but looking at sites
)

// statusEvery is the time between two status lines of a crawler, which has no pages to look at.
const statusEvery = 5 * time.Minute

// runCrawler is `run --roles crawl`: jobs come from the NATS server, visits and their captures go back to it, sealed. It
// opens no database and no data folder.
func runCrawler(ctx context.Context, from settings, out io.Writer, t tempo) error {
	first, err := from.alone()
	if err != nil {
		return err
	}
	if first.cfg.NATS.Embedded() {
		return errUsage(errors.New("a crawler takes its jobs from an outside NATS server: name it by --nats nats://host:4222 or nats.url"))
	}
	announce := sync.OnceFunc(func() {
		fmt.Fprintf(out, "crawling for %s; what is found is shown where `doorknock run` keeps the data\n", first.cfg.NATS.Servers())
	})
	r := &reloader{read: from.alone, before: func() {}}
	r.open = func(ctx context.Context, s start) (session, error) {
		opened, err := openCrawler(ctx, s.cfg, t)
		if err == nil {
			announce()
		}
		return opened, err
	}
	return r.run(ctx, first)
}

// openCrawler connects a crawler to the NATS server. It never makes a key: with one of its own its pseudonyms would be
// nobody else's, and nothing it sends could be read.
func openCrawler(ctx context.Context, cfg configs.Config, t tempo) (session, error) {
	log := newLog(cfg.Log)
	keys, err := cfg.OpenKey(false)
	if errors.Is(err, configs.ErrNoKey) {
		return session{}, errUsage(err)
	}
	if err != nil {
		return session{}, err
	}
	if cfg.Contact == "" {
		log.Warn(noContact)
	}
	broker, err := pipeline.Open(ctx, pipeline.Options{
		Config: cfg.NATS, Crawler: true, KeyPrint: keys.Print(), AckWait: t.ackWait, Reached: dieAt(os.Getenv), Log: log,
	})
	if err != nil {
		return session{}, err
	}
	shipper := &pipeline.Shipper{Broker: broker, Keys: keys, Log: log}
	c, err := newCrawler(cfg, keys, shipper, log, nil)
	if err != nil {
		broker.Close()
		return session{}, err
	}
	r := &shift{crawler: c, light: cfg.Contact == "", broker: broker, log: log, every: statusEvery}
	room := new(elbowRoom)
	parts := pipeline.Parts{Broker: broker, Keys: keys, Log: log, Visit: room.during(r.visit), Most: cfg.Crawl.Most(), Shipper: shipper}
	stages := append([]pipeline.Stage{{Name: "memory", Run: room.Run}, {Name: "fetch", Run: c.Run}, {Name: "status", Run: r.tell}}, parts.Stages()...)
	log.Info("doorknock is crawling", "queue", cfg.NATS.Servers())
	return session{log: log, stages: stages, close: func() {
		r.say()
		broker.Close()
	}}, nil
}

// shift is a crawler's work since its start, counted for the operator.
type shift struct {
	crawler *crawler.Crawler
	light   bool
	broker  *pipeline.Broker
	log     *slog.Logger
	every   time.Duration

	taken, made, pages atomic.Int64
}

// visit looks at the job's channel. Without a contact to put into the User-Agent it looks lightly, whatever the job says.
func (r *shift) visit(ctx context.Context, job audit.Job) (audit.Visit, error) {
	r.taken.Add(1)
	defer r.taken.Add(-1)
	job.Light = job.Light || r.light
	v, err := r.crawler.Visit(ctx, job)
	if err == nil {
		r.made.Add(1)
		r.pages.Add(int64(len(v.Captures)))
	}
	return v, err
}

// tell logs the status from time to time.
func (r *shift) tell(ctx context.Context) error {
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			r.say()
		}
	}
}

func (r *shift) say() {
	queue := "connected"
	if err := r.broker.Ready(); err != nil {
		queue = err.Error()
	}
	r.log.Info("crawler", "queue", queue, "visits", r.made.Load(), "requests", r.pages.Load(), "in_hand", r.taken.Load())
}
