// Package town is the demo: six made-up organisations whose sites are served on loopback and change by a script.
//
// In: steps of the script. Out: HTTP answers for the names of Hosts. It never reaches outside the machine, and the
// program under demonstration reads it as it reads any site: through the transport, robots.txt included.
package town

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"doorknock/audit"
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
	Forum        bool
}

// Town is the running server. Its methods may be called from any goroutine.
type Town struct {
	mu       sync.Mutex
	sites    []*Site
	listener net.Listener
	server   *http.Server
	now      func() time.Time
	requests map[string]int
}

// Open starts the town on a free port of the loopback address; Close ends it.
func Open(ctx context.Context) (*Town, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the demo town: %w", err)
	}
	t := &Town{listener: l, now: time.Now, requests: map[string]int{}}
	t.sites = sites(t.now())
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

// Hosts maps the town's names to its address, for the configuration key `hosts`.
func (t *Town) Hosts() map[string]string {
	hosts := map[string]string{}
	for _, s := range t.sites {
		hosts[s.Host] = t.listener.Addr().String()
	}
	return hosts
}

// Organisations gives the town's organisations and their channels.
func (t *Town) Organisations() ([]audit.Organisation, []audit.Channel) {
	var orgs []audit.Organisation
	var channels []audit.Channel
	for _, s := range t.sites {
		orgs = append(orgs, s.Organisation)
		channels = append(channels, audit.Channel{
			ID:           audit.ChannelID(s.Organisation.ID, audit.Web, s.Organisation.Website),
			Organisation: s.Organisation.ID, Platform: audit.Web, URL: s.Organisation.Website, Lane: s.Host,
		})
	}
	return orgs, channels
}

// Change lets a caller change one site while it runs.
func (t *Town) Change(host string, change func(*Site)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.IndexFunc(t.sites, func(s *Site) bool { return s.Host == host }); i >= 0 {
		change(t.sites[i])
	}
}

// Requests counts the requests a host has got.
func (t *Town) Requests(host string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests[host]
}

// Do carries out one scene of the script and says what it did, in words for the terminal.
func (t *Town) Do(s Scene) string {
	t.Change(s.Host, func(site *Site) { s.Change(site, t.now().UTC()) })
	return s.Words
}

// Scene is one thing that happens in the town.
type Scene struct {
	After  time.Duration // after the demo's start
	Host   string
	Words  string
	Change func(*Site, time.Time)
}
