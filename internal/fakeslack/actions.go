package fakeslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Slack's limits of what can be pressed, in characters.
const (
	maxActions     = 25
	maxActionID    = 255
	maxButtonText  = 75
	maxButtonValue = 2000
	maxOptions     = 100
	maxOptionValue = 150
	maxURL         = 3000
)

// action is a button or a menu in a row of actions.
type action struct {
	Type        string   `json:"type"`
	ID          string   `json:"action_id"`
	Text        *text    `json:"text"`
	Value       string   `json:"value"`
	URL         string   `json:"url"`
	Placeholder *text    `json:"placeholder"`
	Options     []option `json:"options"`
}

type option struct {
	Text  *text  `json:"text"`
	Value string `json:"value"`
}

// checkActions refuses a row of actions that Slack would refuse.
func (b block) checkActions() error {
	var all []action
	if err := json.Unmarshal(b.Elements, &all); err != nil {
		return errors.New("elements")
	}
	if len(all) == 0 || len(all) > maxActions {
		return fmt.Errorf("%d actions", len(all))
	}
	seen := map[string]bool{}
	for _, a := range all {
		if err := a.check(); err != nil {
			return err
		}
		if seen[a.ID] {
			return fmt.Errorf("action %s twice", a.ID)
		}
		seen[a.ID] = true
	}
	return nil
}

func (a action) check() error {
	switch {
	case a.ID == "" || long(a.ID, maxActionID):
		return errors.New("an action without an id, or with one too long")
	case a.Type == "button":
		if !plain(a.Text) || long(a.Value, maxButtonValue) || long(a.URL, maxURL) {
			return fmt.Errorf("button %s", a.ID)
		}
		return nil
	case a.Type != "static_select", a.Placeholder != nil && !plain(a.Placeholder), len(a.Options) == 0, len(a.Options) > maxOptions:
		return fmt.Errorf("menu %s of type %s with %d options", a.ID, a.Type, len(a.Options))
	}
	for _, o := range a.Options {
		if !plain(o.Text) || o.Value == "" || long(o.Value, maxOptionValue) {
			return fmt.Errorf("an option of %s", a.ID)
		}
	}
	return nil
}

// plain reports whether a text may stand on a button or in a menu.
func plain(t *text) bool {
	return t != nil && t.Type == "plain_text" && t.Text != "" && !long(t.Text, maxButtonText)
}

func long(s string, limit int) bool { return utf8.RuneCountInString(s) > limit }
