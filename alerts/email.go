package alerts

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"

	"doorknock/audit"
)

// EmailConfig is a list of mail addresses. The server that takes the mail is the settings' part `mail:`.
type EmailConfig struct {
	To []string `yaml:"to"`
}

func validateEmail(c ReceiverConfig, key string) error {
	if len(c.Email.To) == 0 {
		return fmt.Errorf("%s.to: missing: want a list of mail addresses", key)
	}
	var errs []error
	for i, to := range c.Email.To {
		if _, err := readAddress(to); err != nil {
			errs = append(errs, fmt.Errorf("%s.to[%d]: %w", key, i, err))
		}
	}
	return errors.Join(errs...)
}

// email sends each message as one mail to every address.
type email struct {
	to     []string
	mailer *Mailer
	log    *slog.Logger
}

func newEmail(c ReceiverConfig, o Options) (Receiver, error) {
	mailer, err := NewMailer(o.Mail, o.Getenv)
	if err != nil {
		return nil, err
	}
	return &email{c.Email.To, mailer, o.Log}, nil
}

// mailText is how many characters of alerts one mail holds; more are counted.
const mailText = 50_000

// Send hands the mail to the server once. An address that the server refuses keeps none from the others.
func (e *email) Send(ctx context.Context, m Message) error {
	page, err := mailPage(m)
	if err != nil {
		return fmt.Errorf("%w: write the mail: %w", ErrPermanent, err)
	}
	subject := m.Title.Plain()
	if m.Repeat {
		subject = "(repeat) " + subject
	}
	refused, err := e.mailer.Send(ctx, Mail{ID: m.ID, Subject: subject, Text: m.text(mailText) + "\n", HTML: page}, e.to...)
	if err == nil && len(refused) > 0 {
		e.log.Warn("alert by mail: the server refused some addresses, the others have it", slog.Int("refused", len(refused)))
	}
	return err
}

// mailItems is how many alerts the HTML part shows, so that it stays under 100 KB.
const mailItems = 60

func mailPage(m Message) (string, error) {
	shown := min(len(m.Items), mailItems)
	var b strings.Builder
	err := mailTemplate.Execute(&b, map[string]any{"Title": m.Title.Plain(), "Notes": m.notes(), "Items": m.Items[:shown],
		"Left": len(m.Items) - shown, "More": m.More.Link()})
	return b.String(), err
}

// mailTemplate needs nothing from anywhere: no pictures, no script, no style sheet. Colours are left to the reader's
// programme, which so keeps them readable in the dark.
var mailTemplate = template.Must(template.New("mail").Funcs(template.FuncMap{
	"plain": func(p Piece) string { return p.Ours + p.Foreign.Plain(p.Limit) },
	"link":  func(u audit.Untrusted) string { return u.Link() },
	"quote": func(u audit.Untrusted) string { return u.Plain(maxQuote) },
}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>{{.Title}}</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em;margin:0 auto;padding:1em;overflow-wrap:anywhere">
<h1 style="font-size:20px">{{.Title}}</h1>
{{range .Notes}}<p>{{.}}</p>
{{end}}{{range .Items}}<div style="margin:0 0 1.5em">{{range .Lines}}<p style="margin:0 0 .25em">{{range .}}{{$u := link .URL}}{{if $u}}<a href="{{$u}}">{{plain .}}</a>{{else}}{{plain .}}{{end}}{{end}}</p>
{{end}}{{with quote .Quote}}<blockquote style="margin:.5em 0;padding-left:1em;border-left:4px solid gray">{{.}}</blockquote>
{{end}}</div>
{{end}}{{if .Left}}<p>And {{.Left}} more.{{with .More}} <a href="{{.}}">See all</a>{{end}}</p>
{{end}}</body></html>
`))
