package alerts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/score/talk"
	"doorknock/store"
)

// watcher is an alerter at a time that a test moves; it looks once each time it is asked, as the loop does.
type watcher struct {
	*fixture
	a   *Alerter
	now time.Time
}

func newWatcher(t *testing.T, now time.Time, holidays audit.Holidays) *watcher {
	w := &watcher{fixture: newFixture(t, now), now: now}
	var err error
	w.a, err = New(Options{Store: w.db, Now: func() time.Time { return w.now }, Wording: Wording{Holidays: holidays}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// at looks at a time, and gives the alerts of a kind that stand then.
func (w *watcher) at(now time.Time, kind store.AlertKind) []string {
	w.t.Helper()
	w.now, w.fixture.now = now, now
	for range 2 { // what is found twice is one alert
		if err := w.a.look(w.t.Context(), now); err != nil {
			w.t.Fatal(err)
		}
	}
	var ids []string
	for id, k := range w.ask(`SELECT id, kind FROM alert`) {
		if k == string(kind) {
			ids = append(ids, id)
		}
	}
	return ids
}

// says gives the words of the one alert of a kind.
func (w *watcher) says(ids []string) string {
	w.t.Helper()
	if len(ids) != 1 {
		w.t.Fatalf("%d alerts, want one", len(ids))
	}
	facts, err := w.db.AlertFacts(w.t.Context(), ids)
	if err != nil {
		w.t.Fatal(err)
	}
	m := Compose(facts, wording, false)
	return m.Title.Plain() + "\n" + m.Items[0].text()
}

// shown writes that a look showed all comments of the post.
func (w *watcher) shown(at time.Time, comments ...string) {
	w.n++
	w.exec(`INSERT INTO listing (capture, post, channel, method, complete, comments, listed, first_at, last_at, looks)
		VALUES (?1,'p','elm','page',1,?2,?3,?4,?4,1)`, fmt.Sprintf("l%d", w.n), `["`+strings.Join(comments, `","`)+`"]`, len(comments), stamp(at))
	w.exec(`UPDATE channel SET last_visit_at = ?`, stamp(at))
}

// TestUnanswered: a working day after a complaint, and not before; bank holidays and weekends do not count; and only once the place
// was looked at since.
func TestUnanswered(t *testing.T) {
	friday := time.Date(2026, 5, 22, 15, 0, 0, 0, time.UTC) // 16:00 by the clock in London; Monday is a bank holiday
	holidays := audit.Holidays{First: 2026, Last: 2026, Days: map[string]map[string]bool{"England": {"2026-05-25": true}}}
	w := newWatcher(t, friday, holidays)
	e := w.comment(said{visit: w.visit("elm", false), channel: "elm", complaint: true, at: friday, by: audit.AuthorPublic})
	handle(t, w.a, e)
	tuesday := friday.AddDate(0, 0, 4) // by 15:00 UTC eight hours of work are over
	w.shown(tuesday.Add(-2*time.Hour), e.Ref)
	for name, at := range map[string]time.Time{"on the bank holiday": friday.AddDate(0, 0, 3), "an hour too early": tuesday.Add(-time.Hour), "late, but nobody looked since": tuesday.Add(time.Hour)} {
		if got := w.at(at, store.AlertUnanswered); len(got) != 0 {
			t.Fatalf("%s: %v", name, got)
		}
	}
	w.shown(tuesday.Add(time.Minute), e.Ref)
	text := w.says(w.at(tuesday.Add(2*time.Hour), store.AlertUnanswered))
	for _, want := range []string{"a complaint without a public answer", "within 8 h of working time, the time that is set for all"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if got := w.ask(`SELECT receiver, alert FROM alert_told`); len(got) != 1 { // the complaint itself was told to nobody
		t.Errorf("told: %v", got)
	}
}

// TestNotUnanswered: what was answered, taken on, or of which nobody can tell.
func TestNotUnanswered(t *testing.T) {
	monday := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(w *watcher, e audit.Event){
		"answered": func(w *watcher, e audit.Event) {
			w.comment(said{visit: w.visit("elm", false), channel: "elm", parent: e.Ref, by: audit.AuthorOrganisation, at: monday.Add(time.Hour)})
		},
		"answered beside it": func(w *watcher, _ audit.Event) {
			w.comment(said{visit: w.visit("elm", false), channel: "elm", by: audit.AuthorOrganisation, at: monday.Add(time.Hour)})
		},
		"by somebody unknown": func(w *watcher, e audit.Event) {
			w.comment(said{visit: w.visit("elm", false), channel: "elm", parent: e.Ref, by: audit.AuthorUnknown, at: monday.Add(time.Hour)})
		},
		"taken on": func(w *watcher, e audit.Event) {
			if err := w.db.AckAlert(t.Context(), store.AlertID(store.AlertComplaint, e.Ref), "sam", "", w.now); err != nil {
				t.Fatal(err)
			}
		},
		"hidden": func(w *watcher, e audit.Event) {
			w.exec(`UPDATE comment SET hidden_at = ? WHERE id = ?`, stamp(monday), e.Ref)
		},
		"no longer seen": func(w *watcher, _ audit.Event) { w.exec(`UPDATE listing SET comments = '["other"]'`) },
	} {
		w := newWatcher(t, monday, audit.Holidays{})
		e := w.comment(said{visit: w.visit("elm", false), channel: "elm", complaint: true, at: monday, by: audit.AuthorPublic})
		handle(t, w.a, e)
		w.shown(monday.Add(48*time.Hour), e.Ref)
		change(w, e)
		if got := w.at(monday.Add(49*time.Hour), store.AlertUnanswered); len(got) != 0 {
			t.Errorf("%s: %s", name, w.says(got))
		}
	}
}

// TestSpike: a post with more comments than nearly all before it is told once, and not where the posts before are too few.
func TestSpike(t *testing.T) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ before, comments, want int }{{25, 12, 1}, {12, 12, 0}, {25, 4, 0}} {
		w := newWatcher(t, now, audit.Holidays{})
		w.exec(`UPDATE visit SET started_at = ?1, observed_at = ?1 WHERE id = 'first-elm'`, stamp(now.AddDate(0, 0, -200)))
		visit := w.visit("elm", false)
		post := func(id string, at time.Time, comments int) {
			w.exec(`INSERT INTO post (id, channel, url, title, posted_at, observed_at, recorded_at) VALUES (?1,'elm','https://elm.test/'||?1,'',?2,?3,?3)`, id, stamp(at), stamp(now))
			for range comments {
				e := w.comment(said{visit: visit, channel: "elm", at: at.Add(time.Hour), by: audit.AuthorPublic})
				w.exec(`UPDATE comment SET post = ? WHERE id = ?`, id, e.Ref)
				handle(t, w.a, e)
			}
		}
		for i := range tt.before {
			post(fmt.Sprintf("old%d", i), now.AddDate(0, 0, -20-i), i%2)
		}
		post("new", now.AddDate(0, 0, -2), tt.comments)
		got := w.at(now, store.AlertSpike)
		if len(got) != tt.want {
			t.Errorf("%+v: %d alerts", tt, len(got))
		}
		if tt.want == 1 {
			if text := w.says(got); !strings.Contains(text, "a post has 12 comments by the public at the age of 2 days. Half of the 25 posts before it") {
				t.Error(text)
			}
		}
	}
}

// looked writes a finding about the whole of elm's channel, as a visit brings it.
func (w *watcher) looked(at time.Time, check, state, reason string) {
	w.fixture.now = at
	visit := w.visit("elm", false)
	w.n++
	id := fmt.Sprintf("f%d", w.n)
	var evidence any
	if state != "unknown" {
		evidence = "{}"
	}
	w.exec(`INSERT INTO finding (id, visit, channel, check_id, scope, state, reason, kind, evidence, how, system, observed_at, recorded_at)
		VALUES (?,?,'elm',?,'',?,?,'',?,'anonymous','',?,?)`, id, visit, check, state, reason, evidence, stamp(at), stamp(at))
	w.exec(`INSERT INTO state_now (channel, check_id, scope, organisation, platform, state, kind, finding, evidence, how, stage, pending, last_finding,
			last_at, last_reason, system, observed_at, recorded_at, hold_reason, seen_at)
		VALUES ('elm',?1,'','elm','web',?2,'','',?3,'anonymous','confirmed','unknown','',?4,?5,'',?4,?4,'',iif(?2 = 'unknown', NULL, ?4))
		ON CONFLICT DO UPDATE SET last_at = ?4, last_reason = ?5, seen_at = iif(?2 = 'unknown', seen_at, ?4)`, check, state, evidence, stamp(at), reason)
}

// TestReviewsNoLongerShown: three looks over a fortnight that read the page and find none, and never a word of closed.
func TestReviewsNoLongerShown(t *testing.T) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		days   []int
		reason string
		want   int
	}{
		"three looks over a fortnight":     {[]int{20, 10, 5}, "no_marker", 1},
		"two looks over a fortnight":       {[]int{20, 5}, "no_marker", 0},
		"many looks in a week":             {[]int{7, 6, 5, 4, 3}, "no_marker", 0},
		"looks at a wall over a fortnight": {[]int{20, 10, 5}, "login_wall", 0},
		"they are shown again":             {[]int{20, 10, 5, -1}, "no_marker", 0},
	} {
		w := newWatcher(t, now, audit.Holidays{})
		w.looked(now.AddDate(0, 0, -30), "reviews", "open", "")
		for _, d := range tt.days {
			if d < 0 {
				w.looked(now, "reviews", "open", "")
				continue
			}
			w.looked(now.AddDate(0, 0, -d), "reviews", "unknown", tt.reason)
		}
		got := w.at(now, store.AlertReviews)
		if len(got) != tt.want {
			t.Errorf("%s: %d alerts", name, len(got))
		}
		if len(got) == 1 {
			if text := w.says(got); !strings.Contains(text, "reviews no longer shown") || !strings.Contains(text, "3 looks") || strings.Contains(text, "closed") {
				t.Error(text)
			}
		}
	}
}

