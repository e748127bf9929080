package web

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

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

// replyTimeRemoved records a place whose rules said a reply time, and say it no longer in two later looks. reviews says that
// its reviews closed in the same looks.
func (w *town) replyTimeRemoved(reviews bool) {
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
			w.t.Fatal(err)
		}
		v := audit.Visit{V: 1, ID: audit.JobID(place.ID, when), Channel: place, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when}
		found := []audit.Finding{{Check: "comments", Verdict: verdict, Values: values, Wording: sentences}}
		if reviews {
			state := audit.Open
			if i > 0 {
				state = audit.Closed
			}
			other, err := audit.NewVerdict(state, "", "", &e)
			if err != nil {
				w.t.Fatal(err)
			}
			found = append(found, audit.Finding{Check: "reviews", Verdict: other})
		}
		if _, err := w.db.Record(context.Background(), store.Recording{Visit: v, Findings: found, Now: when}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestReplyTimeRemoved: a promise that goes is told on the timeline as a change of values, with both pieces of evidence, and
// is no change of state.
func TestReplyTimeRemoved(t *testing.T) {
	w := newTown(t, nil)
	w.replyTimeRemoved(false)
	page := w.ask("/organisations/otter", http.StatusOK)
	wants(t, page, "What they say changed", "Reply promised within: 1 hour became not said", "No longer there: We reply within one hour.", "Evidence before", "Evidence after",
		"No change has been confirmed here.")
	wantsNot(t, page, "Watched: Mo-Fr became")
}

// TestReplyTimeRemovedIsAChange: the page of changes and both feeds tell it among the changes of states, with an id that
// stays, in a feed of its own kind too, and none of them while it is held.
func TestReplyTimeRemovedIsAChange(t *testing.T) {
	w := newTown(t, nil)
	w.replyTimeRemoved(true)
	wants(t, w.ask("/changes", http.StatusOK), "Otter Homes", "Reply promised within: 1 hour became not said", "No longer there: We reply within one hour.", "Evidence after")
	all := w.atom("/changes.atom").Entries
	if len(all) != 2 {
		t.Fatalf("%d entries, want one of each kind", len(all))
	}
	i := slices.IndexFunc(all, func(e parsedEntry) bool { return strings.HasPrefix(e.ID, "tag:doorknock,2026:said/") })
	if i < 0 || !strings.HasPrefix(all[i].Title, "Otter Homes: ") || !strings.Contains(all[i].URL, "/findings/") {
		t.Fatalf("%d, %+v", i, all)
	}
	for _, says := range []string{"Reply promised within: 1 hour became not said.", "No longer there: We reply within one hour."} {
		if !strings.Contains(all[i].Text, says) {
			t.Errorf("the feed does not say %q: %s", says, all[i].Text)
		}
	}
	if d := cmp.Diff(all, w.jsonFeed("/changes.json").Entries); d != "" {
		t.Errorf("(-atom +json):\n%s", d)
	}
	for query, n := range map[string]int{"?kind=said": 1, "?kind=said&organisation=otter": 1, "?organisation=otter": 2, "?kind=closed&organisation=otter": 1, "?kind=said&nation=Wales": 0} {
		if got := w.atom("/changes.atom" + query).Entries; len(got) != n {
			t.Errorf("%s: %d entries, want %d", query, len(got), n)
		}
	}
}

// TestChangesGoOnFromPageToPage: pages of changes of both kinds leave none out and tell none twice, those of one moment
// among them.
func TestChangesGoOnFromPageToPage(t *testing.T) {
	w := newTown(t, nil)
	w.replyTimeRemoved(true)
	s := &site{db: w.db, log: slog.New(slog.DiscardHandler)}
	s.now = func() time.Time { return noon }
	all, err := s.confirmedChanges(t.Context(), store.ChangesOf{Limit: 1000})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d, %v", len(all), err)
	}
	of := store.ChangesOf{Limit: 1}
	for i, want := range all {
		got, err := s.confirmedChanges(t.Context(), of)
		if err != nil || len(got) != 1 {
			t.Fatalf("%d: %d, %v", i, len(got), err)
		}
		of.Before, of.BeforeID = got[0].when()
		if _, id := want.when(); id != of.BeforeID {
			t.Errorf("%d is %s, want %s", i, of.BeforeID, id)
		}
	}
	if got, err := s.confirmedChanges(t.Context(), of); err != nil || len(got) != 0 {
		t.Errorf("after the last: %d, %v", len(got), err)
	}
}

// TestHeldWordingIsNotTold: while an organisation has its notice, what it says otherwise now is told nowhere.
func TestHeldWordingIsNotTold(t *testing.T) {
	w := newTown(t, func(o *store.Options) { o.NoticeDays = 30 })
	w.replyTimeRemoved(false)
	wantsNot(t, w.ask("/changes", http.StatusOK), "Otter Homes")
	if got := len(w.atom("/changes.atom").Entries) + len(w.jsonFeed("/changes.json").Entries); got != 0 {
		t.Errorf("%d entries", got)
	}
}

// TestSentencesEnd: what follows a sentence of theirs in a feed does not run into it.
func TestSentencesEnd(t *testing.T) {
	s := &site{words: mustRead(t)}
	for x, want := range map[wordChange]string{
		{Was: "We reply within a day"}: "No longer there: We reply within a day.",
		{Is: "Ask us!"}:                "New: Ask us!",
		{Was: "We reply within a day.", Is: "We reply in a week"}: "Reworded: We reply within a day. became We reply in a week.",
	} {
		if got := s.wordChange(x); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
