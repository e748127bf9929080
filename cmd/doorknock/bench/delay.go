package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	delayRounds = 3
	delayVisits = 120
	delayEvery  = 33 * time.Millisecond // a tenth of what two processors can do
)

// commitDelay measures from the reading of a visit's last page to its commit, at a tenth of the load that this machine
// takes: 30 visits a second of one page each.
func commitDelay(ctx context.Context, g *rig) (figures, error) {
	var f figures
	for range min(g.o.Rounds, delayRounds) {
		w, err := g.start(ctx, setting{prefix: "b", sites: delayVisits, crawl: "max_pages: 1"}, nil)
		if err != nil {
			return f, err
		}
		w.every = delayEvery
		all, err := w.visits(ctx, delayVisits)
		if err = errors.Join(err, w.stop()); err != nil {
			return f, err
		}
		var each []float64
		for _, s := range all {
			each = append(each, millis(s.at.Sub(s.visit.ObservedAt)))
		}
		f.values = append(f.values, percentile(each, 0.99))
	}
	return f, nil
}

const (
	webhookSites = 60              // organisations, which have a receiver each
	tellEvery    = 1 * time.Second // a receiver is told at most one thing in this time (alerts/deliver.go)
)

// webhookDelay measures from the reading of a visit's last page, which brought a complaint, to the message about it at the
// receiver's, with group_wait 0s.
func webhookDelay(ctx context.Context, g *rig) (f figures, err error) {
	hook := &receiver{came: make(chan told, 1000)}
	address, err := hook.listen(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, hook.server.Close()) }()
	s, err := g.alerting(address)
	if err != nil {
		return f, err
	}
	w, err := g.start(ctx, s, nil)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	if _, err := w.visits(ctx, webhookSites); err != nil { // what a first look finds alerts nobody
		return f, err
	}
	w.mu.Lock()
	w.every = delayEvery
	w.mu.Unlock()
	for range min(g.o.Rounds, delayRounds) {
		each, err := w.untilTold(ctx, hook)
		if err != nil {
			return f, err
		}
		f.values = append(f.values, percentile(each, 0.99))
	}
	return f, nil
}

// untilTold visits as many sites as there are, twice, and gives how long after a site's look its message came.
func (w *works) untilTold(ctx context.Context, hook *receiver) ([]float64, error) {
	var each []float64
	for range 2 {
		// Sites are not visited in the same order each time: without a pause some would be told twice within the second, and
		// what is measured would be that the second message waited as it must.
		pause(ctx, tellEvery)
		all, err := w.visits(ctx, webhookSites)
		if err != nil {
			return nil, err
		}
		looked := map[string]time.Time{}
		for _, s := range all {
			if at, twice := looked[s.visit.Channel.Organisation]; !twice || s.visit.ObservedAt.Before(at) {
				looked[s.visit.Channel.Organisation] = s.visit.ObservedAt
			}
		}
		for len(looked) > 0 {
			select {
			case t := <-hook.came:
				if at, waits := looked[t.organisation]; waits && t.at.After(at) {
					each = append(each, millis(t.at.Sub(at)))
					delete(looked, t.organisation)
				}
			case <-time.After(10 * time.Second):
				return nil, fmt.Errorf("no message came for %d complaints", len(looked))
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	}
	return each, nil
}

// alerting makes settings by which each organisation has its own receiver.
func (g *rig) alerting(address string) (setting, error) {
	file := filepath.Join(g.folder, "hook")
	if err := os.WriteFile(file, []byte("http://"+address+"/services/T0/B0/bench\n"), 0o600); err != nil {
		return setting{}, fmt.Errorf("write the webhook's address: %w", err)
	}
	var routes, receivers strings.Builder
	for i := range webhookSites {
		fmt.Fprintf(&routes, "      - {matchers: ['organisation = w%04d'], receiver: r%d}\n", i, i)
		fmt.Fprintf(&receivers, "    - {name: r%d, slack: {webhook_url_file: %q}}\n", i, file)
	}
	return setting{prefix: "w", sites: webhookSites, hosts: "  slack.test: " + address + "\n", extra: `
alerts:
  complaints: each
  route:
    receiver: log
    group_wait: 0s
    group_interval: 0s
    routes:
` + routes.String() + "  receivers:\n    - {name: log, log: {}}\n" + receivers.String()}, nil
}

// receiver stands in for Slack.
type receiver struct {
	server http.Server
	came   chan told
}

type told struct {
	organisation string
	at           time.Time
}

func (h *receiver) listen(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for messages: %w", err)
	}
	h.server.Handler = h
	h.server.ReadHeaderTimeout = 10 * time.Second
	go func() { _ = h.server.Serve(l) }()
	return l.Addr().String(), nil
}

var benchName = regexp.MustCompile(`Bench (w\d{4})`)

// ServeHTTP notes when a message came, and whom it speaks of.
func (h *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	body, _ := io.ReadAll(r.Body)
	if m := benchName.FindSubmatch(body); m != nil {
		h.came <- told{string(m[1]), at}
	}
	_, _ = io.WriteString(w, "ok")
}
