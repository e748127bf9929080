package alerts

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func readConfig(t *testing.T, name string) Config {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRoutes(t *testing.T) {
	c := readConfig(t, "routes.yaml")
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	top, err := NewRoute(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		labels Labels
		want   string
	}{
		{Labels{Kind: "change", Organisation: "elm"}, "everything"},
		{Labels{Kind: "complaint", Urgency: "urgent", Organisation: "elm"}, "duty comms"},
		{Labels{Kind: "complaint", Urgency: "normal", Organisation: "elm"}, "comms"},
		{Labels{Kind: "complaint", Urgency: "urgent", Organisation: "oak"}, "duty oak"},
		{Labels{Kind: "complaint", Urgency: "high", Organisation: "oak-north"}, "duty oak"},
		{Labels{Kind: "complaint", Urgency: "normal", Organisation: "broakhill"}, "comms"}, // patterns are anchored
		{Labels{Kind: "backlog", Sector: "council"}, "everything"},
		{Labels{Kind: "backlog", Sector: "almo"}, "quiet"},
		{Labels{}, "quiet"},
	} {
		var got []string
		for _, r := range top.Match(tt.labels) {
			got = append(got, r.Receiver)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v goes to %v, want %s", tt.labels, got, tt.want)
		}
	}
	r := top.Match(Labels{Kind: "complaint", Urgency: "urgent", Organisation: "oak"})[1]
	if r.GroupWait != 5*time.Second || r.GroupInterval != 5*time.Minute || r.RepeatInterval != time.Hour {
		t.Errorf("inherited %v %v %v", r.GroupWait, r.GroupInterval, r.RepeatInterval)
	}
	if r.Group(Labels{Organisation: "oak", Urgency: "urgent"}) != r.Group(Labels{Organisation: "oak", Urgency: "high"}) {
		t.Error("a label outside group_by parts a group")
	}
	if r.Group(Labels{Organisation: "oak"}) == r.Group(Labels{Organisation: "elm"}) {
		t.Error("a label of group_by does not part groups")
	}
}

func TestEveryMistakeInTheConfigIsNamed(t *testing.T) {
	c := readConfig(t, "mistakes.yaml")
	want := []string{
		`alerts.max_age: -1h0m0s is negative`,
		`alerts.receivers[0].slack: bot_token_file and channel are missing, or webhook_url_file`,
		`alerts.receivers[1].name: missing`,
		`alerts.receivers[1]: want exactly one kind of [slack email webhook teams ntfy civicrm log], has []`,
		`alerts.receivers[2].name: "a" is used twice`,
		`alerts.receivers[3].private: want a place that one person reads: email to exactly one address, ntfy with a token, or a direct message in slack (channel: U...)`,
		`alerts.complaints: "some" is not one of each, unanswered`,
		`alerts.unanswered_after: -1h0m0s is negative`,
		`alerts.route.routes[1].receiver: "both" is not marked private: true, and only one person may be told that somebody is in danger`,
		`alerts.route.routes[1].routes[0].receiver: "both" is not marked private: true, and only one person may be told that somebody is in danger`,
		`alerts.route.routes[1].routes[0].escalate.receiver: "a" is not marked private: true, and only one person may be told that somebody is in danger`,
		`alerts.receivers[4]: want exactly one kind of [slack email webhook teams ntfy civicrm log], has [slack log]`,
		`alerts.receivers[4].slack.webhook_url: must be https: the address is a password`,
		`alerts.route.receiver: missing: the top route catches what no other route does`,
		`alerts.route: the top route takes every alert; put matchers and continue in routes`,
		`alerts.route.group_by[0]: "colour" is not one of [check kind organisation platform sector severity urgency]`,
		`alerts.route.group_wait: -1s is negative`,
		`alerts.route.matchers[0]: "kind complaint" has none of = != =~ !~`,
		`alerts.flapping.within: 0s is not a time such as 336h`,
		`alerts.flapping.quiet: -1h0m0s is not a time such as 168h`,
		`alerts.inhibit_rules[0].source_matchers: missing: without one every alert would be meant`,
		`alerts.inhibit_rules[0].target_matchers[0]: "kind" has none of = != =~ !~`,
		`alerts.inhibit_rules[0].equal[1]: "colour" is not one of [check kind organisation platform sector severity urgency]`,
		`alerts.route.routes[0].matchers[0]: "colour = red": label "colour" is not one of [check kind organisation platform sector severity urgency]`,
		`alerts.route.routes[0].matchers[1]: "kind =~ (": error parsing regexp: missing closing ): ` + "`^(?:()$`",
		`alerts.route.routes[0].receiver: no receiver is named "nobody"; there are a, both, team`,
		`alerts.route.routes[0].matchers[2]: "kind = \"x": a quotation mark without its other half`,
	}
	err := c.Validate()
	if err == nil {
		t.Fatal("no mistake found")
	}
	got := strings.Split(err.Error(), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheDefaultSendsNothingOutside(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Validate(); err != nil {
		t.Errorf("an empty part: %v", err)
	}
}

// matcherIsRead: a matcher and its opposite never agree.
func matcherIsRead(t *testing.T, text, value string) {
	t.Helper()
	m, err := parseMatcher(text)
	if err != nil {
		return
	}
	l := Labels{Kind: value, Organisation: value, Sector: value, Platform: value, Check: value, Urgency: value}
	inverse := m
	inverse.not = !m.not
	if m.holds(l) == inverse.holds(l) {
		t.Errorf("%q and its opposite agree about %q", text, value)
	}
}

// FuzzSilence reads what silences are made of: the matchers that people write, and what a button of Slack carries.
func FuzzSilence(f *testing.F) {
	for _, s := range []string{
		`kind = complaint`, `urgency =~ "urgent|high"`, `sector != council`, `kind!~x`, `=`, `kind="`, `kind = "="`,
		"1h abc organisation,kind", "morning  urgency", "9999h a organisation",
	} {
		f.Add(s, "complaint")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		matcherIsRead(t, text, value)
		snoozeIsRead(t, text)
	})
}
