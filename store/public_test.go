package store

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// shown gives the one public state of a channel.
func shown(t *testing.T, db *DB, c audit.Channel, when time.Time) Shown {
	t.Helper()
	all, err := db.Public(when).states(t.Context(), `channel = ? AND scope = ''`, c.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("public states of %s: %+v, %v, want one", c.URL, all, err)
	}
	return all[0]
}

// silent fails if what is shown tells anything of a state.
func silent(t *testing.T, s Shown) {
	t.Helper()
	if s.State != audit.Unknown || !s.Checking || s.Reason != audit.ReasonIncomplete || s.Kind != "" || s.Evidence != nil || s.Finding != "" ||
		s.How != "" || s.System != "" || s.Count != nil || s.Of != nil || !s.Since.IsZero() || !s.SeenAt.IsZero() {
		t.Errorf("shown %+v, want being checked and nothing else", s)
	}
	if _, err := s.Verdict(); err != nil {
		t.Errorf("verdict of what is shown: %v", err)
	}
}

func TestPendingTellsNoDirection(t *testing.T) {
	db := open(t, nil)
	r := look(oak(), day0, audit.Closed)
	r.Findings[0].Of = &audit.Of{Closed: 3}
	record(t, db, r)
	silent(t, shown(t, db, oak(), day0.Add(hour)))
	all, err := db.Public(day0.Add(hour)).states(t.Context(), `state = 'closed' OR kind <> '' OR evidence IS NOT NULL OR of_posts IS NOT NULL`)
	if err != nil || len(all) != 0 {
		t.Errorf("a question about the direction was answered: %+v, %v", all, err)
	}

	record(t, db, look(oak(), day0.Add(25*hour), audit.Closed))
	s := shown(t, db, oak(), day0.Add(26*hour))
	if s.State != audit.Closed || s.Checking || !s.Since.Equal(day0) {
		t.Errorf("after the second look: %+v, want closed since the first", s)
	}
	if v, err := s.Verdict(); err != nil || v.Evidence().Rule != "wp-closed" {
		t.Errorf("verdict %v, %v, want the evidence", v, err)
	}

	record(t, db, look(oak(), day0.Add(27*hour), audit.Open))
	if s := shown(t, db, oak(), day0.Add(28*hour)); s.State != audit.Closed || !s.Checking {
		t.Errorf("a change is pending: %+v, want closed, being checked", s)
	}
}

func TestUnconfirmedSiteIsHeld(t *testing.T) {
	db := open(t, nil)
	c := site("oak", "acorn.test", false)
	record(t, db, look(c, day0, audit.Open))
	record(t, db, look(c, day0.Add(24*hour), audit.Closed))
	record(t, db, look(c, day0.Add(48*hour), audit.Closed))
	silent(t, shown(t, db, c, day0.Add(49*hour)))
	if got := one(t, db, `SELECT hold_reason || ' ' || coalesce(published_at, '-') FROM state_now`); got != "site not confirmed -" {
		t.Errorf("held %q", got)
	}
	changes, err := db.Public(day0.Add(49*hour)).changes(t.Context(), `1 = 1`)
	if err != nil || len(changes) != 0 {
		t.Errorf("public changes %+v, %v, want none", changes, err)
	}

	r := look(c, day0.Add(50*hour), audit.Closed)
	r.Visit.Confirmed = &audit.Evidence{Type: audit.Marker, Rule: "name", Version: 1, Length: 3, Excerpt: "Oak"}
	record(t, db, r)
	if s := shown(t, db, c, day0.Add(51*hour)); s.State != audit.Closed || s.Checking {
		t.Errorf("after a fetch confirmed the site: %+v, want closed", s)
	}
	changes, err = db.Public(day0.Add(51*hour)).changes(t.Context(), `1 = 1`)
	if err != nil || len(changes) != 1 {
		t.Errorf("public changes %+v, %v, want the one that was held", changes, err)
	}
	if n := one(t, db, `SELECT count(*) FROM event WHERE kind = 'state' AND score_marked_at IS NULL AND alert_marked_at IS NOT NULL`); n == "0" {
		t.Error("no event lets the score follow")
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak"}}, []audit.Channel{c}); err != nil {
		t.Fatal(err)
	}
	if got := one(t, db, `SELECT confirmed FROM channel WHERE id = ?`, c.ID); got != "1" {
		t.Error("a sync took back what a fetch had confirmed")
	}
}

