package slackapp_test

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts/slackapp"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// page is a log that may be written while it is read.
type page struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) String() string { p.mu.Lock(); defer p.mu.Unlock(); return p.text.String() }

// A connection that ends is made anew, and what waits for it is taken. Slack's own word to leave, a cut, and frames that are no JSON are
// all the same.
func TestConnectedAgain(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	for _, end := range []func() error{
		func() error { r.slack.Cut(); return nil },
		func() error { return r.slack.Send(map[string]any{"type": "disconnect", "reason": "refresh_requested"}) },
	} {
		opened := r.slack.Seen().Opened
		if err := end(); err != nil {
			t.Fatal(err)
		}
		r.wait("not connected again", func(s fakeslack.Seen) bool { return s.Opened > opened && s.Connected == 1 })
		wants(t, "help", r.types("help"), "/doorknock status")
	}
	for _, junk := range []any{[]byte("{"), []byte(`{"type":"slash_commands","envelope_id":""}`), []byte(`[]`), map[string]any{"type": "events_api", "envelope_id": "e", "payload": "text"}} {
		if err := r.slack.Send(junk); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, "help", r.types("help"), "/doorknock status")
	r.done()
	if n := r.counts()["refused: shape"]; n != 4 {
		t.Errorf("%d refused for their shape", n)
	}
}

// A connection that ends as soon as it stands is not made again at once: the waits grow.
func TestNoHotCircle(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.slack.Leave = true
	r.run()
	from := time.Now()
	r.wait("not connected", func(s fakeslack.Seen) bool { return s.Opened == 5 })
	if took := time.Since(from); took < (50+100+200+400)*time.Millisecond {
		t.Errorf("five connections within %v", took)
	}
}

// An app-level token that Slack refuses is one thing to tell, by another receiver, with what to do. It is not tried again and again, and
// no token stands in the log.
func TestARefusedTokenIsOneMatter(t *testing.T) {
	for method, word := range map[string]string{"apps.connections.open": "token_revoked", "auth.test": "invalid_auth"} {
		var log page
		r := newRig(t, slackapp.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		r.slack.Refuse(method, word+"...")
		r.run()
		var told []store.Matter
		for end := time.Now().Add(patience); len(told) == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			told = r.matters()
		}
		if len(told) != 1 || told[0].Place != "team" || told[0].Detail != word {
			t.Fatalf("%s: %+v", method, told)
		}
		asked := r.slack.Called(method)
		time.Sleep(200 * time.Millisecond) // the first wait is 50 ms
		if again := r.slack.Called(method); again != asked || again != 1 {
			t.Errorf("%s: asked %d times, then %d", method, asked, again)
		}
		if n := len(r.matters()); n != 1 {
			t.Errorf("%s: %d matters", method, n)
		}
		if text := log.String(); strings.Contains(text, "canary") || strings.Count(text, "level=ERROR") != 1 {
			t.Errorf("%s: log:\n%s", method, text)
		}
	}
}

func (r *rig) matters() []store.Matter {
	r.t.Helper()
	all, err := r.db.Matters(r.t.Context(), time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(m store.Matter) bool { return m.Topic != store.Disconnected })
}

// An app that was taken out of the workspace, or whose token was revoked, is said to be disconnected: once, whatever Slack says of it. The
// next start with good tokens ends the matter; subscriptions and what was asked stay.
func TestUninstalled(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	r.types("subscribe elm")
	for i, event := range []map[string]any{{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{"U9"}}}, {"type": "app_uninstalled"},
		{"type": "tokens_revoked", "tokens": map[string]any{"bot": []string{"UBOT"}}}} {
		if _, err := r.slack.Envelope("events_api", r.slack.Event("gone-"+string(rune('a'+i)), event)); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(patience); r.counts()["gone"] < 2 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	told := r.matters()
	if len(told) != 1 || told[0].Place != "team" {
		t.Fatalf("%+v", told)
	}
	r.stop()
	r.run()
	for end := time.Now().Add(patience); len(r.matters()) > 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
	}
	if left := r.matters(); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	if all, err := r.db.SlackSubscriptions(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// A start without secrets, or with both kinds, does not happen.
func TestSecretsAreNeeded(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	for _, tt := range []struct {
		o    slackapp.Options
		want string
	}{
		{slackapp.Options{App: "xapp"}, "slack.app needs slack.bot_token_file"},
		{slackapp.Options{Bot: "xoxb"}, "slack.app: app_token_file (Socket Mode) or signing_secret_file (HTTP) is missing or empty"},
		{slackapp.Options{Bot: "xoxb", App: "xapp", Signing: "s"}, "slack.app: has both app_token_file (Socket Mode) and signing_secret_file (HTTP); want one"},
	} {
		tt.o.Store = r.db
		_, err := slackapp.New(t.Context(), tt.o)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
	if diff := cmp.Diff(0, r.slack.Seen().Opened); diff != "" {
		t.Error(diff)
	}
}
