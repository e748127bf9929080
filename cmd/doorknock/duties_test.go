package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler/checks"
	"doorknock/internal/emptystore"
	"doorknock/store"
	"doorknock/web"
)

// TestEveryCheckIsDocumented: what `checks` and the methodology print of each is there: question, why, basis, of whom it is
// asked, the law behind a duty with its day, rule and version, and what each state means.
func TestEveryCheckIsDocumented(t *testing.T) {
	all := checks.All()
	duties, err := configs.Duties(checkIDs(all))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		d := documentOf(c, duties)
		if d.Title == "" || d.Why == "" || d.Rule == "" || d.Version < 1 || len(d.On) == 0 || !strings.HasPrefix(d.Basis, "practice") && !strings.HasPrefix(d.Basis, "duty") {
			t.Errorf("%s lacks a part: %+v", c.ID, d)
		}
		for _, state := range []audit.State{audit.Open, audit.Restricted, audit.Absent, audit.Unknown} {
			if never := slices.Contains(c.Never, state); (d.States[state.String()] == "") != never {
				t.Errorf("%s gives %v: %v, and says that it means %q", c.ID, state, !never, d.States[state.String()])
			}
		}
		if strings.HasPrefix(d.Basis, "duty") && len(d.Duties) == 0 {
			t.Errorf("%s is a duty by no law", c.ID)
		}
		for _, row := range d.Duties {
			if row.Source == "" || row.Address == "" || row.Words == "" || row.From.IsZero() || len(row.Nations) == 0 || len(row.Sectors) == 0 {
				t.Errorf("%s: a row lacks a part: %+v", c.ID, row)
			}
		}
		var b strings.Builder
		d.print(&b, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
		for _, want := range []string{"(version ", "Why:", "Basis:", "Asked:", "Rule:", "unknown:"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q is not printed", c.ID, want)
			}
		}
	}
}

// TestMethodologySaysWhatChecksSay: of each check the page gives the same states as `checks`, in the same order.
func TestMethodologySaysWhatChecksSay(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: emptystore.In(t, t.TempDir()), ConfirmAfter: 24 * time.Hour, Interval: 6 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	all := checks.All()
	duties, err := configs.Duties(checkIDs(all))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := web.New(web.Options{DB: db, Checks: checkDocs(all), Duties: duties})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/method", http.NoBody))
	words := map[string]string{"open": "open", "restricted": "restricted", "closed": "closed", "absent": "none seen", "unknown": "could not see"}
	published := map[string]string{"open": "published", "restricted": "partly published", "absent": "not found in our look", "unknown": "could not look"}
	item := regexp.MustCompile(`<li>([a-z ]+): `)
	for _, c := range all {
		_, part, found := strings.Cut(w.Body.String(), `<h3 id="`+string(c.ID)+`">`)
		part, _, _ = strings.Cut(part, "<code>"+string(c.ID)+"</code>")
		_, part, _ = strings.Cut(part, `<ul class="small">`)
		if !found {
			t.Fatalf("%s is not on the page: %d", c.ID, w.Code)
		}
		in := words
		if c.Published || strings.HasPrefix(c.Basis, "duty") {
			in = published
		}
		var got, want []string
		for _, m := range item.FindAllStringSubmatch(part, -1) {
			got = append(got, m[1])
		}
		said := documentOf(c, duties).States
		for _, s := range []string{"open", "restricted", "closed", "absent", "unknown"} {
			if said[s] != "" {
				want = append(want, in[s])
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-checks +page):\n%s", c.ID, d)
		}
	}
}

