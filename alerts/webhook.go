package alerts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"doorknock/audit"
)

// WebhookConfig is an address of your own that takes alerts as JSON (docs/webhook.schema.json), signed by the rules of
// standardwebhooks.com: headers webhook-id (the same for every attempt), webhook-timestamp and webhook-signature.
type WebhookConfig struct {
	URL        audit.Secret `yaml:"url"` // https, or ${NAME}: read from the environment
	URLFile    string       `yaml:"url_file"`
	Secret     audit.Secret `yaml:"secret"` // whsec_ and base64 of 24 to 64 bytes, or ${NAME}
	SecretFile string       `yaml:"secret_file"`
}

func (c WebhookConfig) address() secretOf { return secretOf{"url", c.URL, c.URLFile} }
func (c WebhookConfig) secret() secretOf  { return secretOf{"secret", c.Secret, c.SecretFile} }

func validateWebhook(c ReceiverConfig, key string) error {
	return errors.Join(c.Webhook.address().validate(key, true, checkHook), c.Webhook.secret().validate(key, true, checkSigning))
}

// checkSigning says what is wrong with a signing secret without repeating it.
func checkSigning(secret string) error {
	_, err := signingKey(secret)
	return err
}

func signingKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("is not whsec_ and 24 to 64 bytes in base64: make one by `echo whsec_$(openssl rand -base64 32)`")
	}
	return key, nil
}

// webhook sends signed JSON.
type webhook struct {
	endpoint
	key *audit.Secret // the raw bytes
	now func() time.Time
}

func newWebhook(c ReceiverConfig, o Options) (Receiver, error) {
	address, err := c.Webhook.address().read(o.Getenv, checkHook)
	if err != nil {
		return nil, err
	}
	secret, err := c.Webhook.secret().read(o.Getenv, checkSigning)
	if err != nil {
		return nil, err
	}
	raw, err := signingKey(secret.Reveal())
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	key := audit.Secret(raw)
	return &webhook{endpoint{&address, outside(o.Guard)}, &key, o.Now}, nil
}

// hookAlerts is how many alerts one webhook message holds; more are counted in `more`.
const hookAlerts = 500

// hookMessage is version 1 of the webhook's body. docs/webhook.schema.json describes it.
type hookMessage struct {
	V         int         `json:"v"`
	ID        string      `json:"id"` // of the message: the same for every attempt
	Repeat    bool        `json:"repeat"`
	Reminder  bool        `json:"reminder"`
	Resolved  bool        `json:"resolved"` // the organisation has answered all of these in public
	Title     string      `json:"title"`
	Alerts    []hookAlert `json:"alerts"`
	More      int         `json:"more"`
	Dashboard string      `json:"dashboard"`
}

type hookAlert struct {
	ID           string     `json:"id"` // the same in every message that tells it
	Kind         string     `json:"kind"`
	Organisation string     `json:"organisation"`
	Sector       string     `json:"sector"`
	Platform     string     `json:"platform"`
	Check        string     `json:"check"`
	Urgency      string     `json:"urgency"`
	ObservedAt   time.Time  `json:"observed_at"`
	Lines        []string   `json:"lines"`
	Links        []hookLink `json:"links"`
	Quote        string     `json:"quote"`
}

type hookLink struct {
	Words string `json:"words"`
	URL   string `json:"url"`
}

func hookBody(m Message) hookMessage {
	b := hookMessage{V: 1, ID: m.ID, Repeat: m.Repeat, Reminder: m.Reminder, Resolved: m.Resolved, Title: m.Title.Plain(), Alerts: []hookAlert{},
		More: max(len(m.Items)-hookAlerts, 0), Dashboard: m.More.Link()}
	for _, item := range m.Items[:min(len(m.Items), hookAlerts)] {
		b.Alerts = append(b.Alerts, hookItem(item))
	}
	return b
}

func hookItem(item Item) hookAlert {
	a := item.Alert
	h := hookAlert{ID: a.ID, Kind: string(a.Kind), Organisation: a.Organisation, Sector: a.Sector, Platform: string(a.Platform),
		Check: string(a.Check), Urgency: a.Urgency, ObservedAt: a.ObservedAt.UTC(), Lines: []string{}, Links: []hookLink{},
		Quote: item.Quote.Plain(maxQuote)}
	for _, words := range item.Lines {
		h.Lines = append(h.Lines, words.Plain())
		for _, p := range words {
			if u := p.URL.Link(); u != "" {
				h.Links = append(h.Links, hookLink{p.Ours, u})
			}
		}
	}
	return h
}

// Send posts the message once, signed.
func (w *webhook) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(hookBody(m))
	if err != nil {
		return fmt.Errorf("%w: write the message: %w", ErrPermanent, err)
	}
	at := strconv.FormatInt(w.now().Unix(), 10)
	_, err = w.send(ctx, http.Header{
		"Content-Type":      {"application/json; charset=utf-8"},
		"Webhook-Id":        {m.ID},
		"Webhook-Timestamp": {at},
		"Webhook-Signature": {"v1," + sign([]byte(w.key.Reveal()), m.ID, at, body)},
	}, body)
	return err
}

// sign makes the signature of Standard Webhooks: base64 of HMAC-SHA-256 over id, time and body with dots between.
func sign(key []byte, id, at string, body []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + at + "."))
	h.Write(body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
