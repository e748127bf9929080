package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"

	"doorknock/audit"
)

// CiviConfig is a CiviCRM (API version 4): each message becomes one activity.
type CiviConfig struct {
	// URL is the site's address before /civicrm/ajax/api4, such as https://crm.example.org.
	URL        string       `yaml:"url"`
	APIKey     audit.Secret `yaml:"api_key"` // of a user that may add activities; ${NAME}: read from the environment
	APIKeyFile string       `yaml:"api_key_file"`
	// Activity is the name of the activity type (default "Inbound Email").
	Activity string `yaml:"activity"`
}

func (c CiviConfig) key() secretOf { return secretOf{"api_key", c.APIKey, c.APIKeyFile} }

func validateCivi(c ReceiverConfig, key string) error {
	var errs []error
	if err := checkHook(c.CiviCRM.URL); err != nil {
		errs = append(errs, fmt.Errorf("%s.url: %w", key, err))
	}
	return errors.Join(append(errs, c.CiviCRM.key().validate(key, true, oneLine))...)
}

// civi adds activities. It asks first whether the activity of this message is there already: so a repeat adds none.
type civi struct {
	base      string
	key       *audit.Secret
	transport http.RoundTripper
	activity  string
}

func newCivi(c ReceiverConfig, o Options) (Receiver, error) {
	key, err := c.CiviCRM.key().read(o.Getenv, oneLine)
	if err != nil {
		return nil, err
	}
	activity := c.CiviCRM.Activity
	if activity == "" {
		activity = "Inbound Email"
	}
	return &civi{strings.TrimSuffix(c.CiviCRM.URL, "/"), &key, outside(o.Guard), activity}, nil
}

// Send adds the activity unless it is there.
func (c *civi) Send(ctx context.Context, m Message) error {
	mark := "doorknock:" + m.ID
	there, err := c.call(ctx, "Activity/get", map[string]any{
		"select": []string{"id"}, "where": [][]any{{"location", "=", mark}}, "limit": 1})
	if err != nil {
		return surely(err)
	}
	if there > 0 {
		return nil
	}
	_, err = c.call(ctx, "Activity/create", map[string]any{"values": map[string]any{
		"activity_type_id:name": c.activity, "source_contact_id": "user_contact_id", "status_id:name": "Scheduled",
		"subject":  audit.Cut(m.Title.Plain(), maxName),
		"details":  "<p>" + strings.ReplaceAll(html.EscapeString(m.text(mailText)), "\n", "<br>") + "</p>",
		"location": mark, "priority_id:name": civiPriority(m.urgency()),
	}})
	return err
}

// surely is the class of a failed question: whatever became of it, nothing was added.
func surely(err error) error {
	if errors.Is(err, ErrUncertain) {
		return errors.New(err.Error())
	}
	return err
}

func civiPriority(urgency string) string {
	if urgency == "urgent" || urgency == "high" {
		return "Urgent"
	}
	return "Normal"
}

// call asks one action of API 4 and gives the number of rows that came back.
func (c *civi) call(ctx context.Context, action string, params map[string]any) (rows int, err error) {
	data, err := json.Marshal(params)
	if err != nil {
		return 0, fmt.Errorf("%w: write %s: %w", ErrPermanent, action, err)
	}
	address := audit.Secret(c.base + "/civicrm/ajax/api4/" + action)
	e := endpoint{&address, c.transport}
	answer, err := e.send(ctx, http.Header{"Content-Type": {"application/x-www-form-urlencoded"},
		"X-Requested-With": {"XMLHttpRequest"}, "X-Civi-Auth": {"Bearer " + c.key.Reveal()}}, []byte(url.Values{"params": {string(data)}}.Encode()))
	if err != nil {
		return 0, hide(fmt.Errorf("CiviCRM %s: %w", action, err), *c.key)
	}
	said := struct {
		Values       []json.RawMessage `json:"values"`
		ErrorMessage string            `json:"error_message"`
	}{}
	if err := json.Unmarshal(answer, &said); err != nil {
		return 0, fmt.Errorf("%w: CiviCRM %s: the answer is no JSON: %w", ErrUncertain, action, err)
	}
	if said.ErrorMessage != "" {
		return 0, fmt.Errorf("%w: CiviCRM %s: %s", ErrPermanent, action, audit.Untrusted(said.ErrorMessage).Plain(maxName))
	}
	return len(said.Values), nil
}
