package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/score"
	"doorknock/store"
)

// words takes a page's text as a reader gets it: no tags, one blank between words.
func plain(page string) string {
	page = regexp.MustCompile(`(?s)<head>.*?</head>|<svg.*?</svg>`).ReplaceAllString(page, " ")
	page = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")
	page = strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&lt;", "<", "&gt;", ">", "&amp;", "&", "&#43;", "+").Replace(page)
	return strings.Join(strings.Fields(page), " ")
}

func wants(t *testing.T, page string, parts ...string) {
	t.Helper()
	text := strings.ReplaceAll(plain(page), "\u00a0", " ")
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("the page does not say %q:\n%s", part, text)
		}
	}
}

func wantsNot(t *testing.T, page string, parts ...string) {
	t.Helper()
	text := strings.ReplaceAll(plain(page), "\u00a0", " ")
	for _, part := range parts {
		if strings.Contains(text, part) || strings.Contains(page, part) {
			t.Errorf("the page says %q:\n%s", part, text)
		}
	}
}

func TestHomeSaysWhatWasSeen(t *testing.T) {
	w := newTown(t, nil)
	fresh := w.ask("/", http.StatusOK)
	wants(t, fresh, "Not looked yet", "Last look: not looked yet", "Facebook")
	w.list([]audit.Organisation{organisation("otter", "Otter Homes", audit.England, "council")}, channel("otter", true))
	wants(t, w.ask("/", http.StatusOK), "1 organisation is on the list, and the first knock is due.")
	w.small()
	home := w.ask("/", http.StatusOK)
	wants(t, home, "6 organisations on the list.", "4 of them looked at so far.", "20 doors", "4 open", "1 restricted", "1 closed",
		"1 none seen", "12 could not see", "1 being checked", "4 the site's name leads nowhere", "Last look: 21 Nov 2026 09:14 UTC",
		"Heron Housing Association : May visitors comment on posts?", "First seen 15 Nov 2026 09:14, confirmed 17 Nov 2026 09:14 UTC.")
	wantsNot(t, home, "Not looked yet", "<script", "SECRET-PENDING")
}

func TestLeague(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	league := w.ask("/league", http.StatusOK)
	wants(t, league, "1 Otter Homes Housing association, England A 100 of 100 2 of 3 known (66 %)",
		"2 Heron Housing Association Housing association, England C 50 of 100 2 of 3 known (66 %) E 0 of 100, 1 of 1 known (100 %) 1 open 1 closed 1 none seen 1 could not see",
		"none Badgerbrook Council Council, Wales 50 of 100 1 of 3 known (33 %) not applicable",
		"none United Tenants of the Valley Tenants' body, UK no score yet nothing to ask not applicable no door on the list")
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"sort=name", []string{"badger", "heron", "mole", "otter", "tenants", "wren"}},
		{"sort=coverage&nation=England", []string{"otter", "heron"}},
		{"sort=open", []string{"otter", "heron", "badger", "mole", "tenants", "wren"}},
		{"sort=unknown", []string{"mole", "wren", "badger", "heron", "otter", "tenants"}},
		{"sort=homes", []string{"otter", "heron", "badger", "mole", "tenants", "wren"}},
		{"state=closed", []string{"heron"}},
		{"state=checking", []string{"otter"}},
		{"check=comments&state=open", []string{"otter"}},
		{"check=comments", []string{"otter", "heron", "badger", "mole", "wren"}},
		{"sector=co_op", []string{"wren"}},
		{"sort=1;drop&nation=Atlantis&check=%22&state=open'&page=-7&sector[]=x", []string{"otter", "heron", "badger", "mole", "tenants", "wren"}},
		{"page=99999999999999999999", []string{"otter", "heron", "badger", "mole", "tenants", "wren"}},
		{"nation=Scotland&state=closed", nil},
	} {
		var got []string
		for _, m := range regexp.MustCompile(`/organisations/([a-z-]+)`).FindAllStringSubmatch(w.ask("/league?"+c.query, http.StatusOK), -1) {
			got = append(got, m[1])
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("league?%s (-want +got):\n%s", c.query, d)
		}
	}
}

