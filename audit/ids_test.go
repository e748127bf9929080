package audit

import (
	"fmt"
	"testing"
)

// Findings of one visit stand beside one another in an index by id, and no two ids are one.
func TestFindingsOfAVisitStandTogether(t *testing.T) {
	t.Parallel()
	begins, all := map[string]bool{}, map[string]bool{}
	const visits, findings = 200, 60
	for v := range visits {
		visit := LongHash("visit", fmt.Sprint(v))
		first := FindingID(visit, "comments", "")
		begins[first[:6]] = true
		for i := range findings {
			id := FindingID(visit, "comments", fmt.Sprint(i))
			if all[id] = true; len(id) != 32 || id[:6] != first[:6] {
				t.Fatalf("finding %d of visit %d is %s, the first of it %s", i, v, id, first)
			}
		}
	}
	if len(begins) != visits || len(all) != visits*findings {
		t.Errorf("%d beginnings and %d ids, want %d and %d", len(begins), len(all), visits, visits*findings)
	}
}
