package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/platform"
	"doorknock/evidence"
)

// quickPages is how many pages `check --quick` reads: the home page and the five best links.
const quickPages = 6

// mostNamed is how many organisations a message lists.
const mostNamed = 10

func newCheck() *cobra.Command {
	var path string
	var quick, asJSON bool
	c := &cobra.Command{
		Use: "check URL|NAME", Short: "Look at one site now and print each answer as it is read", Args: cobra.ExactArgs(1),
		Long: "check looks once at a site, by its address or by the name (or a former name) of an organisation in the list.\n" +
			"It keeps nothing. One look confirms nothing against anybody: a negative answer says so.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			if quick {
				cfg.Crawl.MaxPages = quickPages
			}
			org, channels, err := find(cfg, args[0])
			if err != nil {
				return errUsage(err)
			}
			a, err := newAnswers(c.OutOrStdout(), asJSON, org)
			if err != nil {
				return err
			}
			return checkNow(c.Context(), cfg, org, channels, a)
		},
	}
	addConfig(c, &path)
	c.Flags().BoolVar(&quick, "quick", false, "read the home page and the five best links only")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// find gives the channels that words mean: an address, or the one organisation of the list with that name.
func find(cfg configs.Config, words string) (audit.Organisation, []audit.Channel, error) {
	if strings.Contains(words, "://") {
		ch, err := channelOf(words)
		if err != nil {
			return audit.Organisation{}, nil, err
		}
		return listed(cfg, ch), []audit.Channel{ch}, nil
	}
	orgs, channels, err := cfg.LoadOrganisations()
	if err != nil {
		return audit.Organisation{}, nil, err
	}
	var hits []audit.Organisation
	for _, o := range orgs {
		if o.ID == words || strings.EqualFold(o.Name, words) {
			return o, channelsOf(o.ID, channels), nil
		}
		if named(o, words) {
			hits = append(hits, o)
		}
	}
	switch len(hits) {
	case 0:
		hint := "give another part of its name, or the site's address, beginning with https://"
		if strings.Contains(words, ".") && !strings.ContainsAny(words, " \t") {
			hint = "if it is a site, write https://" + words
		}
		return audit.Organisation{}, nil, fmt.Errorf("no organisation in %s is or was called %q; %s", cfg.Organisations, words, hint)
	case 1:
		return hits[0], channelsOf(hits[0].ID, channels), nil
	}
	var ids []string
	for _, o := range hits {
		ids = append(ids, o.ID)
	}
	if more := len(ids) - mostNamed; more > 0 {
		return audit.Organisation{}, nil, fmt.Errorf("%q may be any of %s and %d more: give more of the name, or an id of `doorknock orgs show`",
			words, strings.Join(ids[:mostNamed], ", "), more)
	}
	return audit.Organisation{}, nil, fmt.Errorf("%q may be any of %s: give one of these ids", words, strings.Join(ids, ", "))
}

// listed gives the organisation of the list whose channel this is: then it is known what it is asked. An address needs no
// list, and one that cannot be read says nothing of it.
func listed(cfg configs.Config, ch audit.Channel) audit.Organisation {
	orgs, channels, err := cfg.LoadOrganisations()
	if err == nil {
		for _, o := range orgs {
			if slices.ContainsFunc(channelsOf(o.ID, channels), func(c audit.Channel) bool { return c.URL == ch.URL }) {
				return o
			}
		}
	}
	return audit.Organisation{ID: ch.Organisation}
}

// channelOf makes a channel of an address that is in no list, before which the platform's name may stand.
func channelOf(words string) (audit.Channel, error) {
	p, address := crawler.CutPlatform(words)
	at, err := audit.CanonicalURL(address)
	if err != nil {
		return audit.Channel{}, err
	}
	u, err := url.Parse(at)
	if err != nil {
		return audit.Channel{}, fmt.Errorf("read address %s: %w", at, err)
	}
	if p == "" {
		p = platform.Of(at)
	} else if err := crawler.PlaceOn(p, u); err != nil {
		return audit.Channel{}, fmt.Errorf("read address %q: %w", words, err)
	}
	const org = "unlisted"
	return audit.Channel{ID: audit.ChannelID(org, p, at), Organisation: org, Platform: p, URL: at, Lane: crawler.Lane(u.Host)}, nil
}

// checkNow visits the channels one after the other and prints their findings.
func checkNow(ctx context.Context, cfg configs.Config, org audit.Organisation, channels []audit.Channel, a *answers) error {
	log := newLog(configs.Log{Level: "error", Format: cfg.Log.Format})
	keys, err := audit.NewKeys(make([]byte, 32)) // nothing is kept: pseudonyms of one look need no secret
	if err != nil {
		return err
	}
	c, err := newCrawler(cfg, keys, discard{}, log, a.seen)
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
	var sites []siteFinding
	for _, ch := range channels {
		now := time.Now()
		job := audit.Job{V: 1, ID: audit.JobID(ch.ID, now), Channel: ch, OrganisationName: org.Name, Due: now, First: true}
		a.knocking(ch)
		v, err := c.Visit(ctx, job)
		if err != nil {
			return fmt.Errorf("look at %s: %w", ch.URL, err)
		}
		findings, err := a.print(v)
		if err != nil {
			return err
		}
		if ch.Platform == audit.Web {
			for _, f := range findings {
				sites = append(sites, siteFinding{ch, f})
			}
		}
	}
	return a.together(sites)
}

// discard is a keeper that keeps nothing.
type discard struct{}

func (discard) Keep(context.Context, string, *evidence.Exchange, bool) (evidence.Kept, error) {
	return evidence.Kept{}, nil
}

func (discard) Flush(context.Context, string) error { return nil }
