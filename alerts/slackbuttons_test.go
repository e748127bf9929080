package alerts

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/internal/hostile"
	"doorknock/store"
)

// row is a row of buttons as Slack gets it.
type row struct {
	Type     string `json:"type"`
	Elements []struct {
		Type  string `json:"type"`
		ID    string `json:"action_id"`
		Value string `json:"value"`
		URL   string `json:"url"`
		Text  *struct {
			Type, Text string
		} `json:"text"`
		Placeholder *struct{ Type, Text string } `json:"placeholder"`
		Options     []struct {
			Text  struct{ Type, Text string } `json:"text"`
			Value string                      `json:"value"`
		} `json:"options"`
	} `json:"elements"`
}

func rowOf(t *testing.T, m Message) row {
	t.Helper()
	var r row
	data, err := json.Marshal(SlackButtons(m))
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func aboutMany(n int, name string) Message {
	var facts []store.AlertFacts
	for i := range n {
		a := store.Alert{Kind: store.AlertComplaint, Ref: fmt.Sprint(i), Organisation: "elm", Platform: audit.Web, Channel: "elm", Urgency: "normal"}
		a.ID = store.AlertID(a.Kind, a.Ref)
		facts = append(facts, store.AlertFacts{Alert: a, OrganisationName: name, ChannelURL: "https://elm.test/" + name})
	}
	return Compose(facts, wording, false)
}

// Every row keeps Slack's limits, however many alerts and whatever the names, and carries only actions of the table.
func TestButtonsKeepTheLimits(t *testing.T) {
	texts := append(hostile.Texts(), hostile.Text{Name: "long", Text: strings.Repeat("é👩‍👩‍👧", 200)}, hostile.Text{Name: "none"})
	for _, text := range texts {
		for _, n := range []int{1, 2, 11, 25, 70} {
			r := rowOf(t, aboutMany(n, text.Text))
			if r.Type != "actions" || len(r.Elements) > 25 {
				t.Fatalf("%s: %+v", text.Name, r)
			}
			for _, e := range r.Elements {
				words := []string{}
				if e.Text != nil {
					words = append(words, e.Text.Text)
				}
				if e.Placeholder != nil {
					words = append(words, e.Placeholder.Text)
				}
				for _, o := range e.Options {
					words = append(words, o.Text.Text)
					if o.Text.Type != "plain_text" || o.Value == "" || len(o.Value) > 150 {
						t.Errorf("%s, %d: option %+v", text.Name, n, o)
					}
				}
				for _, w := range words {
					if c := utf8.RuneCountInString(w); c == 0 || c > 75 {
						t.Errorf("%s, %d: %d characters: %q", text.Name, n, c, w)
					}
				}
				if !slices.Contains(SlackActions(), SlackAction(e.ID)) || len(e.ID) > 255 || len(e.Value) > 2000 || len(e.URL) > 3000 || len(e.Options) > 100 {
					t.Errorf("%s, %d: %+v", text.Name, n, e)
				}
			}
		}
	}
}

// What the acknowledging button has no room for it does not claim.
func TestAcknowledgeSaysHowMany(t *testing.T) {
	for n, want := range map[int]string{1: "Acknowledge", 60: "Acknowledge", 70: "Acknowledge the first "} {
		e := rowOf(t, aboutMany(n, "Elm Homes")).Elements[0]
		ids := strings.Fields(e.Value)
		if e.ID != string(SlackAck) || !strings.HasPrefix(e.Text.Text, want) || (n <= 60) != (len(ids) == n) {
			t.Errorf("%d: %q for %d alerts", n, e.Text.Text, len(ids))
		}
		if len(ids) < n && e.Text.Text != fmt.Sprintf("Acknowledge the first %d alerts", len(ids)) {
			t.Errorf("%d: %q for %d alerts", n, e.Text.Text, len(ids))
		}
	}
}

// No buttons stand under what nobody can take on; the evidence is a page of ours.
func TestWhereButtonsStand(t *testing.T) {
	if SlackButtons(Message{Items: []Item{{Lines: []Words{Ours("a test")}}}}) != nil {
		t.Error("buttons under a test message")
	}
	if SlackButtons(Compose([]store.AlertFacts{{Alert: store.Alert{ID: "x", Kind: store.AlertOperator}}}, wording, false)) != nil {
		t.Error("buttons under our own trouble")
	}
	m := Compose([]store.AlertFacts{{Alert: store.Alert{ID: "x", Kind: store.AlertChange, Organisation: "elm"}, ChannelURL: "https://elm.test/",
		Change: &store.ChangeFacts{Change: audit.Change{ID: "c", Check: "comments", From: audit.Open, To: audit.Closed, Finding: "f1"}}}}, Wording{Base: "http://127.0.0.1:8080"}, false)
	for _, e := range rowOf(t, m).Elements {
		if e.ID == string(SlackEvidence) && e.URL != "http://127.0.0.1:8080/findings/f1" {
			t.Errorf("evidence %q", e.URL)
		}
	}
}

// A snooze is a silence over what the alerts of a message have in common, and never keeps back what is more urgent.
func TestSnoozeIsASilenceOverTheSubject(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	complaint := store.Alert{ID: "a", Kind: store.AlertComplaint, Organisation: "elm", Sector: "council", Platform: audit.Web, Urgency: "normal"}
	urgent, other, door := complaint, complaint, complaint
	urgent.ID, urgent.Urgency = "b", "urgent"
	other.ID, other.Platform = "c", audit.Facebook
	door.ID, door.Kind, door.Check = "d", store.AlertChange, "comments"
	usual := `urgency != "urgent"`
	for _, tt := range []struct {
		alerts []store.Alert
		want   []string
	}{
		{[]store.Alert{complaint}, []string{`organisation = "elm"`, `platform = "web"`, `kind = "complaint"`, usual}},
		{[]store.Alert{complaint, other}, []string{`organisation = "elm"`, `kind = "complaint"`, usual}},
		{[]store.Alert{complaint, urgent}, []string{`organisation = "elm"`, `platform = "web"`, `kind = "complaint"`, usual}},
		{[]store.Alert{urgent}, []string{`organisation = "elm"`, `platform = "web"`, `kind = "complaint"`, `urgency = "urgent"`}},
		{[]store.Alert{door}, []string{`organisation = "elm"`, `platform = "web"`, `check = "comments"`, `kind = "change"`, usual}},
		{[]store.Alert{complaint, door}, []string{`organisation = "elm"`, `platform = "web"`, usual}},
	} {
		var about []Item
		for _, a := range tt.alerts {
			about = append(about, Item{Alert: a})
		}
		s, err := ReadSnooze(Snooze{When: "4h", Alert: tt.alerts[0].ID, Labels: common(about)}.String())
		if err != nil {
			t.Fatal(err)
		}
		silence, err := s.Silence(tt.alerts[0], "sam", start, london)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, silence.Matchers); diff != "" {
			t.Error(diff)
		}
		read, err := readMatchers(silence.Matchers)
		if err != nil {
			t.Fatal(err)
		}
		more := urgent
		if more.ID = "e"; tt.alerts[0].Urgency != "urgent" && matches(read, labels(more)) {
			t.Errorf("%v keeps back what is urgent", silence.Matchers)
		}
	}
}

