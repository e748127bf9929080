package alerts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	"doorknock/audit"
	"doorknock/store"
)

// slackBot writes to one Slack channel by a bot token. Unlike a webhook it is told where its message stands, so that later
// ones go into its thread, and it can be edited, marked and taken away.
type slackBot struct {
	token     *audit.Secret // a pointer: fmt prints a field that is not exported without asking its String
	api       string
	channel   string // as the settings name it
	buttons   bool   // somebody listens to them
	transport http.RoundTripper
	log       *slog.Logger
	unmarked  *sync.Once // that reactions are not allowed is said once
}

func newSlackBot(c SlackConfig, o Options) (*slackBot, error) {
	token, err := c.token().read(o.Getenv, checkToken)
	if err != nil {
		return nil, err
	}
	api := c.APIURL
	if api == "" {
		api = slack.APIURL
	}
	return &slackBot{token: &token, api: strings.TrimSuffix(api, "/") + "/", channel: c.Channel, buttons: o.Config.listens(c), transport: outside(o.Guard), log: o.Log,
		unmarked: &sync.Once{}}, nil
}

// Send posts the message once, by itself.
func (s *slackBot) Send(ctx context.Context, m Message) error {
	_, _, err := s.post(ctx, m, "")
	return err
}

// post posts the message once, into the thread of the message named under unless that is "", and says where it stands and
// whether it stands in that thread: Slack puts an answer to a message that was taken away into the channel itself.
func (s *slackBot) post(ctx context.Context, m Message, under string) (at store.Posting, threaded bool, err error) {
	var stands slack.Message
	err = inWords(m, slackLook{buttons: s.buttons}, func(look slackLook) error {
		options := append(content(look.message(m)), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
		if under != "" {
			options = append(options, slack.MsgOptionTS(under))
		}
		if under != "" && m.loud() {
			options = append(options, slack.MsgOptionBroadcast())
		}
		return s.call(func(api *slack.Client) (err error) {
			at.Channel, at.Stamp, stands, err = api.PostMessageWithResponseContext(ctx, s.channel, options...)
			return err
		})
	})
	if err != nil {
		return store.Posting{}, false, err
	}
	return at, under != "" && stands.ThreadTimestamp == under, nil
}

// content is what a message says: text, blocks, and that neither is looked through for names and links.
func content(w *slack.WebhookMessage) []slack.MsgOption {
	return []slack.MsgOption{slack.MsgOptionText(w.Text, false), slack.MsgOptionBlocks(w.Blocks.BlockSet...), slack.MsgOptionParse(false),
		slack.MsgOptionLinkNames(false)}
}

// edit makes a message that stands say m. The same edit again changes nothing. settled also marks it with a tick.
func (s *slackBot) edit(ctx context.Context, at store.Posting, m Message, settled bool) error {
	err := inWords(m, slackLook{buttons: s.buttons}, func(look slackLook) error {
		return s.call(func(api *slack.Client) error {
			_, _, _, err := api.UpdateMessageContext(ctx, at.Channel, at.Stamp, content(look.message(m))...)
			return err
		})
	})
	if err != nil || !settled {
		return err
	}
	return s.tick(ctx, at)
}

// tick marks a message as done. One that is marked already is; where the app may not, the words of the message say it alone.
func (s *slackBot) tick(ctx context.Context, at store.Posting) error {
	err := s.call(func(api *slack.Client) error {
		return api.AddReactionContext(ctx, "white_check_mark", slack.NewRefToMessage(at.Channel, at.Stamp))
	})
	switch {
	case slackCode(err) == "already_reacted":
		return nil
	case errors.Is(err, ErrPermanent):
		s.unmarked.Do(func() {
			s.log.Warn("alerts: Slack takes no tick on what was answered; the message says it in words", slog.String("error", err.Error()))
		})
		return nil
	}
	return err
}

// remove takes a message away. One that is gone already is.
func (s *slackBot) remove(ctx context.Context, at store.Posting) error {
	err := s.call(func(api *slack.Client) error {
		_, _, err := api.DeleteMessageContext(ctx, at.Channel, at.Stamp)
		return err
	})
	if slackCode(err) == "message_not_found" {
		return nil
	}
	return err
}

// call makes one request and judges the outcome by the classes of Receiver. slack-go reports words alone; what went over the
// wire is seen by post. It never tries again by itself: that is for the delivery to decide.
func (s *slackBot) call(do func(*slack.Client) error) error {
	p := &post{next: s.transport, slack: true}
	err := do(slack.New(s.token.Reveal(), slack.OptionHTTPClient(p.client()), slack.OptionAPIURL(s.api)))
	judged := p.outcome(err)
	if judged == nil && !p.saysOK() {
		judged = fmt.Errorf("something answered in place of Slack: %s", p.words())
	}
	return hide(judged, *s.token)
}

// saysOK reports whether the answer is Slack's yes.
func (p *post) saysOK() bool {
	answer := struct {
		OK bool `json:"ok"`
	}{}
	return json.Unmarshal(p.body, &answer) == nil && answer.OK
}

// loud reports whether an answer in a thread is shown in the channel too.
func (m Message) loud() bool { return m.Reminder || m.Escalate || m.urgency() == "urgent" }
