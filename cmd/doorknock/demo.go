package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"doorknock/alerts"
	"doorknock/alerts/digest"
	"doorknock/audit"
	"doorknock/cmd/doorknock/town"
	"doorknock/configs"
	"doorknock/internal/fakeslack"
	"doorknock/pipeline"
	"doorknock/store"
	"doorknock/web"
)

// demoAddress is where the demo's pages are, unless another program is there.
const demoAddress = "127.0.0.1:8080"

func newDemo() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use: "demo", Short: "A made-up town that changes while you watch; needs no network and keeps nothing", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := demoListener(c.Context(), address)
			if err != nil {
				return err
			}
			defer l.Close() //nolint:errcheck // Serve has closed it, or nothing was served
			return runDemo(c.Context(), l, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&address, "listen", "", "address of the pages (default "+demoAddress+", else any free port)")
	return c
}

// demoListener takes the address that was asked for, or the usual one, or any free one.
func demoListener(ctx context.Context, address string) (net.Listener, error) {
	if address != "" {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return nil, errUsage(fmt.Errorf("--listen %s: want an address and a port, as 127.0.0.1:8090", address))
		}
		l, err := listen(ctx, address, "--listen")
		if err != nil {
			return nil, err
		}
		if err := web.Loopback(l.Addr()); err != nil {
			return nil, errors.Join(errUsage(err), l.Close())
		}
		return l, nil
	}
	if l, err := listen(ctx, demoAddress, "--listen"); err == nil {
		return l, nil
	}
	return listen(ctx, "127.0.0.1:0", "--listen")
}

