package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
)

// slackSteps walks somebody who may install an app in a Slack workspace, and is no programmer, to its tokens.
const slackSteps = `This makes a Slack app of your own for this doorknock. You need: a browser in which you are signed in to Slack, and leave to
install apps in the workspace. It takes five minutes. The app can write where it is invited and hears its own buttons and command;
it reads no messages.

 1. Open https://api.slack.com/apps , press "Create New App", "From a manifest", choose the workspace and the tab YAML, and paste:

%s
 2. Press "Install to Workspace" and allow it. Under "OAuth & Permissions" copy the "Bot User OAuth Token" (xoxb-...).
 3. Paste it here and press Enter. It is written to %s, which only you can read, and nowhere else.
`

const (
	socketStep = ` 4. Under "Basic Information", "App-Level Tokens", press "Generate Token and Scopes", give it a name and the scope connections:write,
    and copy it (xapp-...). Paste it here and press Enter. It is written to %s.
`
	signingStep = ` 4. Under "Basic Information", "App Credentials", copy the "Signing Secret". Paste it here and press Enter. It is written to %s.
`
)

// Files that keep what an app works with.
const (
	slackTokenFile   = "slack.token"
	slackAppFile     = "slack.app"
	slackSigningFile = "slack.signing"
)

// slackConnecting is one run of `connect slack`.
type slackConnecting struct {
	cfg     configs.Config
	address string // where Slack calls; "" for Socket Mode
	api     string // "" is Slack
	in      io.Reader
	out     io.Writer
}

func (c slackConnecting) run(ctx context.Context) error {
	manifest, err := configs.SlackManifest(c.address)
	if err != nil {
		return errUsage(err)
	}
	fmt.Fprintf(c.out, slackSteps, manifest, slackTokenFile)
	s := alerts.SlackSecrets{}
	if s.Bot, err = c.line("xoxb-"); err != nil {
		return err
	}
	step, file, into, prefix := socketStep, slackAppFile, &s.App, "xapp-"
	if c.address != "" {
		step, file, into, prefix = signingStep, slackSigningFile, &s.Signing, ""
	}
	fmt.Fprintf(c.out, step, file)
	if *into, err = c.line(prefix); err != nil {
		return err
	}
	found, err := slackapp.Check(ctx, s, c.api, crawler.Guard(c.cfg.Hosts))
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "The app is in the workspace %s and writes as %s.\n", audit.Untrusted(found.Workspace), audit.Untrusted(found.Bot))
	if len(found.Missing) > 0 {
		return fmt.Errorf("the bot token lacks %s: paste the manifest of step 1 under App Manifest, save it, and install the app again", strings.Join(found.Missing, " and "))
	}
	for name, secret := range map[string]audit.Secret{slackTokenFile: s.Bot, file: *into} {
		if err := keepSecret(name, secret); err != nil {
			return err
		}
	}
	c.next(file)
	return nil
}

// line reads one secret. What it holds is never printed again.
func (c slackConnecting) line(prefix string) (audit.Secret, error) {
	secret, err := readToken(c.in)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(secret.Reveal(), prefix) {
		return "", errUsage(fmt.Errorf("that is not the one: it begins with %s", prefix))
	}
	return secret, nil
}

func (c slackConnecting) next(file string) {
	key := "app_token_file"
	if c.address != "" {
		key = "signing_secret_file"
	}
	fmt.Fprintf(c.out, "\nInvite the app where it is to write: type /invite @doorknock in that channel. Then write this into your settings, with the\nchannel's id (its name, \"View channel details\", at the end), and start doorknock or send it SIGHUP:\n\n"+
		"alerts:\n  route:\n    receiver: team\n  receivers:\n    - name: team\n      slack:\n        bot_token_file: %s\n        channel: C0123ABCD\n        app:\n          %s: %s\n\n`doorknock alerts test team` sends a first message.\n", slackTokenFile, key, file)
}

// keepSecret writes a secret into a file that only its owner reads, in place of an older one.
func keepSecret(name string, secret audit.Secret) error {
	temp := name + ".new"
	if err := os.WriteFile(temp, []byte(secret.Reveal()+"\n"), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(temp, name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