// The table is kept between readers; what is committed shows to the next one, in the table and in its file.
func TestLeagueShowsACommitAtOnce(t *testing.T) {
	w := newTown(t, nil)
	w.list([]audit.Organisation{organisation("otter", "Otter Homes", audit.England, "housing_association")}, channel("otter", true))
	wants(t, w.ask("/league", http.StatusOK), "Otter Homes", "4 could not see")
	w.visit(channel("otter", true), noon.Add(-time.Hour), says{"comments", audit.Open, "", "<form>"})
	wants(t, w.ask("/league", http.StatusOK), "1 open", "3 could not see")
	wants(t, w.ask("/league.csv", http.StatusOK), ",1,0,0,0,3,0,")
	if err := w.db.Hold(context.Background(), "otter", "comments", noon); err != nil {
		t.Fatal(err)
	}
	wants(t, w.ask("/league", http.StatusOK), "1 being checked")
	wantsNot(t, w.ask("/league", http.StatusOK), "1 open")
}

func TestTiesShareARank(t *testing.T) {
	mark := func(name string, v float64, known int) *standing {
		s := &standing{LeagueRow: store.LeagueRow{Name: name, Counted: store.Tally{Unknown: 10 - known}}}
		s.Counted.Open = int(v) * known / 100
		s.Counted.Closed = known - s.Counted.Open
		s.mark = markOf(s.Counted, score.PartDoor)
		return s
	}
	rows := []*standing{mark("thin", 100, 5), mark("d", 50, 10), mark("b", 100, 10), mark("a", 100, 6), mark("c", 50, 8), mark("unseen", 0, 0)}
	if n := rank(rows); n != 4 {
		t.Errorf("%d have a rank, want 4", n)
	}
	got := map[string]int{}
	for _, r := range rows {
		got[r.Name] = r.rank
	}
	if d := cmp.Diff(map[string]int{"a": 1, "b": 1, "c": 3, "d": 3, "thin": 0, "unseen": 0}, got); d != "" {
		t.Errorf("ranks (-want +got):\n%s", d)
	}
}

func TestOrganisationAnswersTheTenantFirst(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	otter := w.ask("/organisations/otter", http.StatusOK)
	wants(t, otter, "Where can I speak to Otter Homes?", "In the comments under posts, on their web site (otter.test)", "12,400 homes",
		"Formerly: River Bank Housing; Weir Homes", "1 more door could not be seen or is being checked.", "being checked",
		"Since 10 Nov 2026", "Last seen 21 Nov 2026", "A 100 of 100", "Based on 2 of 3 questions (66 % coverage). 1 is being checked and counts only when a second look agrees",
		"Facebook forbids robots to read its pages.", "You can look: three questions, one minute. Your page? Connect it.")
	wantsNot(t, otter, "SECRET-PENDING")
	if strings.Index(otter, "Where can I speak") > strings.Index(otter, "Door score") {
		t.Error("the score stands before the answer")
	}
	wants(t, w.ask("/league?state=checking", http.StatusOK), "2 of 3 known (66 %), 1 being checked")
	heron := w.ask("/organisations/heron", http.StatusOK)
	wantsNot(t, heron, "is being checked and counts")
	wants(t, heron, "closed", "not found in our look", "not found in our look", "We could not see this: not every page that this question needs could be read.",
		"You can look: open the page and see whether it lets you speak.", "open became closed First seen 15 Nov 2026 09:14, confirmed 17 Nov 2026 09:14 UTC.")
	wants(t, w.ask("/organisations/wren", http.StatusOK), "We could not see any of this organisation's doors yet", "the site's name leads nowhere", "No score")
	wants(t, w.ask("/organisations/mole", http.StatusOK), "Nobody has looked here yet", "not looked yet")
	wants(t, w.ask("/organisations/tenants", http.StatusOK), "No place of this organisation is on our list yet.")
	wants(t, w.ask("/organisations/badger", http.StatusOK), "Open to some", "for members")
}

