package alerts

import (
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// The notice says how often since when, and what the door is now; its end says that it has kept its state.
func TestFlapWords(t *testing.T) {
	since := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	f := store.AlertFacts{Alert: store.Alert{Kind: store.AlertChange, Organisation: "elm", Check: "comments"}, OrganisationName: "Elm Homes",
		Flap: &store.FlapFacts{Since: since, Changes: 5, Last: since.Add(6 * 24 * time.Hour), State: audit.Closed}}
	for settled, want := range map[bool]string{
		false: "Elm Homes: a door changes back and forth: 5 times since 2 Nov 2026.",
		true:  "Elm Homes: a door that changed 5 times from 2 Nov 2026 to 8 Nov 2026 has kept its state since.",
	} {
		f.Flap.Settled = settled
		text := Compose([]store.AlertFacts{f}, wording, false).text(2000)
		if !strings.Contains(text, want) || !strings.Contains(text, "Now: closed.") {
			t.Errorf("%q is not in %q", want, text)
		}
	}
}
