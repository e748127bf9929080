package slackapp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/alerts/slackapp"
	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// types sends a command and gives the words of its answer.
func (r *rig) types(words string) string {
	r.t.Helper()
	r.typed++
	return r.asks("slash_commands", r.slack.Command(r.at, "typed-"+string(rune('a'+r.typed)), words))
}

func wants(t *testing.T, asked, got string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			t.Errorf("%s: no %q in:\n%s", asked, w, got)
		}
	}
}

// sees records a look at an organisation's site that found comments in a state.
func (r *rig) sees(organisation string, at time.Time, state audit.State) {
	r.t.Helper()
	verdict, err := audit.NewVerdict(state, "", "", &audit.Evidence{Type: audit.Marker, Rule: "wp-" + state.String(), Version: 1, Offset: 10, Length: 4, Excerpt: "mark", Capture: "c1"})
	if err != nil {
		r.t.Fatal(err)
	}
	site := audit.Channel{ID: organisation + "-web", Organisation: organisation, Platform: audit.Web, URL: "https://" + organisation + ".test/", Lane: organisation + ".test",
		Confirmed: organisation == "elm"}
	_, err = r.db.Record(r.t.Context(), store.Recording{Now: at, Findings: []audit.Finding{{Check: "comments", Verdict: verdict}},
		Visit: audit.Visit{V: 1, ID: audit.JobID(site.ID, at), Channel: site, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at}})
	if err != nil {
		r.t.Fatal(err)
	}
}

// explain finds an organisation by id, name, part of one, former name, the address of a place and a page of ours, and asks back where
// it is not clear who is meant.
func TestExplainWhom(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	for words, want := range map[string]string{
		"elm": "Elm Homes: doors", "ELM homes": "Elm Homes: doors", `“Elm Homes”`: "Elm Homes: doors", "old elm": "Elm Homes: doors", "<https://www.elm.test/news/1|elm.test>": "Elm Homes: doors",
		"http://127.0.0.1:8080/organisations/elm": "Elm Homes: doors", "homes": "“homes” may be Elm Homes (elm), Oak <!channel> Homes (oak). Give one of the names in brackets.",
		"https://nobody.test/": "no place of one has that address", "http://127.0.0.1:8080/findings/none": "no place of one has that address", "": "Of whom?",
		"https://elm.test.evil.test/": "no place of one", "http://[": "no place of one", "oak": "Not looked at yet.",
	} {
		wants(t, words, r.types("explain "+words), want)
	}
}

// explain says what was seen in words of fact: once seen is being checked, may be wrong and is not public; what is held is not public;
// only what is public has a link to its evidence.
func TestExplainSaysWhatIsNotPublic(t *testing.T) {
	r := newRig(t, slackapp.Options{Wording: alerts.Wording{Titles: map[audit.CheckID]string{"comments": "May visitors comment?"}}})
	r.listening()
	now := time.Now().UTC().Truncate(time.Second)
	r.sees("elm", now.Add(-60*time.Hour), audit.Closed)
	got := r.types("explain elm")
	wants(t, "seen once", got, "May visitors comment?", "Seen once on", "closed. It is being checked, is not public and may be wrong; a second look from")
	if strings.Contains(got, "evidence") {
		t.Errorf("evidence of what is being checked:\n%s", got)
	}
	r.sees("elm", now.Add(-30*time.Hour), audit.Closed)
	wants(t, "confirmed", r.types("explain elm"), "Closed since", "· evidence")
	r.sees("elm", now.Add(-2*time.Hour), audit.Open)
	got = r.types("explain elm")
	wants(t, "another seen", got, "Closed since", "Something else was seen on", "is being checked")
	if strings.Contains(strings.ToLower(got), "open") {
		t.Errorf("an unconfirmed direction:\n%s", got)
	}
	r.sees("oak", now.Add(-60*time.Hour), audit.Open)
	got = r.types("explain oak")
	wants(t, "a site that may be another's", got, "Open since", "Not public: no look has shown that the place is the organisation's own.")
	if strings.Contains(got, "evidence") {
		t.Errorf("a link to what is not public:\n%s", got)
	}
}

// silence takes what the command of that name takes, with typographic quotation marks too; what is missing is said with an example.
func TestSilenceByCommand(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	wants(t, "begin", r.types(`silence organisation=elm kind=~“complaint|change” 2h the site is   being moved`), `Alerts that are organisation=elm, kind=~"complaint|change" are told to nobody until`)
	all, err := r.db.Silences(t.Context(), time.Now())
	if err != nil || len(all) != 1 || all[0].Author != "sam (Slack)" || all[0].Comment != "the site is   being moved" || all[0].EndsAt.Sub(all[0].StartsAt) != 2*time.Hour {
		t.Fatalf("%+v, %v", all, err)
	}
	wants(t, "list", r.types("silence"), all[0].ID, "by sam (Slack): the site is being moved")
	for words, want := range map[string]string{
		"silence organisation=elm": "needs a time", "silence 2h because": "needs a matcher", "silence organisation=elm 2h": "needs a comment", "silence landlord=elm 2h x": `label "landlord" is not one of`,
		"silence end nothing": "No silence of that name is in force", "silence end " + all[0].ID: "The silence has ended.",
	} {
		wants(t, words, r.types(words), want)
	}
	wants(t, "list", r.types("silence list"), "No silence is in force")
}

