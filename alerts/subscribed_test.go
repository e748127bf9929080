package alerts

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// subscribes has a Slack channel ask for alerts.
func (b *board) subscribes(channel, label, value string) {
	b.t.Helper()
	if _, err := b.f.db.Subscribe(b.t.Context(), store.SlackSubscription{Receiver: "team", Channel: channel, Label: label, Value: value, Author: "sam", At: b.now}); err != nil {
		b.t.Fatal(err)
	}
}

// heard gives who was told what, a line each, sorted.
func (b *board) heard() []string {
	b.t.Helper()
	var all []string
	for _, p := range b.fake.Posts() {
		headline, _, _ := strings.Cut(p.Shown(), "\n")
		all = append(all, p.Channel+" "+headline)
	}
	slices.Sort(all)
	return all
}

// everywhere sends what is due in every channel, as the loops of Run would.
func (b *board) everywhere() {
	b.t.Helper()
	first := b.o
	defer func() { b.o = first }()
	for _, name := range b.a.names() {
		b.o = b.a.outlet(name)
		b.work()
	}
}

// A channel that has asked for the alerts about an organisation, or about a sector, gets those beside the routes: no others, each
// once, none of what is for one person or for whoever runs this installation, and none once it has had enough.
func TestASubscribedChannelIsToldBesideTheRoutes(t *testing.T) {
	b := newBoard(t)
	b.subscribes("C77", "organisation", "elm")
	b.subscribes("C77", "sector", "council") // elm's: told once all the same
	b.subscribes("C88", "sector", "almo")
	b.subscribes("C99", "sector", "co_op")
	handle(t, b.a, b.f.change("elm", "", "", audit.Open, audit.Closed), b.f.change("oak", "", "", audit.Open, audit.Closed),
		b.f.comment(said{visit: b.f.visit("elm", false), channel: "elm", complaint: true, hazards: `[{"id":"x","kind":"private","affirmed":true}]`}))
	if err := b.a.tellOperator(t.Context(), store.Matter{Topic: store.GaveUp, Key: "k", At: b.now}); err != nil {
		t.Fatal(err)
	}
	b.everywhere()
	if n, err := b.f.db.Unsubscribe(t.Context(), "team", "C77", "", b.now); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	handle(t, b.a, b.f.change("elm", "", "", audit.Closed, audit.Open))
	b.everywhere()
	want := []string{"C77 Elm Homes: a door closed", "C88 Oak Homes: a door closed", "CHOUSING Elm Homes: a door opened", "CHOUSING Elm Homes: a door opened",
		"CHOUSING Oak Homes: a door closed", "CHOUSING doorknock: work was given up"}
	got := b.heard() // the first message in a thread is kept up to date, so that it says what the later one does
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A subscription is the top route once more, for one label and that channel: its groups, its times, its muted times. What nobody
// takes on is escalated by the routes of the settings alone, and an acknowledgement in that channel ends it there as well.
func TestASubscriptionIsTheTopRouteOnceMore(t *testing.T) {
	c := botConfig("https://slack.test")
	c.Complaints, c.Receivers[0].Slack.Channel = ComplaintsUnanswered, "CHOUSING"
	wait, repeat := 7*time.Minute, 3*time.Hour
	c.TimeIntervals = []TimeInterval{{Name: "nights", TimeIntervals: []TimeRange{{Times: []ClockRange{{"18:00", "08:00"}}}}}}
	c.Route.GroupWait, c.Route.RepeatInterval, c.Route.GroupBy, c.Route.MuteTimeIntervals = &wait, &repeat, []string{"sector"}, []string{"nights"}
	c.Route.Escalate = &EscalateConfig{After: time.Hour, Receiver: "team"}
	top, err := NewRoute(c)
	if err != nil {
		t.Fatal(err)
	}
	tree := top.With([]store.SlackSubscription{
		{Receiver: "team", Channel: "C77", Label: "organisation", Value: "elm", Author: "sam"},
		{Receiver: "team", Channel: "C77", Label: "sector", Value: "council", Author: "ann"},
		{Receiver: "team", Channel: "CHOUSING", Label: "kind", Value: "complaint", Author: "ann"},
		{Receiver: "gone", Channel: "C99", Label: "organisation", Value: "elm", Author: "sam"},
	}, c)
	want := []string{
		"  team#C77  (asked for in Slack by sam) organisation = elm; one message by sector; waits 7m for others; 0s between messages; unanswered complaints again after 3h; quiet in nights",
		"  team#C77  (asked for in Slack by ann) sector = council; one message by sector; waits 7m for others; 0s between messages; unanswered complaints again after 3h; quiet in nights",
		"  team  (asked for in Slack by ann) kind = complaint; one message by sector; waits 7m for others; 0s between messages; unanswered complaints again after 3h; quiet in nights",
	}
	if diff := cmp.Diff(want, tree.Lines()[1:]); diff != "" {
		t.Error(diff)
	}
	takers := func(l Labels) (names []string) {
		for _, r := range tree.Tells(l) {
			names = append(names, r.Receiver)
		}
		return names
	}
	for _, x := range []struct {
		of   Labels
		want []string
	}{
		{Labels{Kind: "change", Organisation: "elm"}, []string{"team", "team#C77"}},
		{Labels{Kind: "change", Organisation: "elm", Sector: "council"}, []string{"team", "team#C77", "team#C77"}}, // one group, so one message
		{Labels{Kind: "change", Organisation: "oak"}, []string{"team"}},
		{Labels{Kind: "complaint", Organisation: "elm"}, []string{"team"}}, // by the wish for each, not by elm's
		{Labels{Kind: "private", Organisation: "elm"}, nil},
		{Labels{Kind: "operator", Organisation: "elm"}, []string{"team"}},
	} {
		if diff := cmp.Diff(x.want, takers(x.of)); diff != "" {
			t.Errorf("%+v: %s", x.of, diff)
		}
	}
	one, two := tree.beside[0], tree.beside[1]
	if l := (Labels{Organisation: "elm", Sector: "council"}); one.Group(l) != two.Group(l) || tree.byID(one.ID) == nil || one.Escalate != nil {
		t.Error("two wishes of one channel make two groups, or the route is not found, or it escalates")
	}
	night := time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
	if h := held(tree.byID(one.ID), store.Alert{Kind: store.AlertChange, Urgency: "normal"}, nil, night); h.Until.IsZero() {
		t.Error("the quiet hours of the settings do not hold for who asked in Slack")
	}
}

// A channel that the settings send only some alerts to may ask for more: it gets those too, each once.
func TestAChannelOfTheSettingsMayAskForMore(t *testing.T) {
	b := newBoard(t)
	c := botConfig(b.url)
	c.Receivers[0].Slack.Channel = "CHOUSING"
	c.Receivers = append(c.Receivers, ReceiverConfig{Name: "log", Log: &LogConfig{}})
	c.Route.Receiver, c.Route.Routes = "log", []RouteConfig{{Receiver: "team", Matchers: []string{"organisation = elm"}, Continue: true}}
	if err := b.a.plant(c); err != nil {
		t.Fatal(err)
	}
	b.subscribes("CHOUSING", "sector", "almo")    // oak's
	b.subscribes("CHOUSING", "sector", "council") // elm's, which comes anyway
	handle(t, b.a, b.f.change("elm", "", "", audit.Open, audit.Closed), b.f.change("oak", "", "", audit.Open, audit.Closed))
	b.now = b.now.Add(time.Hour)
	if _, err := b.a.flushDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.work()
	if diff := cmp.Diff([]string{"CHOUSING Elm Homes: a door closed", "CHOUSING Oak Homes: a door closed"}, b.heard()); diff != "" {
		t.Error(diff)
	}
}

// A door that changes back and forth is one notice to a channel that has asked too: what the routes do not tell one by one, nobody is.
func TestASubscribedChannelHearsOnceOfADoorThatFlaps(t *testing.T) {
	b := newBoard(t)
	b.a.flapping = FlapConfig{Changes: 2, Within: 24 * time.Hour, Quiet: 24 * time.Hour}
	b.subscribes("C77", "organisation", "elm")
	from, to := audit.Open, audit.Closed
	for range 5 {
		b.f.now = b.now
		handle(t, b.a, b.f.change("elm", "", "", from, to))
		b.everywhere()
		b.now, from, to = b.now.Add(time.Hour), to, from
	}
	told := map[string]int{}
	for _, words := range b.heard() {
		channel, _, _ := strings.Cut(words, " ")
		told[channel]++
	}
	if told["C77"] != told["CHOUSING"] || told["C77"] != 3 {
		t.Errorf("%v, want two changes and the notice in each: %q", told, b.heard())
	}
}

// A subscription that comes while the alerter runs is served by it, and one of an earlier run by the next; what waits for a channel
// at a start is not given up.
func TestSubscriptionsOverAStart(t *testing.T) {
	b := newBoard(t)
	b.subscribes("C77", "organisation", "elm")
	handle(t, b.a, b.f.change("elm", "", "", audit.Open, audit.Closed))
	b.start()
	b.a.now, b.a.running = time.Now, time.Now
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.a.Run(ctx) }()
	b.subscribes("C78", "organisation", "oak")
	handle(t, b.a, b.f.change("oak", "", "", audit.Open, audit.Closed))
	for end := time.Now().Add(2 * time.Minute); len(b.fake.Posts()) < 4 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	text := strings.Join(b.heard(), "\n")
	for _, want := range []string{"C77 Elm Homes: a door closed", "C78 Oak Homes: a door closed"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q was not told:\n%s", want, text)
		}
	}
}

// What a channel is told beforehand goes by the same way; one that the bot cannot write to says so.
func TestTellAChannel(t *testing.T) {
	b := newBoard(t)
	m := Message{ID: "x", Title: Ours("doorknock"), Items: []Item{{Lines: []Words{Ours("This channel gets alerts.")}}}}
	if err := b.a.Tell(t.Context(), "team", "C77", m); err != nil {
		t.Fatal(err)
	}
	b.fake.Refuse("chat.postMessage", "not_in_channel")
	if err := b.a.Tell(t.Context(), "team", "C78", m); err == nil || !strings.Contains(err.Error(), "not_in_channel") {
		t.Error(err)
	}
	if err := b.a.Tell(t.Context(), "nobody", "C78", m); err == nil {
		t.Error("told through a receiver that there is not")
	}
}
