package alerts

import (
	"errors"

	"doorknock/audit"
)

// refusal is what an error that Slack names means: whether waiting can mend it, and what a person can do.
type refusal struct {
	class    error // ErrPermanent, ErrUncertain, or nil: surely not delivered, and worth another try
	advice   string
	appToken string // what to do where it is said of an app-level token and not of a bot's; "": the same
}

// slackRefusals are the errors that Slack names: the one table of what they mean, for messages, for the app that listens, and for
// the command that connects it. docs/slack.md lists them for people.
var slackRefusals = map[string]refusal{
	// where
	"channel_not_found":   {ErrPermanent, "the app sees no such channel: write the channel's id (at the foot of its details in Slack) into `channel`, and invite the app if the channel is private: /invite @doorknock", ""},
	"not_in_channel":      {ErrPermanent, "the app is not in the channel. In that channel, type: /invite @doorknock", ""},
	"is_archived":         {ErrPermanent, "the channel is archived: bring it back in Slack, or name another in `channel`", ""},
	"channel_is_archived": {ErrPermanent, "the channel is archived: bring it back in Slack, or make a webhook for another", ""},
	"user_not_found":      {ErrPermanent, "the person whom the webhook writes to is gone: make a webhook for a channel", ""},
	"message_not_found":   {ErrPermanent, "the message was deleted in Slack", ""},
	"thread_not_found":    {ErrPermanent, "the message of this thread was deleted in Slack", ""},
	"cant_update_message": {ErrPermanent, "Slack no longer lets the app change this message", ""},
	"edit_window_closed":  {ErrPermanent, "this workspace lets nobody change a message of this age", ""},
	"cant_delete_message": {ErrPermanent, "Slack does not let the app delete this message: a person has to", ""},
	"already_reacted":     {ErrPermanent, "the message is marked already", ""},
	// who
	"invalid_auth":            {ErrPermanent, "Slack does not know this token: copy the Bot User OAuth Token (xoxb-...) of the app's page OAuth & Permissions into the token's file", "Slack does not know this token: copy the app-level token (xapp-...) of Basic Information, App-Level Tokens, whole"},
	"not_authed":              {ErrPermanent, "no token reached Slack: is the token's file empty?", ""},
	"account_inactive":        {ErrPermanent, "the app was removed from the workspace, or its bot was deleted: install it again and copy the new token", ""},
	"token_revoked":           {ErrPermanent, "the token was revoked: install the app again and copy the new token", "the token was revoked: make a new one under Basic Information, App-Level Tokens"},
	"token_expired":           {ErrPermanent, "the token has expired: switch token rotation off for the app, install it again and copy the new token", "the token has expired: make a new one under Basic Information, App-Level Tokens"},
	"invalid_token":           {ErrPermanent, "the webhook was revoked: make a new one and put its address into the file", ""},
	"not_allowed_token_type":  {ErrPermanent, "this is not a bot token: copy the one that begins with xoxb-", "this is not an app-level token: copy the one that begins with xapp-"},
	"missing_scope":           {ErrPermanent, "the app lacks a permission: add the scope under OAuth & Permissions, or take the manifest again, and reinstall the app", "it lacks the scope connections:write: make a new one under Basic Information, App-Level Tokens, with that scope"},
	"no_permission":           {ErrPermanent, "the app may not write there: ask an admin of the workspace", ""},
	"restricted_action":       {ErrPermanent, "a rule of the workspace keeps the app from writing there: ask an admin", ""},
	"ekm_access_denied":       {ErrPermanent, "the workspace's keys are withheld: ask an admin", ""},
	"team_access_not_granted": {ErrPermanent, "the app is not approved for this workspace: ask an admin", ""},
	"forbidden_team":          {ErrPermanent, "the workspace does not allow this app: ask an admin", ""},
	"access_denied":           {ErrPermanent, "the workspace does not allow this app: ask an admin", ""},
	"app_uninstalled":         {ErrPermanent, "the app was removed from the workspace: install it again and copy the new token", ""},
	"tokens_revoked":          {ErrPermanent, "the app's tokens were revoked: install the app again and copy the new ones", ""},
	"link_disabled":           {ErrPermanent, "Socket Mode was switched off for the app: switch it on under Socket Mode, or use signing_secret_file", ""},
	"org_login_required":      {ErrPermanent, "the workspace was moved into an organisation: install the app there again", ""},
	"no_service":              {ErrPermanent, "the webhook was deleted: make a new one and put its address into the file", ""},
	"no_active_hooks":         {ErrPermanent, "the webhook is switched off: make a new one and put its address into the file", ""},
	"action_prohibited":       {ErrPermanent, "a rule of the workspace keeps the webhook from writing there: ask an admin", ""},
	// what
	"msg_too_long":        {ErrPermanent, ourFault, ""},
	"msg_blocks_too_long": {ErrPermanent, ourFault, ""},
	"invalid_blocks":      {ErrPermanent, ourFault, ""},
	"no_text":             {ErrPermanent, ourFault, ""},
	"invalid_payload":     {ErrPermanent, ourFault, ""},
	"invalid_arguments":   {ErrPermanent, ourFault, ""},
	// Slack's own trouble
	"internal_error": {ErrUncertain, "", ""},
	"fatal_error":    {ErrUncertain, "", ""},
}

// SlackForGood reports whether an error that Slack names is one that no waiting mends.
func SlackForGood(code string) bool { return errors.Is(slackRefusals[code].class, ErrPermanent) }

// SlackAdvice says what to do about an error that Slack names, of an app-level token or of a bot's; "" where that is not known.
func SlackAdvice(code string, appToken bool) string {
	r := slackRefusals[code]
	if appToken && r.appToken != "" {
		return r.appToken
	}
	return r.advice
}

const ourFault = "Slack does not take the message as we wrote it. This is a fault of doorknock: report it with this line"

// refusedBy is an error of a receiver that says why; code is Slack's word, or "".
type refusedBy struct {
	code, words string
	class       error
}

func (r *refusedBy) Error() string { return r.words }
func (r *refusedBy) Unwrap() error { return r.class }

// slackCode gives the code of the error that Slack named, or "".
func slackCode(err error) string {
	if r, ok := errors.AsType[*refusedBy](err); ok {
		return r.code
	}
	return ""
}

// slackRefused says in words what Slack's code means and what to do; needed is the scope that is missing, if one is.
func slackRefused(code, needed string) error {
	r := &refusedBy{code: code, class: slackRefusals[code].class, words: "Slack answered " + audit.Untrusted(code).Plain(100)}
	if r.class != nil {
		r.words = r.class.Error() + ": " + r.words
	}
	if needed != "" {
		r.words += " (needed: " + audit.Untrusted(needed).Plain(60) + ")"
	}
	if advice := slackRefusals[code].advice; advice != "" {
		r.words += ": " + advice
	}
	return r
}
