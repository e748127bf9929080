package web

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
)

// parsedFeed is what a reader's program makes of either kind.
type parsedFeed struct {
	Title   string
	Entries []parsedEntry
}

type parsedEntry struct {
	ID, Title, Text, URL string
	Updated              time.Time
}

func (w *town) atom(path string) parsedFeed {
	w.t.Helper()
	var raw struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Title   string   `xml:"title"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Content string `xml:"content"`
			Link    struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	answer := w.answer(http.MethodGet, path)
	if err := xml.Unmarshal(answer.Body.Bytes(), &raw); err != nil || answer.Code != http.StatusOK || raw.ID == "" {
		w.t.Fatalf("%s: %d, %v:\n%s", path, answer.Code, err, answer.Body)
	}
	f := parsedFeed{Title: raw.Title}
	for _, e := range raw.Entries {
		at, err := time.Parse(time.RFC3339, e.Updated)
		if err != nil || !strings.HasSuffix(e.Updated, "Z") || at.Format(time.RFC3339) > raw.Updated {
			w.t.Errorf("updated %q beside the feed's %q", e.Updated, raw.Updated)
		}
		f.Entries = append(f.Entries, parsedEntry{e.ID, e.Title, e.Content, e.Link.Href, at})
	}
	return f
}

func (w *town) jsonFeed(path string) parsedFeed {
	w.t.Helper()
	var raw struct {
		Version, Title string
		Items          []struct {
			ID       string
			Title    string
			URL      string
			Text     string    `json:"content_text"`
			Modified time.Time `json:"date_modified"`
		}
	}
	answer := w.answer(http.MethodGet, path)
	if err := json.Unmarshal(answer.Body.Bytes(), &raw); err != nil || raw.Version != "https://jsonfeed.org/version/1.1" {
		w.t.Fatalf("%s: %v:\n%s", path, err, answer.Body)
	}
	f := parsedFeed{Title: raw.Title}
	for _, e := range raw.Items {
		f.Entries = append(f.Entries, parsedEntry{e.ID, e.Title, e.Text, e.URL, e.Modified})
	}
	return f
}

func TestFeeds(t *testing.T) {
	w := newTown(t, nil)
	if f := w.atom("/changes.atom"); len(f.Entries) != 0 {
		t.Errorf("a feed of nothing has %+v", f)
	}
	w.small()
	all := w.atom("/changes.atom")
	if len(all.Entries) == 0 {
		t.Fatal("no entry")
	}
	page := plain(w.ask("/changes", http.StatusOK))
	for i, e := range all.Entries {
		if j := w.jsonFeed("/changes.json").Entries[i]; j != e {
			t.Errorf("Atom says %+v, JSON says %+v", e, j)
		}
		if name, _, _ := strings.Cut(e.Title, ":"); !strings.HasPrefix(e.ID, "tag:doorknock,2026:change/") || !strings.HasPrefix(e.URL, "http://127.0.0.1:8080/findings/") || !strings.Contains(page, name) {
			t.Errorf("%+v", e)
		}
		if strings.Contains(e.Text, "SECRET-PENDING") {
			t.Errorf("the feed shows what is pending: %+v", e)
		}
	}
	again := w.atom("/changes.atom")
	for i := range again.Entries {
		if again.Entries[i] != all.Entries[i] {
			t.Errorf("the same entry is another: %+v", again.Entries[i])
		}
	}
	if f := w.atom("/changes.atom?organisation=nobody"); len(f.Entries) != 0 {
		t.Errorf("nobody's feed has %+v", f)
	}
	if f := w.atom("/changes.atom?nation=Wales&sector=trade_union"); len(f.Entries) != 0 {
		t.Errorf("a feed of Welsh unions has %+v", f)
	}
	first := w.answer(http.MethodGet, "/changes.atom")
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/changes.atom", http.NoBody)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	unchanged := httptest.NewRecorder()
	w.h.ServeHTTP(unchanged, r)
	if unchanged.Code != http.StatusNotModified || unchanged.Body.Len() != 0 {
		t.Errorf("asked again: %d with %d bytes", unchanged.Code, unchanged.Body.Len())
	}
}

// TestFeedsByKind: opened, closed and corrected changes have feeds of their own; a corrected entry keeps its id and says so.
func TestFeedsByKind(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	count := func(query string) int { return len(w.atom("/changes.atom" + query).Entries) }
	if count("?kind=closed") != 1 || count("?kind=opened") != 0 || count("?kind=corrected") != 0 || count("?organisation=heron") != 1 || count("?sector=housing_association&kind=closed") != 1 || count("?sector=council") != 0 {
		t.Error("a feed holds what is not of it")
	}
	before := w.atom("/changes.atom?kind=closed").Entries[0]
	w.late(channel("heron", true), time.Date(2026, 11, 16, 9, 0, 0, 0, time.UTC), noon.Add(-time.Hour), says{"comments", audit.Open, "", `<textarea id="comment">`})
	after := w.jsonFeed("/changes.json?kind=corrected").Entries
	if len(after) == 0 || after[0].ID != before.ID || !strings.HasPrefix(after[0].Title, "Corrected: ") || !after[0].Updated.After(before.Updated) {
		t.Errorf("%+v, before %+v", after, before)
	}
}

// TestCalendar: the duties of all and of one organisation, as a calendar that says nothing of what is held.
func TestCalendar(t *testing.T) {
	w := newTown(t, nil)
	w.small()
	all := w.answer(http.MethodGet, "/duties.ics")
	text := strings.ReplaceAll(all.Body.String(), "\r\n ", "")
	if all.Header().Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.Contains(text, "DTSTART;VALUE=DATE:20270401\r\n") || strings.Count(text, "BEGIN:VEVENT") != 1 ||
		!strings.Contains(text, "SUMMARY:A duty begins: Is there a complaints page within two clicks") || !strings.Contains(text, "URL:https://code.test/3\r\n") {
		t.Errorf("%v\n%s", all.Header(), text)
	}
	for path, want := range map[string]int{"?organisation=wren": 1, "?organisation=heron": 0, "?sector=co_op": 1, "?organisation=nobody": 0} {
		if got := strings.Count(w.ask("/duties.ics"+path, http.StatusOK), "BEGIN:VEVENT"); got != want {
			t.Errorf("%s: %d days, want %d", path, got, want)
		}
	}
	if again := w.answer(http.MethodGet, "/duties.ics"); again.Header().Get("ETag") != all.Header().Get("ETag") {
		t.Error("a calendar that says nothing new is another one")
	}
}
