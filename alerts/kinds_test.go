package alerts

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// TestWhichComplaintsAreTold: a team is told of a danger at once and of a complaint when it stays unanswered; each complaint only
// where the settings or a route ask for it.
func TestWhichComplaintsAreTold(t *testing.T) {
	one := []ReceiverConfig{{Name: "team", Log: &LogConfig{}}, {Name: "all", Log: &LogConfig{}}}
	named := RouteConfig{Receiver: "team", Routes: []RouteConfig{{Receiver: "all", Matchers: []string{"kind = complaint"}}}}
	pattern := RouteConfig{Receiver: "team", Routes: []RouteConfig{{Receiver: "all", Matchers: []string{`kind =~ "complaint|hazard"`}}}}
	for _, tt := range []struct {
		name   string
		config Config
		kind   store.AlertKind
		want   string
	}{
		{"the top route alone", Config{Route: RouteConfig{Receiver: "team"}}, store.AlertComplaint, ""},
		{"the top route alone", Config{Route: RouteConfig{Receiver: "team"}}, store.AlertUnanswered, "team"},
		{"the top route alone", Config{Route: RouteConfig{Receiver: "team"}}, store.AlertHazard, "team"},
		{"each", Config{Route: RouteConfig{Receiver: "team"}, Complaints: ComplaintsEach}, store.AlertComplaint, "team"},
		{"each", Config{Route: RouteConfig{Receiver: "team"}, Complaints: ComplaintsEach}, store.AlertPrivate, ""},
		{"a route that names them", Config{Route: named}, store.AlertComplaint, "all"},
		{"a route that happens to match", Config{Route: pattern}, store.AlertComplaint, ""},
		{"a route that happens to match", Config{Route: pattern}, store.AlertHazard, "all"},
	} {
		tt.config.Receivers = one
		top, err := NewRoute(tt.config)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range top.Tells(Labels{Kind: string(tt.kind)}) {
			got += r.Receiver
		}
		if got != tt.want {
			t.Errorf("%s, %s: %q, want %q", tt.name, tt.kind, got, tt.want)
		}
	}
}

// everyKind is one alert of each kind, with facts as they come from rows.
func everyKind() []store.AlertFacts {
	about := complaintAbout("Elm Homes")
	about.ChannelURL, about.Comment.URL = "https://elm.test/", "https://elm.test/p#c1"
	var all []store.AlertFacts
	for _, k := range []store.AlertKind{store.AlertComplaint, store.AlertHazard, store.AlertUnanswered, store.AlertPrivate} {
		f := about
		f.Kind, f.Found = k, store.Found{Within: 48 * time.Hour, Counts: "working_days", Own: true}
		c := *about.Comment
		c.Private = k == store.AlertPrivate
		if k == store.AlertComplaint {
			c.Hazards = nil
		}
		f.Comment = &c
		all = append(all, f)
	}
	for _, k := range []store.AlertKind{store.AlertSpike, store.AlertReviews, store.AlertMissing, store.AlertGood, store.AlertBacklog, store.AlertOperator, "of next year"} {
		f := about
		f.Kind, f.Comment = k, nil
		f.Found = store.Found{Post: "https://elm.test/p", Age: 26 * time.Hour, Count: 40, Median: 3, Of: 25, Before: 8 * time.Hour, Now: 3 * time.Hour, Waits: [2]int{20, 30}, Since: seenAt, First: seenAt}
		switch k {
		case store.AlertBacklog:
			f.Backlog = &store.BacklogFacts{Comments: 3}
		case store.AlertOperator:
			f.Matter = &store.Matter{Topic: store.DigestFailed, Key: "2026-W46", Read: 2, Of: 30, Detail: "refused", At: seenAt}
		}
		all = append(all, f)
	}
	return append(all, changeOf(audit.Closed, audit.Open))
}

// TestEveryKindHasWords: a whole first sentence, a headline that is its own, a severity, and a row in the table of docs/alerts.md;
// none says a motive, and a kind that this version does not know is told in general words.
func TestEveryKindHasWords(t *testing.T) {
	doc, err := os.ReadFile("../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	heads := map[string]bool{}
	for _, f := range everyKind() {
		m := Compose([]store.AlertFacts{f}, wording, false)
		head, first := m.Title.Plain(), m.Items[0].Lines[0].Plain()
		if heads[head] || len(first) < 40 || !strings.HasSuffix(strings.TrimSpace(first), ".") {
			t.Errorf("%s: %q, %q", f.Kind, head, first)
		}
		heads[head] = true
		for _, never := range []string{"%!", "refuses", "censor", "hides", "ban"} {
			if strings.Contains(m.Items[0].text(), never) {
				t.Errorf("%s says %q", f.Kind, never)
			}
		}
		if !slices.Contains([]string{"critical", "warning", "notice", "info"}, severity(f.Alert)) {
			t.Errorf("%s has no severity", f.Kind)
		}
		if f.Kind != "of next year" && !strings.Contains(string(doc), "| `"+string(f.Kind)+"` |") {
			t.Errorf("docs/alerts.md has no row for %s", f.Kind)
		}
	}
}

// TestAKindOfANewerVersion: a row of a kind that this version does not know is told, and stops nothing.
func TestAKindOfANewerVersion(t *testing.T) {
	now := time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)
	f := newFixture(t, now)
	a, err := New(Options{Store: f.db, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	strange := store.Alert{ID: "n1", Kind: "of next year", Ref: "?", Organisation: "elm", Channel: "elm", Urgency: "high", ObservedAt: now}
	if err := a.tell(t.Context(), "", strange, ""); err != nil {
		t.Fatal(err)
	}
	facts, err := f.db.AlertFacts(t.Context(), []string{"n1"})
	if err != nil || len(facts) != 1 {
		t.Fatalf("%+v, %v", facts, err)
	}
	text := Compose(facts, wording, true).text(5000)
	if !strings.Contains(text, "an alert of the kind of next year, which this version of doorknock has no words for") {
		t.Error(text)
	}
	if told, err := Preview(t.Context(), Options{Store: f.db, Now: func() time.Time { return now.Add(time.Hour) }}, now.Add(-time.Hour)); err != nil || len(told) != 1 {
		t.Errorf("a preview says %+v, %v", told, err)
	}
}

// TestDigestThatFailed: editions that were given up are a matter for the operator, one a week.
func TestDigestThatFailed(t *testing.T) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	w := newWatcher(t, now, audit.Holidays{})
	for i, state := range []string{"sent", "dead", "dead"} {
		w.exec(`INSERT INTO edition_sent (subscription, week, state, attempts, last_error, recorded_at) VALUES (?,'2026-W46',?,3,'550 no such mailbox',?)`,
			string(rune('a'+i)), state, stamp(now.Add(-time.Hour)))
	}
	for range 2 {
		if _, err := w.a.watch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if text := w.says(w.at(now, store.AlertOperator)); !strings.Contains(text, "could not be sent to 2 of 3 subscribers: 550 no such mailbox") {
		t.Error(text)
	}
}

// TestWhatIsToldLateByItsNature is not counted as slow delivery.
func TestWhatIsToldLateByItsNature(t *testing.T) {
	m := NewMetrics()
	for _, f := range everyKind() {
		m.note("team", store.Delivery{}, []Item{{Alert: f.Alert}}, nil, seenAt.Add(time.Second))
	}
	if all, _ := measured(t, m, 2); all != len(everyKind())-6 {
		t.Errorf("%d of %d kinds are counted", all, len(everyKind()))
	}
}
