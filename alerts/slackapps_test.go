package alerts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with how an app listens is said with its key, before anything runs: both ways, none, another token, two that listen to
// one app, two that would be called.
func TestHowAnAppListens(t *testing.T) {
	bot := func(token string, app *SlackAppConfig) ReceiverConfig {
		return ReceiverConfig{Slack: &SlackConfig{BotTokenFile: token, Channel: "C1", App: app}}
	}
	socket, http := &SlackAppConfig{AppTokenFile: "a"}, &SlackAppConfig{SigningSecretFile: "s"}
	for want, receivers := range map[string][]ReceiverConfig{
		"": {bot("t", socket), bot("t", nil), bot("u", http)},
		"[0].slack.app: app_token_file (Socket Mode) or signing_secret_file (HTTP) is missing":                              {bot("t", &SlackAppConfig{})},
		"[0].slack.app: has both an app_token (Socket Mode) and a signing_secret (HTTP): take one":                          {bot("t", &SlackAppConfig{AppTokenFile: "a", SigningSecretFile: "s"})},
		"[0].slack.app: has both app_token_file and app_token":                                                              {bot("t", &SlackAppConfig{AppTokenFile: "a", AppToken: "xapp-1"})},
		"[0].slack.app.app_token: is no app-level token, which begins with xapp-":                                           {bot("t", &SlackAppConfig{AppToken: "xoxb-canary"})},
		"[0].slack.app.signing_secret: is no signing secret":                                                                {bot("t", &SlackAppConfig{SigningSecret: "canary"})},
		"[1].slack.app: receivers[0] listens to the same app already: leave it out here":                                    {bot("t", socket), bot("t", socket)},
		"[1].slack.app: receivers[0] is called over HTTP already: of several apps only one can be, the others take app_tok": {bot("t", http), bot("u", http)},
		"[0].slack: channel, api_url and app belong to bot_token_file":                                                      {{Slack: &SlackConfig{WebhookURLFile: "w", App: socket}}},
	} {
		c := Config{Route: RouteConfig{Receiver: "a"}, Receivers: receivers}
		for i := range c.Receivers {
			c.Receivers[i].Name = string(rune('a' + i))
		}
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("a secret was printed: %v", err)
		}
	}
}

// An empty secret is none: the program does not start with it.
func TestAnEmptySecretIsNone(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token, empty := file("token", "xoxb-1\n"), file("empty", " \n")
	for want, app := range map[string]*SlackAppConfig{
		"slack.app.read signing_secret_file: " + empty + " is empty":          {SigningSecretFile: empty},
		"slack.app.read app_token_file: " + empty + " is empty":               {AppTokenFile: empty},
		"slack.app.signing_secret: the environment has no EMPTY":              {SigningSecret: "${EMPTY}"},
		"slack.app.signing_secret: is no signing secret":                      {SigningSecretFile: file("short", "x")},
		"slack.app.app_token: is no app-level token, which begins with xapp-": {AppTokenFile: token},
	} {
		_, err := SlackConfig{BotTokenFile: token, App: app}.Secrets(func(string) string { return "" })
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s, err := SlackConfig{BotTokenFile: token, App: &SlackAppConfig{SigningSecretFile: file("good", strings.Repeat("a1", 16))}}.Secrets(os.Getenv)
	if err != nil || s.Signing.Reveal() != strings.Repeat("a1", 16) || s.App != "" || s.Bot != "xoxb-1" {
		t.Errorf("%v, %v", s, err)
	}
}

// Buttons stand under the messages of every receiver that writes by an app to which somebody listens, and under no others.
func TestButtonsWhereSomebodyListens(t *testing.T) {
	with, also, without := SlackConfig{BotTokenFile: "t", App: &SlackAppConfig{AppTokenFile: "a"}}, SlackConfig{BotTokenFile: "t"}, SlackConfig{BotTokenFile: "u"}
	c := Config{Receivers: []ReceiverConfig{{Slack: &with}, {Slack: &also}, {Slack: &without}}}
	if !c.listens(with) || !c.listens(also) || c.listens(without) {
		t.Error(c.listens(with), c.listens(also), c.listens(without))
	}
}
