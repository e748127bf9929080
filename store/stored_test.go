package store

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
)

// What is kept of a visit's coverage says again that a document was left unread: else a newer rule would read the visit as a proof
// of absence.
func TestCoverageIsKept(t *testing.T) {
	want := map[audit.CheckID]audit.Coverage{
		"forum": {Complete: true}, "tsm_results": {Complete: true, Papers: true}, "events": {Reason: audit.ReasonThirdParty}, "minutes": {Reason: audit.ReasonIncomplete},
	}
	kept, err := json.Marshal(gaps(want))
	if err != nil {
		t.Fatal(err)
	}
	got, err := coverageOf(string(kept))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
