package alerts

import (
	"context"
	"encoding/json"

	"doorknock/audit"
)

// TeamsConfig is a Microsoft Teams workflow that posts what its webhook is sent ("Post to a channel when a webhook
// request is received"). Its address is a secret.
type TeamsConfig struct {
	URL     audit.Secret `yaml:"url"` // https, or ${NAME}: read from the environment
	URLFile string       `yaml:"url_file"`
}

func (c TeamsConfig) address() secretOf { return secretOf{"url", c.URL, c.URLFile} }

func validateTeams(c ReceiverConfig, key string) error {
	return c.Teams.address().validate(key, true, checkHook)
}

// teams sends an Adaptive Card.
type teams struct{ endpoint }

func newTeams(c ReceiverConfig, o Options) (Receiver, error) {
	address, err := c.Teams.address().read(o.Getenv, checkHook)
	if err != nil {
		return nil, err
	}
	return &teams{endpoint{&address, outside(o.Guard)}}, nil
}

const (
	teamsMessage = 24 << 10 // bytes; Teams refuses cards of more than 28 KB
	teamsItems   = 20
)

// card is a part of an Adaptive Card. Foreign text stands only in TextRun, which is not read as Markdown; a TextBlock
// would be.
type card map[string]any

// Send posts the card once.
func (t *teams) Send(ctx context.Context, m Message) error {
	for shown := min(len(m.Items), teamsItems); ; shown-- {
		message := teamsCard(m, shown)
		data, err := json.Marshal(message)
		if shown <= 1 || (err == nil && len(data) <= teamsMessage) {
			_, err := t.sendJSON(ctx, nil, message)
			return err
		}
	}
}

func teamsCard(m Message, shown int) card {
	body := []card{paragraph(card{"type": "TextRun", "text": m.Title.Plain(), "weight": "Bolder", "size": "Medium"})}
	for _, note := range m.notes() {
		body = append(body, paragraph(run(note)))
	}
	for _, item := range m.Items[:shown] {
		for _, words := range item.Lines {
			body = append(body, paragraph(runs(words)...))
		}
		if quote := item.Quote.Plain(maxQuote); quote != "" {
			body = append(body, paragraph(card{"type": "TextRun", "text": "“" + quote + "”", "italic": true}))
		}
	}
	if left := len(m.Items) - shown; left > 0 {
		line := Words{ours(plural(left, "alert") + " more.")}
		body = append(body, paragraph(runs(append(line, link("see all", string(m.More))...))...))
	}
	return card{"type": "message", "attachments": []card{{
		"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil,
		"content": card{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
			"fallbackText": audit.Cut(m.Title.Plain(), maxName), "body": body},
	}}}
}

func paragraph(inlines ...card) card { return card{"type": "RichTextBlock", "inlines": inlines} }

func run(text string) card { return card{"type": "TextRun", "text": text} }

func runs(words Words) []card {
	var all []card
	for _, p := range words {
		part := run(p.Ours + p.Foreign.Plain(p.Limit))
		if u := p.URL.Link(); u != "" {
			part["selectAction"] = card{"type": "Action.OpenUrl", "url": u}
		}
		all = append(all, part)
	}
	return all
}
