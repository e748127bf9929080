package alerts

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// The address is asked while all is well, and not when something is wrong: each row is one thing.
func TestHeartbeat(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	for name, tt := range map[string]struct {
		wrong  func(f *fixture)
		ill    error
		answer int
		pings  int
		why    string
	}{
		"all is well":                    {pings: 1},
		"all is well, with work in hand": {pings: 1, wrong: func(f *fixture) { f.event(audit.EventComments, "elm", "", "v") }},
		"the disk is full":               {ill: errors.New("1 MB left on the disk"), why: "1 MB left"},
		"an event waits":                 {why: "events wait", wrong: func(f *fixture) { f.now = now.Add(-time.Hour); f.event(audit.EventComments, "elm", "", "v") }},
		"a message waits": {why: "messages wait", wrong: func(f *fixture) {
			f.exec(`INSERT INTO alert_group (id, route, receiver, interval_ms, repeat_ms, recorded_at) VALUES ('g','r','desk',0,0,?)`, stamp(now))
			f.exec(`INSERT INTO delivery (id, alert_group, receiver, alerts, state, reminder, doubted, attempts, next_at, last_error, recorded_at)
				VALUES ('d','g','desk','[]','queued',0,0,9,?1,'',?2)`, stamp(now.Add(time.Minute)), stamp(now.Add(-2*time.Hour)))
		}},
		"nothing is looked at": {why: "channels are due", wrong: func(f *fixture) { f.exec(`UPDATE channel SET due_at = ?`, stamp(now.Add(-2*time.Hour))) }},
		"channels are due, and looked at": {pings: 1, wrong: func(f *fixture) {
			f.exec(`UPDATE channel SET due_at = ?`, stamp(now.Add(-2*time.Hour)))
			f.visit("elm", false)
		}},
		"a group is late": {why: "groups of alerts", wrong: func(f *fixture) {
			f.exec(`INSERT INTO alert_group (id, route, receiver, flush_at, interval_ms, repeat_ms, recorded_at) VALUES ('g','r','desk',?1,0,0,?1)`, stamp(now.Add(-time.Hour)))
		}},
		"the database takes no write":  {why: "closed", wrong: func(f *fixture) { f.close() }},
		"the address does not answer":  {answer: 500, pings: 1, why: "answered 500"},
		"the address is no longer one": {answer: 404, pings: 1, why: "answered 404"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, now)
			pings := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && r.URL.Path == "/"+canary {
					pings++
				}
				w.WriteHeader(max(tt.answer, 200))
			}))
			defer server.Close()
			var log bytes.Buffer
			c := Default()
			c.Heartbeat.URL = audit.Secret(server.URL + "/" + canary)
			a, err := New(Options{Store: f.db, Config: c, Ill: func() error { return tt.ill }, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if tt.wrong != nil {
				tt.wrong(f)
			}
			if next, err := a.beat(t.Context()); pings != 0 || err != nil || !next.Equal(now.Add(time.Minute)) {
				t.Fatalf("at the start: %d pings, next %v, %v", pings, next, err)
			}
			for range 2 { // what is wrong is told to the log once
				a.heartbeat.due = now
				if _, err := a.beat(t.Context()); err != nil && tt.why != "closed" {
					t.Fatal(err)
				}
			}
			if pings != 2*tt.pings || strings.Contains(log.String(), canary) {
				t.Errorf("%d pings, log %s", pings, log.String())
			}
			if tt.why == "closed" {
				f.open() // for its cleanup
				return
			}
			h, err := f.db.Heartbeat(t.Context())
			if err != nil || !strings.Contains(h.Why, tt.why) || (tt.why == "") != h.PingedAt.Equal(now) || strings.Count(log.String(), "no heartbeat") != min(len(tt.why), 1) {
				t.Errorf("%+v, %v, log %s", h, err, log.String())
			}
			if len(f.alerts()) != 0 {
				t.Error("an alert was raised")
			}
		})
	}
}
