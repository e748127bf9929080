package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/cmd/doorknock/town"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/internal/emptystore"
	"doorknock/score/talk"
	"doorknock/store"
	"doorknock/web"
)

// worked is one line of testdata/fortnight.txt: what is said, and what it comes to by hand.
type worked struct {
	id             string
	post           int
	complaint      bool
	said, answered time.Time
	gone           time.Time
	all, work      string
	kept, manner   string
}

func readFortnight(t *testing.T) (all []worked) {
	t.Helper()
	text, err := os.ReadFile("testdata/fortnight.txt")
	if err != nil {
		t.Fatal(err)
	}
	when := func(s string) time.Time {
		at, _ := time.Parse("2006-01-02T15:04", s) // "-" is the zero time
		return at
	}
	_, table, _ := strings.Cut(string(text), "how it was worked\n")
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 0 {
			return all
		}
		w := worked{id: f[0], complaint: f[2] == "complaint", said: when(f[3]), answered: when(f[4]), gone: when(f[5]), all: f[6], work: f[7], kept: f[8], manner: f[9]}
		_, _ = fmt.Sscan(f[1], &w.post)
		all = append(all, w)
	}
	return all
}

// answersOf are an answer's words by its manner.
var answersOf = map[string]string{
	"action": "We have booked an engineer for tomorrow.", "stock": "Please message us.", "other": "Yes, dogs are allowed in Alder House.",
}

// postsAt are the posts of the site as they stand at a time. D is worded anew on Monday morning.
func postsAt(table []worked, now time.Time) []town.Post {
	posts := []town.Post{
		{ID: 41, Title: "Repairs: how to report one", Text: "By telephone or here.", At: table[0].said.Add(-2 * time.Hour), Open: true},
		{ID: 42, Title: "What should we plant in the courtyard?", Text: "Tell us.", At: table[0].said.Add(-time.Hour), Open: true},
	}
	for i, w := range table {
		text := fmt.Sprintf("Question %s from the third floor.", w.id)
		if w.complaint {
			text = fmt.Sprintf("Complaint %s: the door is broken again.", w.id)
		}
		if w.id == "D" && now.After(time.Date(2026, 3, 30, 5, 0, 0, 0, time.UTC)) {
			text += " Edit: the back door."
		}
		p := &posts[w.post-1]
		if !now.Before(w.said) && (w.gone.IsZero() || now.Before(w.gone)) {
			p.Comments = append(p.Comments, town.Comment{ID: 100 + i, Name: "Neighbour " + w.id, Text: text, At: w.said})
		}
		if !w.answered.IsZero() && !now.Before(w.answered) {
			p.Comments = append(p.Comments, town.Comment{ID: 200 + i, Parent: 100 + i, Author: 1, Name: "Copperfield Homes", Text: answersOf[w.manner], At: w.answered})
		}
	}
	return posts
}

// fortnight is an installation whose clock is set by hand, and the town's site that it looks at.
type fortnight struct {
	*testing.T
	table   []worked
	town    *town.Town
	db      *store.DB
	crawler *crawler.Crawler
	site    audit.Channel
	checks  []crawler.Check
	sorter  *talk.Sorter
}

func openFortnight(t *testing.T) *fortnight {
	t.Helper()
	f := &fortnight{T: t, table: readFortnight(t), checks: checks.All()}
	var err error
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	f.town, err = town.Open(t.Context(), town.Third())
	must(err)
	t.Cleanup(func() { _ = f.town.Close() })
	cfg := configs.Default()
	cfg.Hosts, cfg.Contact, cfg.Crawl.Pace, cfg.Crawl.DailyCap = f.town.Hosts(), "test@doorknock.test", 0, 100000
	keys, err := audit.NewKeys(make([]byte, 32))
	must(err)
	f.crawler, err = newCrawler(cfg, keys, discard{}, newLog(configs.Log{Level: "error", Format: "text"}), nil)
	must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.crawler.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	f.db, err = store.Open(t.Context(), store.Options{Dir: emptystore.In(t, t.TempDir()), ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour, RetainText: 30 * 24 * time.Hour, RetainCaptures: 30 * 24 * time.Hour})
	must(err)
	t.Cleanup(func() { _ = f.db.Close() })
	organisations, channels := f.town.Organisations()
	channels = slices.DeleteFunc(channels, func(c audit.Channel) bool { return c.Organisation != "copperfield-homes" })
	f.site = channels[0]
	f.site.Confirmed = true
	must(f.db.SyncOrganisations(t.Context(), organisations, []audit.Channel{f.site}))
	rules, err := configs.Talk()
	must(err)
	f.sorter, err = talk.NewSorter(rules)
	must(err)
	return f
}

