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
		return Found{}, fmt.Errorf("the bot token: %w", advised(err))
	}
	found := Found{Workspace: is.Team, Team: is.TeamID, Bot: is.User, Missing: Missing(is.Header.Get("X-OAuth-Scopes"))}
	if s.App == "" {
		return found, nil
	}
	if _, _, err := client.api.StartSocketModeContext(ctx); err != nil {
		return found, fmt.Errorf("the app-level token: %w", advised(err))
	}
	return found, nil
}

// advice says what to do about Slack's words.
func advice() map[string]string {
	return map[string]string{
		"invalid_auth":           "it is no token, or one of another app: copy it again, whole",
		"not_authed":             "it is empty",
		"account_inactive":       "the app was taken out of the workspace: install it again under Install App",
		"token_revoked":          "it was revoked: make a new one",
		"token_expired":          "it has run out: make a new one, and leave token rotation switched off",
		"missing_scope":          "it lacks the scope connections:write: make a new one under Basic Information, App-Level Tokens, with that scope",
		"not_allowed_token_type": "it is the other kind of token: the bot's begins with xoxb-, the app-level one with xapp-",
		"forbidden_team":         "the workspace does not allow this app: ask its administrators",
		"access_denied":          "the workspace does not allow this app: ask its administrators",
	}
}

func advised(err error) error {
	said, ok := errors.AsType[slack.SlackErrorResponse](err)
	if !ok {
		return fmt.Errorf("Slack could not be asked: %s", audit.HideSecrets(err.Error())) //nolint:staticcheck // a name
	}
	words := advice()[said.Err]
	if words == "" {
		words = "docs/slack.md tells of the tokens"
	}
	return fmt.Errorf("Slack says %s: %s", audit.Untrusted(said.Err).Plain(60), words) //nolint:staticcheck // a name
}
