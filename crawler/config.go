package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
)

// Config are the limits of looking, as the configuration file has them under crawl.
type Config struct {
	Workers   int           `yaml:"workers"`    // requests under way at once, over all lanes
	Pace      time.Duration `yaml:"pace"`       // least time between two requests to one lane
	DailyCap  int           `yaml:"daily_cap"`  // requests a UTC day to one lane; 0 = no cap
	MaxPages  int           `yaml:"max_pages"`  // pages of one visit
	MaxDepth  int           `yaml:"max_depth"`  // clicks from the home page
	UserAgent string        `yaml:"user_agent"` // doorknock/<version> (+<contact>)
}

// Most is how many requests one visit sends, redirects aside.
func (c Config) Most() int { return c.MaxPages + maxOthers }

// Validate reports every setting that cannot be worked with, each by its key.
func (c Config) Validate() error {
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(c.Workers < 1 || c.Workers > 1024, "crawl.workers: %d, want 1 to 1024", c.Workers)
	wrong(c.Pace < 0 || c.Pace > time.Hour, "crawl.pace: %v, want 0s to 1h", c.Pace)
	wrong(c.DailyCap < 0, "crawl.daily_cap: %d, want 0 (no cap) or more", c.DailyCap)
	wrong(c.MaxPages < 1, "crawl.max_pages: %d, want 1 or more", c.MaxPages)
	wrong(c.MaxDepth < 0, "crawl.max_depth: %d, want 0 or more", c.MaxDepth)
	wrong(!strings.HasPrefix(Lower(c.UserAgent), "doorknock/"),
		"crawl.user_agent: %q, want it to begin with doorknock/, the name that robots.txt files know us by", c.UserAgent)
	wrong(strings.ContainsFunc(c.UserAgent, func(r rune) bool { return r < ' ' || r > '~' }),
		"crawl.user_agent: %q, want printable ASCII", c.UserAgent)
	return errors.Join(errs...)
}

// Options are everything a crawler is made of.
type Options struct {
	Config
	Hosts      map[string]string            // name to ip:port, instead of DNS and exempt from the address check
	Permission map[string]string            // host to the reason why its robots.txt need not be asked
	Held       map[string]Credential        // keys of interfaces, by the system's name
	Interfaces map[audit.Platform]Interface // of platforms, as this installation asks them
	Platforms  []Platform
	Checks     []Check
	Scripts    *Scripts
	Keys       *audit.Keys
	Keeper     Keeper // nil keeps no captures
	KeepText   bool   // keep comments' text
	// Notice reports whether a post of the organisation's, by its heading and address, is a vacancy or tells of an outage; it may
	// be called from many goroutines.
	Notice func(title, address string) bool
	Log    *slog.Logger
	// Draw has a browser draw a page that is empty without its script; nil: such a page stays unknown/needs_js.
	Draw      func(context.Context, Drawing) (Drawn, error)
	OnReading func(audit.Reading) // called from workers as answers are read; nil for none
}

// Keeper puts captures away. They are safe only after the Flush of their visit, without which no visit is handed over.
type Keeper interface {
	Keep(ctx context.Context, visit string, x *evidence.Exchange, seal bool) (evidence.Kept, error)
	Flush(ctx context.Context, visit string) error
}

func (o Options) validate() error {
	errs := []error{o.Validate()}
	for name, to := range o.Hosts {
		if _, err := netip.ParseAddrPort(to); err != nil {
			errs = append(errs, fmt.Errorf("hosts.%s: %q, want an address and port such as 127.0.0.1:8081", name, to))
		}
	}
	for host, reason := range o.Permission {
		if strings.TrimSpace(reason) == "" {
			errs = append(errs, fmt.Errorf("permission.%s: want the reason why robots.txt need not be asked", host))
		}
	}
	for name, c := range o.Held {
		errs = append(errs, c.validate(name, o.Hosts))
	}
	for name, i := range o.Interfaces {
		errs = append(errs, i.validate(name))
	}
	return errors.Join(errs...)
}

// logExemptions tells at start what is not guarded, so that nobody is surprised by it later.
func (o Options) logExemptions() {
	for name, to := range o.Hosts {
		o.Log.Info("host is looked up in the configuration, not in DNS", "host", name, "address", to)
	}
	for host, reason := range o.Permission {
		o.Log.Info("robots.txt of this host is not asked", "host", host, "why", reason)
	}
}