// A snooze is a silence with its author, over the subject of the alert; pressed twice by a lost answer it is one.
func TestSnooze(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	id := r.alert(store.AlertComplaint, "elm", "c1", "normal")
	r.listening()
	words := r.asks("interactive", r.slack.Press(r.at, "s1", string(alerts.SlackSnooze), r.value(alerts.SlackSnooze, id)))
	wants(t, "snooze", words, "Nothing more is told here or elsewhere of", "/doorknock silence end ")
	all, err := r.db.Silences(t.Context(), time.Now())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	want := []string{`organisation = "elm"`, `platform = "web"`, `check = "comments"`, `kind = "complaint"`, `urgency != "urgent"`}
	if diff := cmp.Diff(want, all[0].Matchers); diff != "" || all[0].Author != "sam (Slack)" || all[0].EndsAt.Sub(all[0].StartsAt) != time.Hour {
		t.Errorf("%+v %s", all[0], diff)
	}
	wants(t, "a stranger's value", r.asks("interactive", r.slack.Press(r.at, "s2", string(alerts.SlackSnooze), "100000h x organisation")), "another version")
}

// "This is wrong" is kept with who said it and what the alert was about. No state changes, and the answer says what happens next.
func TestThisIsWrong(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	id := r.alert(store.AlertComplaint, "elm", "c1", "normal")
	r.listening()
	before, err := r.db.Status(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, trigger := range []string{"w1", "w2"} {
		wants(t, trigger, r.asks("interactive", r.slack.Press(r.at, trigger, string(alerts.SlackWrong), r.value(alerts.SlackWrong, id))),
			"It changes nothing by itself", "doorknock alerts wrong")
	}
	said, err := r.db.SaidWrong(t.Context(), time.Time{})
	if err != nil || len(said) != 1 || said[0].Alert != id || said[0].Ref != "c1" || said[0].Kind != store.AlertComplaint || said[0].Author != "sam (Slack)" {
		t.Errorf("%+v, %v", said, err)
	}
	after, err := r.db.Status(t.Context(), time.Now())
	if diff := cmp.Diff(before.States, after.States); err != nil || diff != "" {
		t.Error(diff, err)
	}
}

// A channel subscribes to an organisation or a sector, is told so itself, sees the list and ends it; where the bot may not write, nothing
// is kept and the answer says what to do.
func TestSubscribe(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	r.listening()
	wants(t, "first", r.types("subscribe Elm Homes"), "This channel gets the alerts about Elm Homes from now on")
	wants(t, "again", r.types("subscribe elm"), "had the alerts about Elm Homes already")
	wants(t, "sector", r.types("subscribe councils"), "the sector council")
	wants(t, "two words", r.types("subscribe housing association"), "the sector housing association")
	wants(t, "unclear", r.types("subscribe homes"), "may be Elm Homes (elm)")
	wants(t, "kind", r.types("subscribe kind=complaint"), "the alerts about kind complaint from now on")
	wants(t, "kind", r.types("subscribe remove kind=complaint"), "Ended: 1 subscription")
	r.office.told = r.office.told[:3]
	wants(t, "private", r.types("subscribe kind=private"), "to no channel that asks")
	wants(t, "label", r.types("subscribe colour=<!here>"), "no label and value as routes have them", "colour=<!here>")
	wants(t, "value", r.types("subscribe kind=compliant"), "meets nothing")
	wants(t, "list", r.types("subscribe list"), "channel C1: organisation elm, asked by sam (Slack)", "sector council", "sector housing_association")
	want := []string{"team C1: This channel gets the alerts about Elm Homes from now on, because sam (Slack) asked for them.",
		"team C1: This channel gets the alerts about the sector council from now on, because sam (Slack) asked for them.",
		"team C1: This channel gets the alerts about the sector housing association from now on, because sam (Slack) asked for them."}
	if diff := cmp.Diff(want, r.office.told); diff != "" {
		t.Error(diff)
	}
	wants(t, "remove", r.types("subscribe remove Elm Homes"), "Ended: 1 subscription of this channel")
	wants(t, "remove", r.types("subscribe remove all"), "Ended: 2 subscriptions")
	wants(t, "remove", r.types("subscribe remove all"), "had no such subscription")
	r.office.shut = errors.New("not_in_channel")
	wants(t, "shut", r.types("subscribe elm"), "Invite me first with /invite @doorknock", "not_in_channel")
	if all, err := r.db.SlackSubscriptions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// The Home shows how it is, what is open, what is silenced, who gets what: for the one who opened it, within a hundred blocks, with
// foreign text as text.
func TestHome(t *testing.T) {
	r := newRig(t, slackapp.Options{})
	for i := range 30 {
		r.alert(store.AlertComplaint, "oak", "c"+string(rune('A'+i)), "normal")
	}
	r.alert(store.AlertPrivate, "oak", "somebody", "urgent") // for one person's eyes, and this page is open to all
	s, err := alerts.NewSilence([]string{"organisation=elm"}, "alex", "moving", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.AddSilence(t.Context(), s, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.listening()
	r.types("subscribe elm")
	open := r.slack.Event("e1", map[string]any{"type": "app_home_opened", "user": "U7", "tab": "home"})
	if _, err := r.slack.Envelope("events_api", open); err != nil {
		t.Fatal(err)
	}
	r.wait("no view", func(s fakeslack.Seen) bool { return len(s.Views) == 1 })
	v := r.slack.Seen().Views[0]
	if v.To != "U7" || v.Blocks > 100 || v.Blocks < 20 {
		t.Errorf("for %s, %d blocks", v.To, v.Blocks)
	}
	wants(t, "home", v.Text, "2 organisations with 2 channels", "And 10 more.", "by alex: moving", "channel C1: organisation elm", "The dashboard", "Oak <!channel> Homes")
	if strings.Contains(v.Text, "in danger") {
		t.Error("everybody in the workspace reads of somebody in danger")
	}
	if strings.Contains(string(v.Raw), `"mrkdwn"`) {
		t.Error("foreign text stands where marks are read")
	}
}
