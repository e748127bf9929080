package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"doorknock/alerts/slackapp"
	"doorknock/audit"
	"doorknock/web"
)

// slackApps makes the apps that listen to Slack: one for each receiver that says how.
func (in *installation) slackApps(ctx context.Context, base string) ([]*slackapp.App, error) {
	var apps []*slackapp.App
	dress, err := web.NewDress()
	if err != nil {
		return nil, err
	}
	for i, r := range in.cfg.Alerts.Receivers {
		if r.Slack == nil || r.Slack.App == nil {
			continue
		}
		s, err := r.Slack.Secrets(os.Getenv)
		if err != nil {
			return nil, errUsage(fmt.Errorf("alerts.receivers[%d].%w", i, err))
		}
		o := in.alertOptions(base)
		app, err := slackapp.New(ctx, slackapp.Options{
			Receiver: r.Name, Bot: s.Bot, App: s.App, Signing: s.Signing, API: slackAPI(r.Slack.APIURL), Guard: o.Guard, Store: in.db, Wording: o.Wording,
			Reason: func(r audit.Reason) string { return dress.Say("reason." + string(r)) }, Log: in.log,
		})
		if err != nil {
			return nil, errUsage(fmt.Errorf("alerts.receivers[%d].%w", i, err))
		}
		apps = append(apps, app)
	}
	return apps, nil
}

// slackAPI is an address as slack-go wants it: with a slash at its end, "" for Slack's own.
func slackAPI(set string) string {
	if set == "" {
		return ""
	}
	return strings.TrimSuffix(set, "/") + "/"
}

// withSlack puts the place where Slack calls before the pages, where an app listens over HTTP. Of several apps one can.
func (in *installation) withSlack(pages http.Handler) http.Handler {
	for _, app := range in.apps {
		if !app.HTTP() {
			continue
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == slackapp.Path {
				app.ServeHTTP(w, r)
				return
			}
			pages.ServeHTTP(w, r)
		})
	}
	return pages
}
