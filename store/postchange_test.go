package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// A post's change stands in its organisation's list, not in everybody's, and not beside its whole place's own.
func TestChangesOfPosts(t *testing.T) {
	const one, two = "https://oak.test/one", "https://oak.test/two"
	db := open(t, nil)
	see := func(day int, whole audit.State, posts map[string]audit.State) {
		r := look(oak(), day0.AddDate(0, 0, day), whole)
		for scope, state := range posts {
			r.Findings = append(r.Findings, audit.Finding{Check: "comments", Scope: scope, Verdict: verdict(state), System: "wordpress"})
		}
		record(t, db, r)
	}
	for day := range 2 {
		see(day, audit.Restricted, map[string]audit.State{one: audit.Open, two: audit.Closed})
	}
	for day := 2; day < 4; day++ { // one post closes: the place stays restricted to some posts
		see(day, audit.Restricted, map[string]audit.State{one: audit.Closed, two: audit.Closed})
	}
	for day := 4; day < 6; day++ { // now every post opens, and so does the place
		see(day, audit.Open, map[string]audit.State{one: audit.Open, two: audit.Open})
	}
	list := func(of ChangesOf) (got []string) {
		t.Helper()
		of.Limit = 10
		changes, err := db.Public(day0.AddDate(0, 0, 6)).Changes(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			got = append(got, c.Scope+" "+c.From.String()+" "+c.To.String())
		}
		return got
	}
	if diff := cmp.Diff([]string{" restricted open", one + " open closed"}, list(ChangesOf{Organisation: "oak", Posts: true})); diff != "" {
		t.Errorf("the organisation's own list (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{" restricted open"}, list(ChangesOf{})); diff != "" {
		t.Errorf("everybody's list (-want +got):\n%s", diff)
	}
}
