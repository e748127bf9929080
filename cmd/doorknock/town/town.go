// Package town is the demo: made-up organisations whose sites are served on loopback and change by a script. Its old
// quarter are six ordinary sites; its new one is what is hard about the web: walls, log-in, a forum, a site that is lost and
// found, a hostile one, and 25 small ones built by one company whose pages all change in one night; its third is a group with
// two sites, a landlord whose rules for talking promise an answer, and a site that is empty without its script.
//
// In: steps of the script. Out: HTTP answers for the names of Hosts. It never reaches outside the machine, and the
// program under demonstration reads it as it reads any site: through the transport, robots.txt included.
package town

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakegraph"
	"doorknock/internal/hostile"
)

// Comment is one comment on a made-up post.
type Comment struct {
	ID, Parent, Author int // Author is the account's number; 0: no account
	Name, Text         string
	At                 time.Time
}

// Post is one made-up piece of news.
type Post struct {
	ID       int
	Title    string
	Text     string
	At       time.Time
	Open     bool
	Comments []Comment
}

// Site is one made-up organisation's site. Its zero value answers with its pages and no news.
type Site struct {
	Organisation audit.Organisation
	Host         string
	Posts        []Post // nil: a site without news or comment facility
	Forbids      bool   // robots.txt forbids everything
	Down         bool   // connections are cut
	Members      bool   // who comments must log in
	Forum        bool   // a board at /community/
	Lost         bool   // every page is not found
	Walled       bool   // every page asks for consent first
	Hostile      bool   // the home page leads to traps
	Kerbside     bool   // built by Kerbside Sites, not by WordPress
	Drawn        bool   // Kerbside's pages no longer hold the box: a script draws it
	Scripted     bool   // every page is empty without its script
	Rules        string // the last sentence of the page /house-rules; "": there is no such page
}

func (s *Site) home() string { return "http://" + s.Host + "/" }

// Town is the running server. Its methods may be called from any goroutine.
type Town struct {
	mu       sync.Mutex
	sites    []*Site
	script   []Scene
	listener net.Listener
	server   *http.Server
	hostile  http.Handler
	facebook []facebookPage
	graph    *fakegraph.Server
	requests map[string]int
	waiting  atomic.Int64
	ahead    atomic.Int64 // nanoseconds
}

// A Quarter is a part of the town: its sites on their first day, and what happens in them.
type Quarter struct {
	sites    func(now time.Time) []*Site
	facebook func(sites []*Site, now time.Time) []facebookPage // nil: nobody has a page there
	Script   []Scene
}

// Open starts quarters of the town on a free port of the loopback address; Close ends it.
func Open(ctx context.Context, quarters ...Quarter) (*Town, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the demo town: %w", err)
	}
	t := &Town{listener: l, requests: map[string]int{}, graph: &fakegraph.Server{}}
	for _, q := range quarters {
		t.sites = append(t.sites, q.sites(t.now())...)
		t.script = append(t.script, q.Script...)
		if q.facebook != nil {
			t.facebook = append(t.facebook, q.facebook(t.sites, t.now())...)
		}
	}
	for _, p := range t.facebook {
		if p.Own != nil {
			t.graph.Add(*p.Own)
		}
	}
	slices.SortStableFunc(t.script, func(a, b Scene) int { return cmp.Compare(a.After, b.After) })
	t.hostile = hostile.Handler()
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = t.server.Serve(l) }() // ends by Close, with ErrServerClosed
	return t, nil
}

// Close ends the server.
func (t *Town) Close() error {
	if err := t.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the demo town: %w", err)
	}
	return nil
}

// Script is what happens in the town after the start, in order of time.
func (t *Town) Script() []Scene { return t.script }

// Hosts maps the town's names to its address, for the configuration key `hosts`.
func (t *Town) Hosts() map[string]string {
	hosts := map[string]string{}
	for _, s := range t.sites {
		hosts[s.Host] = t.listener.Addr().String()
	}
	if len(t.facebook) > 0 {
		hosts[facebookHost], hosts[graphHost] = t.listener.Addr().String(), t.listener.Addr().String()
	}
	return hosts
}

// Organisations gives the town's organisations and their channels: one for each site.
func (t *Town) Organisations() ([]audit.Organisation, []audit.Channel) {
	var orgs []audit.Organisation
	var channels []audit.Channel
	for _, s := range t.sites {
		if s.Organisation.Website == s.home() {
			orgs = append(orgs, s.Organisation)
		}
		channels = append(channels, audit.Channel{
			ID:           audit.ChannelID(s.Organisation.ID, audit.Web, s.home()),
			Organisation: s.Organisation.ID, Platform: audit.Web, URL: s.home(), Lane: s.Host,
			Confirmed: s.Scripted, // the list says whose it is: without its script the page does not
		})
	}
	for _, p := range t.facebook {
		of := p.Site.Organisation.ID
		channels = append(channels, audit.Channel{
			ID: audit.ChannelID(of, audit.Facebook, p.address()), Organisation: of, Platform: audit.Facebook, URL: p.address(), Lane: "facebook.com",
		})
	}
	return orgs, channels
}

// Change lets a caller change one site while it runs; host Kerbside stands for all sites of that builder.
func (t *Town) Change(host string, change func(*Site)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sites {
		if s.Host == host || host == Kerbside && s.Kerbside {
			change(s)
		}
	}
}

// Requests counts the requests a host has got.
func (t *Town) Requests(host string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests[host]
}

// Waiting counts the requests that have come and are not answered yet; while a Change goes on none is.
func (t *Town) Waiting() int { return int(t.waiting.Load()) }

// Ahead sets the town's clock on, from the machine's: its answers say so, and what is done by a scene is of that time.
func (t *Town) Ahead(d time.Duration) { t.ahead.Store(int64(d)) }

func (t *Town) now() time.Time { return time.Now().Add(time.Duration(t.ahead.Load())) }

// Do carries out one scene of the script and says what it did, in words for the terminal.
func (t *Town) Do(s Scene) string {
	if s.Change != nil {
		t.Change(s.Host, func(site *Site) { s.Change(site, t.now().UTC()) })
	}
	for _, p := range t.facebook {
		if s.Page != nil && p.Own != nil && p.Site.Host == s.Host {
			t.graph.Change(p.Name, s.Page)
		}
	}
	return s.Words
}

// Scene is one thing that happens in the town.
type Scene struct {
	After  time.Duration // after the demo's start
	Host   string
	Words  string
	Change func(*Site, time.Time) // of the site; nil: nothing
	Page   func(*fakegraph.Page)  // of the page that is connected; nil: nothing
}
