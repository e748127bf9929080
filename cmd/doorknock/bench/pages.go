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

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
)

const (
	sitesARound = 20
	again       = 10 // times that each site is looked at again in the measurement of unchanged pages
	// settle is how long after the last commit of a round its events are still worked on; it is part of the round.
	settle = 100 * time.Millisecond
)

// Selectors are twenty questions as a crawler made of selectors would ask them: the bare limit, and what Scrapy is asked
// on the same pages.
var Selectors = []string{
	"form[action*='wp-comments-post']", "#respond textarea", ".comment-list li", "p.no-comments", ".must-log-in a", "form.comment-form",
	"#disqus_thread", "iframe[src*='facebook.com']", "a[href*='facebook.com']", "a[href*='youtube.com']", "a[href*='complain']", "meta[name='generator']",
	"link[rel='alternate'][type='application/rss+xml']", "nav a[href]", "main h1", "main h2", "form textarea", "input[type='password']",
	"script[src]", "footer a[href]",
}

func compile() ([]cascadia.Selector, error) {
	var all []cascadia.Selector
	for _, s := range Selectors {
		c, err := cascadia.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("selector %s: %w", s, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// matches counts what the selectors match on a page.
func matches(root *html.Node, selectors []cascadia.Selector) (n int) {
	for _, s := range selectors {
		n += len(s.MatchAll(root))
	}
	return n
}

func dialTo(address string) func(ctx context.Context, network, to string) (net.Conn, error) {
	var d net.Dialer
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, address)
	}
}

// cpuPage sets fetching, unpacking, parsing and twenty selectors beside the whole way of a page: queue, robots, pace, fetch,
// evidence on the disk, all checks, sealed visit, commit, acknowledgement. Each round has sites never seen before.
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

// bareCrawl reads the pages of the first n sites with no more than net/http, a parser and selectors.
func (g *rig) bareCrawl(ctx context.Context, n int) (int, error) {
	selectors, err := compile()
	if err != nil {
		return 0, err
	}
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
				if _, err := read(ctx, client, "http://"+host("b", i)+path, selectors); err != nil {
					errs[i] = err
					return
				}
			}
		})
	}
	group.Wait()
	return n * len(paths), errors.Join(errs...)
}

func read(ctx context.Context, client *http.Client, address string, selectors []cascadia.Selector) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", address, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("read page: %w", err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", address, err)
	}
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return 0, fmt.Errorf("parse %s: %w", address, err)
	}
	return matches(root, selectors), nil
}

// cpuUnchanged sets a visit of which every page is "not modified" beside the first visit of the same site.
func cpuUnchanged(ctx context.Context, g *rig) (figures, error) {
	var f figures
	for range g.o.Rounds {
		w, err := g.start(ctx, setting{prefix: "b", sites: sitesARound}, nil)
		if err != nil {
			return f, err
		}
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
	at := &url.URL{Scheme: "https", Host: "b0000.test", Path: "/"}
	header := http.Header{"Content-Type": {"text/html"}}
	for range g.o.Rounds {
		bare, err := measure(func() (int, error) { return len(pages), parseAll(pages) })
		if err != nil {
			return f, err
		}
		ours, err := measure(func() (int, error) {
			for _, p := range pages {
				crawler.NewPage(crawler.Answer{URL: at, Status: http.StatusOK, Body: p, Header: header}, scripts).Read(all)
			}
			return len(pages), ctx.Err()
		})
		if err != nil {
			return f, err
		}
		f.bare, f.ours = append(f.bare, bare), append(f.ours, ours)
	}
	return f, nil
}

func parseAll(pages [][]byte) error {
	for _, p := range pages {
		e, _, _ := charset.DetermineEncoding(p, "text/html")
		text, err := e.NewDecoder().Bytes(p)
		if err != nil {
			return fmt.Errorf("decode: %w", err)
		}
		if _, err := html.Parse(strings.NewReader(string(text))); err != nil {
			return fmt.Errorf("parse: %w", err)
		}
	}
	return nil
}
