package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
)

// discoverPages is how many pages of a site are read for its accounts.
const discoverPages = 12

func newOrgsDiscover() *cobra.Command {
	var path string
	var accept []string
	var asJSON bool
	c := &cobra.Command{
		Use: "discover ID|NAME|URL", Short: "List the accounts that an organisation's own site links, for a person to accept", Args: cobra.ExactArgs(1),
		Long: "discover reads a few pages of an organisation's own site and lists the accounts on other platforms that they link, each\n" +
			"with its link as evidence. It guesses nothing and takes nothing over: a person does, with --accept and the address as\n" +
			"printed, once for each. All that is accepted goes into the organisation's row of the list in one step, or none of it.",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(path)
			if err != nil {
				return err
			}
			org, channels, err := find(cfg, args[0])
			if err != nil {
				return errUsage(err)
			}
			found, err := discover(c.Context(), cfg, org, channels)
			if err != nil {
				return err
			}
			if len(accept) > 0 {
				return acceptAccounts(c.OutOrStdout(), cfg, org, found, accept)
			}
			return found.print(c.OutOrStdout(), asJSON)
		},
	}
	addConfig(c, &path)
	c.Flags().StringArrayVar(&accept, "accept", nil, "put this account, as discover prints it, into the organisation's row; may be given several times")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	return c
}

// discovery is what one look found.
type discovery struct {
	org    audit.Organisation
	sites  []string
	pages  int
	former []string // names that tell an old brand from today's
	boards []string // addresses of pages that Discourse made
	mu     sync.Mutex
	found  []proposal
	gaps   []string // sites that could not be read, and why
}

// proposal is one account or old page, with the link that shows it.
type proposal struct {
	Platform audit.Platform `json:"platform"`
	URL      string         `json:"url"`
	State    string         `json:"state"` // proposed, unclear, listed, old_page
	Why      string         `json:"why"`
	Evidence audit.Mark     `json:"evidence"`
	Hash     string         `json:"page_sha256"`
}

func discover(ctx context.Context, cfg configs.Config, org audit.Organisation, channels []audit.Channel) (*discovery, error) {
	d := &discovery{org: org, former: formerNames(org)}
	keys, err := audit.NewKeys(make([]byte, 32)) // nothing is kept
	if err != nil {
		return nil, err
	}
	cfg.Crawl.MaxPages = discoverPages
	limits := cfg.Crawl.Config
	limits.UserAgent = userAgent(cfg)
	listed := map[string]bool{}
	for _, ch := range channels {
		listed[without(ch.URL)] = true
	}
	scripts, err := configs.Scripts()
	if err != nil {
		return nil, err
	}
	c, err := crawler.New(crawler.Options{
		Config: limits, Hosts: cfg.Hosts, Permission: cfg.Permission, Scripts: scripts, Keys: keys, Keeper: discard{},
		Platforms: []crawler.Platform{platform.Discovery(d.former, func(p *crawler.Page) { d.see(p, listed) })},
		Log:       newLog(configs.Log{Level: "error", Format: cfg.Log.Format}),
	})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(running) }()
	defer func() {
		stop()
		<-ended //nolint:errcheck // a crawler that was told to stop has nothing to say
	}()
	for _, ch := range channels {
		if ch.Platform != audit.Web {
			continue
		}
		now := time.Now()
		v, err := c.Visit(ctx, audit.Job{V: 1, ID: audit.JobID(ch.ID, now), Channel: ch, OrganisationName: org.Name, Due: now, First: true})
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", ch.URL, err)
		}
		d.looked(v)
	}
	if len(d.sites) == 0 {
		return nil, errUsage(fmt.Errorf("%s has no web site in the list", org.ID))
	}
	d.settle()
	return d, nil
}

func (d *discovery) looked(v audit.Visit) {
	d.sites = append(d.sites, v.Channel.URL)
	home := audit.ReasonIncomplete
	for _, c := range v.Captures {
		if c.URL == v.Channel.URL {
			home = c.Reason
		}
	}
	if home != "" {
		d.gaps = append(d.gaps, fmt.Sprintf("%s (%s)", v.Channel.URL, home))
	}
}

