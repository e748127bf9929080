package slackapp_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// From the alert to the press and back: the bot's message carries the buttons, what Slack sends back when one is pressed takes the alert
// on, and the same message then says by whom; a channel that subscribes hears of it and gets the next alert.
func TestThroughTheAlerter(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	board := &fakeslack.Server{}
	server := httptest.NewServer(board)
	t.Cleanup(server.Close)
	config := alerts.Config{Route: alerts.RouteConfig{Receiver: "team"}, Receivers: []alerts.ReceiverConfig{{Name: "team",
		Slack: &alerts.SlackConfig{BotToken: "xoxb-canary", Channel: "housing", APIURL: server.URL + "/api/", App: &alerts.SlackAppConfig{AppToken: "xapp-canary"}}}}}
	a, err := alerts.New(alerts.Options{Store: r.db, Config: config, Wording: alerts.Wording{Base: "http://127.0.0.1:8080"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	alert := store.Alert{ID: store.AlertID(store.AlertComplaint, "c1"), Kind: store.AlertComplaint, Ref: "c1", Organisation: "elm", Channel: "elm-web", Platform: "web", Urgency: "normal", ObservedAt: time.Now()}
	if _, err := r.db.RaiseAlert(ctx, "", &alert, []store.AlertTarget{{Group: "g", Route: "r", Receiver: "team"}}, nil, time.Now()); err != nil {
		t.Fatal(err)
	}
	go func() { done <- a.Run(ctx) }()
	go func() { done <- r.app.Run(ctx, a) }()
	stop := func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	defer stop()
	post := standing(t, board, func(p fakeslack.Post) bool { return p.Channel == "CHOUSING" })
	value := valueIn(t, post.Raw, alerts.SlackAck)
	r.wait("no connection", func(s fakeslack.Seen) bool { return s.Connected == 1 })
	wants(t, "press", r.asks("interactive", r.slack.Press(r.at, "p", string(alerts.SlackAck), value)), "You have taken on 1 alert.")
	post = standing(t, board, func(p fakeslack.Post) bool { return p.Edits > 0 })
	wants(t, "the message", post.Shown(), "Acknowledged by sam (Slack)")
	snoozed := r.asks("interactive", r.slack.Press(r.at, "s", string(alerts.SlackSnooze), r.value(alerts.SlackSnooze, alert.ID)))
	post = standing(t, board, func(p fakeslack.Post) bool { return strings.Contains(p.Shown(), "Silenced until") })
	wants(t, "the message", post.Shown(), "by sam (Slack): snoozed in Slack.", "Acknowledged by sam (Slack)")
	_, id, _ := strings.Cut(snoozed, "/doorknock silence end ")
	wants(t, "end", r.types("silence end "+strings.TrimSpace(id)), "The silence has ended.")
	a.Changed(ctx, nil)
	standing(t, board, func(p fakeslack.Post) bool { return p.Edits > 2 && !strings.Contains(p.Shown(), "Silenced until") })
	wants(t, "subscribe", r.types("subscribe elm"), "This channel gets the alerts about Elm Homes from now on")
	wants(t, "the channel", standing(t, board, func(p fakeslack.Post) bool { return p.Channel == "C1" }).Shown(), "because sam (Slack) asked for them")
}

// standing waits for a message.
func standing(t *testing.T, board *fakeslack.Server, is func(fakeslack.Post) bool) fakeslack.Post {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		for _, p := range board.Posts() {
			if is(p) {
				return p
			}
		}
	}
	t.Fatalf("no such message: %+v", board.Posts())
	return fakeslack.Post{}
}

// valueIn gives the value of a button as it stands under a message.
func valueIn(t *testing.T, raw json.RawMessage, action alerts.SlackAction) string {
	t.Helper()
	var m struct {
		Blocks []struct {
			Type     string `json:"type"`
			Elements []struct {
				ID    string `json:"action_id"`
				Value string `json:"value"`
			} `json:"elements"`
		} `json:"blocks"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	for _, b := range m.Blocks {
		for _, e := range b.Elements {
			if e.ID == string(action) {
				return e.Value
			}
		}
	}
	t.Fatalf("no button %s in %s", action, strings.TrimSpace(string(raw)))
	return ""
}
