package alerts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"doorknock/audit"
)

// SlackConfig is a Slack channel: by a bot token, or by an incoming webhook, the plain mode, which only ever adds messages.
type SlackConfig struct {
	BotToken     audit.Secret `yaml:"bot_token"` // ${NAME}: read from the environment
	BotTokenFile string       `yaml:"bot_token_file"`
	// Channel is where the bot writes: a channel's id (C0123ABCD), or its name.
	Channel string `yaml:"channel"`
	// APIURL is where Slack's interface is, where that is not slack.com, as for a GovSlack workspace.
	APIURL string `yaml:"api_url"`

	// App listens to what people press and type in Slack; nil: nobody listens, and messages carry no buttons.
	App *SlackAppConfig `yaml:"app"`

	WebhookURL     audit.Secret `yaml:"webhook_url"` // ${NAME}: read from the environment
	WebhookURLFile string       `yaml:"webhook_url_file"`
}

func (c SlackConfig) secret() secretOf {
	return secretOf{key: "webhook_url", value: c.WebhookURL, file: c.WebhookURLFile}
}

func (c SlackConfig) token() secretOf {
	return secretOf{key: "bot_token", value: c.BotToken, file: c.BotTokenFile}
}

// bot reports whether the channel is written to by a bot token.
func (c SlackConfig) bot() bool { return c.BotToken != "" || c.BotTokenFile != "" }

// slackHook is a Slack incoming webhook: the plain mode. It gives no message id back, so nothing it sent can be
// edited or threaded.
type slackHook struct {
	address   *audit.Secret // a pointer: fmt prints a field that is not exported without asking its String
	transport http.RoundTripper
}

func validateSlack(c ReceiverConfig, key string) error {
	s := *c.Slack
	hook := s.WebhookURL != "" || s.WebhookURLFile != ""
	switch {
	case hook && s.bot():
		return fmt.Errorf("%s: has both a bot token and a webhook: take one", key)
	case hook && (s.Channel != "" || s.APIURL != "" || s.App != nil):
		return fmt.Errorf("%s: channel, api_url and app belong to bot_token_file: a webhook has its channel, and nobody can answer through it", key)
	case hook:
		return s.secret().validate(key, true, checkHook)
	case !s.bot():
		return fmt.Errorf("%s: bot_token_file and channel are missing, or webhook_url_file", key)
	}
	return errors.Join(s.token().validate(key, true, checkToken), s.checkChannel(key), s.checkAPI(key), s.App.validate(key+".app"))
}

func (c SlackConfig) checkChannel(key string) error {
	if c.Channel == "" {
		return fmt.Errorf("%s.channel: missing: the channel's id, such as C0123ABCD, or its name", key)
	}
	if len(c.Channel) > 80 || strings.ContainsFunc(c.Channel, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' }) {
		return fmt.Errorf("%s.channel: %q is no channel's id or name", key, audit.Untrusted(c.Channel).Plain(80))
	}
	return nil
}

func (c SlackConfig) checkAPI(key string) error {
	if c.APIURL == "" {
		return nil
	}
	if err := checkHook(c.APIURL); err != nil {
		return fmt.Errorf("%s.api_url: must be https, such as https://slack-gov.com/api/: the token goes there", key)
	}
	return nil
}

// checkToken says what is wrong with a token without repeating it.
func checkToken(token string) error {
	switch {
	case strings.HasPrefix(token, "xapp-"):
		return errors.New("is an app-level token: want the Bot User OAuth Token, which begins with xoxb-")
	case strings.HasPrefix(token, "xoxp-"), strings.HasPrefix(token, "xoxe"):
		return errors.New("is a person's or a configuration token: want the Bot User OAuth Token, which begins with xoxb-")
	case !strings.HasPrefix(token, "xoxb-"), len(token) > 500,
		strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("is no Bot User OAuth Token, which begins with xoxb-")
	}
	return nil
}

func newSlack(c ReceiverConfig, o Options) (Receiver, error) {
	if c.Slack.bot() {
		return newSlackBot(*c.Slack, o)
	}
	address, err := c.Slack.secret().read(o.Getenv, checkHook)
	if err != nil {
		return nil, err
	}
	return &slackHook{address: &address, transport: outside(o.Guard)}, nil
}

// Send posts the message once; one whose figures Slack does not take, which is surely not delivered, once more with them in
// words. slack-go reports only a status; what went over the wire is seen by post.
func (s *slackHook) Send(ctx context.Context, m Message) error {
	send := func(look slackLook) error {
		p := &post{next: s.transport, slack: true}
		client := p.client()
		err := slack.PostWebhookCustomHTTPContext(ctx, s.address.Reveal(), client, look.message(m)) //nolint:forbidigo // the one that takes our client
		judged := p.outcome(err)
		if code := strings.TrimSpace(string(p.body)); judged != nil && code == "invalid_blocks" { // a webhook says it as plain text
			judged = slackRefused(code, "")
		}
		return hide(judged, *s.address)
	}
	return inWords(m, slackLook{}, send)
}