// TestRateByHand: Door and Duties of one association, worked out by hand.
func TestRateByHand(t *testing.T) {
	in := &installation{checks: checks.All()}
	var err error
	if in.duties, err = configs.Duties(checkIDs(in.checks)); err != nil {
		t.Fatal(err)
	}
	association := audit.Organisation{ID: "fernley", Nation: audit.England, Sector: "housing_association"}
	answer := func(c audit.CheckID, s audit.State) store.ScoreInput {
		return store.ScoreInput{Channel: "site", Platform: audit.Web, Check: c, State: s}
	}
	answers := []store.ScoreInput{
		answer("comments", audit.Open), answer("forum", audit.Closed), answer("social_links", audit.Open), answer("involve", audit.Restricted), // Door: 2½ of 4
		answer("reviews", audit.Unknown),
		answer("complaints_page", audit.Open), answer("complaints_policy", audit.Restricted), answer("ombudsman_link", audit.Open), // Duties
		answer("self_assessment", audit.Absent), answer("tsm_results", audit.Open), answer("tsm_method", audit.Unknown),
		answer("stairs_scheme", audit.Absent), answer("minutes", audit.Absent), answer("people_senior", audit.Open), // since October
		answer("accessibility_statement", audit.Open),                         // not sure: in no sum
		answer("damp_page", audit.Absent), answer("rules_page", audit.Absent), // practice, in no score
	}
	type mark struct {
		Part              string
		Value             float64
		Band              string
		Known, Applicable int
	}
	for _, test := range []struct {
		day    string
		duties mark
	}{
		// 9 duties: 1 + ½ + 1 + 0 + 1 of five known; 5 of 9 is too little for a band
		{"2026-09-30", mark{"duties", 70, "", 5, 9}},
		// 12 duties: the same and 0 + 0 + 1 of eight known; 8 of 12 is enough
		{"2026-10-01", mark{"duties", 56.25, "C", 8, 12}},
	} {
		at, err := time.Parse(time.DateOnly, test.day)
		if err != nil {
			t.Fatal(err)
		}
		var got []mark
		for _, s := range in.rate(association, answers, at) {
			got = append(got, mark{s.Part, *s.Value, s.Band, s.Known, s.Applicable})
		}
		if d := cmp.Diff([]mark{{"door", 62.5, "B", 4, 5}, test.duties}, got); d != "" {
			t.Errorf("on %s (-want +got):\n%s", test.day, d)
		}
	}
}

// TestADutyBeginsDuringTheRun: scores are made anew at the minute in which a duty comes into force, though nobody looked.
func TestADutyBeginsDuringTheRun(t *testing.T) {
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	dir := filepath.Join(t.TempDir(), "data")
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day.Add(-25*time.Hour - 7*time.Minute))) // the day before, at no round hour
		in := &installation{checks: checks.All(), log: slog.New(slog.DiscardHandler)}
		var err error
		if in.duties, err = configs.Duties(checkIDs(in.checks)); err != nil {
			t.Fatal(err)
		}
		if in.db, err = store.Open(t.Context(), store.Options{Dir: emptystore.In(t, dir), ConfirmAfter: time.Minute, Interval: time.Hour}); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := in.db.Close(); err != nil {
				t.Error(err)
			}
		}()
		site := audit.Channel{ID: audit.ChannelID("fernley", audit.Web, "https://fernley.example/"), Organisation: "fernley", Platform: audit.Web, URL: "https://fernley.example/", Lane: "fernley.example", Confirmed: true}
		if err := in.db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "fernley", Name: "Fernley", Nation: audit.England, Sector: "housing_association"}}, []audit.Channel{site}); err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		look := audit.Visit{V: 1, ID: audit.JobID(site.ID, now), Channel: site, How: audit.Anonymous, Due: now, StartedAt: now, ObservedAt: now}
		open, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "test", Version: 1, Length: 1, Excerpt: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.db.Record(t.Context(), store.Recording{Visit: look, Findings: []audit.Finding{{Check: "stairs_scheme", Verdict: open}}, Now: now}); err != nil {
			t.Fatal(err)
		}
		if err := in.rateAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		applicable := func() int {
			t.Helper()
			s, err := in.db.Scores(t.Context(), "fernley")
			i := slices.IndexFunc(s, func(x audit.Score) bool { return x.Part == "duties" })
			if err != nil || i < 0 {
				t.Fatalf("scores %v, %v", s, err)
			}
			return s[i].Applicable
		}
		done := make(chan error)
		ctx, stop := context.WithCancel(t.Context())
		go func() { done <- in.watchDuties(ctx) }()
		time.Sleep(time.Until(day.Add(-time.Second)))
		synctest.Wait()
		if n := applicable(); n != 9 {
			t.Errorf("a second before %d duties, want 9", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if n := applicable(); n != 12 {
			t.Errorf("a second after %d duties, want 12", n)
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
