package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"doorknock/audit"
	"doorknock/crawler/platform"
	"doorknock/pipeline"
)

// hookPath is where Facebook sends its messages: the one path of the pages that takes what is not a reader's.
const hookPath = "/hooks/facebook"

// withHooks puts the places for what Facebook and Slack send before the pages, where the settings name the apps' secrets.
func (in *installation) withHooks(pages http.Handler) (http.Handler, error) {
	pages = in.withSlack(pages)
	file := in.cfg.Platforms[string(audit.Facebook)].HookFile
	if file == "" {
		return pages, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read platforms.facebook.hook_file: %w", err)
	}
	secret, verify, two := strings.Cut(strings.TrimSpace(string(text)), "\n")
	secret, verify = strings.TrimSpace(secret), strings.TrimSpace(verify)
	if !two || len(secret) < 16 || len(verify) < 8 || strings.ContainsAny(secret+verify, " \t\n") {
		return nil, errUsage(fmt.Errorf("platforms.facebook.hook_file %s: want two lines, the app's secret (16 characters or more) and a word of your own (8 or more)", file))
	}
	hook := &pipeline.Hook{DB: in.db, Secret: audit.Secret(secret), Verify: audit.Secret(verify), Read: in.readHook, Log: in.log}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == hookPath {
			hook.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	}), nil
}

// readHook takes a message of Facebook apart by channels.
func (in *installation) readHook(ctx context.Context, body []byte) ([]pipeline.HookTold, error) {
	var lookup error
	channels := map[string]audit.Channel{}
	told, err := platform.ReadHook(body, in.keys, func(page string) (audit.Channel, bool) {
		c, known, err := in.db.PageChannel(ctx, page)
		lookup = errors.Join(lookup, err)
		if known {
			channels[page] = c
		}
		return c, known
	})
	if err = errors.Join(err, lookup); err != nil {
		return nil, err
	}
	all := make([]pipeline.HookTold, 0, len(told))
	for _, t := range told {
		all = append(all, pipeline.HookTold{At: t.At, Outcomes: t.Outcomes, Visit: audit.Visit{Channel: channels[t.Page], Comments: t.Comments, Posts: t.Posts}})
	}
	return all, nil
}
