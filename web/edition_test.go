package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"doorknock/alerts/digest"
	"doorknock/audit"
)

// TestEditionHasAPage: each week and month that was looked at has one, for all and for chosen organisations, in two languages;
// what was withdrawn since is marked; no other name has one.
func TestEditionHasAPage(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	page := w.ask("/digest/2026-W47", http.StatusOK)
	wants(t, page, "doorknock, 16 November to 22 November 2026 (so far)", "1 door closed or became restricted", "Heron Housing Association",
		"Now: closed. Before: open.", "Confirmed 17 November 2026 at 09:14 UTC", "To your councillor")
	holds(t, page, `href="/findings/`, "/digest/2026-W46")
	wantsNot(t, page, "SECRET-PENDING", "/digest/2026-W48")
	for _, link := range regexp.MustCompile(`href="(?:http://127\.0\.0\.1:8080)?(/[^"]*)"`).FindAllStringSubmatch(page, -1) {
		path, _, _ := strings.Cut(strings.ReplaceAll(link[1], "&amp;", "&"), "#")
		if path != "/digest/latest" && !strings.HasPrefix(path, "/static/") {
			w.ask(path, http.StatusOK)
		}
	}
	for id := range map[string]bool{"changed": true, "answers": true, "practice": true, "unseen": true, "counts": true, "all": true} {
		holds(t, page, `id="`+id+`"`)
	}
	wants(t, w.ask("/digest/2026-11", http.StatusOK), "doorknock, November 2026 (so far)", "1 door closed", "Doors that opened, by month")
	wants(t, w.ask("/digest/2026-W47?organisation=heron", http.StatusOK), "What changed for you", "Of chosen organisations only", "Doors that we know")
	wants(t, w.ask("/digest/2026-W47?sector=council", http.StatusOK), "We did not look anywhere")
	wantsNot(t, w.ask("/digest/2026-W47?kind=opened", http.StatusOK), "Before: open.")
	welsh := w.ask("/digest/2026-W47?lang=cy", http.StatusOK)
	wants(t, welsh, "16 Tachwedd i 22 Tachwedd 2026", "Drysau a gaeodd neu a gyfyngwyd: 1", "Nawr: ar gau. Cynt: ar agor.", "Neidio")
	holds(t, welsh, `<html lang="cy">`, "/digest/2026-W46?lang=cy")
	for _, none := range []string{"2026-W48", "2026-W60", "2020-W01", "2026-13", "2027-01", "nothing", "2026-W47x"} {
		w.ask("/digest/"+none, http.StatusNotFound)
	}
	wants(t, w.ask("/digest/latest", http.StatusOK), "doorknock, 9 November to 15 November 2026 ")
	wantsNot(t, w.ask("/digest/2026-W46", http.StatusOK), "/digest/2026-W45")

	// a visit that arrives late shows that the door stood open between the two looks
	w.late(channel("heron", true), time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC), noon.Add(-time.Hour), says{"comments", audit.Open, "", `<textarea id="comment">`})
	late := w.ask("/digest/2026-W47", http.StatusOK)
	if strings.Contains(late, "1 door closed") || !strings.Contains(late, "we corrected 1 statement") && !strings.Contains(late, "We corrected 1 statement") {
		t.Errorf("what was withdrawn is not marked:\n%s", late)
	}
}

func holds(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("the page does not hold %q", part)
		}
	}
}

// TestOldEditionKeepsItsCounts: the doors are counted as they were, what is told of organisations is what is published now.
func TestOldEditionKeepsItsCounts(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	kept := digest.Edition{Week: "2026-W46", Visits: 99, Doors: 50, Known: 40, Organisations: 6, Looked: 6, Comments: 77,
		Closed: []digest.Change{{Name: "Never Published Homes"}}}
	if err := w.db.KeepEdition(t.Context(), "2026-W46", kept, noon); err != nil {
		t.Fatal(err)
	}
	page := w.ask("/digest/2026-W46", http.StatusOK)
	wants(t, page, "We looked 99 times", "40 of 50 (80 %)", "Comments seen: 77")
	wantsNot(t, page, "Never Published")
	var none digest.Edition
	if err := w.db.KeptEdition(t.Context(), "2026-W45", &none); err == nil {
		t.Error("an edition that was never kept is read")
	}
}
