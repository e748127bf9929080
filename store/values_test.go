package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

func valued(when time.Time, s audit.State, v audit.Values, wording ...string) Recording {
	r := look(oak(), when, s)
	r.Findings[0].Values, r.Findings[0].Wording = v, wording
	return r
}

// TestValues: what a check read beside its answer is kept with the finding, shown with the state, and its change is told
// as a change of values and never as one of state.
func TestValues(t *testing.T) {
	db := open(t, nil)
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{oak()}); err != nil {
		t.Fatal(err)
	}
	was, is := []string{"We reply within one hour.", "Be kind."}, []string{"Be kind."}
	old := audit.Values{audit.ValueYear: audit.Number(2025), audit.ValueWording: audit.Text(audit.WordingID(was))}
	fresh := audit.Values{audit.ValueYear: audit.Number(2026), audit.ValueWording: audit.Text(audit.WordingID(is))}
	shown := func(after time.Duration) audit.Values {
		t.Helper()
		all, err := db.Public(day0.Add(after)).states(t.Context(), `1`)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d states, %v", len(all), err)
		}
		return all[0].Values
	}
	record(t, db, valued(day0, audit.Open, old, was...))
	if got := shown(hour); !got.Equal(old) {
		t.Errorf("after the first look %v is shown, want %v", got, old)
	}
	record(t, db, valued(day0.Add(24*hour), audit.Open, fresh, is...))
	if got := shown(25 * hour); !got.Equal(old) {
		t.Errorf("after one look with others %v is shown, want %v", got, old)
	}
	last := record(t, db, valued(day0.Add(49*hour), audit.Open, fresh, is...))
	if got := shown(50 * hour); !got.Equal(fresh) {
		t.Errorf("after the second look %v is shown, want %v", got, fresh)
	}
	if len(last.Changes) != 0 {
		t.Errorf("a change of values is one of state: %v", last.Changes)
	}
	changes, err := db.Public(day0.Add(50*hour)).ValueChanges(t.Context(), ChangesOf{Organisation: "oak", Limit: 10})
	if err != nil || len(changes) != 1 {
		t.Fatalf("%d changes of values, %v", len(changes), err)
	}
	x := changes[0]
	if d := cmp.Diff([]any{old, fresh, was, is, day0.Add(24 * hour), day0.Add(49 * hour)}, []any{x.From, x.To, x.Was, x.Is, x.FirstSeen, x.ConfirmedAt}); d != "" {
		t.Errorf("change of values (-want +got):\n%s", d)
	}
	found, err := db.Findings(t.Context(), oak().ID, "comments", "")
	if err != nil || len(found) != 3 || !found[2].Values.Equal(fresh) {
		t.Errorf("findings %v, %v", found, err)
	}
	// a look that arrives late and denies the second sight takes the change back
	record(t, db, valued(day0.Add(36*hour), audit.Open, old, was...))
	if changes, err := db.Public(day0.Add(51*hour)).ValueChanges(t.Context(), ChangesOf{Limit: 10}); err != nil || len(changes) != 0 {
		t.Errorf("%d changes of values after a late look, %v", len(changes), err)
	}
	if got := shown(51 * hour); !got.Equal(old) {
		t.Errorf("after a late look %v is shown, want %v", got, old)
	}
}

// TestValuesWaitForTheirNotice: in the notice period the public sees the old values and no change.
func TestValuesWaitForTheirNotice(t *testing.T) {
	db := open(t, func(o *Options) { o.NoticeDays = 10 })
	if err := db.SyncOrganisations(t.Context(), []audit.Organisation{{ID: "oak", Name: "Oak Homes", Nation: audit.England, Sector: "council"}}, []audit.Channel{oak()}); err != nil {
		t.Fatal(err)
	}
	old, fresh := audit.Values{audit.ValueYear: audit.Number(2026)}, audit.Values{audit.ValueYear: audit.Number(2024)}
	record(t, db, valued(day0, audit.Open, old))
	later := day0.Add(20 * 24 * hour)
	for i, v := range []audit.Values{old, fresh, fresh} {
		record(t, db, valued(later.Add(time.Duration(i)*25*hour), audit.Open, v))
	}
	for _, test := range []struct {
		after   time.Duration
		want    audit.Values
		changes int
	}{{51 * hour, old, 0}, {30 * 24 * hour, fresh, 1}} {
		p := db.Public(later.Add(test.after))
		all, err := p.states(t.Context(), `1`)
		if err != nil || len(all) != 1 || !all[0].Values.Equal(test.want) {
			t.Errorf("%v later %v is shown, %v; want %v", test.after, all, err, test.want)
		}
		if changes, err := p.ValueChanges(t.Context(), ChangesOf{Organisation: "oak", Limit: 10}); err != nil || len(changes) != test.changes {
			t.Errorf("%v later %d changes, %v; want %d", test.after, len(changes), err, test.changes)
		}
	}
}