// bonfireNight are holidays of which England has one in the notices of these tests, and Scotland none.
func bonfireNight() audit.Holidays {
	return audit.Holidays{First: 2026, Last: 2026, Days: map[string]map[string]bool{audit.England: {"2026-11-05": true}, audit.Scotland: {"2026-12-25": true}}}
}

func TestNoticeByNation(t *testing.T) {
	var log strings.Builder
	db := open(t, func(o *Options) {
		o.NoticeDays, o.Holidays, o.Log = 10, bonfireNight(), slog.New(slog.NewTextHandler(&log, nil))
	})
	thistle := site("thistle", "thistle.test", true)
	orgs := []audit.Organisation{{ID: "oak", Name: "Oak", Nation: audit.England, Sector: "council"}, {ID: "thistle", Name: "Thistle", Nation: audit.Scotland, Sector: "council"}}
	if err := db.SyncOrganisations(t.Context(), orgs, []audit.Channel{oak(), thistle}); err != nil {
		t.Fatal(err)
	}
	ends := func(want string) {
		t.Helper()
		got := strings.ReplaceAll(strings.Join(dump(t, db, `SELECT organisation || '|' || substr(published_at, 1, 10) FROM state_now ORDER BY organisation`), " "), `"`, "")
		if got != want {
			t.Errorf("notices end %s, want %s", got, want)
		}
	}
	for _, c := range []audit.Channel{oak(), thistle} {
		record(t, db, look(c, day0, audit.Open))
	}
	ends("oak|2026-11-17 thistle|2026-11-16")
	for _, o := range orgs {
		if err := db.Hold(t.Context(), o.ID, "comments", day0); err != nil {
			t.Fatal(err)
		}
		if err := db.Release(t.Context(), o.ID, "comments", day0.AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	ends("oak|2026-11-18 thistle|2026-11-17")
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
	late := time.Date(2026, 12, 21, 9, 0, 0, 0, time.UTC) // over a new year whose holidays are not known
	for _, c := range []audit.Channel{oak(), thistle} {
		record(t, db, look(c, late, audit.Closed))
		record(t, db, look(c, late.Add(25*hour), audit.Closed))
	}
	ends("oak|2027-01-05 thistle|2027-01-06") // Scotland had the 25th
	if !strings.Contains(log.String(), "bank holidays are not known") {
		t.Error("a notice into a year without holidays was counted without a word")
	}
}

func TestNoticePeriod(t *testing.T) {
	db := open(t, func(o *Options) { o.NoticeDays = 10; o.Holidays = bonfireNight() })
	got := record(t, db, look(oak(), day0, audit.Open)) // Monday 2 November; the tenth working day after it is Tuesday 17, with the holiday
	published := time.Date(2026, 11, 17, 9, 0, 1, 0, time.UTC)
	if have := one(t, db, `SELECT published_at FROM state_now`); have != stamp(published) {
		t.Errorf("published at %s, want %s", have, stamp(published))
	}
	silent(t, shown(t, db, oak(), published.Add(-time.Millisecond)))
	if s := shown(t, db, oak(), published); s.State != audit.Open {
		t.Errorf("after the notice: %+v, want open", s)
	}
	if len(got.Events) != 1 || got.Events[0].Kind != audit.EventState {
		t.Errorf("events %+v, want one, since there is a door more that could be known", got.Events)
	}
	for when, want := range map[time.Time]int{published: 1, published.Add(time.Millisecond): 2} {
		events, err := db.Unmarked(t.Context(), ScoreStage, when, 0)
		if err != nil || len(events) != want {
			t.Errorf("events for the score before %v: %v, %v, want %d", when, events, err, want)
		}
	}
	inputs := func(now time.Time) audit.State {
		db.o.Now = func() time.Time { return now }
		all, err := db.ScoreInputs(t.Context(), "oak")
		if err != nil || len(all) != 2 { // the other is a site at which nobody has looked
			t.Fatalf("score inputs %v, %v", all, err)
		}
		return all[0].State
	}
	if a, b := inputs(published.Add(-hour)), inputs(published); a != audit.Unknown || b != audit.Open {
		t.Errorf("the score sees %v during the notice and %v after it, want unknown and open", a, b)
	}
}

func TestAge(t *testing.T) {
	tests := []struct {
		how   audit.How
		days  int
		state audit.State
		aged  bool
	}{
		{audit.Anonymous, 13, audit.Open, false},
		{audit.Anonymous, 14, audit.Open, true},
		{audit.Anonymous, 44, audit.Open, true},
		{audit.Anonymous, 45, audit.Unknown, true},
		{audit.ByWitness, 59, audit.Open, false},
		{audit.ByWitness, 60, audit.Open, true},
		{audit.ByWitness, 120, audit.Unknown, true},
	}
	for _, x := range tests {
		db := open(t, nil)
		r := look(oak(), day0, audit.Open)
		r.Visit.How = x.how
		record(t, db, r)
		record(t, db, look(oak(), day0.Add(hour), audit.Unknown))
		s := shown(t, db, oak(), day0.AddDate(0, 0, x.days))
		if s.State != x.state || s.Aged != x.aged || (s.State == audit.Unknown) != (s.Reason == audit.ReasonStale && s.Was == audit.Open) {
			t.Errorf("%s after %d days: %+v, want %v, aged %t", x.how, x.days, s, x.state, x.aged)
		}
		if s.LastReason != audit.ReasonTimeout {
			t.Errorf("newest look %q, want timeout", s.LastReason)
		}
	}
}

func TestUnknownTellsItsReason(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Unknown))
	if s := shown(t, db, oak(), day0.Add(hour)); s.Reason != audit.ReasonTimeout || s.Checking {
		t.Errorf("%+v, want unknown/timeout", s)
	}
}

