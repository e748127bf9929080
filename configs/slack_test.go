package configs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"doorknock/alerts/slackapp"
)

// manifest is the app as Slack reads it.
type manifest struct {
	Features struct {
		AppHome struct {
			Home     bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		BotUser map[string]any `yaml:"bot_user"`
		Slash   []struct {
			Command     string `yaml:"command"`
			Description string `yaml:"description"`
			Hint        string `yaml:"usage_hint"`
			Escape      bool   `yaml:"should_escape"`
			URL         string `yaml:"url"`
		} `yaml:"slash_commands"`
	} `yaml:"features"`
	Display map[string]string `yaml:"display_information"`
	OAuth   struct {
		Scopes map[string][]string `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
			URL string   `yaml:"request_url"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			Enabled bool   `yaml:"is_enabled"`
			URL     string `yaml:"request_url"`
		} `yaml:"interactivity"`
		Socket   bool `yaml:"socket_mode_enabled"`
		Org      bool `yaml:"org_deploy_enabled"`
		Rotation bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

func readManifest(t *testing.T, address string) (m manifest) {
	t.Helper()
	text, err := SlackManifest(address)
	if err == nil {
		err = yaml.UnmarshalWithOptions([]byte(text), &m, yaml.Strict())
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The manifest asks for what the code uses and for nothing else: the command with its words, the scopes, the events, buttons, Home.
func TestManifestAndCodeAgree(t *testing.T) {
	m := readManifest(t, "")
	if diff := cmp.Diff(map[string][]string{"bot": slackapp.BotScopes()}, m.OAuth.Scopes); diff != "" {
		t.Errorf("scopes:\n%s", diff)
	}
	if diff := cmp.Diff(slackapp.Events(), m.Settings.Events.Bot); diff != "" {
		t.Errorf("events:\n%s", diff)
	}
	if len(m.Features.Slash) != 1 {
		t.Fatalf("%d commands", len(m.Features.Slash))
	}
	c := m.Features.Slash[0]
	if diff := cmp.Diff(slackapp.Verbs(), strings.Split(c.Hint, " | ")); diff != "" || c.Command != slackapp.Command || c.Escape || len(c.Description) > 140 {
		t.Errorf("%+v\n%s", c, diff)
	}
	if s := m.Settings; !s.Interactivity.Enabled || !s.Socket || s.Rotation || s.Org || !m.Features.AppHome.Home || m.Features.AppHome.Messages {
		t.Errorf("%+v", m)
	}
	if len(m.Display["name"]) > 35 || len(m.Display["description"]) > 140 {
		t.Errorf("%v", m.Display)
	}
}

// docs/slack.md tells of every command, every permission and every button.
func TestThePageTellsOfEverything(t *testing.T) {
	page, err := os.ReadFile("../docs/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Acknowledge |", "Snooze:", "Evidence |", "This is wrong |"}
	for _, v := range slackapp.Verbs() {
		want = append(want, "`"+slackapp.Command+" "+v)
	}
	for _, s := range slackapp.BotScopes() {
		want = append(want, "| `"+s+"` |")
	}
	for _, w := range want {
		if !strings.Contains(string(page), w) {
			t.Errorf("docs/slack.md does not tell of %q", w)
		}
	}
}

// Over HTTP Slack is told where to call: for the command, for buttons and for events.
func TestManifestOverHTTP(t *testing.T) {
	m := readManifest(t, "https://doors.example.org/")
	const want = "https://doors.example.org" + slackapp.Path
	if m.Settings.Socket || m.Features.Slash[0].URL != want || m.Settings.Interactivity.URL != want || m.Settings.Events.URL != want {
		t.Errorf("%+v", m)
	}
	for _, bad := range []string{"http://doors.example.org", "doors.example.org", "https://", "https://a@b", "https://a/?x=1"} {
		if _, err := SlackManifest(bad); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

// Every method of Slack's that the code calls is in the table of scopes, and none stands there that is not called.
func TestEveryMethodHasItsScope(t *testing.T) {
	calls := map[string]string{"AuthTest": "auth.test", "PublishView": "views.publish", "StartSocketMode": "apps.connections.open", "PostMessageWithResponse": "chat.postMessage",
		"UpdateMessage": "chat.update", "AddReaction": "reactions.add", "DeleteMessage": "chat.delete"}
	used := map[string]bool{}
	call := regexp.MustCompile(`\bapi\.([A-Z][A-Za-z]*)\(`)
	for _, pattern := range []string{"../alerts/*.go", "../alerts/slackapp/*.go", "../alerts/digest/*.go", "../cmd/doorknock/*slack*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") || !strings.Contains(string(text), "slack-go/slack") {
				continue
			}
			for _, found := range call.FindAllStringSubmatch(string(text), -1) {
				name := strings.TrimSuffix(found[1], "Context")
				if calls[name] == "" {
					t.Errorf("%s calls %s, of which no scope is known", file, name)
				}
				used[calls[name]] = true
			}
		}
	}
	for method := range slackapp.Scopes() {
		if !used[method] {
			t.Errorf("the table has %s, which nothing calls", method)
		}
	}
	if got := slackapp.Missing("chat:write, identify"); !slices.Equal(got, []string{"commands", "reactions:write"}) {
		t.Errorf("missing %v", got)
	}
}
