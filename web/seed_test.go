package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/internal/emptystore"
	"doorknock/store"
)

// noon is when the pages of the tests are read.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func testChecks() []CheckDoc {
	web := []audit.Platform{audit.Web}
	states := []audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent, audit.Unknown}
	return []CheckDoc{
		{ID: "comments", Title: "May visitors comment on posts?", Why: "Talking back begins here.", Basis: "practice", Rule: "A form in the page of the post.", Version: 1, Door: true, On: web, States: states},
		{ID: "forum", Title: "Is there a residents' forum?", Why: "Residents can talk to each other.", Basis: "practice", Rule: "Forum software, recognised.", Version: 1, Door: true, On: web, Site: true, States: states},
		{ID: "social_links", Title: "Does the site link its own social media accounts?", Why: "So that they can be found.", Basis: "practice", Rule: "Links in the page.", Version: 1, Door: true, On: web, Site: true, States: states},
		{ID: "complaints_page", Title: "Is there a complaints page within two clicks of the home page?", Why: "A complaint needs an address.", Basis: "duty: what is published", Rule: "A page of that name.", Version: 1, On: web, Site: true, States: states},
	}
}

// testDuties bind housing associations in England to a complaints page, may bind councils in Wales, and will bind co-operatives.
func testDuties() audit.Duties {
	row := audit.Duty{
		Check: "complaints_page", Source: "A Code of Complaints", Part: "section 3", Address: "https://code.test/3", Binds: true, Sure: true,
		From: time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC), Words: "The policy is easy to find.",
		Whom: audit.Whom{Nations: []string{audit.England}, Sectors: []string{"housing_association"}},
	}
	doubted, coming := row, row
	doubted.Sure, doubted.Whom = false, audit.Whom{Nations: []string{audit.Wales}, Sectors: []string{"council"}}
	coming.From, coming.Whom = time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC), audit.Whom{Nations: audit.Nations(), Sectors: []string{"co_op"}}
	return audit.Duties{Rows: []audit.Duty{row, doubted, coming}}
}

func testPlatforms() []PlatformDoc {
	return []PlatformDoc{
		{Name: audit.Web, CannotSee: "What stands behind a log-in.", NextStep: "You can look: open the page and see whether it lets you speak."},
		{Name: audit.Facebook, CannotSee: "Facebook forbids robots to read its pages.", NextStep: "You can look: three questions, one minute. Your page? Connect it.", Apart: true},
	}
}

// town is a store with pages over it.
type town struct {
	t  testing.TB
	db *store.DB
	h  http.Handler
}

func newTown(t testing.TB, change func(*store.Options)) *town {
	t.Helper()
	o := store.Options{Dir: emptystore.In(t, t.TempDir()), ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour, Now: func() time.Time { return noon }}
	if change != nil {
		change(&o)
	}
	db, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := &town{t: t, db: db}
	w.serve(Options{})
	return w
}

func (w *town) serve(o Options) {
	w.t.Helper()
	o.DB, o.Platforms = w.db, testPlatforms()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	if o.Checks == nil {
		o.Checks = testChecks()
	}
	if o.Duties.Rows == nil {
		o.Duties = testDuties()
	}
	h, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.h = h
}

func (w *town) list(organisations []audit.Organisation, channels ...audit.Channel) {
	w.t.Helper()
	if err := w.db.SyncOrganisations(context.Background(), organisations, channels); err != nil {
		w.t.Fatal(err)
	}
}

func organisation(id, name, nation, sector string) audit.Organisation {
	return audit.Organisation{ID: id, Name: name, Nation: nation, Sector: sector, Website: "https://" + id + ".test/"}
}

func channel(organisation string, confirmed bool) audit.Channel {
	address := "https://" + organisation + ".test/"
	return audit.Channel{ID: audit.ChannelID(organisation, audit.Web, address), Organisation: organisation, Platform: audit.Web,
		URL: address, Lane: organisation + ".test", Confirmed: confirmed}
}

