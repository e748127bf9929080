package store

import (
	"fmt"
	"testing"
	"time"

	"doorknock/audit"
)

// Rows are written several at once, in pieces: each number of findings and comments is kept whole, of two answers to one
// question the first, and a next look in which some doors are as they were and others not settles every one of them.
func TestManyRowsAtOnce(t *testing.T) {
	for _, n := range []int{1, rowsAtOnce - 1, rowsAtOnce, 3*rowsAtOnce + 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			db := open(t, nil)
			of := func(when time.Time, s func(i int) audit.State) Recording {
				r := look(oak(), when, audit.Open)
				r.Findings, r.Visit.Comments = nil, nil
				for i := range n {
					r.Findings = append(r.Findings, audit.Finding{Check: "comments", Scope: fmt.Sprintf("https://oak.test/%d", i), Verdict: verdict(s(i))})
					r.Visit.Comments = append(r.Visit.Comments, audit.Comment{
						ID: audit.CommentID(oak().ID, "wordpress", fmt.Sprint(i)), Post: "p", System: "wordpress", Time: day0, Text: "Hello", Hidden: i == 0})
				}
				again := r.Findings[0]
				again.Verdict = verdict(audit.Closed)
				r.Findings, r.Visit.Comments = append(r.Findings, again), append(r.Visit.Comments, r.Visit.Comments[0])
				return r
			}
			record(t, db, of(day0, func(int) audit.State { return audit.Open }))
			record(t, db, of(day0.Add(30*time.Hour), func(i int) audit.State { return []audit.State{audit.Open, audit.Unknown, audit.Closed}[i%3] }))
			for query, want := range map[string]int{
				`SELECT count(*) FROM finding`:                             2 * n,
				`SELECT count(*) FROM comment`:                             n,
				`SELECT count(*) FROM comment WHERE hidden_at IS NOT NULL`: 1,
				`SELECT count(*) FROM state_now WHERE state = 'open'`:      n,
				`SELECT count(*) FROM state_now s JOIN finding f ON f.id = s.last_finding WHERE f.observed_at = s.last_at`: n,
				`SELECT count(*) FROM state_now WHERE last_at = (SELECT max(observed_at) FROM visit)`:                      n,
				`SELECT count(*) FROM state_now WHERE seen_at = last_at AND pending = 'unknown'`:                           (n + 2) / 3,
				`SELECT count(*) FROM state_now WHERE last_reason <> ''`:                                                   (n + 1) / 3,
				`SELECT count(*) FROM state_now WHERE pending = 'closed'`:                                                  n / 3,
			} {
				var got int
				if err := db.read.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
					t.Errorf("%s: %d, %v; want %d", query, got, err, want)
				}
			}
		})
	}
}
