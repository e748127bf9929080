package configs

import (
	_ "embed"
	"fmt"
	"net/url"
	"strings"

	"doorknock/alerts/slackapp"
)

//go:embed slack-manifest.yaml
var slackManifest string

// SlackManifest is what to paste into Slack to make the app: for Socket Mode where address is "", else for HTTP, where Slack calls
// this installation at its public address. An error says that the address will not do.
func SlackManifest(address string) (string, error) {
	if address == "" {
		return slackManifest, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return "", fmt.Errorf("%q is no address that Slack can call, such as https://doors.example.org", address)
	}
	calls := strings.TrimSuffix(u.String(), "/") + slackapp.Path
	return strings.NewReplacer(
		"    - command: /doorknock\n", "    - command: /doorknock\n      url: "+calls+"\n",
		"  event_subscriptions:\n", "  event_subscriptions:\n    request_url: "+calls+"\n",
		"    is_enabled: true\n", "    is_enabled: true\n    request_url: "+calls+"\n",
		"socket_mode_enabled: true", "socket_mode_enabled: false",
	).Replace(slackManifest), nil
}