// slackLook is how a message is rendered for Slack.
type slackLook struct {
	buttons bool // somebody listens to them
	words   bool // tables and charts are written out: not every workspace has them
}

// inWords sends, and sends again with figures written out where Slack does not take the blocks.
func inWords(m Message, look slackLook, send func(slackLook) error) error {
	err := send(look)
	if slackCode(err) == "invalid_blocks" && len(m.Tables)+len(m.Charts) > 0 && !look.words {
		look.words = true
		return send(look)
	}
	return err
}

// SlackMessage renders a message for Slack, without buttons.
func SlackMessage(m Message) *slack.WebhookMessage { return slackLook{}.message(m) }

// message renders a message for Slack. Foreign text stands only in plain_text and rich_text elements and in cells, where
// nothing is read as markup, and escaped in the fallback text, which notifications and screen readers use. What has no room is
// counted: alerts first, then the lines of one alone, its first line never.
func (l slackLook) message(m Message) *slack.WebhookMessage {
	off := false
	shown := min(len(m.Items), slackItems)
	below := l.below(m)
	for {
		w := &slack.WebhookMessage{Text: fallback(m), Parse: "none", UnfurlLinks: &off, UnfurlMedia: &off,
			Blocks: &slack.Blocks{BlockSet: slackBlocks(m, shown, below)}}
		switch {
		case written(w) <= slackMessage:
			return w
		case shown > 1:
			shown--
		case shown == 1 && len(m.Items[0].Lines) > 1:
			m.Items = slices.Clone(m.Items)
			m.Items[0].Lines = m.Items[0].Lines[:len(m.Items[0].Lines)-1]
		case len(below) > 0:
			below = below[1:] // figures first, the buttons last
		default:
			return w
		}
	}
}

// fallback is a whole sentence: the first item's first line, with the repeat note where it belongs.
func fallback(m Message) string {
	line := m.Title.mrkdwn()
	if len(m.Items) > 0 && len(m.Items[0].Lines) > 0 {
		line = m.Items[0].Lines[0].mrkdwn()
	}
	if n := len(m.Items) - 1; n > 0 {
		line += fmt.Sprintf(" And %d more.", n)
	}
	return strings.Join(append(m.notes(), line), " ")
}

func slackBlocks(m Message, shown int, below []slack.Block) []slack.Block {
	header := slack.NewTextBlockObject(slack.PlainTextType, audit.Cut(m.Title.Plain(), slackHeader), false, false)
	blocks := []slack.Block{slack.NewHeaderBlock(header)}
	for _, words := range m.notes() {
		blocks = append(blocks, note(words))
	}
	for _, item := range m.Items[:shown] {
		blocks = append(blocks, richText(item))
	}
	if left := len(m.Items) - shown; left > 0 {
		blocks = append(blocks, more(left, m.More))
	}
	return append(blocks[:min(len(blocks), slackMaxBlocks-len(below))], below...)
}

// below is what stands under the words: figures, and the buttons.
func (l slackLook) below(m Message) []slack.Block {
	blocks := l.figures(m)
	if row := SlackButtons(m); l.buttons && row != nil {
		blocks = append(blocks[:min(len(blocks), slackMaxBlocks/2)], row)
	}
	return blocks
}

// note is a line of our own constant words.
func note(words string) slack.Block {
	return slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, words, false, true))
}

func more(n int, dashboard audit.Untrusted) slack.Block {
	line := []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(fmt.Sprintf("And %d more.", n), nil)}
	if u := dashboard.Link(); u != "" {
		line = append(line, slack.NewRichTextSectionTextElement(" ", nil), slack.NewRichTextSectionLinkElement(u, "see all", nil))
	}
	return slack.NewRichTextBlock("", slack.NewRichTextSection(line...))
}

func richText(item Item) slack.Block {
	var line []slack.RichTextSectionElement
	for i, words := range item.Lines {
		if i > 0 {
			line = append(line, slack.NewRichTextSectionTextElement("\n", nil))
		}
		for _, p := range words {
			line = append(line, element(p))
		}
	}
	elements := []slack.RichTextElement{slack.NewRichTextSection(line...)}
	if quote := item.Quote.Plain(maxQuote); quote != "" {
		elements = append(elements, &slack.RichTextQuote{Type: slack.RTEQuote,
			Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(quote, nil)}})
	}
	return slack.NewRichTextBlock("", elements...)
}

func element(p Piece) slack.RichTextSectionElement {
	if u := p.URL.Link(); u != "" {
		return slack.NewRichTextSectionLinkElement(u, p.Ours, nil)
	}
	text := p.Ours + p.Foreign.Plain(p.Limit)
	if text == "" {
		text = "(no name)" // Slack refuses an empty element
	}
	return slack.NewRichTextSectionTextElement(text, nil)
}
