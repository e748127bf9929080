package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// Command is the app's one command in Slack.
const Command = "/doorknock"

// Options are what an App works with.
type Options struct {
	Receiver string       // the name of the receiver that posts with the same bot token
	Bot      audit.Secret // xoxb-...
	App      audit.Secret // xapp-...: Socket Mode; "" where Signing is given
	Signing  audit.Secret // HTTP: what Slack signs its requests with; "" where App is given
	API      string       // where Slack's methods are, with a slash at the end; "" is Slack itself
	Guard    alerts.Guard // nil: every address may be dialled
	Store    *store.DB
	Wording  alerts.Wording
	Reason   func(audit.Reason) string // why something could not be seen, in words; nil: the reason itself
	Place    *time.Location            // by whose clock it is morning; nil: Europe/London
	Log      *slog.Logger
	Now      func() time.Time // nil: time.Now
	// Reached is told that a named point (AfterHear, ...) was reached; nil but in tests that kill the program.
	Reached func(point string)
}

// The named points at which tests kill the program. Each lies between two steps of which the first is done and the second is not.
const (
	AfterHear   = "after_hear"   // Slack has said what is asked, and nothing is written
	AfterTake   = "after_take"   // it is committed, and Slack does not know that it arrived
	AfterDo     = "after_do"     // it is done, and whoever asked was not answered
	AfterAnswer = "after_answer" // the answer was sent, and it is not written that all is done
	AfterEnd    = "after_end"    // that is written, and nothing else
)

// Points lists them in the order of the way of what is asked.
func Points() []string { return []string{AfterHear, AfterTake, AfterDo, AfterAnswer, AfterEnd} }

// Alerter is what the app needs of the alerter.
type Alerter interface {
	// Changed is told that something became new of these alerts: somebody took them on.
	Changed(ctx context.Context, ids []string)
	// Tell sends a message of ours to a Slack channel that wants to subscribe, or says why it cannot be sent.
	Tell(ctx context.Context, receiver, channel string, m alerts.Message) error
}

// App is a Slack app that listens.
type App struct {
	o       Options
	alerter Alerter // set by Run, before anything is done
	api     *slack.Client
	reply   *http.Client
	hosts   map[string]bool // to which answers may go, with their schemes
	team    atomic.Pointer[string]
	due     chan struct{} // capacity 1: something was asked
	waits   func(tries int) time.Duration
}

