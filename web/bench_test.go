package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// BenchmarkLeagueTable makes the whole table page of 2,000 organisations that were all looked at. Bare reads the rows
// alone; page reads them anew and prints; again prints what a reader a moment before asked for.
func BenchmarkLeagueTable(b *testing.B) {
	now := noon
	w := newTown(b, func(o *store.Options) { o.Now = func() time.Time { return now } })
	w.serve(Options{Now: func() time.Time { return now }})
	seedLeague(b, w, 2000)
	b.Run("bare", func(b *testing.B) {
		asked := []store.Asked{{Platform: audit.Web, Check: "comments", Counts: true, Shown: true}, {Platform: audit.Web, Check: "forum", Counts: true, Shown: true}}
		for b.Loop() {
			l, err := w.db.Public(now).League(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			if rows := l.Rows(asked, nil); len(rows) != 2000 {
				b.Fatalf("%d rows", len(rows))
			}
		}
	})
	page := func(b *testing.B, step time.Duration) {
		for b.Loop() {
			now = now.Add(step)
			rec := httptest.NewRecorder()
			w.h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/league", nil))
			if rec.Code != http.StatusOK {
				b.Fatalf("status %d", rec.Code)
			}
		}
	}
	b.Run("page", func(b *testing.B) { page(b, 2*rememberFor) })
	b.Run("again", func(b *testing.B) { page(b, 0) })
}

func seedLeague(b *testing.B, w *town, n int) {
	b.Helper()
	var orgs []audit.Organisation
	var channels []audit.Channel
	for i := range n {
		id := fmt.Sprintf("bench-%d", i)
		url := fmt.Sprintf("https://bench%d.test/", i)
		orgs = append(orgs, audit.Organisation{ID: id, Name: "Bench " + id, Nation: audit.England, Sector: "council"})
		channels = append(channels, audit.Channel{ID: audit.ChannelID(id, audit.Web, url), Organisation: id, Platform: audit.Web, URL: url, Lane: url, Confirmed: true})
	}
	if err := w.db.SyncOrganisations(b.Context(), orgs, channels); err != nil {
		b.Fatal(err)
	}
	for _, c := range channels {
		v := audit.Visit{V: 1, ID: audit.JobID(c.ID, noon), Channel: c, How: audit.Anonymous, Due: noon, StartedAt: noon, ObservedAt: noon}
		r := store.Recording{Visit: v, Now: noon}
		for _, check := range []audit.CheckID{"comments", "forum", "social_links", "complaints_page"} {
			verdict, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "bench", Version: 1, How: audit.Anonymous,
				URL: c.URL, Capture: audit.LongHash("bench", c.ID), Length: 6, Excerpt: "<form>"})
			if err != nil {
				b.Fatal(err)
			}
			r.Findings = append(r.Findings, audit.Finding{ID: audit.FindingID(v.ID, check, ""), Visit: v.ID, Channel: c.ID, Check: check, Verdict: verdict, How: audit.Anonymous, ObservedAt: noon})
		}
		if _, err := w.db.Record(b.Context(), r); err != nil {
			b.Fatal(err)
		}
	}
}
