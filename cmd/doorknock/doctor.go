package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/platform"
)

func newDoctor() *cobra.Command {
	var from settings
	var asJSON bool
	c := &cobra.Command{
		Use: "doctor", Short: "Say which keys of platforms work and what each can see", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := from.alone()
			if err != nil {
				return err
			}
			all, err := diagnose(c.Context(), s.cfg)
			if err != nil {
				return err
			}
			if asJSON {
				if err := json.NewEncoder(c.OutOrStdout()).Encode(map[string]any{"v": 1, "keys": all}); err != nil {
					return fmt.Errorf("print: %w", err)
				}
			} else {
				printDiagnosis(c.OutOrStdout(), all)
			}
			if slices.ContainsFunc(all, func(k diagnosis) bool { return k.Held && !k.Works }) {
				return errSilent
			}
			return nil
		},
	}
	addConfig(c, &from.path)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// diagnosis is what one key can see, or that there is none.
type diagnosis struct {
	Platform audit.Platform `json:"platform"`
	Key      string         `json:"key"` // its name: the platform, or platform/account
	Held     bool           `json:"held"`
	Needed   bool           `json:"needed"` // the platform answers nobody without one
	Works    bool           `json:"works"`  // it was answered at least once
	Sees     []seeing       `json:"sees"`
	Do       string         `json:"do,omitempty"` // what to do next
	Cap      float64        `json:"cap,omitempty"`
}

type seeing struct {
	What   string       `json:"what"`
	OK     bool         `json:"ok"`
	Reason audit.Reason `json:"reason,omitempty"`
}

// diagnose tries every key with calls that cost nothing.
func diagnose(ctx context.Context, cfg configs.Config) ([]diagnosis, error) {
	held, err := credentials(cfg)
	if err != nil {
		return nil, err
	}
	var all []diagnosis
	for _, p := range platform.All() {
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(held)), func(n string) bool { return n != string(p.Name) && !strings.HasPrefix(n, string(p.Name)+"/") })
		if len(names) == 0 && p.Interface.Heed != nil {
			names = []string{""}
		}
		for _, name := range names {
			d, err := tryKey(ctx, cfg, held, p, name)
			if err != nil {
				return nil, err
			}
			all = append(all, d)
		}
	}
	return all, nil
}

func tryKey(ctx context.Context, cfg configs.Config, held map[string]crawler.Credential, p crawler.Platform, name string) (diagnosis, error) {
	d := diagnosis{Platform: p.Name, Key: name, Held: name != "", Needed: !p.Anonymous, Cap: cfg.Platforms[string(p.Name)].Cap, Sees: []seeing{}}
	if d.Key == "" {
		d.Key = string(p.Name)
	}
	calls := platform.Probes(p.Name, strings.Contains(name, "/"))
	if name == "" && d.Needed || len(calls) == 0 {
		d.Do = p.Source.Access
		return d, nil
	}
	told := func(probe platform.Probe, why audit.Reason) {
		d.Sees = append(d.Sees, seeing{probe.Shows, why == "", why})
		d.Works = d.Works || why == ""
	}
	row := platform.Probing(p, name, calls, told)
	if err := probeOnce(ctx, cfg, held, row); err != nil {
		return d, err
	}
	d.Do = advise(d)
	return d, nil
}

// probeOnce makes the calls of one row, and keeps nothing of what comes.
func probeOnce(ctx context.Context, cfg configs.Config, held map[string]crawler.Credential, row crawler.Platform) error {
	keys, err := audit.NewKeys(make([]byte, 32)) // nothing is kept
	if err != nil {
		return err
	}
	limits := cfg.Crawl.Config
	limits.UserAgent = userAgent(cfg)
	c, err := crawler.New(crawler.Options{Config: limits, Hosts: cfg.Hosts, Permission: cfg.Permission, Held: held, Interfaces: interfaces(cfg), Keys: keys, Keeper: discard{},
		Platforms: []crawler.Platform{row}}) // without a log: what goes wrong is what is told
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	defer func() {
		stop()
		<-ended //nolint:errcheck // a crawler that was told to stop has nothing to say
	}()
	channel := audit.Channel{ID: "doctor", Platform: row.Name, URL: cmp.Or(row.Interface.Origin, "https://doctor.test") + "/"}
	if _, err := c.Visit(ctx, audit.Job{V: 1, ID: "doctor", Channel: channel, Due: time.Now()}); err != nil {
		return fmt.Errorf("try the key of %s: %w", row.Name, err)
	}
	return nil
}

// advise says what to do about a key, "" where it sees everything.
func advise(d diagnosis) string {
	refused, narrow := false, false
	for _, s := range d.Sees {
		switch s.Reason {
		case "":
		case audit.ReasonNoAccess:
			refused, narrow = refused || !d.Works, d.Works
		case audit.ReasonRateLimited:
			return "The interface asks us to wait; nothing else is wrong."
		case audit.ReasonAPIDeprecated:
		default:
			return "The interface did not answer as it should (" + string(s.Reason) + "): try again later."
		}
	}
	switch {
	case refused && d.Platform == audit.Facebook:
		return "The token is refused: expired, revoked, or of a person who no longer runs the page. `doorknock connect facebook` makes a new one."
	case refused:
		return "The key is refused: make a new one and put it into the file. docs/sources.md says how."
	case narrow && d.Platform == audit.Facebook:
		return "The token may not see everything: it wants pages_read_engagement and pages_read_user_content, and for other pages Page Public Content Access."
	case narrow:
		return "The key may not see everything: docs/sources.md says which permissions it wants."
	}
	return ""
}

func printDiagnosis(out io.Writer, all []diagnosis) {
	for _, d := range all {
		switch {
		case !d.Held && d.Needed:
			fmt.Fprintf(out, "%s: no key\n  how to get one: %s\n", d.Platform, d.Do)
			continue
		case len(d.Sees) == 0:
			fmt.Fprintf(out, "%s: needs no key\n", d.Platform)
			continue
		}
		state := "works"
		if !d.Works {
			state = "does not work"
		}
		fmt.Fprintf(out, "%s: %s\n", d.Key, state)
		for _, s := range d.Sees {
			if s.OK {
				fmt.Fprintf(out, "  sees      %s\n", s.What)
			} else {
				fmt.Fprintf(out, "  sees not  %s (%s)\n", s.What, s.Reason)
			}
		}
		if d.Do != "" {
			fmt.Fprintf(out, "  do        %s\n", d.Do)
		}
	}
}