// look visits the site as it stands at a time, and records that as if it were then.
func (f *fortnight) look(at time.Time) {
	f.Helper()
	f.town.Change(town.Copperfield, func(s *town.Site) { s.Posts = postsAt(f.table, at) })
	v, err := f.crawler.Visit(f.Context(), audit.Job{V: 1, ID: audit.JobID(f.site.ID, at), Channel: f.site, OrganisationName: "Copperfield Homes", Due: at})
	if err != nil {
		f.Fatal(err)
	}
	v.StartedAt, v.ObservedAt, v.Memory, v.ClockOff = at, at, audit.Memory{}, 0
	findings, err := crawler.Fold(f.checks, v, v.Readings, "")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := f.db.Record(f.Context(), store.Recording{Visit: v, Findings: findings, Now: at}); err != nil {
		f.Fatal(err)
	}
	fresh, err := f.db.Unassessed(f.Context(), v.ID)
	if err != nil {
		f.Fatal(err)
	}
	var made []audit.Assessment
	for _, c := range fresh {
		a := audit.Assessment{Comment: c.ID, IsComplaint: strings.HasPrefix(c.Text, "Complaint"), Urgency: "none", Lang: "en", Model: "by hand", At: at}
		if c.By == audit.AuthorOrganisation {
			a.Manner = f.sorter.Manner(c.Text)
		}
		made = append(made, a)
	}
	if _, err := f.db.SaveAssessments(f.Context(), audit.EventID(audit.EventComments, v.ID), made, at); err != nil {
		f.Fatal(err)
	}
}

// TestFortnight: the demo town's Copperfield Homes is looked at four times a day for a fortnight with two bank holidays and a change of
// the clocks in it, by the crawler, into the store. Every reply time, the medians that keep the unanswered, what is no longer visible
// and what is promised against what is measured are those of testdata/fortnight.txt, which are worked by hand.
func TestFortnight(t *testing.T) {
	t.Parallel()
	f := openFortnight(t)
	first, last := time.Date(2026, 3, 24, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 7, 12, 0, 0, 0, time.UTC)
	for at := first; !at.After(last); at = at.Add(6 * time.Hour) {
		f.look(at)
	}
	holidays, err := configs.Holidays()
	if err != nil {
		t.Fatal(err)
	}
	calendar, err := talk.NewCalendar(audit.England, holidays)
	if err != nil {
		t.Fatal(err)
	}
	now := last.Add(time.Hour)
	told, err := f.db.Public(now).Talk(t.Context(), "copperfield-homes", now.AddDate(0, 0, -talkDays))
	if err != nil {
		t.Fatal(err)
	}
	promise, ok := talk.PromiseOf(told.Promised, "")
	if !ok || promise.Counts != "working_days" || promise.Within != 24*time.Hour || !told.Since.Equal(first) {
		t.Fatalf("promised %v since %v", told.Promised, told.Since)
	}
	f.eachThread(talk.Threads(talk.Watch(told.Said, told.Shown)), promise, calendar)
	f.figures(talk.Make(talk.Facts{Said: told.Said, Shown: told.Shown, Posts: told.Posts, Platforms: told.Platforms, Promised: told.Promised,
		Since: told.Since, Calendar: calendar, Sorter: f.sorter, Now: now, From: now.AddDate(0, 0, -talkDays)}))
	f.page(now, holidays)
}

// eachThread compares every comment's wait with the table.
func (f *fortnight) eachThread(threads []talk.Thread, promise talk.Promise, calendar talk.Calendar) {
	f.Helper()
	got, want := map[string]string{}, map[string]string{}
	for _, w := range f.table {
		want[w.id] = fmt.Sprint(length(f.T, w.all), " ", length(f.T, w.work), " ", w.kept)
	}
	for _, th := range threads {
		i := slices.IndexFunc(f.table, func(w worked) bool { return w.said.Equal(th.Begins.From) })
		from, to, answered, ok := th.Wait()
		if i < 0 || !ok {
			f.Errorf("a thread that is not in the table: %+v", th.Begins)
			continue
		}
		kept := "no"
		switch k := promise.Keep([]talk.Thread{th}, calendar); {
		case k.Early == 1:
			kept = "early"
		case k.Met == 1:
			kept = "yes"
		}
		until := ""
		if !answered {
			until = "~"
		}
		got[f.table[i].id] = fmt.Sprint(until, to.Sub(from), " ", until, calendar.Between(from, to), " ", kept)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("waits, in all hours and at work (-by hand +measured):\n%s", diff)
	}
}