// formerNames are the organisation's former names that do not stand in today's, where an address would tell nothing.
func formerNames(o audit.Organisation) (names []string) {
	for _, n := range o.Predecessors {
		if platform.FormerName(o.Name, []string{n}) == "" {
			names = append(names, n)
		}
	}
	return names
}

// see takes in one page. It is called from the crawler's workers.
func (d *discovery) see(p *crawler.Page, listed map[string]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pages++
	if p.Answer.Request.For == platform.ForOldPage {
		d.oldPage(p)
		return
	}
	if checks.ForumSystem(p) == discourse {
		d.boards = append(d.boards, p.URL().String())
	}
	for _, l := range checks.AccountsLinked(p) {
		x := proposal{Platform: l.Platform, URL: l.URL, State: "proposed", Why: wheres[l.Where], Evidence: l.Mark, Hash: bodyHash(p)}
		switch old := platform.FormerName(l.URL, d.former); {
		case listed[without(l.URL)]:
			x.State, x.Why = "listed", "in the list already"
		case old != "":
			x.State, x.Why = "old_page", "old page still linked: its address bears the former name "+old
		case l.Where == "text" && platform.FormerName(l.URL, []string{d.org.Name}) == "":
			x.State, x.Why = "unclear", "linked in running text, under a name that is not theirs: perhaps another body's"
		}
		d.add(x)
	}
}

// without is an address without what does not matter to find it in the list.
func without(address string) string {
	return strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(address), "https://"), "www."), "/")
}

func bodyHash(p *crawler.Page) string {
	sum := sha256.Sum256(p.Answer.Body)
	return hex.EncodeToString(sum[:])
}

var wheres = map[string]string{
	"rel=me": "the site says rel=me of it", "data": "named as the same organisation in the page's data",
	"frame": "linked from the header, footer, menu or side of the page", "text": "linked in the text, under their name",
}

// add keeps the best that was said of an account.
func (d *discovery) add(x proposal) {
	i := slices.IndexFunc(d.found, func(o proposal) bool { return strings.EqualFold(o.URL, x.URL) })
	switch {
	case i < 0:
		d.found = append(d.found, x)
	case d.found[i].State == "unclear" && x.State == "proposed":
		d.found[i] = x
	}
}

// oldPage takes in the home page of another site, which a page of the organisation's links: it is an old brand's where it
// still calls itself by a former name.
func (d *discovery) oldPage(p *crawler.Page) {
	for _, n := range d.former {
		if platform.BearsName(p, n) {
			m := audit.Mark{URL: p.URL().String(), Capture: p.Answer.Capture, Excerpt: p.Title()}
			d.add(proposal{Platform: audit.Web, URL: p.URL().String(), State: "old_page", Why: "old page still up: it calls itself " + n, Evidence: m, Hash: bodyHash(p)})
			return
		}
	}
}

// discourse is the forum software whose forums are channels of their own.
const discourse = "discourse"

