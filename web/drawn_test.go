package web

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/evidence"
	"doorknock/store"
)

// TestDrawnPageSaysSo: an answer from a drawn page says so, with its picture, which is behind the same gate.
func TestDrawnPageSaysSo(t *testing.T) {
	w := newTown(t, nil)
	teal := siteAt("teal", "teal.test")
	w.list([]audit.Organisation{organisation("teal", "Teal Group", audit.England, "housing_association")}, teal)
	when := noon.AddDate(0, 0, -2)
	id := audit.JobID(teal.ID, when)
	sent := audit.Capture{ID: audit.LongHash("sent"), URL: teal.URL, Status: 200, Type: "text/html", Hash: audit.LongHash("1"), At: when}
	drawn := audit.Capture{ID: audit.LongHash("drawn"), URL: teal.URL, Status: 200, Type: "text/html; charset=utf-8", Hash: audit.LongHash("2"), At: when,
		MadeFrom: []string{sent.ID}, Picture: "pictures/ab/picture.png"}
	policy := audit.Capture{ID: audit.LongHash("policy"), URL: teal.URL + "policy.pdf", Status: 200, Type: "application/pdf", Hash: strings.Repeat("7", 64), At: when,
		Modified: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)}
	v, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "form", Version: 1, Length: 5, Excerpt: "<form", How: audit.Anonymous, URL: teal.URL, Capture: drawn.ID, Drawn: true})
	if err != nil {
		t.Fatal(err)
	}
	r := store.Recording{Visit: audit.Visit{V: 1, ID: id, Channel: teal, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when, Captures: []audit.Capture{sent, drawn, policy}},
		Findings: []audit.Finding{{Check: "comments", Verdict: v}}, Now: when.Add(time.Second)}
	if _, err := w.db.Record(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	address := "/findings/" + findingOf(r, "comments")
	if page := w.ask(address, 200); strings.Contains(page, "<img") {
		t.Error("a picture where none are kept")
	}
	w.ask(address+"/picture", 404)
	kept := "PNG"
	w.serve(Options{Picture: func(file string) ([]byte, error) {
		if file != drawn.Picture || kept == "" {
			return nil, fmt.Errorf("%s: %w", file, evidence.ErrDropped)
		}
		return []byte(kept), nil
	}})
	page := w.ask(address, 200)
	for _, want := range []string{"Drawn by a script", address + "/picture", "drawn by a browser from one answer", "of 3 Mar 2026, by the server", policy.Hash} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if got := w.ask(address+"/picture", 200); got != "PNG" {
		t.Errorf("picture: %q", got)
	}
	kept = ""
	w.ask(address+"/picture", 404)
	w.ask("/findings/"+strings.Repeat("0", 32)+"/picture", 404)
}