// TestPageNotFound: two visits that are told so, of a place where something was seen once.
func TestPageNotFound(t *testing.T) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		reasons []string
		want    int
	}{
		"two visits": {[]string{"open", "not_found", "gone"}, 1}, "one visit": {[]string{"open", "not_found"}, 0},
		"never there": {[]string{"not_found", "not_found"}, 0}, "one of them was a wall": {[]string{"open", "not_found", "blocked", "not_found"}, 0},
		"back again": {[]string{"open", "not_found", "not_found", "open"}, 0},
	} {
		w := newWatcher(t, now, audit.Holidays{})
		for i, reason := range tt.reasons {
			state := "unknown"
			if reason == "open" {
				state, reason = "open", ""
			}
			w.looked(now.Add(time.Duration(i-10)*6*time.Hour), "comments", state, reason)
		}
		got := w.at(now, store.AlertMissing)
		if len(got) != tt.want {
			t.Errorf("%s: %d alerts", name, len(got))
		}
		if len(got) == 1 && !strings.Contains(w.says(got), "2 looks since") {
			t.Error(w.says(got))
		}
	}
}

// TestFasterReplies: told once a quarter, of enough comments.
func TestFasterReplies(t *testing.T) {
	now := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ n, before, now, want int }{{12, 6, 2, 1}, {12, 6, 5, 0}, {8, 6, 2, 0}, {12, 2, 6, 0}} {
		w := newWatcher(t, now, audit.Holidays{First: 2026, Last: 2026})
		visit := w.visit("elm", false)
		for i := range 2 * tt.n {
			hours, day := tt.before, time.Date(2026, 6, 1+i, 9, 0, 0, 0, time.UTC)
			if i >= tt.n {
				hours, day = tt.now, time.Date(2026, 9, 1+i-tt.n, 9, 0, 0, 0, time.UTC)
			}
			e := w.comment(said{visit: visit, channel: "elm", at: day, by: audit.AuthorPublic})
			answer := w.comment(said{visit: visit, channel: "elm", at: day.Add(time.Duration(hours) * time.Hour), parent: e.Ref, by: audit.AuthorOrganisation})
			w.exec(`UPDATE comment SET post = 'p'||?1, week = '2026-W40' WHERE id IN (?1, ?2)`, e.Ref, answer.Ref)
		}
		w.exec(`INSERT INTO comment_week (channel, week, organisation, comments, by_organisation, assessed, complaints) VALUES ('elm','2026-W46','elm',1,0,0,0)`)
		got := w.at(now, store.AlertGood)
		if len(got) != tt.want {
			t.Errorf("%+v: %d alerts", tt, len(got))
		}
		if tt.want == 1 && len(got) == 1 {
			if text := w.says(got); !strings.Contains(text, "good news: replies came faster") {
				t.Error(text)
			}
			if again := w.at(now.AddDate(0, 0, 7), store.AlertGood); len(again) != 1 {
				t.Errorf("a week later: %d", len(again))
			}
		}
	}
}

