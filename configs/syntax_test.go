package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorknock/configs"
)

// TestSyntaxInPlainWords: of the slips that people make in YAML, each is told with its line and what to do, not in the
// parser's words alone.
func TestSyntaxInPlainWords(t *testing.T) {
	for text, want := range map[string]string{
		"crawl:\n  pace: 5s\n   workers: 4\n":                       "f.yaml:2:9: the text here holds a colon, or goes on in the next line",
		"crawl:\n  pace: 5s\n workers: 4\n":                         "f.yaml:3:2: is indented otherwise",
		"publisher:\n  name: Tenants: united\n":                     "f.yaml:2:9: the text here holds a colon",
		"crawl:\n  pace 5s\n  workers: 4\n":                         "f.yaml:2:3: has no colon after the key",
		"scope: {nations: [Wales}\n":                                "f.yaml:1:24: a list that was begun with [ does not end",
		"scope: {nations: [Wales]\n":                                "f.yaml:1:8: a section that was begun with { does not end",
		"contact: 'a@b.example\n":                                   "f.yaml:1:10: a quotation mark is never closed",
		"contact: a@b.example\ncrawl:\n  pace: \"5s\n":              "f.yaml:3:9: a quotation mark is never closed",
		"contact: @b\n":                                             "f.yaml:1:10: begins with a character that means something else",
		"contact: %b\n":                                             "f.yaml:1:10: begins with a character that means something else",
		"]\n":                                                       "f.yaml:1:1: there is no [ to this ]",
		"alerts:\n  receivers:\n  - name: a\n     log: {}\n":        "f.yaml:3:11: the text here holds a colon, or goes on in the next line",
		"alerts:\n  receivers:\n  - name: ours\n    log: {}\n":      `alerts.route.receiver: no receiver is named "log"; there are ours`,
		"alerts:\n  route:\n    escalate: {after: 1h, receiver: x}": `no receiver is named "x"; there are log`,
	} {
		_, err := configs.Load(written(t, text), noEnv)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// TestOpenSecrets: of a file with a secret that everybody can read is said so, with its key and what to do; a group may read it.
func TestOpenSecrets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte("k\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, text := range map[string]string{
		"platforms.youtube.token_file":               "platforms:\n  youtube: {token_file: FILE}\n",
		"platforms.facebook.hook_file":               "platforms:\n  facebook: {hook_file: FILE}\n",
		"alerts.receivers[0].slack.webhook_url_file": "alerts:\n  receivers: [{name: log, slack: {webhook_url_file: FILE}}]\n",
		"alerts.heartbeat.url_file":                  "alerts:\n  heartbeat: {url_file: FILE}\n",
		"mail.password_file":                         "mail: {host: mail.example, from: a@b.example, username: a, password_file: FILE}\n",
		"nats.password_file":                         "nats: {user: a, url: \"tls://a.example:4222\", password_file: FILE}\n",
	} {
		c, err := configs.Load(written(t, strings.ReplaceAll(text, "FILE", file)), noEnv)
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		for mode, want := range map[os.FileMode]string{0o600: "", 0o640: "",
			0o644: key + ": everybody on this machine can read " + file + " (mode 0644), which holds a secret; run chmod o-rwx " + file} {
			if err := os.Chmod(file, mode); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.OpenSecrets(), "\n"); got != want {
				t.Errorf("%s with mode %04o:\n got %s\nwant %s", key, mode, got, want)
			}
		}
	}
}

// written is a settings file that holds text.
func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
