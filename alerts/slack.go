package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/slack-go/slack"

	"doorknock/audit"
)

// Slack's limits that a message of ours meets, in characters. The documented ones are larger; messages were
// refused at about 13,200 characters in all.
const (
	slackHeader  = 150
	slackMessage = 10000
	slackItems   = 10
)

// slackHook is a Slack incoming webhook: the plain mode. It gives no message id back, so nothing it sent can be
// edited or threaded.
type slackHook struct {
	address   *audit.Secret // a pointer: fmt prints a field that is not exported without asking its String
	transport http.RoundTripper
}

func (c SlackConfig) secret() secretOf {
	return secretOf{key: "webhook_url", value: c.WebhookURL, file: c.WebhookURLFile}
}

func validateSlack(c ReceiverConfig, key string) error {
	return c.Slack.secret().validate(key, true, checkHook)
}

func newSlack(c ReceiverConfig, o Options) (Receiver, error) {
	address, err := c.Slack.secret().read(o.Getenv, checkHook)
	if err != nil {
		return nil, err
	}
	return &slackHook{address: &address, transport: outside(o.Guard)}, nil
}

// Send posts the message once. slack-go reports only a status; what went over the wire is seen by post.
func (s *slackHook) Send(ctx context.Context, m Message) error {
	p := &post{next: s.transport}
	client := p.client()
	err := slack.PostWebhookCustomHTTPContext(ctx, s.address.Reveal(), client, slackWebhook(m)) //nolint:forbidigo // the one that takes our client
	return hide(p.outcome(err), *s.address)
}

// slackWebhook renders a message for Slack. Foreign text stands only in plain_text and rich_text elements, where
// nothing is read as markup, and escaped in the fallback text, which notifications and screen readers use.
func slackWebhook(m Message) *slack.WebhookMessage {
	off := false
	shown := min(len(m.Items), slackItems)
	for {
		w := &slack.WebhookMessage{Text: fallback(m), Parse: "none", UnfurlLinks: &off, UnfurlMedia: &off,
			Blocks: &slack.Blocks{BlockSet: slackBlocks(m, shown)}}
		data, err := json.Marshal(w)
		if shown <= 1 || (err == nil && len(data) <= slackMessage) {
			return w
		}
		shown--
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

func slackBlocks(m Message, shown int) []slack.Block {
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

// SlackMessage renders a message of ours for Slack, as an answer to somebody who asked.
func SlackMessage(m Message) *slack.WebhookMessage { return slackWebhook(m) }
