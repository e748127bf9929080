package alerts

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/fakeslack"
	"doorknock/store"
)

// TestSeveralSitesAlertOnce: of two sites on which the same door closes, the first leaves the organisation's answer as it
// is, and only the second is told. Both changes are on the record.
func TestSeveralSitesAlertOnce(t *testing.T) {
	s := newStreet(t)
	second := *s
	second.channel = audit.Channel{ID: audit.ChannelID("elm", audit.Web, "https://group.elm.test/"), Organisation: "elm", Platform: audit.Web,
		URL: "https://group.elm.test/", Lane: "elm.test", Confirmed: true}
	elm := audit.Organisation{ID: "elm", Name: "Elm Homes", Nation: audit.England, Sector: "council", Website: "https://elm.test/"}
	if err := s.db.SyncOrganisations(t.Context(), []audit.Organisation{elm}, []audit.Channel{s.channel, second.channel}); err != nil {
		t.Fatal(err)
	}
	fake := &fakeslack.Server{}
	server := httptest.NewServer(fake)
	defer server.Close()
	a, err := New(Options{Store: s.db, Config: slackConfig(server.URL), Wording: wording, Sites: map[audit.CheckID]bool{"comments": true}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()

	for _, state := range []audit.State{audit.Open, audit.Open, audit.Closed, audit.Closed} {
		s.look(state, false)
		second.now = s.now.Add(time.Second)
		second.look(state, false)
		s.now = second.now
	}
	s.tell(a)
	until(t, "the change is told", func() bool { return len(fake.Messages()) > 0 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := fake.Messages(); len(got) != 1 || !strings.Contains(got[0].Text+string(got[0].Raw), "group.elm.test") {
		t.Errorf("%d messages: %+v", len(got), got)
	}
	changes, err := s.db.Public(time.Now().Add(time.Hour)).Edition(t.Context(), store.EditionAsk{To: time.Now().Add(time.Hour)})
	if err != nil || len(changes.Changes) != 2 {
		t.Errorf("%d changes on the record, %v", len(changes.Changes), err)
	}
}
