// Command knock visits pages of a hostile server and prints, for each, what was made of it, and at the end the most
// memory that the process ever held. It is run by tests as a child of its own, built without the race detector, so
// that a memory limit means something.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/internal/hostile"
)

func main() {
	at := flag.String("at", "", "ip:port of the hostile server")
	together := flag.Int("together", 1, "visits at once")
	flag.Parse()
	if err := run(*at, *together, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "knock:", err)
		os.Exit(1)
	}
}

// one is a plan of one page.
type one struct {
	address string
	problem audit.Reason
	body    int
	start   time.Time
}

func (o *one) First() []crawler.Request {
	o.start = time.Now()
	return []crawler.Request{{URL: o.address, For: crawler.ForHome}}
}

func (o *one) Next(p *crawler.Page) []crawler.Request {
	o.problem, o.body = p.Problem(), len(p.Answer.Body)
	p.Outline()
	return nil
}

func (o *one) Done([]crawler.Request) crawler.Walk { return crawler.Walk{} }

func run(at string, together int, paths []string) error {
	plans := make(map[string]*one)
	hosts := make(map[string]string)
	for i, path := range paths {
		// A host each, so that lanes do not queue behind each other.
		host := fmt.Sprintf("h%d.test", i)
		hosts[host] = at
		plans[path] = &one{address: "http://" + host + path}
	}
	c, err := crawler.New(crawler.Options{
		Config: crawler.Config{Workers: together, MaxPages: 1, UserAgent: "doorknock/test"}, Hosts: hosts, Checks: checks.All(),
		Platforms: []crawler.Platform{{Name: audit.Web, Plan: func(j audit.Job, _ crawler.Settings) crawler.Plan { return plans[j.ID] }}},
	})
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	results := make(chan hostile.Result)
	for path, plan := range plans {
		job := audit.Job{V: 1, ID: path, Channel: audit.Channel{ID: path, Platform: audit.Web, URL: plan.address}}
		c.Start(ctx, job, func(v audit.Visit, err error) {
			r := resultOf(plan, v, err)
			r.Path = path
			go func() { results <- r }()
		})
	}
	out := json.NewEncoder(os.Stdout)
	for range paths {
		if err := out.Encode(<-results); err != nil {
			return fmt.Errorf("print result: %w", err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return out.Encode(hostile.Result{PeakKiB: peak()})
}

// resultOf sums up a visit. Evidence that does not lie in the body is an error: P1 of the promises.
func resultOf(plan *one, v audit.Visit, err error) hostile.Result {
	r := hostile.Result{Problem: plan.problem, Took: time.Since(plan.start).Seconds()}
	if err != nil {
		r.Error = err.Error()
	}
	for _, reading := range v.Readings {
		r.States = append(r.States, reading.Verdict.State().String())
		e := reading.Verdict.Evidence()
		if e != nil && (e.Length <= 0 || e.Offset < 0 || e.Offset+e.Length > plan.body) {
			r.Error = fmt.Sprintf("%s: evidence of %d bytes at %d in a body of %d", reading.Check, e.Length, e.Offset, plan.body)
		}
	}
	return r
}

// peak reads VmHWM, in KiB; 0 where the system does not tell.
func peak() (kib int) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			_, _ = fmt.Sscan(rest, &kib)
		}
	}
	return kib
}
