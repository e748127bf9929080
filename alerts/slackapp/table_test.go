package slackapp

import (
	"testing"

	"doorknock/alerts"
)

// Every button that a message can carry does something, and nothing is done for one that none carries.
func TestEveryButtonDoesSomething(t *testing.T) {
	does := presses()
	for _, action := range alerts.SlackActions() {
		if does[action] == nil {
			t.Errorf("nothing is done for %s", action)
		}
		delete(does, action)
	}
	for action := range does {
		t.Errorf("no message carries %s", action)
	}
}

// A slip of a letter or two is understood; another word is not.
func TestNearest(t *testing.T) {
	for typed, want := range map[string]string{"sttaus": "status", "hlep": "help", "subscribed": "subscribe", "silnce": "silence", "explian": "explain", "delete": "", "": "", "e": ""} {
		if got := nearest(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