// TestOldPagesAreTold: a page under a former name is shown as one that is still up, with a link, and no door of the organisation.
func TestOldPagesAreTold(t *testing.T) {
	w := newTown(t, nil)
	o := organisation("otter", "Otter Homes", audit.England, "housing_association")
	o.Predecessors, o.OldPages = []string{"River Bank Housing"}, []string{"https://www.facebook.com/RiverBankHousing", "http://riverbank.test/"}
	w.list([]audit.Organisation{o}, channel("otter", true))
	page := w.ask("/organisations/otter", http.StatusOK)
	wants(t, page, "Formerly: River Bank Housing", "Old page still up, which is not looked at and counts for nothing: https://www.facebook.com/RiverBankHousing", "http://riverbank.test/")
	if strings.Count(page, "RiverBankHousing") != 2 || !strings.Contains(page, `href="https://www.facebook.com/RiverBankHousing"`) {
		t.Error("the old page is more than a link")
	}
	o.OldPages = nil
	w.list([]audit.Organisation{o}, channel("otter", true))
	wantsNot(t, w.ask("/organisations/otter", http.StatusOK), "Old page")
}

func TestEvidencePage(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	id := regexp.MustCompile(`/findings/([0-9a-f]+)`).FindString(w.ask("/organisations/heron", http.StatusOK))
	page := w.ask(id, http.StatusOK)
	wants(t, page, "On 17 Nov 2026 at 09:14 UTC, at https://heron.test/news/hello, seen by this copy of doorknock as a visitor without an account: the page's own marker said that comments are off.",
		`<p class="no-comments">Comments are closed.</p>`, "rule-closed, version 3", "29 bytes from byte 4,711", "SHA-256", ".warc.gz, at byte 1,204",
		"https://heron.test/news/hello read for this answer 200", "no answer: no answer came in time", "Is this wrong?", strings.TrimPrefix(id, "/findings/"))
	if !strings.Contains(page, "&lt;p class=&#34;no-comments&#34;&gt;") {
		t.Error("the marker is not shown as text")
	}
}

// TestEvidenceQuotesEveryClause: of rules that say three things of criticism all three stand on the page, escaped like all words of
// others; an answer that quotes nothing shows no wording.
func TestEvidenceQuotesEveryClause(t *testing.T) {
	w := newTown(t, nil)
	place := channel("otter", true)
	w.list([]audit.Organisation{organisation("otter", "Otter Homes", audit.England, "housing_association")}, place)
	clauses := []string{"Criticism is welcome", "We hide posts that name <i>private</i> people", "We may block anybody who writes the same twice"}
	when := noon.AddDate(0, 0, -2)
	v := audit.Visit{V: 1, ID: audit.JobID(place.ID, when), Channel: place, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when}
	open := verdict(t, says{state: audit.Open, excerpt: "<p>Criticism is welcome.</p>"}, audit.Capture{})
	wording := audit.Text(audit.WordingID(clauses))
	if _, err := w.db.Record(context.Background(), store.Recording{Visit: v, Now: when, Findings: []audit.Finding{
		{Check: "comments", Verdict: open, Values: audit.Values{audit.ValueWording: wording, audit.ValueClauses: audit.Number(3)}, Wording: clauses},
		{Check: "forum", Verdict: open, Values: audit.Values{audit.ValueWording: wording}, Wording: clauses},
	}}); err != nil {
		t.Fatal(err)
	}
	page := w.ask("/findings/"+audit.FindingID(v.ID, "comments", ""), http.StatusOK)
	wants(t, page, "Every clause that we read", "Criticism is welcome", "We hide posts that name <i>private</i> people", "We may block anybody who writes the same twice")
	if !strings.Contains(page, "<q>We hide posts that name &lt;i&gt;private") {
		t.Error("the clauses are not shown as text")
	}
	wantsNot(t, w.ask("/findings/"+audit.FindingID(v.ID, "forum", ""), http.StatusOK), "Every clause", "We may block anybody")
}

