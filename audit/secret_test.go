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