// length writes a stretch of the table as Go does.
func length(t *testing.T, s string) string {
	t.Helper()
	until, rest := "", s
	if after, is := strings.CutPrefix(s, "~"); is {
		until, rest = "~", after
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		t.Fatal(err)
	}
	return until + d.String()
}

func (f *fortnight) figures(r talk.Report) {
	f.Helper()
	minutes := func(n int) *time.Duration { d := time.Duration(n) * time.Minute; return &d }
	want := talk.Replies{
		Threads: 12, Early: 5, Settled: 7, Answered: 6, Manners: talk.Manners{Stock: 4, Action: 4, Other: 1},
		AllHours: talk.Waited{N: 12, Answered: 9, Median: minutes(49 * 60)}, AtWork: talk.Waited{N: 12, Answered: 9, Median: minutes(90)},
	}
	if diff := cmp.Diff(want, r.All); diff != "" {
		f.Errorf("answers (-by hand +measured):\n%s", diff)
	}
	visible := talk.Visibility{Complaints: talk.Gone{Watched: 5, Gone: 1}, Others: talk.Gone{Watched: 6, Gone: 1}}
	if diff := cmp.Diff(visible, r.Visibility); diff != "" {
		f.Errorf("no longer visible (-by hand +measured):\n%s", diff)
	}
	if len(r.Promises) != 1 || r.Promises[0].Kept != (talk.Kept{Cases: 10, Met: 7, Early: 2}) {
		f.Errorf("promised against measured: %+v", r.Promises)
	}
	if r.Edited != 1 || r.Public != 12 || r.Own != 9 {
		f.Errorf("%d edited, %d by the public, %d by the organisation", r.Edited, r.Public, r.Own)
	}
	weeks := []talk.Week{{Week: "2026-W13", Public: 6, Own: 3, Settled: 4, Answered: 4}, {Week: "2026-W14", Public: 5, Own: 5, Settled: 3, Answered: 2}, {Week: "2026-W15", Public: 1, Own: 1}}
	if diff := cmp.Diff(weeks, r.Weeks); diff != "" {
		f.Errorf("weeks (-by hand +measured):\n%s", diff)
	}
	kinds := []talk.KindFigures{{Kind: "question", Posts: 1, Comments: 6, Threads: 6, Answered: 4}, {Kind: "service", Posts: 1, Comments: 6, Threads: 6, Answered: 5}}
	if diff := cmp.Diff(kinds, r.Kinds); diff != "" {
		f.Errorf("kinds of post (-by hand +measured):\n%s", diff)
	}
}

// page wants the public's page and file to say the same, and nothing of few.
func (f *fortnight) page(now time.Time, holidays audit.Holidays) {
	f.Helper()
	pages, err := web.New(web.Options{DB: f.db, Checks: checkDocs(f.checks), Holidays: holidays, Sorter: f.sorter, Now: func() time.Time { return now }})
	if err != nil {
		f.Fatal(err)
	}
	ask := func(path string) string {
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, http.NoBody))
		body, _ := io.ReadAll(answer.Body)
		return string(body)
	}
	page := ask("/organisations/copperfield-homes")
	for _, want := range []string{
		"2.0 days (of 12 whose times are told)", "90 minutes", "within 1 day, counting working days", "Of 10 comments since that was first seen there, 70 % were answered in that time",
		"Of 11 comments by the public that were watched, fewer than 5 are no longer visible to a visitor", "Question or poll",
	} {
		if !strings.Contains(page, want) {
			f.Errorf("the page lacks %q", want)
		}
	}
	file := ask("/organisations/copperfield-homes/talk.csv")
	for _, want := range []string{
		"half_answered_within_working_hours,all,90,minutes,12", "promise_kept,web,7,comments,10", "no_longer_visible,complaints,too few,comments,5", "week_public,2026-W13,6,comments,6",
	} {
		if !strings.Contains(file, want) {
			f.Errorf("the file lacks %q:\n%s", want, file)
		}
	}
	if strings.Contains(page+file, "Neighbour") || strings.Contains(page+file, "third floor") {
		f.Error("the page or file holds a name or words")
	}
}