// TestEvidenceNamesSystems: a system is called what it is, an ombudsman or a translation tool no comment system, and by the name
// that its maker gives it; an ombudsman of Wales by both its names.
func TestEvidenceNamesSystems(t *testing.T) {
	s := &site{words: mustRead(t)}
	for _, c := range []struct {
		check             audit.CheckID
		system, name, say string
	}{
		{"comments", "wordpress", "Comment system", "WordPress"},
		{"comments", "facebook+disqus", "Comment system", "Facebook, Disqus"},
		{"forum", "phpbb", "Forum software", "phpBB"},
		{"forum", "some-board", "Forum software", "some-board"},
		{"ombudsman_link", "housing-ombudsman+psow", "Ombudsman", "Housing Ombudsman, Public Services Ombudsman for Wales (Ombwdsmon Gwasanaethau Cyhoeddus Cymru)"},
		{"languages", "recite-me", "Translation tool", "Recite Me"},
		{"reviews", "kk-star-ratings", "Review system", "kk-star-ratings"},
		{"site_search", "google-search", "System", "google-search"},
		{"forum", "none", "", ""},
		{"forum", "", "", ""},
	} {
		f := store.FindingView{Finding: audit.Finding{Check: c.check, System: c.system, Verdict: audit.UnknownFor(audit.ReasonNoMarker), ObservedAt: noon}}
		var got sheetLine
		for _, line := range s.sheet(f) {
			if line.Name == c.name && c.name != "" || strings.Contains(strings.ToLower(line.Name), "system") || line.Name == "Forum software" {
				got = line
			}
		}
		if got.Name != c.name || got.Value != c.say {
			t.Errorf("%s by %q: %q is %q, want %q is %q", c.check, c.system, got.Name, got.Value, c.name, c.say)
		}
	}
}

// An old look reads "last seen" after 14 days and says nothing of now after 45; the dated statement stays to be read.
func TestOldLooksAreCalledOld(t *testing.T) {
	w := newTown(t, nil)
	aged, stale := channel("aged", true), channel("stale", true)
	w.list([]audit.Organisation{organisation("aged", "Aged", audit.England, "council"), organisation("stale", "Stale", audit.England, "council")}, aged, stale)
	w.visit(aged, noon.AddDate(0, 0, -15), says{"comments", audit.Open, "", "x"})
	old := w.visit(stale, noon.AddDate(0, 0, -46), says{"comments", audit.Open, "", "x"})
	wants(t, w.ask("/organisations/aged", http.StatusOK), "open", "This was last seen on 6 Nov 2026; a new look is due.", "100 of 100")
	page := w.ask("/organisations/stale", http.StatusOK)
	wants(t, page, "We could not see this: the last look is too old to rely on.", "It was seen as “open” on 6 Oct 2026.", "No score")
	w.ask("/findings/"+findingOf(old, "comments"), http.StatusOK)
	wants(t, w.ask("/", http.StatusOK), "1 the last look is too old to rely on", "1 open")
}

