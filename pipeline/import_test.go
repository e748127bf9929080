package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/crawler"
	questions "doorknock/crawler/checks"
	"doorknock/evidence"
	"doorknock/evidence/archive"
	"doorknock/internal/emptystore"
	"doorknock/store"
)

// importRig is a store and an evidence folder with one organisation: its site and its page on Facebook.
type importRig struct {
	t      testing.TB
	db     *store.DB
	folder *evidence.Folder
	site   audit.Channel
	page   audit.Channel
}

func newImportRig(t testing.TB) *importRig {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{Dir: emptystore.In(t, dir), ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour, RetainText: time.Hour, RetainCaptures: time.Hour})
	must(t, err)
	folder, err := evidence.OpenFolder(filepath.Join(dir, "evidence"))
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(folder.Close(), db.Close())) })
	channel := func(p audit.Platform, url, lane string) audit.Channel {
		return audit.Channel{ID: audit.ChannelID("hollybank", p, url), Organisation: "hollybank", Platform: p, URL: url, Lane: lane, Confirmed: true}
	}
	r := &importRig{t: t, db: db, folder: folder, site: channel(audit.Web, "https://www.hollybank.example/", "hollybank.example"),
		page: channel(audit.Facebook, "https://www.facebook.com/Hollybank.Homes", "facebook.com")}
	org := audit.Organisation{ID: "hollybank", Name: "Hollybank Homes", Nation: audit.England, Sector: "housing_association", Website: r.site.URL}
	must(t, db.SyncOrganisations(t.Context(), []audit.Organisation{org}, []audit.Channel{r.site, r.page}))
	return r
}

func (r *importRig) importer() *Import {
	return &Import{DB: r.db, Checks: questions.All(), Keeper: r.folder, Log: testLog(r.t)}
}

func (r *importRig) take(file []byte, g Given) (Imported, error) {
	return r.importer().File(r.t.Context(), bytes.NewReader(file), int64(len(file)), g)
}

// wacz is an archive of the site's news over two years, made by js-wacz: open in May and September 2019, closed on two days of June
// 2021, the second time by records which say that nothing had changed.
func wacz(t *testing.T) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("..", "evidence", "archive", "testdata", "hollybank.wacz"))
	must(t, err)
	return file
}