func runDemo(ctx context.Context, l net.Listener, out io.Writer) (err error) {
	ctx, forget := signal.NotifyContext(ctx, syscall.SIGHUP, syscall.SIGPIPE) // a terminal or pipe that is closed leaves nothing behind either
	defer forget()
	dir, err := os.MkdirTemp("", "doorknock-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // it was ended, and nothing failed
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	t, err := town.Open(ctx, town.Old(), town.New(), town.Third(), town.Fourth())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	slack, err := listen(ctx, "127.0.0.1:0", "--listen")
	if err != nil {
		return err
	}
	log := newLog(configs.Log{Level: "error"}) // what the script brings about, the script says
	if _, tokens := t.Graph(); tokens != "" {
		if err := os.WriteFile(dir+demoTokens, []byte(tokens), 0o600); err != nil {
			return fmt.Errorf("keep the demo's tokens: %w", err)
		}
	}
	in, err := openInstallation(ctx, demoConfig(dir, t, slack.Addr().String()), log)
	if err != nil {
		return err
	}
	defer closing(log, "database", in.Close)
	orgs, channels := t.Organisations()
	if err := in.takeList(ctx, orgs, channels); err != nil {
		return err
	}
	fmt.Fprintf(out, "http://%s\n", l.Addr())
	fmt.Fprintf(out, "http://%s  the Slack stand-in: what a team would get\n\n%d made-up organisations. Ctrl-C ends the demo and leaves nothing behind.\n", slack.Addr(), len(orgs))
	if err := in.askPeople(ctx, out, "http://"+l.Addr().String(), channels); err != nil {
		return err
	}
	works, err := in.build(ctx, "http://"+l.Addr().String(), tempo{schedule: 250 * time.Millisecond})
	if err != nil {
		return err
	}
	defer works.Close()
	pages, err := in.pages("A demonstration: the organisations are made up, and a second look comes after seconds, not a day.")
	if err != nil {
		return err
	}
	stages := append([]pipeline.Stage{
		servePages("pages", l, pages),
		servePages("slack stand-in", slack, &fakeslack.Server{}),
	}, works.stages...)
	stages = append(stages, pipeline.Stage{Name: "script", Run: func(ctx context.Context) error { return in.play(ctx, t, out) }})
	return pipeline.Run(ctx, log, stages...)
}

// askPeople begins a campaign about the site that only a script draws, and has one made-up person say what they saw there: it is one
// person short, and whoever watches the demo can be the second.
func (in *installation) askPeople(ctx context.Context, out io.Writer, pages string, channels []audit.Channel) error {
	i := slices.IndexFunc(channels, func(c audit.Channel) bool { return c.Lane == town.Glasswing })
	control := slices.IndexFunc(channels, func(c audit.Channel) bool { return c.Lane == town.HeronCustomers })
	if i < 0 || control < 0 {
		return nil // another town
	}
	now := time.Now()
	id, err := in.db.OpenCampaign(ctx, store.Campaign{Title: "Sites that only a script draws", Opened: now, Closes: now.AddDate(0, 0, 7),
		Targets: []store.Target{{Channel: channels[i], Control: channels[control].URL}}})
	if err != nil {
		return err
	}
	w := in.witnesses()
	var tickets []string
	for _, by := range []string{"ann", "bob"} {
		v, err := in.db.Invite(ctx, id, by, 1, now.AddDate(0, 0, 7))
		if err != nil {
			return err
		}
		tickets = append(tickets, w.Ticket(v[0]))
	}
	v, err := w.Open(ctx, tickets[0])
	if err != nil {
		return err
	}
	said := audit.Statement{Channel: channels[i].ID, At: now, LoggedIn: audit.Yes, Blocked: audit.No, Posts: 5,
		Saw: map[audit.CheckID]audit.Answer{}, ControlSaw: map[audit.CheckID]audit.Answer{}}
	for _, c := range w.Asked(audit.Web) {
		said.ControlSaw[c] = audit.Yes
		if c != "comments" {
			said.Saw[c] = audit.No
		}
	}
	if _, err := w.Take(ctx, v, said, []byte("<!doctype html><html><title>A page that somebody saved</title></html>")); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s/look/%s  you are the second person asked to look at a site that our reader cannot see\n\n", pages, tickets[1])
	return nil
}

// demoTokens is the file, in the demo's folder, of the token by which one of its landlords has connected its page.
const demoTokens = "/facebook.keys"

// demoConfig is the built-in settings with a day shortened to seconds.
func demoConfig(dir string, t *town.Town, slack string) configs.Config {
	cfg := configs.Default()
	cfg.DataDir, cfg.KeyFile = dir+"/data", dir+"/doorknock.key"
	cfg.Contact = "demo@doorknock.test"
	cfg.Hosts = t.Hosts()
	cfg.Permission = t.Permission()
	if at, tokens := t.Graph(); tokens != "" {
		cfg.Platforms = map[string]configs.Platform{string(audit.Facebook): {BaseURL: at, TokenFile: dir + demoTokens}}
	}
	cfg.Hosts["slack.test"] = slack // so that the guard lets the stand-in through
	cfg.Crawl.Pace, cfg.Crawl.Interval, cfg.Crawl.DailyCap = 20*time.Millisecond, 2*time.Second, 0
	cfg.Confirm.After = 3 * time.Second
	cfg.Alerts.Receivers = []alerts.ReceiverConfig{{Name: "comms-team", Quote: true,
		Slack: &alerts.SlackConfig{BotToken: "xoxb-demo", Channel: "housing-comms", APIURL: "http://" + slack + "/api/"}}}
	cfg.Alerts.Complaints = alerts.ComplaintsEach // so that one is seen to arrive: a team starts with those that stay without an answer
	cfg.Alerts.Route.Receiver = "comms-team"
	wait := time.Second
	cfg.Alerts.Route.GroupWait, cfg.Alerts.Route.GroupInterval = &wait, &wait
	return cfg
}

// editionAfter is how long after the last scene the demo prints its weekly edition: time for two looks.
const editionAfter = 8 * time.Second

// quickLooks is in what time a machine has looked at everybody of the town once that keeps up with its script.
const quickLooks = 5 * time.Second

// play carries out the town's script and ends with the week's edition. Its clock goes as slowly as the machine looks, since what
// changes before the first look, or twice between two, is news to nobody.
func (in *installation) play(ctx context.Context, t *town.Town, out io.Writer) error {
	start := time.Now()
	slower, err := in.firstLooks(ctx, start)
	if err != nil || ctx.Err() != nil {
		return err
	}
	on := func(d time.Duration) time.Duration { return time.Duration(float64(d) * slower) }
	for _, scene := range t.Script() {
		if !waited(ctx, time.Until(start.Add(on(scene.After)))) {
			return nil
		}
		fmt.Fprintf(out, "%4.0f s  %s\n", time.Since(start).Seconds(), t.Do(scene))
	}
	if !waited(ctx, on(editionAfter)) {
		return nil
	}
	if err := in.releaseAll(ctx, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe weekly edition, as `doorknock digest preview` prints it:\n\n")
	err = digest.Preview(ctx, out, in.db, in.editionOf(""), digest.PreviewAs{})
	if err != nil && ctx.Err() == nil {
		return err
	}
	fmt.Fprintln(out, "\nThe script has ended; the town goes on as it is. Ctrl-C ends it.")
	<-ctx.Done()
	return nil
}

// firstLooks waits until everybody was looked at once, and gives how many times as long that took as quickLooks, 1 at the least.
func (in *installation) firstLooks(ctx context.Context, start time.Time) (slower float64, err error) {
	for waited(ctx, 100*time.Millisecond) {
		s, err := in.db.Status(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			return 1, err
		}
		if took := time.Since(start); s.Never == 0 || took > 20*quickLooks { // who cannot be looked at keeps nobody waiting
			return max(1, took.Seconds()/quickLooks.Seconds()), nil
		}
	}
	return 1, nil
}

// releaseAll does what an operator does who has looked why so many doors changed at once, and found them as they were.
func (in *installation) releaseAll(ctx context.Context, out io.Writer) error {
	held, err := in.db.Quarantines(ctx)
	if err != nil {
		return err
	}
	for _, q := range held {
		if err := in.db.ReleaseQuarantine(ctx, q.Platform, q.Check, time.Now()); err != nil {
			return fmt.Errorf("release %s on %s: %w", q.Check, q.Platform, err)
		}
		fmt.Fprintf(out, "        %d doors of %d had changed at once: held, looked into, released. Nobody was called shut.\n", q.Pending, q.Read)
	}
	return nil
}

// waited waits, and reports false where the context ended first.
func waited(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// servePages is a stage that serves HTTP on a listener until its context ends.
func servePages(name string, l net.Listener, h http.Handler) pipeline.Stage {
	return pipeline.Stage{Name: name, Run: func(ctx context.Context) error { return web.Serve(ctx, l, h) }}
}