func facebook(organisation string) audit.Channel {
	address := "https://www.facebook.com/" + organisation
	return audit.Channel{ID: audit.ChannelID(organisation, audit.Facebook, address), Organisation: organisation, Platform: audit.Facebook,
		URL: address, Lane: "facebook.com", Confirmed: true}
}

// says is what one look finds of one check.
type says struct {
	check   audit.CheckID
	state   audit.State
	reason  audit.Reason
	excerpt string
}

// visit records one look at a channel.
func (w *town) visit(c audit.Channel, when time.Time, answers ...says) store.Recording {
	w.t.Helper()
	return w.late(c, when, when.Add(time.Second), answers...)
}

// late records a look that arrived at a time.
func (w *town) late(c audit.Channel, when, arrived time.Time, answers ...says) store.Recording {
	w.t.Helper()
	id := audit.JobID(c.ID, when)
	page := audit.Capture{ID: audit.LongHash("capture", id), URL: c.URL + "news/hello", Status: 200, Type: "text/html",
		Hash: audit.LongHash(id) + audit.LongHash(c.ID), Bytes: 5120, At: when, File: "2026/" + id + ".warc.gz", Offset: 1204}
	robots := audit.Capture{ID: audit.LongHash("robots", id), URL: c.URL + "robots.txt", Reason: audit.ReasonTimeout, At: when}
	v := audit.Visit{V: 1, ID: id, Channel: c, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when,
		Captures: []audit.Capture{robots, page}}
	r := store.Recording{Visit: v, Now: arrived}
	for _, a := range answers {
		r.Findings = append(r.Findings, audit.Finding{Check: a.check, Verdict: verdict(w.t, a, page), System: "wordpress"})
	}
	if _, err := w.db.Record(context.Background(), r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func verdict(t testing.TB, a says, c audit.Capture) audit.Verdict {
	t.Helper()
	if a.state == audit.Unknown {
		return audit.UnknownFor(a.reason)
	}
	e := &audit.Evidence{Type: audit.Marker, Rule: "rule-" + a.state.String(), Version: 3, Offset: 4711, Length: 29, Excerpt: a.excerpt,
		How: audit.Anonymous, URL: c.URL, Capture: c.ID}
	kind := audit.Kind("")
	switch a.state {
	case audit.Absent:
		e.Type = audit.Absence
	case audit.Restricted:
		kind = audit.KindMembers
	}
	v, err := audit.NewVerdict(a.state, "", kind, e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// findingOf gives the id that the store makes for a recording's answer.
func findingOf(r store.Recording, c audit.CheckID) string { return audit.FindingID(r.Visit.ID, c, "") }

// ask requests a page and wants the status.
func (w *town) ask(path string, want int) string {
	w.t.Helper()
	answer := w.answer(http.MethodGet, path)
	if answer.Code != want {
		w.t.Fatalf("GET %s: status %d, want %d\n%s", path, answer.Code, want, answer.Body)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if strings.Contains(string(body), "⟦") || strings.Contains(string(body), "ZgotmplZ") {
		w.t.Errorf("GET %s: a string is missing or an address was refused:\n%s", path, body)
	}
	return string(body)
}

func (w *town) answer(method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, http.NoBody)
	answer := httptest.NewRecorder()
	w.h.ServeHTTP(answer, r)
	return answer
}

// small fills the town with organisations whose doors were seen in every way.
func (w *town) small() {
	w.t.Helper()
	homes := 12400
	otter := organisation("otter", "Otter Homes", audit.England, "housing_association")
	otter.Homes, otter.Predecessors = &homes, []string{"River Bank Housing", "Weir Homes"}
	w.list([]audit.Organisation{
		otter,
		organisation("heron", "Heron Housing Association", audit.England, "housing_association"),
		organisation("badger", "Badgerbrook Council", audit.Wales, "council"),
		organisation("wren", "Wren Co-operative Homes", audit.Scotland, "co_op"),
		organisation("mole", "Mole End Housing", audit.NorthernIreland, "housing_association"),
		organisation("tenants", "United Tenants of the Valley", audit.UK, "tenants_body"),
	}, channel("otter", true), facebook("otter"), channel("heron", true), channel("badger", true), channel("wren", true),
		channel("mole", true), facebook("mole"))
	day := func(n int, hour int) time.Time { return time.Date(2026, 11, n, hour, 14, 0, 0, time.UTC) }
	open, closed, absent, restricted, unknown := audit.Open, audit.Closed, audit.Absent, audit.Restricted, audit.Unknown
	for _, d := range []int{10, 12} {
		w.visit(channel("otter", true), day(d, 10),
			says{"comments", open, "", `<textarea id="comment" name="comment">`}, says{"forum", absent, "", "<title>Otter Homes</title>"},
			says{"social_links", open, "", `<a href="https://www.facebook.com/otter">`}, says{"complaints_page", open, "", "<h1>Make a complaint</h1>"})
		w.visit(channel("heron", true), day(d, 11),
			says{"comments", open, "", `<textarea id="comment">`}, says{"forum", unknown, audit.ReasonIncomplete, ""},
			says{"social_links", open, "", `<a href="https://x.com/heron">`}, says{"complaints_page", absent, "", "<title>Heron</title>"})
		w.visit(channel("badger", true), day(d, 12),
			says{"comments", restricted, "", "You must be logged in to post a comment."}, says{"forum", unknown, audit.ReasonNeedsJS, ""},
			says{"social_links", unknown, audit.ReasonRobots, ""}, says{"complaints_page", unknown, audit.ReasonRobots, ""})
		w.visit(channel("wren", true), day(d, 13), says{"comments", unknown, audit.ReasonDNS, ""}, says{"forum", unknown, audit.ReasonDNS, ""},
			says{"social_links", unknown, audit.ReasonDNS, ""}, says{"complaints_page", unknown, audit.ReasonDNS, ""})
	}
	for _, d := range []int{15, 17} {
		w.visit(channel("heron", true), day(d, 9),
			says{"comments", closed, "", `<p class="no-comments">Comments are closed.</p>`}, says{"forum", unknown, audit.ReasonIncomplete, ""},
			says{"social_links", open, "", `<a href="https://x.com/heron">`}, says{"complaints_page", absent, "", "<title>Heron</title>"})
	}
	w.visit(channel("otter", true), day(21, 9),
		says{"comments", open, "", `<textarea id="comment" name="comment">`}, says{"forum", open, "", "SECRET-PENDING"},
		says{"social_links", open, "", `<a href="https://www.facebook.com/otter">`}, says{"complaints_page", open, "", "<h1>Make a complaint</h1>"})
}

// many lists n organisations, each with a site that was read.
func (w *town) many(n int) {
	w.t.Helper()
	nations, sectors := audit.Nations(), audit.Sectors()
	var organisations []audit.Organisation
	var channels []audit.Channel
	for i := range n {
		id := fmt.Sprintf("org-%04d", i)
		organisations = append(organisations, organisation(id, fmt.Sprintf("Organisation %04d Homes and Neighbourhoods", i), nations[i%len(nations)], sectors[i%len(sectors)]))
		channels = append(channels, channel(id, true))
	}
	w.list(organisations, channels...)
	for i, c := range channels {
		states := []audit.State{audit.Open, audit.Restricted, audit.Unknown, audit.Open}
		for round := range 2 {
			w.visit(c, noon.AddDate(0, 0, -4+2*round).Add(time.Duration(i)*time.Second),
				says{"comments", states[i%4], audit.ReasonRobots, "a"}, says{"forum", states[(i/2)%4], audit.ReasonNeedsJS, "b"},
				says{"social_links", states[(i/3)%4], audit.ReasonTimeout, "c"}, says{"complaints_page", states[(i/5)%4], audit.ReasonDNS, "d"})
		}
	}
}