// The address of a look that was rolled up leads to what is kept of its run, and says so.
func TestEvidenceOfARolledUpLook(t *testing.T) {
	w := newTown(t, nil)
	c := channel("otter", true)
	w.list([]audit.Organisation{organisation("otter", "Otter", audit.England, "council")}, c)
	var looks []store.Recording
	for d := range 20 {
		looks = append(looks, w.visit(c, noon.AddDate(0, 0, d-39), says{"comments", audit.Open, "", "<form>"}))
	}
	w.visit(c, noon.AddDate(0, 0, -1), says{"comments", audit.Open, "", "<form>"})
	if _, err := w.db.Tidy(t.Context(), noon, func(string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	first, last := findingOf(looks[0], "comments"), findingOf(looks[19], "comments")
	page := w.ask("/findings/"+findingOf(looks[7], "comments"), http.StatusOK)
	wants(t, page, "one of several looks from 13 Oct 2026 to 1 Nov 2026 that all said the same", "not kept one by one: 18", "The first look")
	if !strings.Contains(page, `href="/findings/`+first+`"`) {
		t.Error("there is no link to the first look")
	}
	wants(t, w.ask("/findings/"+last, http.StatusOK), "From 13 Oct 2026 to 1 Nov 2026 every look that saw anything said the same.")
	if page := w.ask("/findings/"+first, http.StatusOK); strings.Contains(page, "one by one") {
		t.Error("the first look of a run says that it ends one")
	}
}

// A page that had not changed is shown with the hash and the file of the look that kept its body.
func TestEvidenceOfAnUnchangedPage(t *testing.T) {
	w := newTown(t, nil)
	c := channel("otter", true)
	w.list([]audit.Organisation{organisation("otter", "Otter", audit.England, "council")}, c)
	first := w.visit(c, noon.AddDate(0, 0, -3), says{"comments", audit.Open, "", "<form>"})
	kept := first.Visit.Captures[1]
	when := noon.AddDate(0, 0, -1)
	v := audit.Visit{V: 1, ID: audit.JobID(c.ID, when), Channel: c, How: audit.Anonymous, StartedAt: when, ObservedAt: when,
		Captures: []audit.Capture{{ID: "again", URL: kept.URL, Status: 304, Hash: kept.Hash, Unchanged: kept.ID, At: when}}}
	r := store.Recording{Visit: v, Now: when, Findings: []audit.Finding{{Check: "comments", Verdict: first.Findings[0].Verdict}}}
	if _, err := w.db.Record(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	page := w.ask("/findings/"+findingOf(r, "comments"), http.StatusOK)
	wants(t, page, kept.Hash, kept.File+", at byte 1,204", kept.URL+" read for this answer 304, unchanged since an earlier look")
}

// The statement of an earlier time keeps its address after the door has changed.
func TestOldEvidenceKeepsItsAddress(t *testing.T) {
	w := newTown(t, nil)
	c := channel("heron", true)
	w.list([]audit.Organisation{organisation("heron", "Heron", audit.England, "council")}, c)
	at := func(day int) time.Time { return time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC) }
	open := w.visit(c, at(1), says{"comments", audit.Open, "", "open-first"})
	again := w.visit(c, at(3), says{"comments", audit.Open, "", "open-again"})
	once := w.visit(c, at(4), says{"comments", audit.Absent, "", "never-confirmed"})
	shut := w.visit(c, at(5), says{"comments", audit.Closed, "", "shut-first"})
	for r, want := range map[*store.Recording]int{&open: 200, &again: 200, &once: 404, &shut: 404} {
		w.ask("/findings/"+findingOf(*r, "comments"), want)
	}
	w.visit(c, at(7), says{"comments", audit.Closed, "", "shut-again"})
	for r, want := range map[*store.Recording]int{&open: 200, &again: 200, &once: 404, &shut: 200} {
		w.ask("/findings/"+findingOf(*r, "comments"), want)
	}
}

// Nothing that is pending, held, in its notice period, of an unproved place or of an unlisted organisation gets out by
// any route.
func TestNothingUnpublishedGetsOut(t *testing.T) {
	w := newTown(t, func(o *store.Options) { o.NoticeDays = 10 })
	var hidden []store.Recording
	names := []string{"pending", "notice", "unproved", "held", "gone", "flip", "flop"}
	var organisations []audit.Organisation
	var channels []audit.Channel
	for _, n := range names {
		organisations = append(organisations, organisation(n, "The "+n+" homes", audit.England, "council"))
		channels = append(channels, channel(n, n != "unproved"))
	}
	w.list(organisations, channels...)
	at := func(day int) time.Time { return time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC) }
	say := func(name string, when time.Time, state audit.State, hide bool) {
		excerpt := "PUBLIC-" + name
		if hide {
			excerpt = "SECRET-" + name + "-" + state.String()
		}
		r := w.visit(channel(name, name != "unproved"), when, says{"comments", state, audit.ReasonRobots, excerpt})
		if hide {
			hidden = append(hidden, r)
		}
	}
	long := at(1).AddDate(0, -1, 0) // more than ten working days before noon
	say("pending", at(20), audit.Closed, true)
	say("notice", at(18), audit.Absent, true)
	say("notice", at(20), audit.Absent, true)
	say("unproved", long, audit.Closed, true)
	say("unproved", long.AddDate(0, 0, 2), audit.Closed, true)
	say("held", long, audit.Restricted, true)
	say("held", long.AddDate(0, 0, 2), audit.Restricted, true)
	if err := w.db.Hold(context.Background(), "held", "comments", noon); err != nil {
		t.Fatal(err)
	}
	say("gone", long, audit.Closed, true)
	say("gone", long.AddDate(0, 0, 2), audit.Closed, true)
	say("flip", long, audit.Open, false)
	say("flip", at(19), audit.Open, false)
	say("flip", at(20), audit.Closed, true) // pending over a published state
	say("flop", long, audit.Open, false)
	say("flop", at(16), audit.Closed, true) // confirmed over a published state, in its notice period
	say("flop", at(18), audit.Closed, true)
	w.list(organisations[:4], channels[:4]...)
	w.list(append(organisations[:4:4], organisations[5:]...), append(channels[:4:4], channels[5:]...)...)

	forbidden := []string{"SECRET"}
	for _, r := range hidden {
		forbidden = append(forbidden, findingOf(r, "comments"), r.Visit.ID)
	}
	for path, page := range w.walk() {
		for _, secret := range forbidden {
			if strings.Contains(page, secret) {
				t.Errorf("%s shows %s", path, secret)
			}
		}
		if strings.Contains(path, "/organisations/") && (strings.Contains(page, "s-closed\"/></svg>closed") || strings.Contains(page, ",closed,") || strings.Contains(page, ",absent,") || strings.Contains(page, ",restricted,")) {
			t.Errorf("%s gives a direction", path)
		}
	}
	for _, r := range hidden {
		w.ask("/findings/"+findingOf(r, "comments"), http.StatusNotFound)
	}
	w.ask("/organisations/gone", http.StatusNotFound)
	for _, n := range []string{"pending", "notice", "unproved", "held", "flip", "flop"} {
		page := w.ask("/organisations/"+n, http.StatusOK)
		wants(t, page, "being checked", "No score")
		wantsNot(t, page, "/findings/", "became")
	}
	wants(t, w.ask("/", http.StatusOK), "0 open", "0 restricted", "0 closed", "0 none seen", "6 being checked", "No change has been confirmed yet")
	wantsNot(t, w.ask("/league.csv", http.StatusOK), "100.0", "0.0")
}

// walk follows every link of every page from home, the choices of the league included, and gives what came.
func (w *town) walk() map[string]string {
	w.t.Helper()
	seen := map[string]string{}
	todo := []string{"/", "/league.csv", "/healthz", "/readyz", "/favicon.ico", "/nothing"}
	for _, state := range shapes {
		todo = append(todo, "/league?state="+state, "/league?check=comments&state="+state)
	}
	link := regexp.MustCompile(`(?:href|src)="(/[^"#]*)`)
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if _, done := seen[path]; done {
			continue
		}
		answer := w.answer(http.MethodGet, path)
		if answer.Code >= 500 {
			w.t.Errorf("GET %s: status %d", path, answer.Code)
		}
		seen[path] = answer.Body.String()
		for _, m := range link.FindAllStringSubmatch(seen[path], -1) {
			todo = append(todo, strings.ReplaceAll(m[1], "&amp;", "&"))
		}
	}
	if len(seen) < 20 {
		w.t.Fatalf("only %d pages were walked", len(seen))
	}
	return seen
}

