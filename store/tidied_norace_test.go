//go:build !race

package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// Two months of looks, once with tidying every night and once without: the same states, changes, weeks and due times; what
// is kept holds together; and a look that comes late finds what it would have found.
func TestTidyChangesNothing(t *testing.T) {
	f := newFleet(4)
	whole, small := open(t, nil), open(t, nil)
	f.sync(t, whole)
	f.sync(t, small)
	f.live(t, 0, 60, 12*hour, []*DB{whole, small}, small)
	same := func() {
		t.Helper()
		for _, query := range []string{
			`SELECT channel, check_id, scope, state, kind, finding, evidence, since, seen_at, stage, pending, pending_at, due_again, last_finding, published_at FROM state_now ORDER BY 1, 2, 3`,
			`SELECT id, first_finding, finding, observed_at, withdrawn_at, correction FROM state_change ORDER BY 1`,
			`SELECT * FROM comment_week ORDER BY 1, 2`,
			`SELECT id, due_at FROM channel ORDER BY 1`,
		} {
			if diff := cmp.Diff(dump(t, whole, query), dump(t, small, query)); diff != "" {
				t.Fatalf("%s (-all +tidied):\n%s", query, diff)
			}
		}
	}
	same()
	number := func(db *DB, query string) int {
		var n int
		if err := db.read.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	findings, left := number(whole, `SELECT count(*) FROM finding`), number(small, `SELECT count(*) FROM finding`)
	looks := number(small, `SELECT sum(looks) FROM finding_run`)
	t.Logf("%d findings of %d are kept in %d runs; %d captures of %d; %d visits of %d", left, findings, number(small, `SELECT count(*) FROM finding_run`),
		number(small, `SELECT count(*) FROM capture`), number(whole, `SELECT count(*) FROM capture`), number(small, `SELECT count(*) FROM visit`), number(whole, `SELECT count(*) FROM visit`))
	if left+looks != findings || left > findings/2 {
		t.Errorf("%d findings kept and %d rolled up, of %d", left, looks, findings)
	}
	for what, query := range map[string]string{
		"findings of changes that are gone":    `SELECT count(*) FROM state_change c WHERE NOT EXISTS (SELECT 1 FROM finding WHERE id = c.finding) OR NOT EXISTS (SELECT 1 FROM finding WHERE id = c.first_finding)`,
		"findings of states that are gone":     `SELECT count(*) FROM state_now s WHERE finding <> '' AND NOT EXISTS (SELECT 1 FROM finding WHERE id = s.finding)`,
		"findings without their capture":       `SELECT count(*) FROM finding f WHERE evidence IS NOT NULL AND NOT EXISTS (SELECT 1 FROM capture WHERE id = f.evidence ->> 'capture')`,
		"absences without a page":              `SELECT count(*) FROM finding f, json_each(f.evidence, '$.captures') j WHERE f.evidence IS NOT NULL AND NOT EXISTS (SELECT 1 FROM capture WHERE id = j.value)`,
		"captures without what they repeat":    `SELECT count(*) FROM capture c WHERE unchanged <> '' AND NOT EXISTS (SELECT 1 FROM capture WHERE id = c.unchanged)`,
		"pages remembered without a capture":   `SELECT count(*) FROM page_seen p WHERE NOT EXISTS (SELECT 1 FROM capture WHERE id = p.capture)`,
		"rows that refer to what is not there": `SELECT count(*) FROM pragma_foreign_key_check`,
	} {
		if n := number(small, query); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	for _, file := range dump(t, small, `SELECT DISTINCT file FROM capture WHERE file <> ''`) {
		if !f.files[strings.Trim(file, `"`)] {
			t.Errorf("a row names %s, which was dropped", file)
		}
	}
	if rows := number(small, `SELECT count(DISTINCT file) FROM capture WHERE file <> ''`); rows != len(f.files) {
		t.Errorf("%d files are left, %d are named", len(f.files), rows)
	}
	addresses(t, whole, small)
	// A look that comes a month late says the same to both, and so do the looks of the next week.
	late := f.look(0, day0.Add(30*24*hour+hour/2))
	for i := range late.Findings {
		late.Findings[i].Verdict = audit.UnknownFor(audit.ReasonTimeout)
	}
	late.Visit.Captures, late.Visit.Memory, late.Visit.Comments, late.Now = nil, audit.Memory{}, nil, day0.Add(60*24*hour)
	record(t, whole, late)
	record(t, small, late)
	f.live(t, 60, 5, 12*hour, []*DB{whole, small}, small)
	same()
}
