package slackapp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/store"
)

// What the app's Home shows of each; Slack takes 100 blocks, of which these are half.
const (
	homeAlerts   = 20
	homeSilences = 10
	homeChannels = 10
	homeSince    = 14 * 24 * time.Hour
)

// showHome draws the app's Home for somebody who opened it: how it is now. Opening it again draws it anew.
func (a *App) showHome(ctx context.Context, user string) error {
	blocks, err := a.homeBlocks(ctx)
	if err != nil {
		return err
	}
	_, err = a.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}}})
	if err != nil && ctx.Err() == nil { // nothing is lost: whoever opens it again sees it
		a.o.Log.Warn("the app's Home could not be drawn", "receiver", a.o.Receiver, "error", audit.HideSecrets(err.Error()))
	}
	return nil
}

func (a *App) homeBlocks(ctx context.Context) ([]slack.Block, error) {
	lines, err := a.statusLines(ctx)
	if err != nil {
		return nil, err
	}
	blocks := alerts.SlackSection("How doorknock is", said(lines...).Items)
	for _, part := range []func(context.Context) (string, []alerts.Item, error){a.openAlerts, a.silencesInForce, a.channelsThatGet} {
		title, items, err := part(ctx)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, alerts.SlackSection(title, items)...)
	}
	last := []alerts.Item{{Lines: []alerts.Words{alerts.Ours("As of " + a.clock(a.o.Now()) + ". Open this page again to see it anew. " + Command + " help says what I can do.")}}}
	if page := a.page("/"); page != "" {
		last[0].Lines = append(last[0].Lines, alerts.Words{{Ours: "The dashboard", URL: audit.Untrusted(page)}})
	}
	return append(blocks, alerts.SlackSection("More", last)...), nil
}

// openAlerts are those that want somebody: nobody has taken them on, and the organisation has not answered in public. Of somebody
// in danger none is among them: everybody in the workspace may open this page.
func (a *App) openAlerts(ctx context.Context) (string, []alerts.Item, error) {
	raised, err := a.o.Store.AlertsRaised(ctx, a.o.Now().Add(-homeSince))
	if err != nil {
		return "", nil, err
	}
	var ids []string
	for _, r := range slices.Backward(raised) {
		if r.Kind != store.AlertPrivate && alerts.ConditionOf(r) == alerts.Open {
			ids = append(ids, r.ID)
		}
	}
	facts, err := a.o.Store.AlertFacts(ctx, ids[:min(len(ids), homeAlerts)])
	if err != nil {
		return "", nil, err
	}
	var items []alerts.Item
	for _, i := range alerts.Compose(facts, a.o.Wording, false).Items {
		items = append(items, alerts.Item{Lines: i.Lines[:min(len(i.Lines), 2)]})
	}
	if more := len(ids) - homeAlerts; more > 0 {
		items = append(items, said(fmt.Sprintf("And %d more.", more)).Items...)
	}
	return "Open alerts of the last two weeks", orNone(items, "None."), nil
}

func (a *App) silencesInForce(ctx context.Context) (string, []alerts.Item, error) {
	all, err := a.o.Store.Silences(ctx, a.o.Now())
	if err != nil {
		return "", nil, err
	}
	var items []alerts.Item
	for _, s := range all[:min(len(all), homeSilences)] {
		items = append(items, alerts.Item{Lines: []alerts.Words{a.silenceLine(s)}})
	}
	if more := len(all) - homeSilences; more > 0 {
		items = append(items, said(fmt.Sprintf("And %d more: %s silence list.", more, Command)).Items...)
	}
	return "Silences in force", orNone(items, "None."), nil
}

func (a *App) channelsThatGet(ctx context.Context) (string, []alerts.Item, error) {
	all, err := a.subscribed(ctx)
	if err != nil {
		return "", nil, err
	}
	var items []alerts.Item
	for _, s := range all[:min(len(all), homeChannels)] {
		items = append(items, alerts.Item{Lines: []alerts.Words{subscriptionLine(s)}})
	}
	if more := len(all) - homeChannels; more > 0 {
		items = append(items, said(fmt.Sprintf("And %d more: %s subscribe list.", more, Command)).Items...)
	}
	return "Subscriptions of channels", orNone(items, "None. What the settings send goes where they say."), nil
}

func orNone(items []alerts.Item, words string) []alerts.Item {
	if len(items) == 0 {
		return said(words).Items
	}
	return items
}