func TestNoLinkLeadsNowhere(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	for path := range w.walk() {
		if answer := w.answer(http.MethodGet, path); path != "/nothing" && answer.Code != http.StatusOK {
			t.Errorf("GET %s: status %d", path, answer.Code)
		}
	}
}

// Tables go out as files to keep: a browser that shows one as a page, or guesses its kind, could be led to run a cell.
func TestTablesAreFilesToKeep(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	for path, name := range map[string]string{
		"/league.csv": "doorknock-league.csv", "/organisations/otter.csv": "doorknock-otter.csv", "/organisations/otter/talk.csv": "doorknock-otter-talk.csv",
	} {
		answer := w.answer(http.MethodGet, path)
		if answer.Code != http.StatusOK {
			t.Errorf("%s: status %d", path, answer.Code)
		}
		for key, want := range map[string]string{
			"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="` + name + `"`, "X-Content-Type-Options": "nosniff",
		} {
			if got := answer.Header().Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", path, key, got, want)
			}
		}
	}
}

func TestHeadersMethodsAndNames(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	for _, path := range []string{"/", "/league", "/league.csv", "/organisations/otter", "/method", "/nothing", "/healthz", "/favicon.ico"} {
		h := w.answer(http.MethodGet, path).Header()
		for key, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", path, key, got, want)
			}
		}
		if len(h.Values("Set-Cookie")) > 0 {
			t.Errorf("%s sets a cookie", path)
		}
	}
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("the policy lets scripts in: %s", policy)
	}
	if head, get := w.answer(http.MethodHead, "/"), w.answer(http.MethodGet, "/"); head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != fmt.Sprint(get.Body.Len()) {
		t.Errorf("HEAD /: status %d, %d bytes, length %s", head.Code, head.Body.Len(), head.Header().Get("Content-Length"))
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "BREW"} {
		answer := w.answer(method, "/")
		if answer.Code != http.StatusMethodNotAllowed || answer.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s /: status %d, allow %q", method, answer.Code, answer.Header().Get("Allow"))
		}
	}
	for _, path := range []string{"/nothing", "/organisations/", "/organisations/nobody", "/organisations/OTTER", "/organisations/..%2f..%2fetc", "/findings/0123456789abcdef", "/findings/x", "/findings/" + strings.Repeat("a", 4000), "/static/nothing.css", "/static/..%2fdoc.go"} {
		if answer := w.answer(http.MethodGet, path); answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), "There is nothing behind this door") {
			t.Errorf("GET %s: status %d", path, answer.Code)
		}
	}
	for host, want := range map[string]int{"127.0.0.1:8080": 200, "localhost": 200, "LocalHost:1": 200, "[::1]:80": 200, "127.3.2.1": 200, "evil.example": 421,
		"127.0.0.1.evil.example": 421, "": 421, "192.168.1.2": 421, "localhost.evil.example:80": 421, "0.0.0.0": 421, "[::ffff:127.0.0.1]": 200} {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", http.NoBody)
		r.Host = host
		answer := httptest.NewRecorder()
		w.h.ServeHTTP(answer, r)
		if answer.Code != want {
			t.Errorf("Host %q: status %d, want %d", host, answer.Code, want)
		}
	}
}

