package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/alerts"
	"doorknock/audit"
	"doorknock/configs"
	"doorknock/internal/emptystore"
	"doorknock/score/talk"
	"doorknock/store"
)

// TestLabelsLeaveOutAndSuppressNothing: comments go through the scorer as run reads them, into the store. Of what is no longer
// visible, a threat of its writer and spam are on neither side; a report of a threat is. A text that looks like spam and tells of a
// danger is on its side all the same, and somebody is told of it.
func TestLabelsLeaveOutAndSuppressNothing(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	db, err := store.Open(t.Context(), store.Options{Dir: emptystore.In(t, t.TempDir()), ConfirmAfter: time.Minute, Interval: time.Hour, RetainText: 30 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	c := audit.Channel{ID: audit.ChannelID("elm", audit.Web, "https://elm.test/"), Organisation: "elm", Platform: audit.Web, URL: "https://elm.test/", Lane: "elm.test", Confirmed: true}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{c}); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		"threat": "I'll burn your office down and I know where you live",
		"report": "My neighbour threatened to burn my flat down and nobody answers",
		"spam":   "Quick loans, no credit checks, WhatsApp me on 07700 900456",
		"both":   "I can smell gas in the hall! Free boiler grants, claim now at www.boilergrant.example, WhatsApp me on 07700 900456",
		"plain":  "Still no reply about the broken lift, this is a disgrace",
	}
	scorer, err := newScorer()
	if err != nil {
		t.Fatal(err)
	}
	assess, ids := assessing(scorer, configs.Score{}), map[string]string{}
	v := audit.Visit{V: 1, ID: audit.VisitID(c.ID, audit.Anonymous, "", now), Channel: c, How: audit.Anonymous, StartedAt: now, ObservedAt: now, Posts: []audit.Post{{ID: "p", URL: "https://elm.test/p"}}}
	var made []audit.Assessment
	for name, text := range texts {
		id := audit.CommentID(c.ID, "wordpress", name)
		ids[id] = name
		text = audit.Redact(text)
		v.Comments = append(v.Comments, audit.Comment{ID: id, Post: "p", System: "wordpress", URL: "https://elm.test/p#" + name, By: audit.AuthorPublic, Time: now, Text: text, TextHash: audit.Hash(text)})
		a := assess(audit.Stream{Organisation: "elm", Platform: audit.Web}, text)
		a.Comment = id
		made = append(made, a)
	}
	if _, err := db.Record(t.Context(), store.Recording{Visit: v, Now: now}); err != nil {
		t.Fatal(err)
	}
	raised, err := db.SaveAssessments(t.Context(), audit.EventID(audit.EventComments, v.ID), made, now)
	if err != nil {
		t.Fatal(err)
	}
	told, err := db.Public(now).Talk(t.Context(), "elm", now.AddDate(0, 0, -talkDays))
	if err != nil {
		t.Fatal(err)
	}
	threats, spam := map[string]bool{}, map[string]bool{}
	for i, s := range told.Said {
		threats[ids[s.ID]], spam[ids[s.ID]] = s.Threat, s.Spam
		told.Said[i].Removed = true // by its organisation's own word, so that each that is on a side is counted
	}
	if diff := cmp.Diff(map[string]bool{"threat": true, "report": false, "spam": false, "both": false, "plain": false}, threats); diff != "" {
		t.Errorf("threats (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"threat": false, "report": false, "spam": true, "both": false, "plain": false}, spam); diff != "" {
		t.Errorf("spam (-want +got):\n%s", diff)
	}
	if got := talk.Visible(told.Said, told.Shown, nil); got.Complaints.Watched+got.Others.Watched != 3 {
		t.Errorf("%+v, want the three that are neither threat nor spam", got)
	}
	alerter, err := alerts.New(alerts.Options{Store: db, Config: alerts.Config{Complaints: alerts.ComplaintsEach, Route: alerts.RouteConfig{Receiver: "log"}, Receivers: []alerts.ReceiverConfig{{Name: "log", Log: &alerts.LogConfig{}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range raised {
		if err := alerter.HandleEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.AlertsRaised(t.Context(), now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	heard := map[string]bool{}
	for _, a := range all {
		heard[ids[a.Ref]] = true
	}
	if !heard["both"] || !heard["plain"] || !heard["report"] {
		t.Errorf("somebody is told of %v", heard)
	}
	for _, a := range made {
		if name := ids[a.Comment]; name == "both" && (a.Spam == nil || *a.Spam < 0.5 || a.Urgency != "urgent") {
			t.Errorf("the text that looks like spam: %+v", a)
		}
	}
}
