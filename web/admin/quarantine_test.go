package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
	"doorknock/web"
)

// heldQuestion has 24 sites open, and six of them, of five organisations, closed at once.
func heldQuestion(t *testing.T, d *desk) Quarantine {
	t.Helper()
	var orgs []audit.Organisation
	var sites []audit.Channel
	for i := range 24 {
		id := fmt.Sprintf("elm%d", max(i, 1)) // the first two are one's
		if i > 0 {
			orgs = append(orgs, audit.Organisation{ID: id, Name: id, Nation: audit.England, Sector: "council"})
		}
		site := fmt.Sprintf("https://s%d.test/", i)
		sites = append(sites, audit.Channel{ID: audit.ChannelID(id, audit.Web, site), Organisation: id, Platform: audit.Web, URL: site, Lane: site, Confirmed: true})
	}
	if err := d.db.SyncOrganisations(context.Background(), orgs, sites); err != nil {
		t.Fatal(err)
	}
	see := func(s audit.State, n int, ago time.Duration) {
		verdict, err := audit.NewVerdict(s, "", "", &audit.Evidence{Type: audit.Marker, Rule: "r", Version: 1, Length: 4, Excerpt: "mark", Capture: "c"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range sites[:n] {
			at := d.now.Add(-ago)
			v := audit.Visit{V: 1, ID: audit.JobID(c.ID, at), Channel: c, How: audit.Anonymous, Due: at, StartedAt: at, ObservedAt: at}
			if _, err := d.db.Record(context.Background(), store.Recording{Visit: v, Now: at, Findings: []audit.Finding{{Check: "comments", Verdict: verdict, System: "wordpress"}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	see(audit.Open, 24, 8*time.Hour)
	see(audit.Closed, 6, 2*time.Hour)
	dress, err := web.NewDress()
	if err != nil {
		t.Fatal(err)
	}
	return Quarantine{DB: d.db, Dress: dress, Now: func() time.Time { return d.now }, Titles: map[audit.CheckID]string{"comments": "Can people <comment>?"}}
}

// TestAHeldQuestionIsLetThrough: the page says what is held, since when and how many organisations wait, and lets it through for
// who is logged in and sends the page's own form.
func TestAHeldQuestionIsLetThrough(t *testing.T) {
	d := &alertDesk{desk: newDesk(t, secret)}
	p := heldQuestion(t, d.desk)
	password, err := NewPassword(secret)
	if err != nil {
		t.Fatal(err)
	}
	if d.h, err = New(Options{DB: d.db, Now: p.Now, Pages: p.Pages(), Password: password}); err != nil {
		t.Fatal(err)
	}
	d.status(303, "GET", "/quarantine", "") // to the log-in
	d.login(secret)
	page := d.shows("/quarantine", "Can people &lt;comment&gt;?", "web comments", "Held since 21 Nov 2026 10:00 UTC: 5 of 24 places", "Answers of 5 organisations", "Let it through", "What you leave stays held")
	m := tokenField.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the form has no token")
	}
	form := func(do, check, token string) string {
		return url.Values{"do": {do}, "platform": {"web"}, "check": {check}, "token": {token}}.Encode()
	}
	held := func(want int) {
		t.Helper()
		if q, err := d.db.Quarantines(context.Background()); err != nil || len(q) != want {
			t.Errorf("held: %+v, %v, want %d", q, err, want)
		}
	}
	d.status(403, "POST", "/quarantine", form("release", "comments", "guess"))
	d.status(403, "POST", "/quarantine", form("release", "comments", m[1]), func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	d.status(400, "POST", "/quarantine", form("", "comments", m[1]))
	d.status(400, "POST", "/quarantine", form("release", "forum", m[1]))
	d.status(200, "GET", "/quarantine?"+form("release", "comments", m[1]), "")
	held(1)
	d.status(303, "POST", "/quarantine", form("release", "comments", m[1]))
	held(0)
	d.shows("/quarantine", "Nothing is held.", "!Let it through")
	d.status(400, "POST", "/quarantine", form("release", "comments", m[1])) // sent twice
}
