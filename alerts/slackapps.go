package alerts

import (
	"errors"
	"fmt"
	"strings"

	"doorknock/audit"
)

// SlackAppConfig says how an app listens: over Socket Mode, a connection that we open, or over HTTP, where Slack calls us.
type SlackAppConfig struct {
	AppToken          audit.Secret `yaml:"app_token"`      // Socket Mode; ${NAME}: read from the environment
	AppTokenFile      string       `yaml:"app_token_file"` // begins with xapp-
	SigningSecret     audit.Secret `yaml:"signing_secret"` // HTTP: Slack calls /hooks/slack
	SigningSecretFile string       `yaml:"signing_secret_file"`
}

func (c SlackAppConfig) appToken() secretOf {
	return secretOf{key: "app_token", value: c.AppToken, file: c.AppTokenFile}
}

func (c SlackAppConfig) signing() secretOf {
	return secretOf{key: "signing_secret", value: c.SigningSecret, file: c.SigningSecretFile}
}

// HTTP reports whether Slack is to call us.
func (c SlackAppConfig) HTTP() bool { return c.SigningSecret != "" || c.SigningSecretFile != "" }

func (c *SlackAppConfig) validate(key string) error {
	if c == nil {
		return nil
	}
	socket := c.AppToken != "" || c.AppTokenFile != ""
	switch {
	case socket && c.HTTP():
		return fmt.Errorf("%s: has both an app_token (Socket Mode) and a signing_secret (HTTP): take one", key)
	case c.HTTP():
		return c.signing().validate(key, true, checkSlackSigning)
	case !socket:
		return fmt.Errorf("%s: app_token_file (Socket Mode) or signing_secret_file (HTTP) is missing", key)
	}
	return c.appToken().validate(key, true, checkAppToken)
}

// checkAppToken says what is wrong with a token without repeating it.
func checkAppToken(token string) error {
	if !strings.HasPrefix(token, "xapp-") || oneLine(token) != nil {
		return errors.New("is no app-level token, which begins with xapp-")
	}
	return nil
}

// checkSlackSigning says what is wrong with a signing secret without repeating it. Slack's have 32 characters; anything much shorter
// could be guessed.
func checkSlackSigning(secret string) error {
	if len(secret) < 16 || strings.ContainsAny(secret, " \t\r\n") {
		return errors.New("is no signing secret: want the 32 characters that the app's page shows under Basic Information")
	}
	return nil
}

// listenOnce refuses two receivers that would listen to the same app, of which Slack would tell now the one and now the other,
// and two that would be called at the same address.
func (c Config) listenOnce() error {
	var errs []error
	apps, http := map[[2]string]int{}, -1
	for i, r := range c.Receivers {
		if r.Slack == nil || r.Slack.App == nil {
			continue
		}
		if first, twice := apps[r.Slack.app()]; twice {
			errs = append(errs, fmt.Errorf("alerts.receivers[%d].slack.app: receivers[%d] listens to the same app already: leave it out here", i, first))
		} else {
			apps[r.Slack.app()] = i
		}
		if !r.Slack.App.HTTP() {
			continue
		}
		if http >= 0 {
			errs = append(errs, fmt.Errorf("alerts.receivers[%d].slack.app: receivers[%d] is called over HTTP already: of several apps only one can be, the others take app_token_file", i, http))
		}
		http = i
	}
	return errors.Join(errs...)
}

// app names the app that a bot token belongs to: where the token comes from.
func (c SlackConfig) app() [2]string { return [2]string{c.BotToken.Reveal(), c.BotTokenFile} }

// listens reports whether somebody listens to the app of a Slack channel.
func (c Config) listens(s SlackConfig) bool {
	for _, r := range c.Receivers {
		if r.Slack != nil && r.Slack.App != nil && r.Slack.app() == s.app() {
			return true
		}
	}
	return false
}

// SlackSecrets are what an app listens with: App or Signing is "".
type SlackSecrets struct{ Bot, App, Signing audit.Secret }

// Secrets reads what the app listens with. An error names the setting, and an empty secret is one.
func (c SlackConfig) Secrets(getenv func(string) string) (s SlackSecrets, err error) {
	if s.Bot, err = c.token().read(getenv, checkToken); err != nil {
		return s, fmt.Errorf("slack.%w", err)
	}
	if c.App.HTTP() {
		s.Signing, err = c.App.signing().read(getenv, checkSlackSigning)
	} else {
		s.App, err = c.App.appToken().read(getenv, checkAppToken)
	}
	if err != nil {
		return s, fmt.Errorf("slack.app.%w", err)
	}
	return s, nil
}
