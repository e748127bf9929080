package alerts

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"doorknock/audit"
	"doorknock/store"
)

// TestNobodyIsFlooded goes through the table: what a first look, a gap and old comments make of a comment.
func TestNobodyIsFlooded(t *testing.T) {
	data, err := os.ReadFile("testdata/flood.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name                         string
		First, Own                   bool
		Said, Connected, Due, Missed time.Duration
		Danger, Kind, Urgency        string
		Want, Late                   string
	}
	if err := yaml.UnmarshalWithOptions(data, &cases, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)
	f := newFixture(t, now)
	for i, tt := range cases {
		if tt.Connected == 0 {
			tt.Connected = 30 * 24 * time.Hour
		}
		f.exec(`UPDATE visit SET started_at = ?1 WHERE id = 'first-elm'`, stamp(now.Add(-tt.Connected)))
		visit := f.visit("elm", tt.First)
		if tt.Due > 0 {
			f.exec(`UPDATE visit SET due_at = ? WHERE id = ?`, stamp(now.Add(-tt.Due)), visit)
		}
		if tt.Missed > 0 {
			f.exec(`UPDATE visit SET got = NULL`)
			missed := f.visit("elm", false)
			f.exec(`UPDATE visit SET due_at = ?1, observed_at = ?1, got = 0 WHERE id = ?2`, stamp(now.Add(-tt.Missed)), missed)
		}
		c := said{visit: visit, channel: "elm", complaint: true, urgency: tt.Urgency}
		if tt.Said > 0 {
			c.at = now.Add(-tt.Said)
		}
		if tt.Own {
			c.by = audit.AuthorOrganisation
		}
		if tt.Danger != "" {
			c.hazards = fmt.Sprintf(`[{"id":%q,"kind":%q,"affirmed":true}]`, tt.Danger, tt.Kind)
		}
		e := f.comment(c)
		a, err := New(Options{Store: f.db, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		before := f.ask(`SELECT id, kind FROM alert`)
		handle(t, a, e, e)
		got, id := "", ""
		for alert, kind := range f.ask(`SELECT id, kind FROM alert`) {
			if before[alert] == "" {
				got, id = got+kind, alert
			}
		}
		if got != tt.Want {
			t.Errorf("%d %s: %q, want %q", i, tt.Name, got, tt.Want)
			continue
		}
		if tt.Want != "hazard" {
			continue
		}
		facts, err := f.db.AlertFacts(t.Context(), []string{id})
		if err != nil {
			t.Fatal(err)
		}
		first := Compose(facts, wording, false).Items[0].Lines[0].Plain()
		if said := strings.Contains(first, "Seen late: "); said != (tt.Late != "") || !strings.Contains(first, tt.Late) {
			t.Errorf("%s: %s", tt.Name, first)
		}
	}
}

// TestOneSummaryOfManyFirstLooks: what the first looks at two organisations find is one message, the urgent dangers named first;
// of somebody in danger it says nothing.
func TestOneSummaryOfManyFirstLooks(t *testing.T) {
	now := time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)
	f := newFixture(t, now)
	a, err := New(Options{Store: f.db, Now: func() time.Time { return now }, Config: Config{Route: RouteConfig{Receiver: "log"}, Receivers: []ReceiverConfig{{Name: "log", Log: &LogConfig{}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []string{"elm", "oak"} {
		visit := f.visit(o, true)
		for _, c := range []said{
			{}, {hazards: `[{"id":"damp","kind":"danger","affirmed":true}]`, urgency: "high"},
			{hazards: `[{"id":"gas","kind":"danger","affirmed":true}]`, urgency: "urgent"},
			{hazards: `[{"id":"self_harm","kind":"private","affirmed":true}]`, urgency: "urgent"},
		} {
			c.visit, c.channel, c.complaint, c.at = visit, o, true, now.Add(-90*24*time.Hour)
			handle(t, a, f.comment(c))
		}
	}
	now = now.Add(time.Minute)
	if _, err := a.flushDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := f.deliveries(t.Context())
	if len(list) != 1 || len(list[0].Alerts) != 2 {
		t.Fatalf("deliveries: %+v", list)
	}
	facts, err := f.db.AlertFacts(t.Context(), list[0].Alerts)
	if err != nil {
		t.Fatal(err)
	}
	m := Compose(facts, wording, true)
	text := m.Items[0].text()
	gas, damp := strings.Index(text, "Urgency urgent: gas"), strings.Index(text, "Urgency high: damp")
	if gas < 0 || damp < gas || strings.Contains(text, "self harm") || !strings.Contains(text, "4 comments") {
		t.Errorf("the summary says:\n%s", text)
	}
	if got := f.ask(`SELECT kind, count(*) || '' FROM alert GROUP BY kind`); got[string(store.AlertBacklog)] != "2" || len(got) != 1 {
		t.Errorf("alerts: %v", got)
	}
}
