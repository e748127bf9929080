package slackapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"

	"doorknock/audit"
)

// Limits of a connection of Socket Mode. Slack pings every few seconds; one that is silent for longer is dead.
const (
	socketSilence = time.Minute
	socketWrite   = 5 * time.Second
	socketMessage = 1 << 20 // bytes
	socketProved  = time.Minute
)

// listen keeps one connection to Slack until ctx ends or Slack will have no more of it. slack-go's own loop connects again at
// once, however soon a connection ends; this one waits longer each time until one has lasted.
func (a *App) listen(ctx context.Context) {
	for tries := 1; ctx.Err() == nil; tries++ {
		began := time.Now()
		err := a.connection(ctx)
		if ctx.Err() != nil {
			return
		}
		if word := refusal(err); word != "" {
			a.is(ctx, word)
			return
		}
		if time.Since(began) >= socketProved {
			tries = 1
		}
		a.o.Log.Debug("the connection to Slack ended; connecting again", "receiver", a.o.Receiver, "error", audit.HideSecrets(fmt.Sprint(err)))
		a.pause(ctx, tries)
	}
}

// envelope is one message of Socket Mode.
type envelope struct {
	Type    string          `json:"type"`
	ID      string          `json:"envelope_id"`
	Reason  string          `json:"reason"` // of disconnect
	Payload json.RawMessage `json:"payload"`
}

// errLeave says that Slack asks to connect anew, as it does every few hours.
var errLeave = errors.New("asked to connect anew")

// connection opens one connection and takes what comes until it ends.
func (a *App) connection(ctx context.Context) error {
	_, address, err := a.api.StartSocketModeContext(ctx)
	if err != nil {
		return fmt.Errorf("ask Slack for a connection: %w", err)
	}
	plain := &net.Dialer{Timeout: 5 * time.Second, Control: a.o.Guard}
	dialer := websocket.Dialer{NetDialContext: plain.DialContext, HandshakeTimeout: 10 * time.Second}
	conn, answer, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		return fmt.Errorf("connect to Slack: %w", err)
	}
	_ = answer.Body.Close()
	defer conn.Close() //nolint:errcheck // it is over
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	conn.SetReadLimit(socketMessage)
	alive := func() error { return conn.SetReadDeadline(time.Now().Add(socketSilence)) }
	conn.SetPingHandler(func(data string) error {
		if err := conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(socketWrite)); err != nil {
			return err
		}
		return alive()
	})
	for {
		if err := alive(); err != nil {
			return err
		}
		_, message, err := conn.ReadMessage()
		if err != nil {
			return fmt.Errorf("read from Slack: %w", err)
		}
		if err := a.envelope(ctx, conn, message); err != nil {
			return err
		}
	}
}

// envelope takes one message and acknowledges it. One that could not be written down is not acknowledged: Slack sends it again.
func (a *App) envelope(ctx context.Context, conn *websocket.Conn, message []byte) error {
	var e envelope
	if err := json.Unmarshal(message, &e); err != nil {
		a.refused(ctx, "shape")
		return nil
	}
	switch e.Type {
	case "hello":
		a.o.Log.Info("listening to Slack", "receiver", a.o.Receiver)
		return nil
	case "disconnect":
		if e.Reason == "link_disabled" { // Socket Mode was switched off in the app's settings
			return slack.SlackErrorResponse{Err: e.Reason}
		}
		return errLeave
	}
	if e.ID == "" {
		a.refused(ctx, "shape")
		return nil
	}
	if !a.takeEnvelope(ctx, e) {
		return nil
	}
	if err := conn.SetWriteDeadline(time.Now().Add(socketWrite)); err != nil {
		return err
	}
	return conn.WriteJSON(map[string]string{"envelope_id": e.ID})
}

// takeEnvelope reports whether the message is to be acknowledged: whatever is written down, and whatever would be no better
// the second time.
func (a *App) takeEnvelope(ctx context.Context, e envelope) bool {
	q, err := readEnvelope(e.Type, e.Payload)
	if errors.Is(err, errNothing) {
		return true
	}
	if err != nil {
		a.refused(ctx, "shape")
		return true
	}
	switch err := a.take(ctx, q); {
	case err == nil:
	case errors.Is(err, errForeign), errors.Is(err, errReplayed):
		a.refused(ctx, err.Error())
	default:
		a.o.Log.Error("what was asked in Slack could not be written down; it will come again", "error", err)
		return false
	}
	return true
}