// TestWhichTimeCounts: what the organisation promised before the complaint was made counts, in the hours that it states; else the
// setting.
func TestWhichTimeCounts(t *testing.T) {
	monday := time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC)
	calendar, err := talk.NewCalendar("England", audit.Holidays{First: 2026, Last: 2026})
	if err != nil {
		t.Fatal(err)
	}
	setting := talk.Promise{Within: 8 * time.Hour, Counts: "working_hours", Hours: talk.Office()}
	promised := audit.Values{audit.ValueReplyMinutes: {Number: 120}, audit.ValueReplyWithin: {Text: "working_hours"}, audit.ValueHours: {Text: "Mo-Fr 10:00-12:00"}}
	for name, tt := range map[string]struct {
		values audit.Values
		since  time.Time
		own    bool
		over   time.Duration // after which it is over, and a minute before not
	}{
		"nothing is promised":          {nil, monday, false, 8 * time.Hour},
		"promised before, own hours":   {promised, monday.Add(-time.Hour), true, 3 * time.Hour},
		"promised since the complaint": {promised, monday.Add(time.Hour), false, 8 * time.Hour},
	} {
		s := statedTime{values: tt.values, since: tt.since, calendar: calendar}.of(store.Unanswered{Said: monday}, setting)
		if s.own != tt.own || !s.promise.Over(s.calendar, monday, monday.Add(tt.over)) || s.promise.Over(s.calendar, monday, monday.Add(tt.over-time.Minute)) {
			t.Errorf("%s: %+v, own %v", name, s.promise, s.own)
		}
	}
}
