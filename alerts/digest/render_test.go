package digest

import (
	"testing"

	"doorknock/audit"
)

func TestEveryReasonHasWords(t *testing.T) {
	for _, r := range audit.Reasons() {
		if reasons[r] == "" {
			t.Errorf("no words for %s", r)
		}
	}
	if len(reasons) != len(audit.Reasons()) {
		t.Errorf("%d words for %d reasons", len(reasons), len(audit.Reasons()))
	}
}
