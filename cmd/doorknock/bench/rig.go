package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// rig is what the steps share: the web server in its process, and folders to put installations in.
type rig struct {
	o       Options
	folder  string
	web     *child
	address string // of the web server
	number  int    // of installations made
	million string // settings of the installation with a million findings, once it is made
	many    struct {
		peak       float64
		goroutines int
	}
}

// serve starts the web server.
func (g *rig) serve(ctx context.Context) (err error) {
	g.web, g.address, err = g.startChild(ctx, "bench", "serve")
	return err
}

func (g *rig) close() error {
	if g.web == nil {
		return nil
	}
	return g.web.stop()
}

// setting is one installation to be: how many sites it looks at, and what its settings say beside the usual.
type setting struct {
	prefix   string // of its sites' names: b, or w for those of a WordPress
	sites    int
	crawl    string // settings of crawl beside pace and cap
	extra    string
	hosts    string // further names, as lines of the settings
	dir      string
	interval string // between two looks; "": a second, which is the least
}

func host(prefix string, i int) string { return fmt.Sprintf("%s%04d.test", prefix, i) }

// write puts settings and list into a folder of their own and gives the settings' file.
func (g *rig) write(s *setting) (config string, err error) {
	g.number++
	s.dir = filepath.Join(g.folder, fmt.Sprintf("installation-%d", g.number))
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return "", fmt.Errorf("make an installation: %w", err)
	}
	var hosts, list strings.Builder
	list.WriteString("id,name,nation,sector,homes,website\n")
	for i := range s.sites {
		fmt.Fprintf(&hosts, "  %s: %s\n", host(s.prefix, i), g.address)
		fmt.Fprintf(&list, "%[1]s%04[2]d,Bench %[1]s%04[2]d,%[3]s,%[4]s,%[5]d,http://%[6]s/\n", s.prefix, i,
			audit.Nations()[i%3], []string{"housing_association", "council", "almo"}[i%3], 100*(i%97), host(s.prefix, i))
	}
	text := fmt.Sprintf(`
contact: bench@doorknock.test
data_dir: %[1]s/data
key_file: %[1]s/doorknock.key
organisations: %[1]s/organisations.csv
crawl: {pace: 0s, daily_cap: 0, interval: %[6]s, %[2]s}
confirm: {after: 1ms}
hosts:
%[3]s%[4]s
web: {listen: "127.0.0.1:0"}
log: {level: error}
%[5]s
`, s.dir, s.crawl, hosts.String(), s.hosts, s.extra, cmp.Or(s.interval, "1s"))
	config = filepath.Join(s.dir, "doorknock.yaml")
	err = errors.Join(os.WriteFile(config, []byte(text), 0o600), os.WriteFile(filepath.Join(s.dir, "organisations.csv"), []byte(list.String()), 0o600))
	if err != nil {
		return "", fmt.Errorf("make an installation: %w", err)
	}
	return config, nil
}

// ahead is how far the clock of what is due is ahead: over the least interval, so that a channel is due again as soon as
// its visit is recorded.
const ahead = 2 * time.Second

// works is an installation at work in this process, which visits only what it is let.
type works struct {
	dir      string
	cancel   context.CancelFunc
	wait     func() error
	recorded chan seen

	mu    sync.Mutex
	left  int                  // further jobs that may go
	gone  map[string]audit.Job // jobs that were let go and are not recorded, by id
	last  time.Time            // when the last job was let go
	every time.Duration        // least time between two
}

// seen is a visit and when it was committed.
type seen struct {
	visit audit.Visit
	at    time.Time
}

// start runs an installation of these settings in this process. It visits nothing yet.
func (g *rig) start(ctx context.Context, s setting, visit func(context.Context, audit.Job) (audit.Visit, error)) (*works, error) {
	config, err := g.write(&s)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	w := &works{dir: s.dir, cancel: cancel, recorded: make(chan seen, 10_000), gone: map[string]audit.Job{}}
	w.wait, err = g.o.Start(ctx, config, Hooks{Due: w.due, Visit: visit, Recorded: w.noted})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start an installation: %w", err)
	}
	return w, nil
}

// stop ends the installation and removes its data.
func (w *works) stop() error {
	w.cancel()
	return errors.Join(w.wait(), os.RemoveAll(w.dir))
}

// due gives the jobs under way and, while some may still go, further ones. It reads nothing in vain: what is measured is
// the work of visits, and not how often somebody looks for it.
func (w *works) due(ctx context.Context, now time.Time, limit int, read ReadDue) ([]audit.Job, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	under := slices.Collect(maps.Values(w.gone))
	if w.left == 0 || now.Sub(w.last) < w.every {
		return under, nil
	}
	jobs, err := read(ctx, now.Add(ahead), limit)
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	for _, j := range jobs {
		if _, gone := w.gone[j.ID]; gone || w.left == 0 || now.Sub(w.last) < w.every {
			continue
		}
		w.gone[j.ID], w.last = j, now
		w.left--
		under = append(under, j)
	}
	return under, nil
}

// noted is told of each commit.
func (w *works) noted(v audit.Visit, _ store.Recorded) {
	w.recorded <- seen{v, time.Now()}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.gone, v.ID)
}

// visits lets n visits be made and waits until each is committed.
func (w *works) visits(ctx context.Context, n int) ([]seen, error) {
	w.mu.Lock()
	w.left = n
	w.mu.Unlock()
	var all []seen
	stuck := time.NewTimer(time.Minute)
	defer stuck.Stop()
	for len(all) < n {
		select {
		case v := <-w.recorded:
			all = append(all, v)
		case <-stuck.C:
			return nil, fmt.Errorf("%d of %d visits were recorded within a minute", len(all), n)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return all, nil
}

// client is what bare readers fetch with: every name is the web server's.
func (g *rig) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: dialTo(g.address), MaxIdleConnsPerHost: 4, IdleConnTimeout: 5 * time.Second}}
}
