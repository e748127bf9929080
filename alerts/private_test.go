package alerts

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Whatever the routes say, a comment that says a person may be in danger reaches no receiver: the log tells of it without words.
func TestAPersonInDangerReachesNoReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		a, d := office(t, f, RouteConfig{Routes: []RouteConfig{{Receiver: "desk", Matchers: []string{"urgency=urgent"}, Continue: true}}})
		var log bytes.Buffer
		a.log = slog.New(slog.NewTextHandler(&log, nil))
		running(t, a, time.Hour, func() {
			handle(t, a, f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, urgency: "urgent", text: "canary words",
				hazards: `[{"id":"self_harm","kind":"private","text":"canary","start":0,"end":6,"affirmed":true,"context":"affirmed"}]`}))
		})
		if got := d.taken(); len(got) != 0 {
			t.Errorf("told: %+v", got)
		}
		if got := log.String(); !strings.Contains(got, "a person may be in danger") || strings.Contains(got, "canary") || strings.Contains(got, "self_harm") {
			t.Errorf("the log says %q", got)
		}
		if got := f.alerts(); len(got) != 1 {
			t.Errorf("the operator's list has %v", got)
		}
		f.close()
	})
}

// What says that a person may be in danger goes to the one person that a route names for it, without words or which danger, one
// message each; the team that is told everything else, and a channel that subscribed, are told nothing.
func TestAPersonInDangerIsToldToOnePerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		c := Config{Complaints: ComplaintsEach, Receivers: []ReceiverConfig{{Name: "team", Log: &LogConfig{}}, {Name: "lead", Private: true, Quote: true, Ntfy: &NtfyConfig{URL: "https://ntfy.test/lead", Token: "tk"}}},
			Route: RouteConfig{Receiver: "team", GroupWait: seconds(10), GroupBy: []string{}, Routes: []RouteConfig{
				{Receiver: "team", Matchers: []string{"urgency = urgent"}, Continue: true}, {Receiver: "lead", Matchers: []string{"kind = private"}}}}}
		a, err := New(Options{Store: f.db, Config: c})
		if err != nil {
			t.Fatal(err)
		}
		team, lead := &desk{}, &letters{}
		a.receivers["team"].receiver, a.receivers["lead"].receiver = team, lead
		running(t, a, time.Minute, func() {
			for range 7 { // more than a crowd, which would be one message
				handle(t, a, f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, urgency: "normal", text: "canary words",
					hazards: `[{"id":"self_harm","kind":"private","text":"canary","affirmed":true,"context":"affirmed"},{"id":"gas","kind":"danger","affirmed":true}]`}))
			}
		})
		if got := team.taken(); len(got) != 0 {
			t.Errorf("the team was told: %+v", got)
		}
		if len(lead.texts) != 7 {
			t.Fatalf("one person was sent %q", lead.texts)
		}
		for _, text := range lead.texts {
			for _, never := range []string{"canary", "self", "gas", "Why:"} {
				if strings.Contains(strings.ReplaceAll(text, "itself", ""), never) {
					t.Errorf("%q says %q", text, never)
				}
			}
			if !strings.Contains(text, "a person may be in danger") || !strings.Contains(text, "https://elm.test/p#") {
				t.Errorf("it says %q", text)
			}
		}
		f.close()
	})
}

// letters keeps the words of what it is sent.
type letters struct{ texts []string }

func (l *letters) Send(_ context.Context, m Message) error {
	l.texts = append(l.texts, m.Title.Plain()+"\n"+m.text(5000))
	return nil
}
