package alerts

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
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

// What keeps others back does not keep this back: not the night, not a silence over its organisation, not an answer before it was
// told. A silence that names the kind does. When the organisation's public answer is seen, the one person is told, without words; that
// there is none is told to nobody else.
func TestAPersonInDangerIsToldAtNightAndWhenAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Now())
		yes := true
		c := quiet() // midnight: muted
		c.Complaints, c.UnansweredAfter = ComplaintsUnanswered, time.Hour
		c.Receivers = append(c.Receivers, ReceiverConfig{Name: "lead", Private: true, Quote: true, SendResolved: &yes, Ntfy: &NtfyConfig{URL: "https://ntfy.test/lead", Token: "tk"}})
		c.Route.Routes = []RouteConfig{{Receiver: "lead", Matchers: []string{"kind = private"}, GroupWait: seconds(60), MuteTimeIntervals: []string{"nights"}, RepeatInterval: seconds(24 * 3600)}}
		a, desks := officeOf(t, f, c)
		silenced := func(lasts time.Duration, matchers ...string) {
			s, err := NewSilence(matchers, "sam", "trial", time.Now(), lasts)
			if err == nil {
				_, err = f.db.AddSilence(t.Context(), s, time.Now())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		a.idle = 10 * time.Minute
		var first, second audit.Event
		danger := func() audit.Event {
			f.now = time.Now()
			e := f.comment(said{visit: f.visit("elm", false), channel: "elm", complaint: true, urgency: "normal", text: "canary words", at: time.Now(),
				hazards: `[{"id":"self_harm","kind":"private","text":"canary","affirmed":true,"context":"affirmed"}]`})
			handle(t, a, e)
			return e
		}
		running(t, a, time.Hour, func() {
			silenced(time.Hour, "organisation = elm")
			first = danger()
			time.Sleep(5 * time.Minute)
			second = danger()
			time.Sleep(10 * time.Second)
			handle(t, a, f.answer(said{channel: "elm", parent: second.Ref}))
			time.Sleep(2 * time.Hour)
			silenced(time.Hour, "kind = private")
			danger()
			time.Sleep(26 * time.Hour)
			f.exec(`UPDATE channel SET last_visit_at = ? WHERE id = 'elm'`, stamp(time.Now()))
			time.Sleep(time.Hour)
			handle(t, a, f.answer(said{channel: "elm", parent: first.Ref}))
		})
		type told struct {
			at       time.Duration
			reminder bool
			resolved bool
		}
		var got []told
		for _, m := range desks["lead"].taken() {
			got = append(got, told{m.At.Truncate(time.Hour), m.Reminder, m.Resolved})
		}
		want := []told{{}, {}, {24 * time.Hour, true, false}, {29 * time.Hour, false, true}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
			t.Error(diff)
		}
		for _, m := range desks["desk"].taken() {
			if !strings.HasPrefix(m.Title, "doorknock: ") { // its silences
				t.Errorf("the team was told %q", m.Title)
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
