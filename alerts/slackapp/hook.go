package slackapp

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/slack-go/slack"
)

// Path is where Slack sends its requests in HTTP mode.
const Path = "/hooks/slack"

const hookBytes = 1 << 20

// ServeHTTP takes a request of Slack in HTTP mode: 200 for what was written down and for what need not come again, 403 for
// what Slack did not sign or another workspace asks, 400 for another shape, 503 where it could not be written down.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, hookBytes))
	if err != nil {
		a.refuse(w, r, "shape", http.StatusBadRequest)
		return
	}
	if err := a.signed(r.Header, body); err != nil {
		why := "signature"
		if errors.Is(err, slack.ErrExpiredTimestamp) {
			why = "old"
		}
		a.refuse(w, r, why, http.StatusForbidden)
		return
	}
	if challenge := challengeOf(body); challenge != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, challenge) // letters and digits
		return
	}
	a.takeHTTP(w, r, body)
}

func (a *App) takeHTTP(w http.ResponseWriter, r *http.Request, body []byte) {
	read := readForm
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		read = readEvent
	}
	q, err := read(body)
	if err == nil {
		err = a.take(r.Context(), q)
	} else if !errors.Is(err, errNothing) {
		a.refuse(w, r, "shape", http.StatusBadRequest)
		return
	}
	switch {
	case err == nil, errors.Is(err, errNothing):
		w.WriteHeader(http.StatusOK)
	case errors.Is(err, errReplayed):
		a.refuse(w, r, err.Error(), http.StatusOK)
	case errors.Is(err, errForeign):
		a.refuse(w, r, err.Error(), http.StatusForbidden)
	default:
		a.o.Log.Error("what was asked in Slack could not be written down; it will come again", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// signed checks Slack's signature over the body as it came, and that its time is within five minutes of ours.
func (a *App) signed(h http.Header, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, a.o.Signing.Reveal())
	if err != nil {
		return err
	}
	if _, err := v.Write(body); err != nil {
		return err
	}
	return v.Ensure()
}

// challengeOf gives the word that Slack has repeated when the address is set up, "" where it asks for none.
func challengeOf(body []byte) string {
	var c struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(body, &c) != nil || c.Type != "url_verification" || len(c.Challenge) > longestID {
		return ""
	}
	if strings.Trim(c.Challenge, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") != "" {
		return ""
	}
	return c.Challenge
}

func (a *App) refuse(w http.ResponseWriter, r *http.Request, why string, status int) {
	a.refused(r.Context(), why)
	w.WriteHeader(status)
}

// HTTP reports whether Slack calls this app; else the app keeps a connection of its own.
func (a *App) HTTP() bool { return a.o.Signing != "" }