// Tomorrow morning is eight by the clock of the place, over the night in which the clocks change too.
func TestUntilTomorrowMorning(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for pressed, want := range map[string]string{"2026-11-22T10:00:00Z": "2026-11-23T08:00:00Z", "2026-11-22T23:59:00Z": "2026-11-23T08:00:00Z",
		"2026-10-24T20:00:00Z": "2026-10-25T08:00:00Z", "2026-03-28T20:00:00Z": "2026-03-29T07:00:00Z", "2026-07-01T23:30:00Z": "2026-07-03T07:00:00Z"} {
		at, err := time.Parse(time.RFC3339, pressed)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Snooze{When: "morning", Alert: "a", Labels: []string{"organisation"}}.Silence(store.Alert{Organisation: "elm"}, "sam", at, london)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.EndsAt.UTC().Format(time.RFC3339); got != want {
			t.Errorf("pressed %s: until %s, want %s", pressed, got, want)
		}
	}
}

// snoozeIsRead: what a button of Slack carries is a snooze of a night at most, written again as it came, or an error.
func snoozeIsRead(t *testing.T, text string) {
	t.Helper()
	s, err := ReadSnooze(text)
	if err != nil {
		return
	}
	if s.String() != text {
		t.Errorf("%q became %q", text, s.String())
	}
	silence, err := s.Silence(store.Alert{Organisation: "elm"}, "sam", start, time.UTC)
	if err != nil || silence.EndsAt.Sub(silence.StartsAt) > 33*time.Hour {
		t.Errorf("%q: %+v, %v", text, silence, err)
	}
}

// While a silence keeps a door's alerts back its message says so and by whom, whoever snoozed it; at the silence's end it says so no more,
// though nobody does anything.
func TestASnoozedMessageSaysSoUntilTheEnd(t *testing.T) {
	b := newBoard(t)
	b.tell(b.f.change("elm", "", "", audit.Open, audit.Closed))
	alert := slices.Collect(maps.Keys(b.f.alerts()))[0]
	s, err := NewSilence([]string{"organisation = elm", "kind = change"}, "Ann <!channel>", "snoozed in Slack", b.now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.f.db.AddSilence(t.Context(), s, b.now); err != nil {
		t.Fatal(err)
	}
	if err := b.f.db.Restate(t.Context(), alert, b.now); err != nil {
		t.Fatal(err)
	}
	b.work()
	p := b.posts(1)[0]
	says(t, p, "Silenced until", "by Ann <!channel>: snoozed in Slack.")
	if p.Edits != 1 {
		t.Errorf("%d edits", p.Edits)
	}
	b.now = s.EndsAt.Add(time.Second)
	b.work()
	if p = b.posts(1)[0]; p.Edits != 2 || strings.Contains(p.Shown(), "Silenced") {
		t.Errorf("%d edits: %s", p.Edits, p.Shown())
	}
	b.now = b.now.Add(24 * time.Hour)
	b.work()
	if p = b.posts(1)[0]; p.Edits != 2 {
		t.Errorf("%d edits", p.Edits)
	}
}
