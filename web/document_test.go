package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/store"
)

// TestDocumentLinked: where the marker links a document that the visit asked for, the sheet names its hash and date; else it
// says nothing of one.
func TestDocumentLinked(t *testing.T) {
	const line = "The document that it links"
	for name, c := range map[string]struct {
		marker string
		change func(*audit.Capture)
		want   string
	}{
		"a link":                  {marker: `<a class="x" href="/a%20b/policy.pdf#page=2">Policy</a>`, want: ", of 3 Mar 2026, by the server"},
		"a link, without a date":  {marker: `<a href="policy.pdf">Policy</a>`, change: func(c *audit.Capture) { c.URL, c.Modified = "https://teal.test/policy.pdf", time.Time{} }, want: "SHA-256 777"},
		"as before":               {marker: `<a href="/a%20b/policy.pdf">Policy</a>`, change: func(c *audit.Capture) { c.Status, c.Type, c.Unchanged = 304, "", "earlier" }, want: "SHA-256 777"},
		"another document":        {marker: `<a href="/other.pdf">Policy</a>`},
		"a heading":               {marker: `<h1>/a%20b/policy.pdf</h1>`},
		"a link that is cut off":  {marker: `<a href="/a%20b/policy.pdf" class="`},
		"a link within an item":   {marker: `<li><a href="/a%20b/policy.pdf">Policy</a></li>`},
		"what came is a page":     {marker: `<a href="/a%20b/policy.pdf">Policy</a>`, change: func(c *audit.Capture) { c.Type = "text/html" }},
		"it is gone":              {marker: `<a href="/a%20b/policy.pdf">Policy</a>`, change: func(c *audit.Capture) { c.Status = 404 }},
		"nothing came":            {marker: `<a href="/a%20b/policy.pdf">Policy</a>`, change: func(c *audit.Capture) { c.Status, c.Hash, c.Reason = 0, "", audit.ReasonTimeout }},
		"an address that is none": {marker: `<a href="http://[">Policy</a>`},
	} {
		t.Run(name, func(t *testing.T) {
			document := audit.Capture{ID: audit.LongHash("document"), URL: "https://teal.test/a%20b/policy.pdf", Status: 200, Type: "application/pdf", Hash: strings.Repeat("7", 64),
				Modified: time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)}
			if c.change != nil {
				c.change(&document)
			}
			page := sheetOf(t, c.marker, document)
			if strings.Contains(page, line) != (c.want != "") || !strings.Contains(page, c.want) {
				t.Errorf("want %q:\n%s", c.want, page)
			}
		})
	}
}

// sheetOf is the evidence page of a finding with this marker, whose visit asked for this document too, without its list of pages.
func sheetOf(t *testing.T, marker string, document audit.Capture) string {
	t.Helper()
	w := newTown(t, nil)
	teal := siteAt("teal", "teal.test")
	w.list([]audit.Organisation{organisation("teal", "Teal Group", audit.England, "housing_association")}, teal)
	when := noon.AddDate(0, 0, -2)
	page := audit.Capture{ID: audit.LongHash("page"), URL: "https://teal.test/", Status: 200, Type: "text/html", Hash: audit.LongHash("1"), At: when}
	document.At = when
	v, err := audit.NewVerdict(audit.Open, "", "", &audit.Evidence{Type: audit.Marker, Rule: "linked", Version: 1, Length: len(marker), Excerpt: marker, How: audit.Anonymous,
		URL: page.URL, Capture: page.ID})
	if err != nil {
		t.Fatal(err)
	}
	r := store.Recording{Visit: audit.Visit{V: 1, ID: audit.JobID(teal.ID, when), Channel: teal, How: audit.Anonymous, Due: when, StartedAt: when, ObservedAt: when,
		Captures: []audit.Capture{page, document}}, Findings: []audit.Finding{{Check: "comments", Verdict: v}}, Now: when.Add(time.Second)}
	if _, err := w.db.Record(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	sheet, _, _ := strings.Cut(w.ask("/findings/"+findingOf(r, "comments"), 200), `id="pages"`)
	return sheet
}

func linkHasNoFragment(t *testing.T, marker, page string) {
	t.Helper()
	if address, ok := linkOf(marker, page); strings.Contains(address, "#") || !ok && address != "" {
		t.Errorf("%q on %q gives %q", marker, page, address)
	}
}