func TestStaticFilesKeepForEver(t *testing.T) {
	w := newTown(t, nil)
	path := regexp.MustCompile(`/static/doorknock\.[0-9a-f]{8}\.css`).FindString(w.ask("/", http.StatusOK))
	answer := w.answer(http.MethodGet, path)
	if answer.Code != 200 || answer.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(answer.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%s: status %d, %v", path, answer.Code, answer.Header())
	}
	if answer := w.answer(http.MethodGet, "/favicon.ico"); answer.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("favicon: %v", answer.Header())
	}
}

func TestProbesTellTrouble(t *testing.T) {
	w := newTown(t, nil)
	w.ask("/healthz", http.StatusOK)
	w.ask("/readyz", http.StatusOK)
	away := func(since time.Time, want string) {
		t.Helper()
		if err := w.db.KeepQueueAway(t.Context(), since, "nats: wrong password for keeper"); err != nil {
			t.Fatal(err)
		}
		if body := w.ask("/healthz", http.StatusOK); body != want {
			t.Errorf("/healthz: %q, want %q", body, want)
		}
		w.ask("/readyz", http.StatusOK)
	}
	away(noon, "ok\nthe queue cannot be reached since "+noon.UTC().Format(time.RFC3339)+"; looks that are due: 0, events that wait: 0\n")
	away(time.Time{}, "ok\n")
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if x := recover(); x != nil {
			t.Errorf("a closed store ends the process: %v", x)
		}
	}()
	w.ask("/healthz", http.StatusServiceUnavailable)
}

