package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// TestRepeatsAreFindings: what is repeated from an earlier visit makes the rows that its findings would make, found again:
// states that stand, one that waits for its second look and is confirmed by it, one that is nothing yet, and a late look.
func TestRepeatsAreFindings(t *testing.T) {
	two := 2
	visits := []struct {
		after  time.Duration
		same   int // as which of these; -1: as none
		states map[audit.CheckID]audit.State
	}{
		{0, -1, map[audit.CheckID]audit.State{"comments": audit.Open, "forum": audit.Open, "reviews": audit.Unknown, "events": audit.Restricted}},
		{24 * hour, 0, nil},
		{30 * hour, -1, map[audit.CheckID]audit.State{"comments": audit.Closed, "forum": audit.Open, "reviews": audit.Unknown, "events": audit.Unknown}},
		{36 * hour, 2, nil},
		{60 * hour, 3, nil},
		{26 * hour, 1, nil}, // comes late
		{66 * hour, 4, nil},
	}
	var dumps [2][]string
	for side := range dumps {
		db := open(t, nil)
		var made [][]audit.Finding
		var ids []string
		for _, v := range visits {
			r := look(oak(), day0.Add(v.after), audit.Open)
			r.Now, r.Findings = day0.Add(72*hour), nil
			for _, check := range []audit.CheckID{"comments", "forum", "reviews", "events"} {
				if s, ok := v.states[check]; ok {
					f := audit.Finding{Check: check, Verdict: verdict(s), System: "wordpress", Count: &two}
					if check == "events" && s != audit.Unknown {
						f.Values = audit.Values{audit.ValueYear: audit.Number(2026)}
					}
					r.Findings = append(r.Findings, f)
				}
			}
			if v.same >= 0 {
				r.Findings = made[v.same]
				r.Visit.Same = &audit.Same{Visit: ids[v.same], Findings: len(r.Findings)}
			}
			made, ids = append(made, r.Findings), append(ids, r.Visit.ID)
			if v.same >= 0 && side == 1 {
				all, err := db.Repeats(t.Context(), oak().ID, ids[v.same])
				if err != nil || len(all) != len(r.Findings) {
					t.Fatalf("%d of %d findings stand: %v", len(all), len(r.Findings), err)
				}
				r.Findings, r.Repeats = nil, all
			}
			record(t, db, r)
		}
		for _, table := range []string{"finding", "state_now", "state_change", "value_change", "event"} {
			dumps[side] = append(dumps[side], dump(t, db, `SELECT * FROM `+table+` ORDER BY 1, 2, 3`)...)
		}
		if n := one(t, db, `SELECT count(*) FROM state_change`); n != "1" {
			t.Errorf("%s changes, want the one of comments", n)
		}
	}
	if d := cmp.Diff(dumps[0], dumps[1]); d != "" {
		t.Errorf("found again (-), repeated (+):\n%s", d)
	}
}

func TestRepeatOfWhatIsGone(t *testing.T) {
	db := open(t, nil)
	first := look(oak(), day0, audit.Open)
	record(t, db, first)
	again := look(oak(), day0.Add(6*hour), audit.Open)
	again.Findings, again.Repeats = nil, []Repeat{{ID: "gone", Check: "comments"}}
	if _, err := db.Record(t.Context(), again); !errors.Is(err, errRepeat) {
		t.Errorf("got %v", err)
	}
	if n := one(t, db, `SELECT count(*) FROM visit`); n != "1" {
		t.Errorf("%s visits, want the first alone", n)
	}
}
