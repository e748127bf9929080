package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

const (
	sitesARound = 20
	readings    = 5  // times that each page is read in a round: on a shared machine a fifth of a second says nothing
	again       = 10 // times that each site is looked at again in the measurement of unchanged pages
	// settle is how long after the last commit of a round its events are still worked on; it is part of the round.
	settle = 100 * time.Millisecond
	// A program that has been started is left alone until it does next to nothing: it makes its consumers, looks whether a
	// digest is due and rates everybody once. It starts anew for each round, where an installation runs for weeks.
	idle, startsWithin = 5 * time.Millisecond, 3 * time.Second
)

func dialTo(address string) func(ctx context.Context, network, to string) (net.Conn, error) {
	var d net.Dialer
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, address)
	}
}

// cpuPage sets fetching, unpacking, parsing and all checks in a plain loop beside the whole way of a page: queue, robots,
// pace, fetch, evidence on the disk, the same checks, sealed visit, commit, acknowledgement. Each round has sites never seen
// before.
func cpuPage(ctx context.Context, g *rig) (figures, error) {
	f := figures{invert: true}
	for range g.o.Rounds {
		bare, err := measure(func() (int, error) { return g.bareCrawl(ctx, sitesARound) })
		if err != nil {
			return f, err
		}
		w, err := g.start(ctx, setting{prefix: "b", sites: sitesARound}, nil)
		if err != nil {
			return f, err
		}
		begun()
		ours, err := measure(func() (int, error) { return w.look(ctx, sitesARound) })
		if err = errors.Join(err, w.stop()); err != nil {
			return f, err
		}
		if bare.items != ours.items {
			return f, fmt.Errorf("%d pages bare, %d with us: they are not the same work", bare.items, ours.items)
		}
		f.bare, f.ours = append(f.bare, bare), append(f.ours, ours)
	}
	return f, nil
}

// begun waits until the start of the program is over.
func begun() {
	for end := time.Now().Add(startsWithin); time.Now().Before(end); {
		before := spent()
		time.Sleep(settle)
		if spent()-before < idle {
			return
		}
	}
}

// look makes n visits and counts the pages that were read.
func (w *works) look(ctx context.Context, n int) (pages int, err error) {
	all, err := w.visits(ctx, n)
	time.Sleep(settle)
	for _, s := range all {
		for _, c := range s.visit.Captures {
			if c.Status == http.StatusOK && strings.HasPrefix(c.Type, "text/html") {
				pages++
			}
		}
	}
	return pages, err
}

// bareCrawl reads the pages of the first n sites with no more than net/http and the checks: what is asked of a page is the
// same on both sides, so that the ratio says what the way there and back adds.
func (g *rig) bareCrawl(ctx context.Context, n int) (int, error) {
	scripts, err := configs.Scripts()
	if err != nil {
		return 0, fmt.Errorf("read the list of scripts: %w", err)
	}
	all := checks.All()
	client := g.client()
	defer client.CloseIdleConnections()
	var group sync.WaitGroup
	errs := make([]error, n)
	slots := make(chan struct{}, 16)
	for i := range n {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			for _, path := range paths {
				a, err := fetch(ctx, client, "http://"+host("b", i)+path)
				if err != nil {
					errs[i] = err
					return
				}
				crawler.NewPage(a, scripts).Read(all)
			}
		})
	}
	group.Wait()
	return n * len(paths), errors.Join(errs...)
}

func fetch(ctx context.Context, client *http.Client, address string) (crawler.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return crawler.Answer{}, fmt.Errorf("read %s: %w", address, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return crawler.Answer{}, fmt.Errorf("read page: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return crawler.Answer{}, fmt.Errorf("read %s: %w", address, err)
	}
	return crawler.Answer{URL: req.URL, Status: resp.StatusCode, Header: resp.Header, Body: body, At: time.Now()}, nil
}

// cpuUnchanged sets a visit of which every page is "not modified" beside the first visit of the same site.
func cpuUnchanged(ctx context.Context, g *rig) (figures, error) {
	var f figures
	for range g.o.Rounds {
		w, err := g.start(ctx, setting{prefix: "b", sites: sitesARound}, nil)
		if err != nil {
			return f, err
		}
		begun()
		full, err := measure(func() (int, error) { _, err := w.look(ctx, sitesARound); return sitesARound, err })
		var same took
		if err == nil {
			same, err = measure(func() (int, error) { return w.lookAgain(ctx, sitesARound*again) })
		}
		if err = errors.Join(err, w.stop()); err != nil {
			return f, err
		}
		f.bare, f.ours = append(f.bare, full), append(f.ours, same)
	}
	return f, nil
}

// lookAgain makes n visits of sites seen before, which must find every page as it was.
func (w *works) lookAgain(ctx context.Context, n int) (int, error) {
	all, err := w.visits(ctx, n)
	time.Sleep(settle)
	for _, s := range all {
		if len(s.visit.Unchanged) != len(paths) {
			return n, fmt.Errorf("%d of %d pages were unchanged", len(s.visit.Unchanged), len(paths))
		}
	}
	return n, err
}

// checksOverParse sets all checks, with index, text and located evidence, beside charset and tree alone.
func checksOverParse(ctx context.Context, g *rig) (figures, error) {
	var f figures
	scripts, err := configs.Scripts()
	if err != nil {
		return f, fmt.Errorf("read the list of scripts: %w", err)
	}
	pages, all := Pages(), checks.All()
	for range g.o.Rounds {
		var bare, ours took
		for range readings {
			b, o, err := inTurn(pages, all, scripts)
			if err = errors.Join(err, ctx.Err()); err != nil {
				return f, err
			}
			bare, ours = bare.and(b), ours.and(o)
		}
		f.bare, f.ours = append(f.bare, bare), append(f.ours, ours)
	}
	return f, nil
}

// inTurn parses each page bare and then reads it, so that what other programs take from the processor in the meantime, and
// the collection of garbage, falls on both.
func inTurn(pages [][]byte, all []crawler.Check, scripts *crawler.Scripts) (bare, ours took, err error) {
	at := &url.URL{Scheme: "https", Host: "b0000.test", Path: "/"}
	header := http.Header{"Content-Type": {"text/html"}}
	for _, p := range pages {
		one, err := measure(func() (int, error) { return 1, parseBare(p) })
		if err != nil {
			return bare, ours, err
		}
		bare = bare.and(one)
		one, _ = measure(func() (int, error) {
			crawler.NewPage(crawler.Answer{URL: at, Status: http.StatusOK, Body: p, Header: header}, scripts).Read(all)
			return 1, nil
		})
		ours = ours.and(one)
	}
	return bare, ours, nil
}

func parseBare(page []byte) error {
	e, _, _ := charset.DetermineEncoding(page, "text/html")
	text, err := e.NewDecoder().Bytes(page)
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if _, err := html.Parse(strings.NewReader(string(text))); err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	return nil
}
