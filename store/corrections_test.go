package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// rereading is what a newer rule says of every look in force that an older one read as from.
func rereading(t *testing.T, db *DB, c audit.Channel, from, to audit.State) []Corrected {
	t.Helper()
	findings, err := db.Findings(t.Context(), c.ID, "comments", "")
	if err != nil {
		t.Fatal(err)
	}
	var all []Corrected
	for _, f := range findings {
		if f.Verdict.State() == from {
			all = append(all, Corrected{Old: f, By: audit.Finding{Verdict: verdict(to), System: "wordpress"}})
		}
	}
	return all
}

func correct(t *testing.T, db *DB, c audit.Channel, from, to audit.State, now time.Time) int {
	t.Helper()
	if err := db.FileCorrections(t.Context(), c, rereading(t, db, c, from, to), now); err != nil {
		t.Fatal(err)
	}
	n, err := db.SettleCorrections(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// changed is a store with one announced and published change of oak from open to closed.
func changed(t *testing.T, change func(*Options)) *DB {
	t.Helper()
	db := open(t, change)
	record(t, db, look(oak(), day0, audit.Open))
	record(t, db, look(oak(), day0.Add(24*hour), audit.Closed))
	if got := record(t, db, look(oak(), day0.Add(48*hour), audit.Closed)); len(got.Changes) != 1 {
		t.Fatalf("changes %v, want one", got.Changes)
	}
	return db
}

func TestCorrectionOfAnAnnouncedChange(t *testing.T) {
	db := changed(t, nil)
	now := day0.Add(60 * hour)
	before := dump(t, db, `SELECT id, state, evidence, observed_at FROM finding ORDER BY id`)
	events := one(t, db, `SELECT count(*) FROM event WHERE kind = 'change'`)
	if n := correct(t, db, oak(), audit.Closed, audit.Open, now); n != 1 {
		t.Fatalf("%d states settled, want 1", n)
	}
	if s := shown(t, db, oak(), now); s.State != audit.Open || s.Checking || !s.Since.Equal(day0) {
		t.Errorf("public %+v, want open since the first day, at once", s)
	}
	if got := one(t, db, `SELECT count(*) FROM event WHERE kind = 'change'`); got != events {
		t.Errorf("%s events of changes, want %s as before: a correction is never an alert", got, events)
	}
	if got := one(t, db, `SELECT count(*) FROM event WHERE kind = 'state' AND recorded_at = ?`, stamp(now)); got != "1" {
		t.Errorf("%s events for the scores, want 1", got)
	}
	next, err := db.Visitings(t.Context(), "oak")
	if err != nil || !slices.ContainsFunc(next, func(v Visiting) bool {
		return v.Channel == oak().ID && v.Why == "the usual interval after the last look"
	}) {
		t.Errorf("next visits %+v, %v: a change that was none makes nobody look twice as often", next, err)
	}
	if after := dump(t, db, `SELECT id, state, evidence, observed_at FROM finding WHERE id NOT IN (SELECT by_finding FROM correction) ORDER BY id`); cmp.Diff(before, after) != "" {
		t.Errorf("old findings (-want +got):\n%s", cmp.Diff(before, after))
	}
	public := db.Public(now)
	undone, err := public.Undone(t.Context(), "", 10)
	if err != nil || len(undone) != 1 || undone[0].Correction != reread || !undone[0].WithdrawnAt.Equal(now) {
		t.Errorf("undone %+v, %v, want the change with why", undone, err)
	}
	list, err := public.Corrections(t.Context(), "", 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("corrections %+v, %v, want one of two looks", list, err)
	}
	c := list[0]
	if c.Looks != 2 || c.From != audit.Closed || c.To != audit.Open || c.FromRule != "wp-closed" || c.ToRule != "wp-open" || !c.ObservedAt.Equal(day0.Add(48*hour)) {
		t.Errorf("correction %+v", c)
	}
	old, err := public.Finding(t.Context(), c.Old)
	if err != nil || old.Verdict.State() != audit.Closed || old.Corrected == nil || old.Corrected.By != c.By || old.Corrected.Checking {
		t.Errorf("the old finding %+v, %v, want it with what took its place", old.Corrected, err)
	}
	by, err := public.Finding(t.Context(), c.By)
	if err != nil || by.Verdict.State() != audit.Open || by.Corrects != c.Old {
		t.Errorf("the new finding corrects %q, %v, want %q", by.Corrects, err, c.Old)
	}
	if s, err := db.Superseded(t.Context(), oak().ID, "comments", ""); err != nil || len(s) != 2 || s[1].ID != c.Old || s[1].By != c.By || !s[1].At.Equal(now) {
		t.Errorf("superseded %+v, %v, want the two of closed", s, err)
	}
	if n := correct(t, db, oak(), audit.Closed, audit.Open, now.Add(hour)); n != 0 {
		t.Errorf("again: %d states settled, want none", n)
	}
	record(t, db, look(oak(), day0.Add(72*hour), audit.Closed)) // the next look is a look like any other
	if got := record(t, db, look(oak(), day0.Add(96*hour), audit.Closed)); len(got.Changes) != 1 {
		t.Errorf("changes %v, want one from its own first sight", got.Changes)
	}
}

// The rules go to and fro: each reading takes the place of the one in force, and the first never comes back by itself.
func TestCorrectionOfACorrection(t *testing.T) {
	db := changed(t, nil)
	correct(t, db, oak(), audit.Closed, audit.Open, day0.Add(60*hour))
	correct(t, db, oak(), audit.Open, audit.Closed, day0.Add(61*hour))
	if got := one(t, db, `SELECT state FROM state_now`); got != "closed" {
		t.Errorf("state %s, want closed", got)
	}
	if got := one(t, db, `SELECT count(*) FROM finding`); got != "8" {
		t.Errorf("%s findings, want three, two readings of them, and three of all", got)
	}
	if got := one(t, db, `SELECT count(*) FROM event WHERE kind = 'change'`); got != "1" {
		t.Errorf("%s events of changes, want the one of before", got)
	}
}

// What a newer rule says against somebody waits for its notice, and until then no page tells in which direction.
func TestCorrectionAgainstSomebodyWaits(t *testing.T) {
	db := open(t, func(o *Options) { o.NoticeDays = 10 })
	record(t, db, look(oak(), day0, audit.Open))
	seen := day0.Add(30 * 24 * hour)
	record(t, db, look(oak(), seen, audit.Open))
	now := seen.Add(hour)
	correct(t, db, oak(), audit.Open, audit.Closed, now)
	silent(t, shown(t, db, oak(), now))
	public := db.Public(now)
	if list, err := public.Corrections(t.Context(), "", 10); err != nil || len(list) != 0 {
		t.Errorf("corrections %+v, %v, want none yet", list, err)
	}
	old, err := public.Finding(t.Context(), one(t, db, `SELECT finding FROM correction ORDER BY observed_at DESC LIMIT 1`))
	if err != nil || old.Corrected == nil || *old.Corrected != (FindingCorrection{Checking: true}) {
		t.Errorf("the old finding %+v, %v, want it as being checked", old.Corrected, err)
	}
	if _, err := public.Finding(t.Context(), one(t, db, `SELECT by_finding FROM correction LIMIT 1`)); !errors.Is(err, ErrNotFound) {
		t.Errorf("the new finding: %v, want it not found", err)
	}
	later := db.Public(now.Add(21 * 24 * hour))
	if list, err := later.Corrections(t.Context(), "oak", 10); err != nil || len(list) != 1 || list[0].To != audit.Closed {
		t.Errorf("after the notice: %+v, %v, want it", list, err)
	}
}

// A rule that reads a fifth of a platform otherwise is held like any jump of the fleet.
func TestCorrectionsOfTheFleetAreHeld(t *testing.T) {
	db := open(t, nil)
	var all []audit.Channel
	for i := range 24 {
		all = append(all, site("oak", fmt.Sprintf("site%d.test", i), true))
	}
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak"}}, all); err != nil {
		t.Fatal(err)
	}
	for i, c := range all {
		record(t, db, look(c, day0.Add(time.Duration(i)*time.Minute), audit.Open))
		record(t, db, look(c, day0.Add(25*hour+time.Duration(i)*time.Minute), audit.Open))
	}
	now := day0.Add(30 * hour)
	for _, c := range all[:6] {
		if err := db.FileCorrections(t.Context(), c, rereading(t, db, c, audit.Open, audit.Restricted), now); err != nil {
			t.Fatal(err)
		}
	}
	if s := shown(t, db, all[0], now); s.State != audit.Open || s.Checking {
		t.Errorf("filed and not in force: %+v, want open", s)
	}
	if _, err := db.SettleCorrections(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	q, err := db.Quarantines(t.Context())
	if err != nil || len(q) != 1 || q[0].Read != 24 || q[0].Pending != 6 {
		t.Fatalf("quarantines %+v, %v, want 6 of 24", q, err)
	}
	public := db.Public(now)
	if list, err := public.Corrections(t.Context(), "", 100); err != nil || len(list) != 0 {
		t.Errorf("corrections %+v, %v, want none while they are held", list, err)
	}
	if err := db.ReleaseQuarantine(t.Context(), audit.Web, "comments", now.Add(hour)); err != nil {
		t.Fatal(err)
	}
	if list, err := db.Public(now.Add(2*hour)).Corrections(t.Context(), "", 100); err != nil || len(list) != 6 {
		t.Errorf("after the release: %+v, %v, want six", list, err)
	}
}

// A reading that no second look bears out is not shown either: it would tell which way the door is being checked.
func TestCorrectionToWhatIsBeingChecked(t *testing.T) {
	db := open(t, nil)
	record(t, db, look(oak(), day0, audit.Open))
	record(t, db, look(oak(), day0.Add(25*hour), audit.Open))
	findings, err := db.Findings(t.Context(), oak().ID, "comments", "")
	if err != nil {
		t.Fatal(err)
	}
	now := day0.Add(30 * hour)
	due := one(t, db, `SELECT due_at FROM channel`)
	if err := db.FileCorrections(t.Context(), oak(), []Corrected{{Old: findings[1], By: audit.Finding{Verdict: verdict(audit.Closed)}}}, now); err != nil {
		t.Fatal(err)
	}
	if _, err := db.SettleCorrections(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if s := shown(t, db, oak(), now); s.State != audit.Open || !s.Checking {
		t.Errorf("public %+v, want being checked", s)
	}
	if list, err := db.Public(now).Corrections(t.Context(), "", 10); err != nil || len(list) != 0 {
		t.Errorf("corrections %+v, %v, want none", list, err)
	}
	if after := one(t, db, `SELECT due_at FROM channel`); after > due || after > stamp(day0.Add(49*hour)) {
		t.Errorf("due at %s, was %s: want it no later than a second look can confirm", after, due)
	}
	unknown := []Corrected{{Old: findings[0], By: audit.Finding{Verdict: verdict(audit.Unknown)}}}
	if err := db.FileCorrections(t.Context(), oak(), unknown, now.Add(hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.SettleCorrections(t.Context(), now.Add(hour)); err != nil {
		t.Fatal(err)
	}
	if list, err := db.Public(now.Add(hour)).Corrections(t.Context(), "", 10); err != nil || len(list) != 1 || list[0].To != audit.Unknown {
		t.Errorf("corrections %+v, %v, want the one to unknown", list, err)
	}
}

// A program that dies between filing and settling leaves states as they were, and a visit recorded meanwhile too.
func TestFiledIsNotInForce(t *testing.T) {
	db := changed(t, nil)
	now := day0.Add(60 * hour)
	if err := db.FileCorrections(t.Context(), oak(), rereading(t, db, oak(), audit.Closed, audit.Open), now); err != nil {
		t.Fatal(err)
	}
	late := look(oak(), day0.Add(30*hour), audit.Closed)
	late.Now = now
	record(t, db, late) // folds the whole history
	if got := one(t, db, `SELECT state FROM state_now`); got != "closed" {
		t.Errorf("state %s, want closed as before", got)
	}
	if n, err := db.SettleCorrections(t.Context(), now.Add(time.Minute)); err != nil || n != 1 {
		t.Errorf("settled %d, %v, want the one left behind", n, err)
	}
}