func TestHoldAndRelease(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	if err := db.Hold(t.Context(), "oak", "comments", day0.Add(hour)); err != nil {
		t.Fatal(err)
	}
	silent(t, shown(t, db, oak(), day0.Add(2*hour)))
	record(t, db, look(oak(), day0.Add(3*hour), audit.Open))
	silent(t, shown(t, db, oak(), day0.Add(4*hour)))
	if err := db.Release(t.Context(), "oak", "comments", day0.Add(5*hour)); err != nil {
		t.Fatal(err)
	}
	if s := shown(t, db, oak(), day0.Add(5*hour)); s.State != audit.Open {
		t.Errorf("after the release: %+v, want open", s)
	}
}

func TestQuarantine(t *testing.T) {
	db := open(t, nil)
	var all []audit.Channel
	for i := range 24 {
		all = append(all, site("oak", string(rune('a'+i))+".test", i != 0))
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak"}}, all); err != nil {
		t.Fatal(err)
	}
	round := func(after time.Duration, closed int) {
		for i, c := range all {
			s := audit.Open
			if i < closed {
				s = audit.Closed
			}
			record(t, db, look(c, day0.Add(after+time.Duration(i)*time.Minute), s))
		}
	}
	held := func(want int) {
		t.Helper()
		q, err := db.Quarantines(t.Context())
		if err != nil || len(q) != want {
			t.Fatalf("quarantines %+v, %v, want %d", q, err, want)
		}
	}
	round(0, 0)
	round(6*hour, 4)
	held(0) // four are no fleet
	round(12*hour, 6)
	held(1)
	round(37*hour, 6)
	pending := func(at time.Duration) {
		t.Helper()
		if s := shown(t, db, all[1], day0.Add(at)); s.State != audit.Open || !s.Checking {
			t.Errorf("seen while it is held: %+v, want open still, and being checked", s)
		}
	}
	pending(40 * hour)
	alerts := func(want int) {
		t.Helper()
		events, err := db.Unmarked(t.Context(), AlertStage, day0.Add(1000*hour), 0)
		if err != nil || len(events) != want {
			t.Errorf("events for alerts: %d, %v, want %d", len(events), err, want)
		}
	}
	alerts(0)
	if err := db.ReleaseQuarantine(t.Context(), audit.Web, "comments", day0.Add(41*hour)); err != nil {
		t.Fatal(err)
	}
	held(0)
	alerts(0)
	pending(41 * hour)
	round(43*hour, 5)
	alerts(5)
	if s := shown(t, db, all[1], day0.Add(44*hour)); s.State != audit.Closed {
		t.Errorf("seen again after the release: %+v, want closed", s)
	}
	if s := shown(t, db, all[5], day0.Add(44*hour)); s.State != audit.Open || s.Checking {
		t.Errorf("open again after the release: %+v, want open as before", s)
	}
	silent(t, shown(t, db, all[0], day0.Add(44*hour))) // the site is not confirmed, which holds on
}

