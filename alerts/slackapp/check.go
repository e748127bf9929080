package slackapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"doorknock/alerts"
	"doorknock/audit"
)

// Found is what Slack says of an app's tokens.
type Found struct {
	Workspace string // its name
	Team      string // Slack's id of it
	Bot       string // by what name the bot writes
	Missing   []string
}

// Check tries a bot's token and, where there is one, an app-level token. Nothing is sent to any channel and nothing is kept. An error
// says in words what to do, and holds no token. Missing scopes are no error: Found names them.
func Check(ctx context.Context, s alerts.SlackSecrets, api string, guard alerts.Guard) (Found, error) {
	with := []slack.Option{slack.OptionHTTPClient(alerts.Client(guard)), slack.OptionAppLevelToken(s.App.Reveal())}
	if api != "" {
		with = append(with, slack.OptionAPIURL(api))
	}
	client := struct{ api *slack.Client }{slack.New(s.Bot.Reveal(), with...)}
	is, err := client.api.AuthTestContext(ctx)
	if err != nil {
		return Found{}, fmt.Errorf("the bot token: %w", advised(err, false))
	}
	found := Found{Workspace: is.Team, Team: is.TeamID, Bot: is.User, Missing: Missing(is.Header.Get("X-OAuth-Scopes"))}
	if s.App == "" {
		return found, nil
	}
	if _, _, err := client.api.StartSocketModeContext(ctx); err != nil {
		return found, fmt.Errorf("the app-level token: %w", advised(err, true))
	}
	return found, nil
}

func advised(err error, appToken bool) error {
	said, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok {
		return fmt.Errorf("Slack could not be asked: %s", audit.HideSecrets(err.Error())) //nolint:staticcheck // a name
	}
	words := alerts.SlackAdvice(said.Err, appToken)
	if words == "" {
		words = "docs/slack.md tells of the tokens"
	}
	return fmt.Errorf("Slack says %s: %s", audit.Untrusted(said.Err).Plain(60), words) //nolint:staticcheck // a name
}
