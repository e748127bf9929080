package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/platform"
	"doorknock/pipeline"
	"doorknock/web"
)

func newRun() *cobra.Command {
	var from settings
	var roles string
	var t tempo
	c := &cobra.Command{
		Use: "run", Short: "Look, keep and tell: everything in one process, until Ctrl-C", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			boundMemory()
			switch roles {
			case rolesCrawl:
				return runCrawler(c.Context(), from, c.OutOrStdout(), t)
			case rolesAll, rolesKeep:
				t.keepOnly = roles == rolesKeep
				return runInstallation(c.Context(), from, c.OutOrStdout(), t)
			}
			return errUsage(fmt.Errorf("--roles %s: want all, crawl or keep", roles))
		},
	}
	addConfig(c, &from.path)
	c.Flags().StringVar(&roles, "roles", rolesAll, "all; crawl: only look at sites, for another machine; keep: all but looking at sites")
	c.Flags().StringVar(&from.nats, "nats", "", "NATS server to use in place of nats.url, as nats://host:4222")
	c.Flags().DurationVar(&t.schedule, "tick", 0, "time between two looks at what is due (tests shorten it)")
	c.Flags().DurationVar(&t.ackWait, "ack-wait", 0, "time after which work in hand of a killed process is offered again (tests shorten it)")
	for _, hidden := range []string{"tick", "ack-wait"} {
		c.Flags().Lookup(hidden).Hidden = true
	}
	return c
}

// softMemory is from where on memory is taken back sooner than the usual doubling would have it: a page made to be large
// costs a hundred megabytes for a moment, and a few of them at once must not fill a small machine. It is no hard limit,
// and GOMEMLIMIT in the environment goes before it.
const softMemory = 320 << 20

func boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
}

const noContact = "no contact is set: only light visits (home page, robots.txt, one complaints page). Set `contact:` to an address where a site's owner can reach you"

// runInstallation runs all stages and the pages until ctx ends; SIGHUP has them start again with the settings and list as
// they are then.
func runInstallation(ctx context.Context, from settings, out io.Writer, t tempo) error {
	first, err := from.withList()
	if err != nil {
		return err
	}
	if t.keepOnly && first.cfg.NATS.Embedded() {
		return errUsage(errors.New("--roles keep looks at no site itself: name the NATS server where crawlers take their jobs, by --nats nats://host:4222 or nats.url"))
	}
	at, err := listenBoth(ctx, first.cfg.Web)
	if err != nil {
		return err
	}
	defer at.close()
	announce := sync.OnceFunc(func() {
		fmt.Fprintf(out, "%s\n%s  the operator's pages\n", at.public.base(), at.operator.base())
	})
	r := &reloader{read: from.withList, before: at.keep}
	r.open = func(ctx context.Context, s start) (session, error) {
		opened, err := openSession(ctx, s, at, t)
		if err == nil {
			announce()
			opened.log.Info("doorknock is running", "pages", at.public.base(), "operator", at.operator.base(), "data", s.cfg.DataDir)
		}
		return opened, err
	}
	return r.run(ctx, first)
}

// listeners are those of a run: the public pages' and the operator's.
type listeners struct{ public, operator *keptListener }

func listenBoth(ctx context.Context, w configs.Web) (listeners, error) {
	public, err := listen(ctx, w.Listen, "web.listen")
	if err != nil {
		return listeners{}, err
	}
	operator, err := listenOperator(ctx, w.AdminListen)
	if err != nil {
		return listeners{}, errors.Join(err, public.Close())
	}
	return listeners{&keptListener{TCPListener: public.(*net.TCPListener)}, &keptListener{TCPListener: operator.(*net.TCPListener)}}, nil
}

// keep has the next end of the servers leave both listeners open, for those of the next session.
func (l listeners) keep() {
	l.public.keep.Store(true)
	l.operator.keep.Store(true)
}

func (l listeners) reopen() error {
	if err := errors.Join(l.public.reopen(), l.operator.reopen()); err != nil {
		return fmt.Errorf("listen again: %w", err)
	}
	return nil
}

