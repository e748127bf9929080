package checks_test

import (
	"strings"
	"testing"

	"doorknock/crawler/checks"
)

// Only rules and complaints are surely the organisation's own: a group, a story or a course may well live on an account, and
// figures and judgements with a regulator.
func TestOwnQuestions(t *testing.T) {
	for _, c := range checks.All() {
		id := string(c.ID)
		want := strings.HasPrefix(id, "rules_") || strings.HasPrefix(id, "complaints_") || id == "ombudsman_link" || id == "self_assessment" || id == "responsible_member"
		if c.Own != want {
			t.Errorf("%s: Own is %t, want %t", id, c.Own, want)
		}
	}
}