// New makes the app of a receiver. An error names what is missing.
func New(ctx context.Context, o Options) (*App, error) {
	switch {
	case o.Bot == "":
		return nil, errors.New("slack.app needs slack.bot_token_file: without it nothing can be answered")
	case o.App == "" && o.Signing == "":
		return nil, errors.New("slack.app: app_token_file (Socket Mode) or signing_secret_file (HTTP) is missing or empty")
	case o.App != "" && o.Signing != "":
		return nil, errors.New("slack.app: has both app_token_file (Socket Mode) and signing_secret_file (HTTP); want one")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	if o.Place == nil {
		place, err := time.LoadLocation("Europe/London")
		if err != nil {
			return nil, fmt.Errorf("load the time zone of Slack's mornings: %w", err)
		}
		o.Place = place
	}
	a := &App{o: o, reply: alerts.Client(o.Guard), due: make(chan struct{}, 1), waits: backOff}
	a.hosts = map[string]bool{"https://hooks.slack.com": true}
	with := []slack.Option{slack.OptionHTTPClient(alerts.Client(o.Guard)), slack.OptionAppLevelToken(o.App.Reveal())}
	if o.API != "" {
		with = append(with, slack.OptionAPIURL(o.API))
		if u, err := url.Parse(o.API); err == nil {
			a.hosts[u.Scheme+"://"+u.Host], a.hosts["https://hooks."+u.Host] = true, true
		}
	}
	a.api = slack.New(o.Bot.Reveal(), with...)
	known, err := o.Store.SlackApp(ctx, o.Receiver)
	if err != nil {
		return nil, err
	}
	a.team.Store(&known.Team)
	return a, nil
}

// Run listens and does what is asked, until ctx ends; alerter is told of what it has to know. What was asked and not done when an earlier run ended is done first.
func (a *App) Run(ctx context.Context, alerter Alerter) error {
	a.alerter = alerter
	var wait sync.WaitGroup
	wait.Go(func() { a.work(ctx) })
	if a.meet(ctx) && a.o.App != "" {
		a.listen(ctx)
	}
	wait.Wait()
	return nil
}

// The refusals. Each is counted by its word.
var (
	errForeign  = errors.New("foreign workspace")
	errReplayed = errors.New("replayed")
)

// errEarly says that Slack has not told yet whose token ours is: what is asked is to come again.
var errEarly = errors.New("the workspace is not known yet")

// take writes what is asked, before it is answered, and has it worked on.
func (a *App) take(ctx context.Context, q ask) error {
	switch team := *a.team.Load(); {
	case team == "":
		return errEarly
	case team != q.Team:
		return errForeign
	}
	body, err := json.Marshal(q)
	if err != nil {
		return fmt.Errorf("write down what was asked: %w", err)
	}
	a.o.Reached(AfterHear)
	isNew, err := a.o.Store.TakeSlackAsk(ctx, store.SlackAsk{ID: store.SlackAskID(a.o.Receiver, q.ID), Receiver: a.o.Receiver, Body: string(body), At: a.o.Now()})
	switch {
	case err != nil:
		return err
	case !isNew:
		return errReplayed
	}
	a.o.Reached(AfterTake)
	select {
	case a.due <- struct{}{}:
	default:
	}
	return nil
}

// refused counts a request that was not taken.
func (a *App) refused(ctx context.Context, why string) {
	err := a.o.Store.CountHooks(ctx, map[string]int{store.SlackHook("refused: " + why): 1}, a.o.Now())
	if err != nil && ctx.Err() == nil {
		a.o.Log.Warn("requests of Slack are not counted", "error", err)
	}
}

// meet asks Slack whose token ours is, until it answers. It reports false where Slack will have nothing of it, or ctx ended.
func (a *App) meet(ctx context.Context) bool {
	for tries := 1; ctx.Err() == nil; tries++ {
		is, err := a.api.AuthTestContext(ctx)
		if err == nil {
			a.team.Store(&is.TeamID)
			a.is(ctx, "")
			return true
		}
		if word := refusal(err); word != "" {
			a.is(ctx, word)
			return false
		}
		a.pause(ctx, tries)
	}
	return false
}

// is writes how the app is; trouble is Slack's word, "" for none. It is told once, by the alerter, through other receivers.
func (a *App) is(ctx context.Context, trouble string) {
	if trouble != "" {
		a.o.Log.Error("Slack will have nothing more of this app until its tokens are mended and the settings are read again",
			"receiver", a.o.Receiver, "slack_says", audit.Untrusted(trouble))
	}
	err := a.o.Store.SetSlackApp(context.WithoutCancel(ctx), store.SlackApp{Receiver: a.o.Receiver, Team: *a.team.Load(), Trouble: trouble, Since: a.o.Now()})
	if err != nil {
		a.o.Log.Error("how the Slack app is could not be written", "error", err)
	}
}

// refusal gives Slack's word where it refuses for good, else "".
func refusal(err error) string {
	said, ok := errors.AsType[slack.SlackErrorResponse](err)
	if ok && alerts.SlackForGood(said.Err) {
		return said.Err
	}
	return ""
}

// Waits between two tries to reach Slack.
const (
	firstWait = time.Second
	lastWait  = 5 * time.Minute
)

func backOff(tries int) time.Duration {
	return min(firstWait<<min(max(tries-1, 0), 10), lastWait)
}

func (a *App) pause(ctx context.Context, tries int) {
	timer := time.NewTimer(a.waits(tries))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