// After a release the doors that were pending are confirmed one by one; only five new ones make another jump.
func TestQuarantineAgain(t *testing.T) {
	db := open(t, nil)
	var all []audit.Channel
	for i := range 24 {
		all = append(all, site("oak", string(rune('a'+i))+".test", true))
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak"}}, all); err != nil {
		t.Fatal(err)
	}
	see := func(s audit.State, from, to int, after time.Duration) {
		for i, c := range all[from:to] {
			record(t, db, look(c, day0.Add(after+time.Duration(i)*time.Second), s))
		}
	}
	held := func(when string, want int) {
		t.Helper()
		if q, err := db.Quarantines(t.Context()); err != nil || len(q) != want {
			t.Fatalf("%s: quarantines %+v, %v, want %d", when, q, err, want)
		}
	}
	see(audit.Open, 0, 24, 0)
	see(audit.Closed, 0, 8, 6*hour)
	held("eight of 24", 1)
	if err := db.ReleaseQuarantine(t.Context(), audit.Web, "comments", day0.Add(7*hour)); err != nil {
		t.Fatal(err)
	}
	see(audit.Closed, 8, 10, 8*hour)
	held("two more after the release", 0)
	see(audit.Open, 14, 24, 9*hour)
	see(audit.Closed, 10, 13, 10*hour)
	held("a second jump, of five", 1)
}

// The numbers of the quarantine, each at its edge: at least 20 read, at least 5 of them changed, and more of them than the share.
func TestQuarantineAtItsEdges(t *testing.T) {
	for _, x := range []struct {
		name          string
		share         float64 // 0: the usual fifth
		read, changed int
		held          bool
	}{
		{"19 read", 0, 19, 19, false},
		{"20 read", 0, 20, 5, true},
		{"four changed, with a small share", 0.1, 20, 4, false},
		{"five changed, with a small share", 0.1, 20, 5, true},
		{"a fifth", 0, 25, 5, false},
		{"one more than a fifth", 0, 25, 6, true},
		{"a fifth of one fewer", 0, 24, 5, true},
		{"half, with that share", 0.5, 20, 10, false},
		{"one more than half, with that share", 0.5, 20, 11, true},
		{"29 of 100, with that share", 0.29, 100, 29, false}, // 0.29 times 100 is a little less than 29 to a computer
		{"30 of 100, with that share", 0.29, 100, 30, true},
		{"all, with a share of one", 1, 20, 20, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			db := open(t, func(o *Options) { o.QuarantineShare = x.share })
			all := make([]audit.Channel, x.read)
			for i := range all {
				all[i] = site("oak", fmt.Sprintf("s%d.test", i), true)
			}
			if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak"}}, all); err != nil {
				t.Fatal(err)
			}
			for i, c := range all {
				record(t, db, look(c, day0.Add(time.Duration(i)*time.Second), audit.Open))
			}
			for i, c := range all[:x.changed] {
				record(t, db, look(c, day0.Add(6*hour+time.Duration(i)*time.Second), audit.Closed))
			}
			if q, err := db.Quarantines(t.Context()); err != nil || (len(q) == 1) != x.held {
				t.Errorf("%d of %d changed: %+v, %v, want held %t", x.changed, x.read, q, err, x.held)
			}
		})
	}
}
