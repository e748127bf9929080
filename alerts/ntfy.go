package alerts

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"doorknock/audit"
)

// NtfyConfig is a topic of an ntfy server: pushes to phones. Whoever knows an unprotected topic's name can read it, so the
// address is a secret.
type NtfyConfig struct {
	URL       audit.Secret `yaml:"url"` // https://ntfy.sh/TOPIC, or ${NAME}: read from the environment
	URLFile   string       `yaml:"url_file"`
	Token     audit.Secret `yaml:"token"` // of a protected topic
	TokenFile string       `yaml:"token_file"`
}

func (c NtfyConfig) address() secretOf { return secretOf{"url", c.URL, c.URLFile} }
func (c NtfyConfig) token() secretOf   { return secretOf{"token", c.Token, c.TokenFile} }

func validateNtfy(c ReceiverConfig, key string) error {
	return errors.Join(c.Ntfy.address().validate(key, true, checkTopic), c.Ntfy.token().validate(key, false, oneLine))
}

// checkTopic wants the address of one topic.
func checkTopic(address string) error {
	if err := checkHook(address); err != nil {
		return err
	}
	if u, err := url.Parse(address); err != nil || topic(u) == "" {
		return errors.New("names no topic: want https://SERVER/TOPIC")
	}
	return nil
}

// topic is the last part of the address's path.
func topic(u *url.URL) string {
	path := strings.TrimSuffix(u.Path, "/")
	return path[strings.LastIndex(path, "/")+1:]
}

// ntfy publishes JSON to the server's root, where words need no packing into headers.
type ntfy struct {
	endpoint
	topic *audit.Secret
	token *audit.Secret
}

func newNtfy(c ReceiverConfig, o Options) (Receiver, error) {
	address, err := c.Ntfy.address().read(o.Getenv, checkTopic)
	if err != nil {
		return nil, err
	}
	token, err := c.Ntfy.token().read(o.Getenv, oneLine)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(address.Reveal())
	if err != nil {
		return nil, errors.New("url: is not an address")
	}
	name := audit.Secret(topic(u))
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), name.Reveal())
	root := audit.Secret(u.String())
	return &ntfy{endpoint{&root, outside(o.Guard)}, &name, &token}, nil
}

// ntfyText is how many bytes of words a push takes; more would arrive as an attached file.
const ntfyText = 4096

// ntfyPush is what ntfy calls a message.
type ntfyPush struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Message  string `json:"message"`
	Priority int    `json:"priority"` // 1 least to 5 most; 5 rings through a phone's silence
	Click    string `json:"click,omitempty"`
}

// priorities are ntfy's for the urgencies; any other is 3, ntfy's default.
var priorities = map[string]int{"urgent": 5, "high": 4, "none": 2}

// Send publishes once.
func (n *ntfy) Send(ctx context.Context, m Message) error {
	push := ntfyPush{Topic: n.topic.Reveal(), Title: audit.Cut(m.Title.Plain(), maxName), Message: withinBytes(m, ntfyText), Priority: 3,
		Click: m.More.Link()}
	if p := priorities[m.urgency()]; p > 0 {
		push.Priority = p
	}
	header := http.Header{}
	if *n.token != "" {
		header.Set("Authorization", "Bearer "+n.token.Reveal())
	}
	_, err := n.sendJSON(ctx, header, push)
	return hide(hide(err, *n.token), *n.topic)
}

// withinBytes is the message's text in at most so many bytes of UTF-8.
func withinBytes(m Message, most int) string {
	limit := most
	for {
		text := m.text(limit)
		if len(text) <= most {
			return text
		}
		limit = min(limit, utf8.RuneCountInString(text)) * most / len(text)
	}
}
