package alerts

import (
	"bytes"
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