// settle says which forums are channels of their own, and marks as unclear what cannot all be theirs: several accounts on one
// platform of which one alone bears the name.
func (d *discovery) settle() {
	for i := range d.found {
		if x := &d.found[i]; x.Platform == "forum" && slices.ContainsFunc(d.boards, func(at string) bool { return strings.HasPrefix(at+"/", x.URL) }) {
			x.Platform = discourse
		}
	}
	own := map[audit.Platform]bool{}
	for _, x := range d.found {
		own[x.Platform] = own[x.Platform] || x.State != "unclear" && platform.FormerName(x.URL, []string{d.org.Name}) != ""
	}
	for i := range d.found {
		x := &d.found[i]
		if x.State == "proposed" && own[x.Platform] && x.Platform != "forum" && x.Platform != discourse && platform.FormerName(x.URL, []string{d.org.Name}) == "" {
			x.State, x.Why = "unclear", "beside one under their name: perhaps another body's"
		}
	}
	order := []string{"proposed", "unclear", "listed", "old_page"}
	slices.SortStableFunc(d.found, func(a, b proposal) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
}

func (d *discovery) print(out io.Writer, asJSON bool) error {
	if asJSON {
		for _, x := range d.found {
			err := json.NewEncoder(out).Encode(struct {
				V            int    `json:"v"`
				Organisation string `json:"organisation"`
				proposal
			}{1, d.org.ID, x})
			if err != nil {
				return fmt.Errorf("print accounts: %w", err)
			}
		}
		return d.blind()
	}
	fmt.Fprintf(out, "Read %s of %s.\n", counted(d.pages, "page"), audit.Untrusted(strings.Join(d.sites, ", ")))
	if len(d.found) == 0 {
		fmt.Fprintln(out, "No link to an account was seen. That says nothing of pages that were not read.")
	}
	heads := map[string]string{
		"proposed": "Proposed, for a person to accept:", "unclear": "Linked, but perhaps another's; look before you accept:",
		"listed": "In the list already:", "old_page": "Old page still up:",
	}
	last := ""
	for _, x := range d.found {
		if x.State != last {
			fmt.Fprintf(out, "\n%s\n", heads[x.State])
			last = x.State
		}
		fmt.Fprintf(out, "  %-10s %s\n             %s; on %s, byte %d: %q\n", x.Platform, audit.Untrusted(x.URL), x.Why,
			audit.Untrusted(x.Evidence.URL), x.Evidence.Offset, audit.Untrusted(x.Evidence.Excerpt).Plain(100))
	}
	if i := slices.IndexFunc(d.found, func(x proposal) bool { return x.State == "proposed" }); i >= 0 && d.org.Name != "" {
		fmt.Fprintf(out, "\nTo take one over: doorknock orgs discover %s --accept '%s'\n", d.org.ID, audit.Untrusted(d.found[i].URL))
	}
	return d.blind()
}

// blind is the error of a look that could not read a site.
func (d *discovery) blind() error {
	if len(d.gaps) == 0 {
		return nil
	}
	return fmt.Errorf("could not read %s", strings.Join(d.gaps, ", "))
}

// acceptAccounts puts accounts into the organisation's row. Each must have been seen in this look.
func acceptAccounts(out io.Writer, cfg configs.Config, org audit.Organisation, d *discovery, accept []string) error {
	if org.Name == "" {
		return errUsage(errors.New("--accept needs an organisation of the list, and not an address"))
	}
	var accounts []configs.Account
	for _, a := range accept {
		i := slices.IndexFunc(d.found, func(x proposal) bool { return strings.EqualFold(x.URL, a) })
		if i < 0 {
			return errUsage(fmt.Errorf("--accept %q: this look saw no link to it, so nothing was taken over; give an address as discover prints it", a))
		}
		accounts = append(accounts, configs.Account{Platform: d.found[i].Platform, URL: d.found[i].URL, Old: d.found[i].State == "old_page"})
	}
	before, err := cfg.OrganisationsFile()
	if err != nil {
		return err
	}
	after, err := configs.AddAccounts(cfg.Organisations, before, org.ID, accounts)
	if err != nil {
		return errUsage(err)
	}
	if err := replaceBytes(after, cfg.Organisations); err != nil {
		return fmt.Errorf("write list of organisations: %w", err)
	}
	for _, a := range accounts {
		if a.Old {
			fmt.Fprintf(out, "%s is told as an old page still up, and not looked at\n", audit.Untrusted(a.URL))
		}
		if a.Platform == "forum" {
			fmt.Fprintf(out, "%s is no forum that doorknock asks by an interface: it stays in the list, and is read with the site's own pages\n", audit.Untrusted(a.URL))
		}
	}
	_, err = fmt.Fprintf(out, "%s: %s in the row of %s; a running doorknock takes it up at its next start, or on SIGHUP\n", cfg.Organisations, counted(len(accounts), "account"), org.ID)
	return err
}
