package admin

import (
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// TestFiguresOfTrouble: work that was given up and places that could not be read are counted for who watches the figures.
func TestFiguresOfTrouble(t *testing.T) {
	d := newDesk(t, "")
	c := audit.Channel{ID: audit.ChannelID("oak", audit.Web, "https://oak.test/"), Organisation: "oak", Platform: audit.Web, URL: "https://oak.test/", Lane: "oak.test"}
	if err := d.db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak", Nation: audit.England, Sector: "council"}}, []audit.Channel{c}); err != nil {
		t.Fatal(err)
	}
	says := func(want ...string) {
		t.Helper()
		body := d.status(200, "GET", "/metrics", "").Body.String()
		for _, line := range want {
			if !strings.Contains(body, "\n"+line+"\n") {
				t.Errorf("%q is not in the figures", line)
			}
		}
	}
	says(`doorknock_places_unread{cause="no_answer"} 0`)
	if _, err := d.db.KeepDeadLetter(t.Context(), store.GivenUp{Advisory: "1", Stream: "JOBS", Consumer: "crawl", Ref: "job", Reason: "nonsense", At: d.now, Deliveries: 8}); err != nil {
		t.Fatal(err)
	}
	says(`doorknock_dead_letters{stream="JOBS"} 1`)
	for i := range 3 {
		at := d.now.Add(time.Duration(i-3) * time.Hour)
		v := audit.Visit{V: 1, ID: audit.JobID(c.ID, at), Channel: c, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at, Unread: audit.ReasonDNS}
		if _, err := d.db.Record(t.Context(), store.Recording{Visit: v, Now: at}); err != nil {
			t.Fatal(err)
		}
	}
	says(`doorknock_places_unread{cause="no_answer"} 1`, `doorknock_places_unread{cause="blocked"} 0`)
	says(`doorknock_queue_away_seconds 0`)
	if err := d.db.KeepQueueAway(t.Context(), d.now.Add(-90*time.Second), "EOF"); err != nil {
		t.Fatal(err)
	}
	says(`doorknock_queue_away_seconds 90`)
}
