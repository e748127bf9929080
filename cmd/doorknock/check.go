package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
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
			return checkNow(c.Context(), cfg, org, channels, answers{out: c.OutOrStdout(), asJSON: asJSON, mu: &sync.Mutex{}})
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
		return audit.Organisation{ID: ch.Organisation}, []audit.Channel{ch}, nil
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

// channelOf makes a channel of an address that is in no list.
func channelOf(address string) (audit.Channel, error) {
	at, err := audit.CanonicalURL(address)
	if err != nil {
		return audit.Channel{}, err
	}
	u, err := url.Parse(at)
	if err != nil {
		return audit.Channel{}, fmt.Errorf("read address %s: %w", at, err)
	}
	p := platform.Of(at)
	const org = "unlisted"
	return audit.Channel{ID: audit.ChannelID(org, p, at), Organisation: org, Platform: p, URL: at, Lane: crawler.Lane(u.Host)}, nil
}

// answers prints what is read, as it is read.
type answers struct {
	out    io.Writer
	asJSON bool
	mu     *sync.Mutex
}

// checkNow visits the channels one after the other and prints their findings.
func checkNow(ctx context.Context, cfg configs.Config, org audit.Organisation, channels []audit.Channel, a answers) error {
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
	a.together(sites)
	return nil
}

// siteFinding is a finding with the site that it is about.
type siteFinding struct {
	site audit.Channel
	audit.Finding
}

// together prints what an organisation's several sites say as one, of each question that is asked of sites as a whole.
func (a answers) together(findings []siteFinding) {
	sites := map[string]bool{}
	for _, f := range findings {
		sites[f.site.ID] = true
	}
	if a.asJSON || len(sites) < 2 {
		return
	}
	whole := siteQuestions(checks.All())
	findings = slices.DeleteFunc(findings, func(f siteFinding) bool { return f.Scope != "" || !whole[f.Check] })
	fmt.Fprintf(a.out, "\nAll %s together:\n", counted(len(sites), "site"))
	for _, f := range audit.OverSites(findings, func(f siteFinding) (string, audit.SiteAnswer) {
		return string(f.Check), audit.SiteAnswer{State: f.Verdict.State()}
	}) {
		fmt.Fprintf(a.out, "  %-16s %s%s  %s\n", f.Check, f.Verdict.State(), once(f.Verdict.State()), audit.Untrusted(f.site.URL))
	}
}

// seen prints what one page showed, while the next is being asked for; it is called from several workers. That a page
// has no facility says nothing of the site, so it is left to the end.
func (a answers) seen(r audit.Reading) {
	state := r.Verdict.State()
	if a.asJSON || state == audit.Unknown || state == audit.Absent {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	fmt.Fprintf(a.out, "  %-16s %s%s  %s\n", r.Check, state, once(state), audit.Untrusted(r.URL))
}

func (a answers) knocking(ch audit.Channel) {
	if !a.asJSON {
		fmt.Fprintf(a.out, "Knocking at %s (%s); one request at a time.\n", audit.Untrusted(ch.URL), ch.Platform)
	}
}

// print folds the visit's readings and prints its findings, the channel's own first.
func (a answers) print(v audit.Visit) ([]audit.Finding, error) {
	findings, err := crawler.Fold(checks.All(), v, v.Readings)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(findings, func(x, y audit.Finding) int {
		return boolOrder(x.Scope != "", y.Scope != "")
	})
	if a.asJSON {
		return findings, a.printJSON(v, findings)
	}
	fmt.Fprintf(a.out, "\nAll in all, at %s:\n", audit.Untrusted(v.Channel.URL))
	for _, f := range findings {
		fmt.Fprintln(a.out, answerLine(f))
	}
	if slices.ContainsFunc(findings, func(f audit.Finding) bool { return f.Verdict.State() == audit.Unknown }) {
		fmt.Fprintf(a.out, "What could not be seen: %s\n", nextStep(v.Channel.Platform))
	}
	fmt.Fprintf(a.out, "%s. Looked at %s. One look; nothing is kept.\n", counted(len(v.Captures), "request"), v.ObservedAt.UTC().Format("2 January 2006 15:04 MST"))
	return findings, nil
}

func (a answers) printJSON(v audit.Visit, findings []audit.Finding) error {
	for _, f := range findings {
		err := json.NewEncoder(a.out).Encode(struct {
			V   int    `json:"v"`
			URL string `json:"url"`
			audit.Finding
		}{1, v.Channel.URL, f})
		if err != nil {
			return fmt.Errorf("print findings: %w", err)
		}
	}
	return nil
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// answerLine says one finding in a line: the check, the state in words, and what it rests on.
func answerLine(f audit.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-16s %s", f.Check, f.Verdict.State())
	switch {
	case f.Verdict.State() == audit.Unknown:
		fmt.Fprintf(&b, " (%s)", f.Verdict.Reason())
	case f.Verdict.Kind() != "":
		fmt.Fprintf(&b, " (%s)", strings.ReplaceAll(string(f.Verdict.Kind()), "_", " "))
	}
	if len(f.Values) > 0 {
		b.WriteString(", " + shownValues(f.Values))
	}
	if f.Of != nil && f.Of.Total() > 0 {
		fmt.Fprintf(&b, ", open on %d of %d posts read", f.Of.Open, f.Of.Total())
	}
	b.WriteString(once(f.Verdict.State()))
	if f.Scope != "" {
		fmt.Fprintf(&b, "\n                     %s", audit.Untrusted(f.Scope))
	}
	if e := f.Verdict.Evidence(); e != nil && e.Excerpt != "" {
		fmt.Fprintf(&b, "\n                     %s: %q", e.Rule, audit.Untrusted(e.Excerpt).Plain(100))
	}
	return b.String()
}

// shownValues says the values that a person can read: of a wording there is only its hash.
func shownValues(v audit.Values) string {
	v = maps.Clone(v)
	delete(v, audit.ValueWording)
	return v.String()
}

// once goes with every negative state of one look.
func once(s audit.State) string {
	if s.Negative() {
		return " - seen once, not confirmed"
	}
	return ""
}

// counted says how many there are of something.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// discard is a keeper that keeps nothing.
type discard struct{}

func (discard) Keep(context.Context, string, *evidence.Exchange, bool) (evidence.Kept, error) {
	return evidence.Kept{}, nil
}

func (discard) Flush(context.Context, string) error { return nil }

// nextStep says what a person can do where a platform did not let us see.
func nextStep(p audit.Platform) string {
	for _, row := range platform.All() {
		if row.Name == p {
			return row.NextStep
		}
	}
	return ""
}
