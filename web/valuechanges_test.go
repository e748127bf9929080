package web

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorknock/audit"
	"doorknock/store"
)

// TestReworded: what went and what came is told sentence by sentence, and another order is no difference.
func TestReworded(t *testing.T) {
	was := []string{"Be kind to each other.", "We reply within one hour.", "We remove spam from our page."}
	is := []string{"We remove spam and adverts from our page.", "Be kind to each other.", "Ask us first."}
	want := []wordChange{
		{Was: "We reply within one hour."}, {Was: "We remove spam from our page.", Is: "We remove spam and adverts from our page."}, {Is: "Ask us first."},
	}
	if d := cmp.Diff(want, reworded(was, is)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := reworded(was, []string{was[2], was[0], was[1]}); len(got) != 0 {
		t.Errorf("another order: %v", got)
	}
}

// TestReplyTimeRemoved: a promise that goes is told on the timeline as a change of values, with both pieces of evidence, and
// is no change of state.
func TestReplyTimeRemoved(t *testing.T) {
	w := newTown(t, nil)
	place := channel("otter", true)
	w.list([]audit.Organisation{organisation("otter", "Otter Homes", audit.England, "housing_association")}, place)
	was, is := []string{"We reply within one hour.", "Be kind."}, []string{"Be kind."}
	wording := func(x []string, v audit.Values) audit.Values {
		v[audit.ValueWording] = audit.Text(audit.WordingID(x))
		return v
	}
	old := wording(was, audit.Values{audit.ValueHours: audit.Text("Mo-Fr"), audit.ValueReplyMinutes: audit.Number(60)})
	fresh := wording(is, audit.Values{audit.ValueHours: audit.Text("Mo-Fr")})
	for i, d := range []int{-9, -5, -3} {
		when := noon.AddDate(0, 0, d)
		values, sentences := old, was
		if i > 0 {
			values, sentences = fresh, is
		}
		e := audit.Evidence{Type: audit.Marker, Rule: "rules-page", Version: 1, Length: 5, Excerpt: "rules", How: audit.Anonymous, URL: place.URL}
		verdict, err := audit.NewVerdict(audit.Open, "", "", &e)
		if err != nil {
			t.Fatal(err)
		}
		v := audit.Visit{V: 1, ID: audit.JobID(place.ID, when), Channel: place, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when}
		f := audit.Finding{Check: "comments", Verdict: verdict, Values: values, Wording: sentences}
		if _, err := w.db.Record(context.Background(), store.Recording{Visit: v, Findings: []audit.Finding{f}, Now: when}); err != nil {
			t.Fatal(err)
		}
	}
	page := w.ask("/organisations/otter", http.StatusOK)
	wants(t, page, "What they say changed", "Reply promised within: 1 hour became not said", "No longer there: We reply within one hour.", "Evidence before", "Evidence after",
		"No change has been confirmed here.")
	wantsNot(t, page, "Watched: Mo-Fr became")
}
