package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"doorknock/audit"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const canary = "xoxb-canary"
	s := audit.Secret(canary)
	var out bytes.Buffer
	holder := struct{ Token audit.Secret }{s}
	fmt.Fprintf(&out, "%v %s %q %#v %+v %x", s, s, s, s, holder, holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "token", s, "holder", holder)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", s, "holder", holder)
	if err := json.NewEncoder(&out).Encode(holder); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("the secret was printed: %s", out.String())
	}
	if s.Reveal() != canary {
		t.Errorf("Reveal() = %q", s.Reveal())
	}
}

// Slack's tokens, the ticket of a connection and the address of an answer are passwords, wherever a library puts them.
func TestSecretsOfSlackAreHidden(t *testing.T) {
	for _, text := range []string{"token xapp-1-A0-canary", "dial wss://wss.slack.com/link/?ticket=canary&app_id=1",
		`Post "https://hooks.slack.com/commands/T1/2/canary": EOF`, "https://hooks.slack.com/actions/T1/2/canary"} {
		if hidden := audit.HideSecrets(text); strings.Contains(hidden, "canary") {
			t.Error(hidden)
		}
	}
}
