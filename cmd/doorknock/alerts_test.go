package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// TestTheDesksCommands runs the commands about alerts, silences and deliveries over a database with two alerts: one that was told, and one
// whose receiver refused it for good.
func TestTheDesksCommands(t *testing.T) {
	dir := t.TempDir()
	r := &rig{t: t, dir: dir, config: filepath.Join(dir, "doorknock.yaml")}
	r.write("token", "xoxb-1")
	r.write("doorknock.yaml", fmt.Sprintf(`
data_dir: %[1]s/data
key_file: %[1]s/doorknock.key
alerts:
  route: {receiver: team, routes: [{receiver: duty, matchers: ["urgency = urgent"], group_wait: 0s}]}
  receivers: [{name: team, log: {}}, {name: duty, log: {}}, {name: slack, slack: {bot_token_file: %[1]s/token, channel: C1}}]
`, dir))
	told, dead := raiseTwo(t, r.config)
	say := func(code int, want string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		if got := run(t.Context(), append(args, "--config", r.config), strings.NewReader(""), &out, &out); got != code || !strings.Contains(out.String(), want) {
			t.Errorf("%v: exit %d, want %d\n%swant %q", args, got, code, out.String(), want)
		}
	}
	say(0, told[:12]+"  ", "alerts", "list")
	say(0, `"severity":"critical","state":"open"`, "alerts", "list", "--kind", "change", "--json")
	say(0, "No alert of the last 7d is like that; there are others.", "alerts", "list", "--organisation", "heron")
	say(exitUsage, `state "cold" is not one of open, held`, "alerts", "list", "--state", "cold")
	say(exitUsage, `kind "complaints" is not one of complaint, hazard`, "alerts", "list", "--kind", "complaints")
	say(0, "is acknowledged", "alerts", "ack", told[:6], "--note", "I call", "--author", "sam")
	say(0, "acknowledged by sam: I call", "alerts", "list", "--state", "acknowledged")
	say(exitUsage, "there is no alert", "alerts", "ack", told[:5])
	say(exitUsage, "requires at least 1 arg", "alerts", "ack")
	say(0, "  duty  (alerts.route.routes[0]) urgency = urgent; one message by organisation; waits 0s for others", "alerts", "routes", "show")
	say(0, `"receiver":"duty"`, "alerts", "routes", "test", "urgency=urgent", "--json")
	say(0, "slack#C77  (asked for in Slack by sam) organisation = elm", "alerts", "routes", "show")
	say(0, `"receiver":"slack#C77"`, "alerts", "routes", "test", "organisation=elm", "--json")
	say(exitUsage, "requires at least 1 arg", "alerts", "routes", "test")
	say(exitUsage, `label "colour" is not one of`, "alerts", "routes", "test", "colour=red")
	say(0, "You would have had 1 message in the last 2h.", "alerts", "preview", "--since", "2h")
	say(0, `"receiver":"duty"`, "alerts", "preview", "--json")
	say(0, `{"delivered":true,"receiver":"duty","v":1}`, "alerts", "test", "duty", "--json")
	say(exitUsage, "there are duty, slack, team", "alerts", "test", "nobody")

	say(0, "Of the 2 alerts of the last 7 days its matchers hold for 1.", "silence", "add", "kind=change", "--comment", "trial", "--dry-run")
	say(0, "No silence is in force.", "silence", "list")
	say(0, "in force until", "silence", "add", "organisation=elm", "--comment", "trial")
	say(exitUsage, "needs a comment", "silence", "add", "organisation=elm")
	id := strings.Fields(out(t, r, "silence", "list"))[0]
	say(0, "has ended", "silence", "expire", id[:7])
	say(exitUsage, "has ended already", "silence", "expire", id)
	say(0, id, "silence", "list", "--all", "--json")

	say(0, "invalid_token", "deliveries", "list", "--list", "dead")
	say(exitUsage, "want all, waiting or dead", "deliveries", "list", "--list", "odd")
	say(exitUsage, "--all", "deliveries", "retry")
	say(exitUsage, "--all", "deliveries", "retry", dead, "--all")
	say(0, dead[:12]+"  is sent again", "deliveries", "retry", "--all")
	say(0, "Nothing was given up.", "deliveries", "retry", "--all")
	say(exitUsage, "was not given up", "deliveries", "retry", dead[:8])
	say(0, dead[:12], "deliveries", "list", "--list", "waiting")
}

// out gives what a command prints.
func out(t *testing.T, r *rig, args ...string) string {
	t.Helper()
	var b bytes.Buffer
	if code := run(t.Context(), append(args, "--config", r.config), strings.NewReader(""), &b, &b); code != 0 {
		t.Fatalf("%v: exit %d\n%s", args, code, b.String())
	}
	return b.String()
}

// raiseTwo makes the database, and gives the ids of the alert that was told and of the message that was given up.
func raiseTwo(t *testing.T, config string) (told, dead string) {
	t.Helper()
	cfg, err := loadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	in, err := openInstallation(t.Context(), cfg, newLog(cfg.Log))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	}()
	ctx, now := t.Context(), time.Now()
	place := audit.Channel{ID: "elm", Organisation: "elm", Platform: audit.Web, URL: "https://elm.test/", Lane: "elm.test", Confirmed: true}
	if err := in.takeList(ctx, []audit.Organisation{{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{place}); err != nil {
		t.Fatal(err)
	}
	if _, err := in.db.Subscribe(ctx, store.SlackSubscription{Receiver: "slack", Channel: "C77", Label: "organisation", Value: "elm", Author: "sam", At: now}); err != nil {
		t.Fatal(err)
	}
	for receiver, x := range map[string]struct {
		kind    store.AlertKind
		urgency string
		end     store.DeliveryEnd
	}{
		"team": {store.AlertComplaint, "normal", store.DeliveryEnd{State: store.DeliverySent}},
		"duty": {store.AlertChange, "urgent", store.DeliveryEnd{State: store.DeliveryDead, Error: "the receiver answered 403 invalid_token"}},
	} {
		a := store.Alert{ID: store.AlertID(x.kind, receiver), Kind: x.kind, Ref: receiver, Organisation: "elm", Sector: "council", Channel: "elm", Platform: audit.Web,
			Check: "comments", Urgency: x.urgency, ObservedAt: now}
		_, err := in.db.RaiseAlert(ctx, "", &a, []store.AlertTarget{{Group: receiver, Route: receiver, Receiver: receiver}}, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		line, err := in.db.DeliveryLine(ctx, receiver)
		if err != nil || len(line) != 1 {
			t.Fatalf("%+v, %v", line, err)
		}
		if err := errors.Join(in.db.BeginDelivery(ctx, line[0].ID, now), in.db.EndDelivery(ctx, line[0].ID, x.end, now)); err != nil {
			t.Fatal(err)
		}
		if receiver == "team" {
			told = a.ID
		} else {
			dead = line[0].ID
		}
	}
	return told, dead
}
