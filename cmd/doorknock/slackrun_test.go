package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"doorknock/alerts/slackapp"
	"doorknock/internal/fakeslack"
)

// A running doorknock listens to two apps at once, by Socket Mode and at the pages' address: each answers what is asked of it, unsigned
// requests are refused, and no secret stands in the log.
func TestSlackThroughRun(t *testing.T) {
	t.Parallel()
	socket, called := &fakeslack.Workspace{}, &fakeslack.Workspace{Team: "T2", Signing: "signing-canary-0123456789abcdef"}
	var at [2]string
	for i, w := range []*fakeslack.Workspace{socket, called} {
		server := httptest.NewServer(w)
		t.Cleanup(func() { w.Cut(); server.Close() })
		at[i] = server.URL
	}
	far := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(far.Close)
	r := quietAt(t, strings.TrimPrefix(far.URL, "http://"), `
alerts:
  route: {receiver: team}
  receivers:
    - {name: team, slack: {bot_token_file: DIR/one, channel: C1, api_url: "`+at[0]+`/api/", app: {app_token_file: DIR/app}}}
    - {name: other, slack: {bot_token_file: DIR/two, channel: C1, api_url: "`+at[1]+`/api", app: {signing_secret_file: DIR/signing}}}
`)
	settings := strings.ReplaceAll(r.settings(), "DIR", r.dir)
	settings = strings.Replace(settings, "hosts: {", `hosts: {one.test: "`+strings.TrimPrefix(at[0], "http://")+`", two.test: "`+strings.TrimPrefix(at[1], "http://")+`", `, 1)
	r.write("doorknock.yaml", settings)
	r.write("one", "xoxb-canary-1\n")
	r.write("two", "xoxb-canary-2\n")
	r.write("app", "xapp-canary-3\n")
	r.write("signing", called.Signing+"\n")
	r.start()
	if !socket.Wait(time.Minute, func(s fakeslack.Seen) bool { return s.Connected == 1 }) {
		t.Fatalf("no connection: %+v\n%s", socket.Seen(), r.out)
	}
	if _, err := socket.Envelope("slash_commands", socket.Command(at[0], "t1", "status")); err != nil {
		t.Fatal(err)
	}
	r.until("the other app's workspace is known", time.Minute, func() bool { return r.has(`SELECT 1 FROM slack_app WHERE team = 'T2'`) })
	for trigger, spoil := range map[string]string{"signed": "", "unsigned": "v0=00"} {
		q, err := called.Request(r.out.address(t)+slackapp.Path, "application/x-www-form-urlencoded", fakeslack.Form(called.Command(at[1], trigger, "help")), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		want := http.StatusOK
		if spoil != "" {
			q.Header.Set("X-Slack-Signature", spoil)
			want = http.StatusForbidden
		}
		answer, err := (&http.Client{Timeout: time.Minute}).Do(q)
		if err != nil {
			t.Fatal(err)
		}
		if _ = answer.Body.Close(); answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", trigger, answer.StatusCode, want)
		}
	}
	for words, w := range map[string]*fakeslack.Workspace{"2 organisations with 2 channels": socket, "/doorknock status: ": called} {
		if !w.Wait(time.Minute, func(s fakeslack.Seen) bool { return len(s.Answers) == 1 && strings.Contains(s.Answers[0].Text, words) }) {
			t.Errorf("no %q: %+v", words, w.Seen())
		}
	}
	r.stop(syscall.SIGTERM)
	if text := r.out.String(); strings.Contains(text, "canary") || strings.Contains(text, "secret-ticket") {
		t.Errorf("a secret stands in the log:\n%s", text)
	}
}
