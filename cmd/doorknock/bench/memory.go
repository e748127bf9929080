package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

const (
	idleSites    = 271 // as many as the built-in list has
	manySites    = 2000
	idleFor      = 3 * time.Second
	crawlFor     = 16 * time.Second
	millionRows  = 1_000_000
	memoryRounds = 2
	readyRounds  = 5
)

// rssIdle measures `run` with as many organisations as the built-in list has, when nothing is due.
func rssIdle(ctx context.Context, g *rig) (figures, error) {
	var f figures
	s := setting{prefix: "b", sites: idleSites, interval: "24h"}
	config, err := g.filled(ctx, &s, 0)
	if err != nil {
		return f, err
	}
	for range min(g.o.Rounds, memoryRounds) {
		c, _, err := g.startChild(ctx, "run", "--config", config)
		if err != nil {
			return f, err
		}
		pause(ctx, idleFor)
		own, mapped, err := memoryOf(c.cmd.Process.Pid)
		if err = errors.Join(err, c.stop()); err != nil {
			return f, err
		}
		f.values, f.peak = append(f.values, own), own+mapped
	}
	return f, nil
}

func rssCrawling(ctx context.Context, g *rig) (figures, error) {
	peak, _, err := g.crawlMany(ctx)
	return figures{values: []float64{peak}, peak: peak}, err
}

func goroutinesCrawling(ctx context.Context, g *rig) (figures, error) {
	_, goroutines, err := g.crawlMany(ctx)
	return figures{values: []float64{float64(goroutines)}, goroutines: goroutines}, err
}

// crawlMany has `run` look at 2,000 sites as fast as it can for a while and gives the most memory, in MB, and the most
// goroutines that it had. It is done once for both.
func (g *rig) crawlMany(ctx context.Context) (peak float64, goroutines int, err error) {
	if g.many.peak > 0 {
		return g.many.peak, g.many.goroutines, nil
	}
	config, err := g.write(&setting{prefix: "b", sites: manySites, interval: "24h"})
	if err != nil {
		return 0, 0, err
	}
	c, _, err := g.startChild(ctx, "run", "--config", config, "--tick", "100ms")
	if err != nil {
		return 0, 0, err
	}
	operator, err := c.operator()
	for begin := time.Now(); time.Since(begin) < crawlFor && err == nil; {
		var n int
		n, err = goroutinesOf(ctx, operator)
		g.many.goroutines = max(g.many.goroutines, n)
		if own, _, err2 := memoryOf(c.cmd.Process.Pid); err2 == nil {
			g.many.peak = max(g.many.peak, own)
		}
		pause(ctx, 200*time.Millisecond)
	}
	return g.many.peak, g.many.goroutines, errors.Join(err, c.stop())
}

// goroutinesOf asks a running doorknock.
func goroutinesOf(ctx context.Context, address string) (int, error) {
	body, _, err := get(ctx, address+"/metrics")
	if err != nil {
		return 0, err
	}
	s := bufio.NewScanner(strings.NewReader(body))
	for s.Scan() {
		if rest, ok := strings.CutPrefix(s.Text(), "go_goroutines "); ok {
			n, err := strconv.Atoi(rest)
			if err != nil {
				return 0, fmt.Errorf("read metrics: %w", err)
			}
			return n, nil
		}
	}
	return 0, errors.New("read metrics: there is no go_goroutines")
}

// readyWithMillion measures from the start of `run` to its first "ready", with 2,000 organisations and a million findings.
func readyWithMillion(ctx context.Context, g *rig) (figures, error) {
	var f figures
	config, err := g.withMillion(ctx)
	if err != nil {
		return f, err
	}
	for range min(g.o.Rounds, readyRounds) {
		begin := time.Now()
		c, address, err := g.startChild(ctx, "run", "--config", config)
		if err != nil {
			return f, err
		}
		err = untilReady(ctx, address)
		f.values = append(f.values, millis(time.Since(begin)))
		if err = errors.Join(err, c.stop()); err != nil {
			return f, err
		}
	}
	return f, nil
}