func TestCommentsAreCountsOnly(t *testing.T) {
	w := newTown(t, nil)
	c := channel("otter", true)
	w.list([]audit.Organisation{organisation("otter", "Otter", audit.England, "council")}, c)
	speak := func(n int) {
		when := noon.AddDate(0, 0, -1).Add(time.Duration(n) * time.Minute)
		v := audit.Visit{V: 1, ID: audit.JobID(c.ID, when), Channel: c, How: audit.Anonymous, StartedAt: when, ObservedAt: when}
		for i := range n {
			v.Comments = append(v.Comments, audit.Comment{ID: audit.CommentID(c.ID, "wordpress", fmt.Sprint(n, i)), System: "wordpress",
				Author: strings.Repeat("ab", 16), By: audit.AuthorPublic, Time: when, Text: "SECRET-WORDS", TextHash: "h"})
		}
		if _, err := w.db.Record(context.Background(), store.Recording{Visit: v, Now: when}); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, w.ask("/organisations/otter", http.StatusOK), "We have read no comments here.")
	speak(3)
	few := w.ask("/organisations/otter", http.StatusOK)
	wants(t, few, "Fewer than 5 comments by the public")
	wantsNot(t, few, "3 comments", "SECRET-WORDS", "abababab")
	speak(9)
	wants(t, w.ask("/organisations/otter", http.StatusOK), "12 comments by the public read in the last 84 days.")
}

// FuzzLeagueQuery wants a page for any question, and no word of the question in it.
func FuzzLeagueQuery(f *testing.F) {
	f.Add("sort=door&page=2", "x")
	f.Add("nation=%00&state=open&check=\xff", "<script>")
	w := newTown(f, nil)
	w.small()
	f.Fuzz(func(t *testing.T, query, value string) {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/league", http.NoBody)
		r.URL.RawQuery = query + "&sort=" + url.QueryEscape(value) + "&page=" + url.QueryEscape(value)
		answer := httptest.NewRecorder()
		w.h.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK {
			t.Errorf("%q: status %d", r.URL.RawQuery, answer.Code)
		}
		if strings.Contains(value, "<") && len(value) > 4 && strings.Contains(answer.Body.String(), value) {
			t.Errorf("%q comes back in the page", value)
		}
	})
}

// Somebody who has the links of a page read out, one after the other, can tell them apart: the
// same words lead to the same place. (In an edition the sentence around a link says it.)
func TestLinksSayWhereTheyLead(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	evidence := regexp.MustCompile(`/findings/[0-9a-f]+`).FindString(w.ask("/organisations/heron", http.StatusOK))
	for _, path := range []string{"/", "/league", "/organisations/otter", "/organisations/heron", "/organisations/mole", evidence, "/changes", "/corrections", "/method"} {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.ask(path, http.StatusOK)))
		if err != nil {
			t.Fatal(err)
		}
		leads := map[string]string{}
		for _, a := range doc.Find("a[href]").EachIter() {
			words := strings.Join(strings.Fields(a.Text()+" "+a.AttrOr("aria-label", "")), " ")
			to := a.AttrOr("href", "")
			if other, ok := leads[words]; ok && other != to {
				t.Errorf("%s: %q leads to %s and to %s", path, words, other, to)
			}
			leads[words] = to
		}
	}
}
