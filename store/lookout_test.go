package store

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// grows is a step of a plan that goes through all rows of a table that grows with the years; an index that holds only what is open
// is none.
var grows = regexp.MustCompile(`SCAN (a|m|f|v|d|t|r|p|s|alert|comment|finding|visit|delivery|state_now)( |"|$)`)

// TestTheLookoutReadsByIndex: what is asked every half minute goes through no table that grows.
func TestTheLookoutReadsByIndex(t *testing.T) {
	db := open(t, nil)
	if plan := strings.Join(dump(t, db, "EXPLAIN QUERY PLAN "+groupsAnswered, "", "[]", ""), "\n"); !strings.Contains(plan, "alert_resolved (resolved_at>?)") {
		t.Errorf("answers to tell are not found by when they were seen:\n%s", plan)
	}
	for name, query := range map[string]string{"complaints": complaintsOpen, "reviews": reviewsLost, "pages": pagesLost, "open": alertsOpen, "answered": groupsAnswered} {
		args := []any{"2026-01-01T00:00:00.000Z", `["a"]`, "2026-01-01T00:00:00.000Z"}
		n := 0
		for strings.Contains(query, fmt.Sprintf("?%d", n+1)) {
			n++
		}
		plan := dump(t, db, "EXPLAIN QUERY PLAN "+query, args[:n]...)
		for _, step := range plan {
			if grows.MatchString(step) && !strings.Contains(step, "INDEX alert_open") && !strings.Contains(step, "INDEX state_now_reviews") && !strings.Contains(step, "INDEX state_now_missing") {
				t.Errorf("%s: %s\nin %s", name, step, strings.Join(plan, "\n"))
			}
		}
	}
}

// TestSinceWhenAPlaceWasMissed: a look that got nothing, and a machine without network, are remembered until a look gets something;
// that look has it.
func TestSinceWhenAPlaceWasMissed(t *testing.T) {
	db := open(t, nil)
	c := oak()
	got := func(v Recording) Recording {
		v.Visit.Captures = []audit.Capture{{ID: v.Visit.ID + "p", URL: c.URL, Status: 200}}
		return v
	}
	first := got(look(c, day0, audit.Open))
	record(t, db, first)
	for _, at := range []time.Duration{6 * hour, 12 * hour} {
		nothing := look(c, day0.Add(at), audit.Open)
		nothing.Findings, nothing.Visit.Due = nil, day0.Add(at-hour)
		nothing.Visit.Captures = []audit.Capture{{ID: nothing.Visit.ID + "r", URL: c.URL + "robots.txt", Status: 200},
			{ID: nothing.Visit.ID + "x", URL: c.URL, Status: 503, Reason: audit.ReasonServerError}}
		record(t, db, nothing)
	}
	back := got(look(c, day0.Add(24*hour), audit.Open))
	record(t, db, back)
	record(t, db, got(look(c, day0.Add(30*hour), audit.Open)))
	rows := dump(t, db, `SELECT coalesce(`+visitMissed+`, '-') FROM visit v ORDER BY observed_at`)
	five := `"` + stamp(day0.Add(5*hour)) + `"`
	if diff := cmp.Diff([]string{`"-"`, `"-"`, five, five, `"-"`}, rows); diff != "" {
		t.Error(diff)
	}
}
