package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/internal/fakeslack"
)

// connect slack prints the manifest and where to paste it, tries both tokens before it keeps them, names what is missing, keeps them
// readable to nobody else, and prints them never.
func TestConnectSlack(t *testing.T) {
	fake := &fakeslack.Workspace{}
	server := httptest.NewServer(fake)
	defer server.Close()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("doorknock.yaml", []byte("data_dir: data\nhosts: {127.0.0.1: "+strings.TrimPrefix(server.URL, "http://")+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	connect := func(given string, more ...string) (int, string) {
		var out, errs bytes.Buffer
		args := append([]string{"connect", "slack", "--api", server.URL + "/api/", "--config", "doorknock.yaml"}, more...)
		code := run(t.Context(), args, strings.NewReader(given), &out, &errs)
		if text := out.String() + errs.String(); strings.Contains(text, "canary") {
			t.Errorf("a token was printed:\n%s", text)
		}
		return code, out.String() + errs.String()
	}
	for _, tt := range []struct {
		given, method, says, want string
	}{
		{"xapp-canary\n", "", "", "it begins with xoxb-"},
		{"xoxb-canary\nxoxb-canary\n", "", "", "it begins with xapp-"},
		{"xoxb-canary\nxapp-canary\n", "auth.test", "token_revoked", "the bot token: Slack says token_revoked: the token was revoked: install the app again"},
		{"xoxb-canary\nxapp-canary\n", "apps.connections.open", "missing_scope", "the app-level token: Slack says missing_scope: it lacks the scope connections:write"},
		{"xoxb-canary\nxapp-canary\n", "scopes", "commands", "the bot token lacks chat:write and reactions:write: paste the manifest"},
	} {
		if tt.method != "" {
			fake.Refuse(tt.method, tt.says)
		}
		if code, text := connect(tt.given); code == 0 || !strings.Contains(text, tt.want) || !strings.Contains(text, "socket_mode_enabled: true") {
			t.Errorf("%q: %d\n%s\nwant %q", tt.given, code, text, tt.want)
		}
	}
	if left, err := filepath.Glob("slack.*"); err != nil || len(left) > 0 {
		t.Errorf("kept %v, %v", left, err)
	}
	code, text := connect("xoxb-canary\nxapp-canary\n")
	if code != 0 || !strings.Contains(text, "The app is in the workspace Elm Homes and writes as doorknock.") || !strings.Contains(text, "app_token_file: slack.app") {
		t.Fatalf("%d\n%s", code, text)
	}
	if code, text = connect("xoxb-canary\nanything-canary-32-characters-long\n", "--http", "https://doors.example.org"); code != 0 || !strings.Contains(text, "signing_secret_file: slack.signing") ||
		!strings.Contains(text, "request_url: https://doors.example.org/hooks/slack") {
		t.Fatalf("%d\n%s", code, text)
	}
	for name, want := range map[string]string{"slack.token": "xoxb-canary\n", "slack.app": "xapp-canary\n", "slack.signing": "anything-canary-32-characters-long\n"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