// close closes what no server has closed.
func (l listeners) close() {
	_ = l.public.TCPListener.Close()
	_ = l.operator.TCPListener.Close()
}

// openSession opens the installation of these settings and puts its stages together, the pages first: they stop last.
func openSession(ctx context.Context, s start, at listeners, t tempo) (_ session, err error) {
	log := newLog(s.cfg.Log)
	in, err := openInstallation(ctx, s.cfg, log)
	if err != nil {
		return session{}, err
	}
	defer func() {
		if err != nil {
			closing(log, "database", in.Close)
		}
	}()
	if err := in.takeList(ctx, s.orgs, s.channels); err != nil {
		return session{}, err
	}
	if s.cfg.Contact == "" {
		log.Warn(noContact)
	}
	for _, doubt := range doubts(s.cfg, s.orgs) {
		log.Warn("a setting never takes effect", "setting", audit.Untrusted(doubt).Terminal())
	}
	for _, open := range s.cfg.OpenSecrets() {
		log.Warn("a secret can be read by everybody on this machine", "setting", open)
	}
	in.tellYears(time.Now())
	if in.apps, err = in.slackApps(ctx, in.publicAddress(at.public.base())); err != nil {
		return session{}, err
	}
	pages, err := in.pages("")
	if err != nil {
		return session{}, err
	}
	operator, err := in.operatorPages(in.publicAddress(at.public.base()))
	if err != nil {
		return session{}, err
	}
	if err := at.reopen(); err != nil {
		return session{}, err
	}
	w, err := in.build(ctx, in.publicAddress(at.public.base()), t)
	if err != nil {
		return session{}, err
	}
	warm := pipeline.Stage{Name: "warm", Run: func(ctx context.Context) error { web.Warm(ctx, pages); return nil }}
	first := []pipeline.Stage{servePages("pages", at.public, pages), servePages("operator's pages", at.operator, operator), warm}
	return session{log: log, stages: append(first, w.stages...), close: func() {
		w.Close()
		closing(log, "database", in.Close)
	}}, nil
}

// pages makes the handler of the dashboard.
func (in *installation) pages(demoNote string) (http.Handler, error) {
	pages, err := web.New(web.Options{
		DB: in.db, Checks: checkDocs(in.checks), Duties: in.duties, Holidays: in.holidays, Clocks: in.clocks, Sorter: in.sorter, Platforms: platformDocs(platform.All()), Purpose: string(in.cfg.Purpose),
		Publisher: web.Publisher{Name: in.cfg.Publisher.Name, Contact: in.cfg.Contact, Privacy: in.cfg.Publisher.PrivacyPage},
		Address:   in.publicAddress(""), DemoNote: demoNote, Looks: in.witnesses(), Readers: in.desk(), Log: in.log, Health: in.space.Low, Picture: in.folder.Picture,
	})
	if err != nil {
		return nil, err
	}
	return in.withHooks(pages)
}

func checkDocs(all []crawler.Check) []web.CheckDoc {
	docs := make([]web.CheckDoc, 0, len(all))
	for _, c := range all {
		docs = append(docs, web.CheckDoc{ID: c.ID, Title: c.Title, Why: c.Why, Basis: c.Basis, Rule: c.Rule, Version: c.Version, Door: c.Door, Published: c.Published, Site: c.Site, On: c.On, States: c.States()})
	}
	return docs
}

func platformDocs(all []crawler.Platform) []web.PlatformDoc {
	docs := make([]web.PlatformDoc, 0, len(all))
	for _, p := range all {
		docs = append(docs, web.PlatformDoc{Name: p.Name, CannotSee: p.CannotSee, NextStep: p.NextStep, Apart: !p.Anonymous})
	}
	return docs
}

// listen takes an address that setting names, and says in one sentence what to do where it is taken.
func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop it, or set %s to another port (127.0.0.1:0 takes any free one)", address, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", setting, address, err)
	}
	return l, nil
}

// closing closes something at the end of a command; what goes wrong then is told, since nobody can act on it.
func closing(log *slog.Logger, what string, end func() error) {
	if err := end(); err != nil {
		log.Error("closing failed", "what", what, "error", err)
	}
}
