package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// correct files that newer rules read a recording's answer as another state, and puts it in force.
func (w *town) correct(c audit.Channel, now time.Time, to says, looks ...store.Recording) {
	w.t.Helper()
	ctx := context.Background()
	var all []store.Corrected
	for _, r := range looks {
		old, err := w.db.Finding(ctx, findingOf(r, to.check))
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, store.Corrected{Old: old, By: audit.Finding{Verdict: verdict(w.t, to, r.Visit.Captures[1])}})
	}
	if err := w.db.FileCorrections(ctx, c, all, now); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.db.SettleCorrections(ctx, now); err != nil {
		w.t.Fatal(err)
	}
}

func TestCorrectionsAreShownBesideWhatTheyCorrect(t *testing.T) {
	w := newTown(t, func(o *store.Options) { o.NoticeDays = 10 })
	elm, ash := channel("elm", true), channel("ash", true)
	w.list([]audit.Organisation{organisation("elm", "Elm Homes", audit.England, "council"), organisation("ash", "Ash Homes", audit.Wales, "council")}, elm, ash)
	wants(t, w.ask("/corrections", http.StatusOK), "No answer had to be corrected", "No change that we told of had to be taken back")
	long := noon.AddDate(0, 0, -40)
	w.visit(elm, long, says{"comments", audit.Open, "", "form"})
	first := w.visit(elm, long.AddDate(0, 0, 2), says{"comments", audit.Closed, "", "off"})
	second := w.visit(elm, long.AddDate(0, 0, 4), says{"comments", audit.Closed, "", "off"})
	w.visit(ash, noon.AddDate(0, 0, -40), says{"comments", audit.Open, "", "form"})
	open := w.visit(ash, noon.AddDate(0, 0, -1), says{"comments", audit.Open, "", "form"})
	wants(t, w.ask("/changes", http.StatusOK), "Elm Homes : May visitors comment on posts?", "open became closed")

	told := w.atom("/changes.atom?organisation=elm").Entries

	w.correct(elm, noon.Add(-time.Hour), says{"comments", audit.Open, "", "form after all"}, first, second)
	page := w.ask("/corrections", http.StatusOK)
	wants(t, page, "Elm Homes : May visitors comment on posts?", "Read then as closed today as open", "2 looks, the last of 16 Oct 2026",
		"Rule then: rule-closed, version 3; now: rule-open, version 3", "Corrected on 21 Nov 2026 11:00 UTC",
		"Corrected on 21 Nov 2026: the same bytes, read again by a newer rule, do not show it.")
	old, by := findingOf(second, "comments"), ""
	if f, err := w.db.Public(noon).Finding(context.Background(), old); err == nil && f.Corrected != nil {
		by = f.Corrected.By
	}
	wants(t, page, "What we said", "What we say now")
	for _, link := range []string{old, by} {
		if link == "" || !strings.Contains(page, `href="/findings/`+link+`"`) {
			t.Errorf("no link to finding %q", link)
		}
	}
	wants(t, w.ask("/findings/"+old, http.StatusOK), "comments are off", "Corrected on 21 Nov 2026: today's rules read the same bytes otherwise.")
	wants(t, w.ask("/findings/"+by, http.StatusOK), "visitors were offered a way to comment", "This is a newer reading of the same bytes.")
	wants(t, w.ask("/organisations/elm", http.StatusOK), "Corrections of ours", "Read then as closed today as open")
	wants(t, w.ask("/changes", http.StatusOK), "the same bytes, read again by a newer rule, do not show it")

	now := w.atom("/changes.atom?organisation=elm").Entries
	if len(told) != 1 || len(now) != 1 || now[0].ID != told[0].ID || now[0].Title != "Corrected: "+told[0].Title || !now[0].Updated.After(told[0].Updated) {
		t.Errorf("the feed told %+v, and tells %+v", told, now)
	}

	w.correct(ash, noon.Add(-time.Minute), says{"comments", audit.Closed, "", "SECRET"}, open)
	for path, page := range w.walk() {
		wantsNot(t, page, "SECRET", "ash.test/news/hello read as closed")
		if path == "/corrections" {
			wantsNot(t, page, "Ash Homes")
		}
	}
	wants(t, w.ask("/findings/"+findingOf(open, "comments"), http.StatusOK), "This answer is being checked again.")
}

// TestCorrectedValuesAreShown: where the answer stands and only a value beside it was read otherwise, both are said.
func TestCorrectedValuesAreShown(t *testing.T) {
	w := newTown(t, nil)
	elm := channel("elm", true)
	w.list([]audit.Organisation{organisation("elm", "Elm Homes", audit.England, "council")}, elm)
	look := w.visit(elm, noon.AddDate(0, 0, -2), says{"comments", audit.Open, "", "form"})
	old, err := w.db.Finding(context.Background(), findingOf(look, "comments"))
	if err != nil {
		t.Fatal(err)
	}
	by := old
	by.Values = audit.Values{audit.ValueYear: audit.Number(2025)}
	if err := w.db.FileCorrections(context.Background(), elm, []store.Corrected{{Old: old, By: by}}, noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.db.SettleCorrections(context.Background(), noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	wants(t, w.ask("/corrections", http.StatusOK), "Read then as open today as open", "not read then, 2025 today")
}

func TestHeldQuestionsAreNamedWithoutADirection(t *testing.T) {
	w := newTown(t, nil)
	var organisations []audit.Organisation
	var channels []audit.Channel
	for i := range 24 {
		id := "org-" + string(rune('a'+i))
		organisations, channels = append(organisations, organisation(id, "Homes "+id, audit.England, "council")), append(channels, channel(id, true))
	}
	w.list(organisations, channels...)
	for i, c := range channels {
		w.visit(c, noon.Add(-10*time.Hour+time.Duration(i)*time.Minute), says{"comments", audit.Open, "", "form"})
	}
	for i, c := range channels[:6] {
		w.visit(c, noon.Add(-2*time.Hour+time.Duration(i)*time.Minute), says{"comments", audit.Closed, "", "off"})
	}
	page := w.ask("/corrections", http.StatusOK)
	wants(t, page, "Held while we check ourselves", "May visitors comment on posts? on their web sites", "5 of 24 places moved at once")
	wantsNot(t, page, `</svg>closed`, "/findings/")
	wants(t, w.ask("/organisations/org-a", http.StatusOK), "being checked")
	w.ask("/metrics", http.StatusNotFound) // they count what is held: the operator's listener serves them (web/admin)
}
