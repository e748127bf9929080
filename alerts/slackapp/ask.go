package slackapp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// kind is the kind of what is asked.
type kind string

const (
	button  kind = "button"
	command kind = "command"
	home    kind = "home" // somebody opened the app's Home
	gone    kind = "gone" // the app was taken out of the workspace, or its token revoked
)

// ask is what somebody asks, whichever way it came. It is what the row keeps until it is done.
type ask struct {
	Kind   kind   `json:"kind"`
	ID     string `json:"-"` // Slack's own: the same twice is one ask
	Team   string `json:"-"`
	User   string `json:"user,omitempty"`
	Name   string `json:"name,omitempty"`
	Place  string `json:"place,omitempty"` // the Slack channel
	Reply  string `json:"reply,omitempty"` // where the answer goes; good for half an hour
	Words  string `json:"words,omitempty"` // of a command, after its name
	Action string `json:"action,omitempty"`
	Value  string `json:"value,omitempty"`
	Why    string `json:"why,omitempty"` // of gone: Slack's word
}

// errNothing says that a request is sound and asks nothing of us.
var errNothing = errors.New("asks nothing")

// Longest texts that are taken, in bytes: Slack's own limits, or more than it sends.
const (
	longestWords = 4000
	longestID    = 255
	longestReply = 500
)

// check refuses what lacks something or is longer than Slack makes it.
func (a ask) check() (ask, error) {
	switch {
	case a.ID == "" || a.Team == "":
		return a, errors.New("has no id or no workspace")
	case a.Kind != gone && a.User == "":
		return a, errors.New("says not who asks")
	case len(a.ID) > longestID, len(a.Team) > longestID, len(a.User) > longestID, len(a.Name) > longestID, len(a.Place) > longestID,
		len(a.Words) > longestWords, len(a.Value) > longestWords, len(a.Action) > longestID, len(a.Reply) > longestReply, len(a.Why) > longestID:
		return a, errors.New("is longer than Slack makes it")
	}
	return a, nil
}

// readEnvelope reads what came by Socket Mode, by the type that its envelope names.
func readEnvelope(kind string, payload []byte) (ask, error) {
	switch kind {
	case "interactive":
		return readInteraction(payload)
	case "slash_commands":
		var c slashCommand
		if err := json.Unmarshal(payload, &c); err != nil {
			return ask{}, fmt.Errorf("read command: %w", err)
		}
		return c.ask()
	case "events_api":
		return readEvent(payload)
	}
	return ask{}, errNothing
}

// slashCommand is a command as Socket Mode sends it; over HTTP it is a form with the same names.
type slashCommand struct {
	Team    string `json:"team_id"`
	Place   string `json:"channel_id"`
	User    string `json:"user_id"`
	Name    string `json:"user_name"`
	Command string `json:"command"`
	Text    string `json:"text"`
	Reply   string `json:"response_url"`
	Trigger string `json:"trigger_id"`
}

func (c slashCommand) ask() (ask, error) {
	if c.Command != Command {
		return ask{}, fmt.Errorf("%.40q is not our command", c.Command)
	}
	return ask{Kind: command, ID: c.Trigger, Team: c.Team, User: c.User, Name: c.Name, Place: c.Place, Reply: c.Reply, Words: c.Text}.check()
}

// readForm reads a body of HTTP that is a form: a command, or an interaction in its field payload.
func readForm(body []byte) (ask, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ask{}, fmt.Errorf("read form: %w", err)
	}
	if payload := form.Get("payload"); payload != "" {
		return readInteraction([]byte(payload))
	}
	if form.Get("ssl_check") != "" {
		return ask{}, errNothing
	}
	return slashCommand{Team: form.Get("team_id"), Place: form.Get("channel_id"), User: form.Get("user_id"), Name: form.Get("user_name"),
		Command: form.Get("command"), Text: form.Get("text"), Reply: form.Get("response_url"), Trigger: form.Get("trigger_id")}.ask()
}

// readInteraction reads a press of a button or a choice in a menu. Other interactions are none of ours.
func readInteraction(body []byte) (ask, error) {
	var p struct {
		Type    string `json:"type"`
		Trigger string `json:"trigger_id"`
		Reply   string `json:"response_url"`
		Team    struct {
			ID string `json:"id"`
		} `json:"team"`
		User struct {
			ID       string `json:"id"`
			Name     string `json:"name"`
			Username string `json:"username"`
		} `json:"user"`
		Channel struct {
			ID string `json:"id"`
		} `json:"channel"`
		Actions []struct {
			ID       string `json:"action_id"`
			Value    string `json:"value"`
			Selected struct {
				Value string `json:"value"`
			} `json:"selected_option"`
		} `json:"actions"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return ask{}, fmt.Errorf("read interaction: %w", err)
	}
	if p.Type != "block_actions" {
		return ask{}, errNothing
	}
	if len(p.Actions) != 1 {
		return ask{}, fmt.Errorf("an interaction with %d actions", len(p.Actions))
	}
	a := ask{Kind: button, ID: p.Trigger, Team: p.Team.ID, User: p.User.ID, Name: p.User.Name, Place: p.Channel.ID, Reply: p.Reply,
		Action: p.Actions[0].ID, Value: p.Actions[0].Value}
	if a.Name == "" {
		a.Name = p.User.Username
	}
	if a.Value == "" {
		a.Value = p.Actions[0].Selected.Value
	}
	return a.check()
}

// readEvent reads an event that Slack tells: the app's Home was opened, or the app is gone.
func readEvent(body []byte) (ask, error) {
	var p struct {
		Type  string `json:"type"`
		ID    string `json:"event_id"`
		Team  string `json:"team_id"`
		Event struct {
			Type   string `json:"type"`
			User   string `json:"user"`
			Tab    string `json:"tab"`
			Tokens struct {
				Bot []string `json:"bot"`
			} `json:"tokens"`
		} `json:"event"`
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return ask{}, fmt.Errorf("read event: %w", err)
	}
	if p.Type != "event_callback" {
		return ask{}, errNothing
	}
	a := ask{ID: p.ID, Team: p.Team}
	switch e := p.Event; {
	case e.Type == eventHome && e.Tab != "messages":
		a.Kind, a.User = home, e.User
	case e.Type == eventUninstalled, e.Type == eventRevoked && len(e.Tokens.Bot) > 0:
		a.Kind, a.Why = gone, e.Type
	default:
		return ask{}, errNothing
	}
	return a.check()
}

// The events that the app subscribes to; the manifest names the same.
const (
	eventHome        = "app_home_opened"
	eventUninstalled = "app_uninstalled"
	eventRevoked     = "tokens_revoked"
)