func untilReady(ctx context.Context, address string) error {
	for range 1000 {
		if _, status, err := get(ctx, address+"/readyz"); err == nil && status == http.StatusOK {
			return nil
		}
		pause(ctx, 2*time.Millisecond)
	}
	return errors.New("not ready after two seconds")
}

// leaguePage measures the whole page of the table of 2,000 organisations, from request to last byte. Before each reading
// something is committed and another question asked for, so that none is answered from what a reader before has asked for.
func leaguePage(ctx context.Context, g *rig) (f figures, err error) {
	config, err := g.withMillion(ctx)
	if err != nil {
		return f, err
	}
	db, err := store.Open(ctx, store.Options{Dir: filepath.Join(filepath.Dir(config), "data"), Beside: true})
	if err != nil {
		return f, fmt.Errorf("open the database beside: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for range min(g.o.Rounds, readyRounds) {
		c, address, err := g.startChild(ctx, "run", "--config", config)
		if err != nil {
			return f, err
		}
		err = untilReady(ctx, address)
		for _, question := range []string{"", "?check=comments", "?check=forum", "?check=social_links"} {
			err = errors.Join(err, db.Touch(ctx))
			begin := time.Now()
			_, status, gotErr := get(ctx, address+"/league"+question)
			if gotErr == nil && status != http.StatusOK {
				gotErr = fmt.Errorf("the table came with status %d", status)
			}
			f.values = append(f.values, millis(time.Since(begin)))
			err = errors.Join(err, gotErr)
		}
		if err = errors.Join(err, c.stop()); err != nil {
			return f, err
		}
	}
	return f, nil
}

// withMillion makes the large installation, once.
func (g *rig) withMillion(ctx context.Context) (config string, err error) {
	if g.million == "" {
		g.million, err = g.filled(ctx, &setting{prefix: "b", sites: manySites, interval: "24h"}, millionRows)
	}
	return g.million, err
}

// filled makes an installation whose sites were all looked at just now, with further findings up to rows in all.
func (g *rig) filled(ctx context.Context, s *setting, rows int) (config string, err error) {
	config, err = g.write(s)
	if err != nil {
		return "", err
	}
	brief, cancel := context.WithCancel(ctx) // makes key, database and list, and visits nobody
	wait, err := g.o.Start(brief, config, Hooks{Due: func(context.Context, time.Time, int, ReadDue) ([]audit.Job, error) { return nil, nil }})
	cancel()
	if err == nil {
		err = wait()
	}
	if err != nil {
		return "", fmt.Errorf("make an installation: %w", err)
	}
	db, err := store.Open(ctx, store.Options{Dir: filepath.Join(s.dir, "data"), ConfirmAfter: 24 * time.Hour, Interval: 24 * time.Hour})
	if err != nil {
		return "", fmt.Errorf("fill a database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	jobs, err := db.Due(ctx, time.Now(), s.sites)
	if err != nil {
		return "", fmt.Errorf("fill a database: %w", err)
	}
	for i, j := range jobs {
		if _, err := db.Record(ctx, lookedAt(j, i)); err != nil {
			return "", fmt.Errorf("fill a database: %w", err)
		}
	}
	if rows > 0 {
		err = db.FillFindings(ctx, rows)
	}
	return config, err
}

// lookedAt is a recording of a channel's doors as of now.
func lookedAt(j audit.Job, i int) store.Recording {
	now := time.Now().UTC()
	r := store.Recording{Visit: madeVisit(j, now), Now: now}
	for n, reading := range r.Visit.Readings {
		r.Findings = append(r.Findings, audit.Finding{ID: audit.FindingID(j.ID, reading.Check, ""), Visit: j.ID, Channel: j.Channel.ID,
			Check: reading.Check, Verdict: verdict(i+n+1, j.Channel.URL), How: audit.Anonymous, ObservedAt: now})
	}
	return r
}

// get reads a page of a running doorknock.
func get(ctx context.Context, address string) (body string, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", address, err)
	}
	client := http.Client{Timeout: 30 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return "", 0, fmt.Errorf("read page: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", 0, fmt.Errorf("read %s: %w", address, err)
	}
	return string(b), resp.StatusCode, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