func day(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// state is what is known of the comments of the whole site, or of one post.
func (r *importRig) state(scope string) store.OperatorState {
	r.t.Helper()
	all, err := r.db.OperatorStates(r.t.Context(), "hollybank")
	must(r.t, err)
	for _, s := range all {
		if s.Check == "comments" && s.Scope == scope {
			return s
		}
	}
	return store.OperatorState{}
}

func (r *importRig) changes() []store.PublicChange {
	r.t.Helper()
	all, err := r.db.Public(time.Now().Add(time.Minute)).Changes(r.t.Context(), store.ChangesOf{Organisation: "hollybank", Limit: 50})
	must(r.t, err)
	return all
}

// everything is all that imports may write, as text.
func (r *importRig) everything() string {
	r.t.Helper()
	var b strings.Builder
	states, err := r.db.OperatorStates(r.t.Context(), "")
	must(r.t, err)
	for _, s := range states {
		findings, err := r.db.Findings(r.t.Context(), s.Channel, s.Check, s.Scope)
		must(r.t, err)
		fmt.Fprintln(&b, s.Channel, s.Check, s.Scope, s.Verdict.State(), s.Since, s.SeenAt, s.Stage, s.Pending)
		for _, f := range findings {
			fmt.Fprintln(&b, "  ", f.ID, f.Verdict.State(), f.ObservedAt)
		}
	}
	for _, c := range r.changes() {
		fmt.Fprintln(&b, c.ID, c.From, c.To, c.LastSeen, c.LastHow, c.FirstSeen, c.ConfirmedAt)
	}
	return b.String()
}

// alerts are the events that would be told to somebody.
func (r *importRig) alerts() (n int) {
	r.t.Helper()
	events, err := r.db.Unmarked(r.t.Context(), store.AlertStage, time.Now().Add(time.Hour), 0)
	must(r.t, err)
	return len(events)
}

func TestAnArchiveBecomesHistory(t *testing.T) {
	r := newImportRig(t)
	done, err := r.take(wacz(t), Given{By: "clerk"})
	must(t, err)
	if len(done.Looks) != 4 || done.Pages != 8 || done.Read != 8 || done.Passed[archive.PassedAddress] != 1 {
		t.Errorf("looks %d, pages %d, read %d, passed over %v", len(done.Looks), done.Pages, done.Read, done.Passed)
	}
	s := r.state("")
	if s.Verdict.State() != audit.Closed || s.Stage != audit.Confirmed || !s.Since.Equal(day("2021-06-02T10:00:00Z")) {
		t.Errorf("%v since %v, %s; want closed since June 2021", s.Verdict.State(), s.Since, s.Stage)
	}
	all := r.changes()
	if len(all) != 1 {
		t.Fatalf("%d changes of the place, want one", len(all))
	}
	c := all[0]
	got := []any{c.From, c.To, c.LastSeen.Format(time.DateOnly), c.LastHow, c.FirstSeen.Format(time.DateOnly), c.ConfirmedAt.Format(time.DateOnly)}
	want := []any{audit.Open, audit.Closed, "2019-09-12", audit.SavedPage, "2021-06-02", "2021-06-09"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := r.alerts(); n != 0 {
		t.Errorf("%d alerts of what was over years ago", n)
	}
	f, err := r.db.Finding(t.Context(), s.Finding)
	must(t, err)
	if e := f.Verdict.Evidence(); f.How != audit.SavedPage || e == nil || e.How != audit.SavedPage {
		t.Errorf("seen %s, evidence %+v", f.How, e)
	}
	r.shown(f)
	before := r.everything()
	again, err := r.take(wacz(t), Given{By: "somebody else"})
	must(t, err)
	if !slices.ContainsFunc(again.Looks, func(l ImportedLook) bool { return l.Known }) || slices.ContainsFunc(again.Looks, func(l ImportedLook) bool { return !l.Known }) {
		t.Error("the same file again is not known")
	}
	if diff := cmp.Diff(before, r.everything()); diff != "" {
		t.Errorf("the same file again changed rows:\n%s", diff)
	}
}

// shown reads the finding's bytes back from the evidence folder.
func (r *importRig) shown(f audit.Finding) {
	r.t.Helper()
	e := f.Verdict.Evidence()
	c, err := r.db.Capture(r.t.Context(), e.Capture)
	must(r.t, err)
	stored, err := r.folder.Body(c)
	must(r.t, err)
	if !stored.Shows(*e) {
		r.t.Errorf("the kept page does not show %q at %d", e.Excerpt, e.Offset)
	}
}

// What was seen long ago takes its place before what was seen since, whichever came first, and is no news.
func TestHistoryUndoesNothingNewer(t *testing.T) {
	recent := ms(time.Now().UTC().Add(-48 * time.Hour))
	var all []string
	for _, first := range []bool{true, false} {
		r := newImportRig(t)
		if first {
			r.crawled(audit.Open, recent, recent.Add(25*time.Hour))
		}
		_, err := r.take(wacz(t), Given{})
		must(t, err)
		if !first {
			r.crawled(audit.Open, recent, recent.Add(25*time.Hour))
		}
		s := r.state("")
		if s.Verdict.State() != audit.Open || !s.Since.Equal(recent) {
			t.Errorf("import after the looks %v: %v since %v, want open since %v", first, s.Verdict.State(), s.Since, recent)
		}
		if got := r.changes(); len(got) != 2 || got[0].To != audit.Open || got[0].LastHow != audit.SavedPage || !got[0].LastSeen.Equal(day("2021-06-09T10:00:00Z")) {
			t.Errorf("import after the looks %v: changes %+v", first, got)
		}
		if n := r.alerts(); n != 0 {
			t.Errorf("import after the looks %v: %d alerts, though nobody had looked for five years", first, n)
		}
		all = append(all, r.everything())
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Errorf("the order of arrival matters:\n%s", diff)
	}
}

func ms(t time.Time) time.Time { return t.Truncate(time.Millisecond) }

// crawled records looks of our own at the site's comments.
func (r *importRig) crawled(s audit.State, at ...time.Time) {
	r.t.Helper()
	for _, when := range at {
		v := audit.Visit{V: 1, ID: audit.JobID(r.site.ID, when), Channel: r.site, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when}
		verdict, err := audit.NewVerdict(s, "", "", &audit.Evidence{Type: audit.Marker, Rule: "wp-form", Version: 1, Length: 4, Excerpt: "form"})
		must(r.t, err)
		_, err = r.db.Record(r.t.Context(), store.Recording{Visit: v, Findings: []audit.Finding{{Check: "comments", Verdict: verdict}}})
		must(r.t, err)
	}
}

// A change that a saved page shows while our own looks go on is news like any other.
func TestWhatIsSavedTodayIsNews(t *testing.T) {
	r := newImportRig(t)
	now := ms(time.Now().UTC())
	r.crawled(audit.Open, now.Add(-80*time.Hour), now.Add(-50*time.Hour))
	verdict, err := audit.NewVerdict(audit.Closed, "", "", &audit.Evidence{Type: audit.Marker, Rule: "wp-nocomments", Version: 1, Length: 4, Excerpt: "shut", How: audit.SavedPage})
	must(t, err)
	for _, ago := range []time.Duration{40 * time.Hour, 2 * time.Hour} {
		v := audit.Visit{V: 1, ID: fmt.Sprint("saved", ago), Channel: r.site, How: audit.SavedPage, StartedAt: now.Add(-ago), ObservedAt: now.Add(-ago)}
		_, err := r.db.Record(t.Context(), store.Recording{Visit: v, Findings: []audit.Finding{{Check: "comments", Verdict: verdict}}})
		must(t, err)
	}
	if s := r.state(""); s.Verdict.State() != audit.Closed || r.alerts() != 1 {
		t.Errorf("%v, %d alerts; want closed, and one", s.Verdict.State(), r.alerts())
	}
}

const savedNote = "<!DOCTYPE html>\n<!-- saved from url=(0034)https://www.hollybank.example/news/1 -->\n"

// savedPost is a post of WordPress whose comments are closed, or open.
func savedPost(note, place, comments string) []byte {
	return []byte(note + `<html><head><title>Lifts - Hollybank Homes</title><meta name="generator" content="WordPress 5.2"></head><body class="single single-post">` + place +
		`<header><a href="/">Hollybank Homes</a></header><main><article class="post"><h1>Lifts</h1>` + strings.Repeat("<p>Work on the lifts in Alder House begins in the new year.</p>", 6) +
		`</article>` + comments + `</main></body></html>`)
}

const (
	postClosed = `<div id="comments"><p class="no-comments">Comments are closed.</p></div>`
	postOpen   = `<div id="respond" class="comment-respond"><form action="/wp-comments-post.php" method="post" id="commentform"><textarea name="comment" id="comment"></textarea><input type="submit" value="Post Comment"><input type="hidden" name="comment_post_ID" value="7"></form></div>`
)

// What one saved page shows against somebody waits for a second look, and the very page under another date is none.
func TestOneSavedPageConfirmsNothing(t *testing.T) {
	r := newImportRig(t)
	const post = "https://www.hollybank.example/news/1"
	page := savedPost(savedNote, "", postClosed)
	done, err := r.take(page, Given{At: day("2026-11-01T12:00:00Z")})
	must(t, err)
	if done.Read != 1 {
		t.Fatalf("read %d, passed over %v", done.Read, done.Passed)
	}
	check := func(when string, want audit.Stage) {
		t.Helper()
		if s := r.state(post); s.Stage != want || want == audit.Pending && s.Pending != audit.Closed {
			t.Errorf("%s: stage %q, pending %v, want %q", when, s.Stage, s.Pending, want)
		}
		if s := r.state(""); s.Verdict.State() != audit.Unknown || s.Pending != audit.Unknown {
			t.Errorf("%s: one post speaks for the whole site: %v, %v", when, s.Verdict.State(), s.Pending)
		}
	}
	check("one page", audit.Pending)
	again, err := r.take(page, Given{At: day("2026-11-05T12:00:00Z")})
	must(t, err)
	if again.Passed[PassedTwice] != 1 || len(again.Looks) != 0 {
		t.Errorf("the very page with another date: %+v", again)
	}
	check("the same page with another date", audit.Pending)
	_, err = r.take(append(page, "<!-- another day -->"...), Given{At: day("2026-11-05T12:00:00Z")})
	must(t, err)
	check("another page, four days later", audit.Confirmed)
}

// What is missing is asked for, what contradicts is refused, and what is of no place on the list is not recorded.
func TestSavedPageNeedsAddressAndTime(t *testing.T) {
	yesterday := time.Now().Add(-24 * time.Hour)
	bare := savedPost("", "", postOpen)
	single := savedPost("<!DOCTYPE html><html><!--\n Page saved with SingleFile \n url: https://www.hollybank.example/news/1 \n saved date: Fri Nov 20 2026 14:05:10 GMT+0000 (x)\n-->", "", postOpen)
	for _, c := range []struct {
		name  string
		file  []byte
		given Given
		want  string
	}{
		{"no address", bare, Given{At: yesterday}, "--url"},
		{"no time", bare, Given{URL: "https://www.hollybank.example/news/1"}, "--date"},
		{"both given", bare, Given{URL: "https://www.hollybank.example/news/1", At: yesterday}, ""},
		{"not on the list", bare, Given{URL: "https://elsewhere.example/", At: yesterday}, "no place on the list"},
		{"a word for an address", bare, Given{URL: "hollybank", At: yesterday}, "no place on the list"},
		{"not come yet", bare, Given{URL: "https://www.hollybank.example/", At: time.Now().Add(48 * time.Hour)}, "not come yet"},
		{"says it all", single, Given{}, ""},
		{"another address given", single, Given{URL: "https://www.facebook.com/hollybankhomes"}, "another place"},
		{"another day given", single, Given{At: day("2026-10-01T12:00:00Z")}, "leave --date out"},
		{"the same day given", single, Given{At: day("2026-11-20T12:00:00Z")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newImportRig(t)
			done, err := r.take(c.file, c.given)
			if c.want == "" && (err != nil || done.Read != 1) {
				t.Fatalf("read %d, passed over %v, %v", done.Read, done.Passed, err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || r.everything() != "") {
				t.Errorf("%v; want one that says %q, and nothing recorded", err, c.want)
			}
		})
	}
}

// Whoever was signed in was offered what others are not.
func TestPageOfSomebodySignedIn(t *testing.T) {
	for name, place := range map[string]string{
		"toolbar": `<div id="wpadminbar"></div>`, "link": `<a href="/wp-login.php?action=logout&_wpnonce=1">Leave</a>`, "words": `<a href="/x">Log out</a>`,
		"form": `<form action="/users/sign_out" method="post"></form>`, "button": `<button>Sign out</button>`, "Welsh": `<a href="/x">Allgofnodi</a>`, "class": `<p class="logged-in-as">A</p>`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newImportRig(t)
			done, err := r.take(savedPost(savedNote, place, postOpen), Given{At: day("2026-11-01T12:00:00Z")})
			must(t, err)
			if done.Passed[PassedSignedIn] != 1 || r.everything() != "" {
				t.Errorf("passed over %v, recorded %q", done.Passed, r.everything())
			}
		})
	}
}

// failing is a keeper whose nth capture cannot be kept.
type failing struct {
	crawler.Keeper
	left int
}

func (f *failing) Keep(ctx context.Context, visit string, x *evidence.Exchange, seal bool) (evidence.Kept, error) {
	if f.left--; f.left == 0 {
		return evidence.Kept{}, errors.New("disk full")
	}
	return f.Keeper.Keep(ctx, visit, x, seal)
}

func (f *failing) Flush(ctx context.Context, visit string) error {
	if f.left--; f.left == 0 {
		return errors.New("disk full")
	}
	return f.Keeper.Flush(ctx, visit)
}

// An import that ends anywhere, and is made again, ends as one that was left in peace.
func TestImportThatDies(t *testing.T) {
	whole := newImportRig(t)
	_, err := whole.take(wacz(t), Given{})
	must(t, err)
	for n := 1; n <= 12; n++ {
		r := newImportRig(t)
		m := r.importer()
		m.Keeper = &failing{r.folder, n}
		file := wacz(t)
		if _, err := m.File(t.Context(), bytes.NewReader(file), int64(len(file)), Given{}); err == nil {
			t.Fatalf("step %d did not fail", n)
		}
		_, err := r.take(file, Given{})
		must(t, err)
		if diff := cmp.Diff(whole.everything(), r.everything()); diff != "" {
			t.Errorf("after a failure at step %d:\n%s", n, diff)
		}
	}
}

func TestAddresses(t *testing.T) {
	at := func(p audit.Platform, url string) audit.Channel { return audit.Channel{ID: url, Platform: p, URL: url} }
	a := newAddresses([]audit.Channel{
		at(audit.Web, "https://www.oak.example/"), at(audit.Web, "https://homes.oak.example/"), at(audit.Web, "https://council.example/housing"), at(audit.Web, "https://council.example/"),
		at(audit.Facebook, "https://www.facebook.com/Oak.Homes"), at(audit.Facebook, "https://www.facebook.com/profile.php?id=100"), at(audit.Facebook, "https://www.facebook.com/people/Elm/200"),
	})
	for address, want := range map[string]string{
		"http://oak.example/news": "https://www.oak.example/", "https://WWW.OAK.example:443/": "https://www.oak.example/", "https://blog.oak.example/x": "https://www.oak.example/",
		"https://homes.oak.example/x": "https://homes.oak.example/", "https://www.homes.oak.example./x": "https://homes.oak.example/",
		"https://council.example/housing/repairs": "https://council.example/housing", "https://council.example/housingbenefit": "https://council.example/",
		"https://soak.example/": "", "https://oak.example.evil.example/": "", "ftp://oak.example/": "", "oak.example": "", "https://evil.example/https://oak.example/": "",
		"https://m.facebook.com/oakhomes/posts/5": "https://www.facebook.com/Oak.Homes", "https://www.facebook.com/pg/oakhomes/reviews/": "https://www.facebook.com/Oak.Homes",
		"https://www.facebook.com/oakhomesuk": "", "https://www.facebook.com/": "", "https://www.facebook.com/login/?next=oakhomes": "",
		"https://www.facebook.com/profile.php?id=100&ref=x": "https://www.facebook.com/profile.php?id=100", "https://www.facebook.com/profile.php?id=101": "",
		"https://www.facebook.com/people/Elm/200/": "https://www.facebook.com/people/Elm/200", "https://www.facebook.com/groups/oakhomes": "",
	} {
		got := ""
		for _, c := range a.of(address) {
			got += c.URL
		}
		if got != want {
			t.Errorf("%s is of %q, want %q", address, got, want)
		}
		if a.wants(address) != (want != "") {
			t.Errorf("%s is wanted: %v", address, a.wants(address))
		}
	}
}

// FuzzAnswers: whatever stands in a file of answers, nothing of it is taken without an invitation, and nothing panics.
func FuzzAnswers(f *testing.F) {
	r := newImportRig(f)
	keys, err := audit.NewKeys(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		f.Fatal(err)
	}
	w := &Witnesses{DB: r.db, Keys: keys, Keeper: r.folder}
	f.Add([]byte(`{"doorknock":"looks","v":1,"ticket":"a.b","looks":[{"v":1,"channel":"x","at":"2026-11-20T14:05:00Z","saw":{"reviews":"yes"},"file":"QUJD"}]}`))
	f.Add([]byte(`{"doorknock":"looks","v":2,"looks":[]}`))
	f.Add([]byte(`{"doorknock":"looks"`))
	f.Add([]byte(`{"doorknock":"looks","v":1,"ticket":"a.b.c","looks":[{"channel":"x","at":"2026-11-21T12:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		done, err := w.Answers(t.Context(), bytes.NewReader(file))
		if len(done.Looks) > 0 || done.Records > 0 && err == nil {
			t.Fatalf("%d of %d looks were taken of a file without an invitation", len(done.Looks), done.Records)
		}
	})
}
