package web

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/internal/hostile"
	"doorknock/store"
)

// wordsOf puts a text everywhere where a page prints words from outside: names, addresses, the bytes a finding rests on.
func (w *town) wordsOf(all map[string]string) map[string]audit.Channel {
	w.t.Helper()
	var organisations []audit.Organisation
	var channels []audit.Channel
	sites := map[string]audit.Channel{}
	for id, text := range all {
		text = text[:min(len(text), 3000)]
		o := organisation(id, text, audit.England, "council")
		o.Predecessors = []string{text, "Once " + text}
		site := audit.Channel{Organisation: id, Platform: audit.Web, URL: "https://" + id + ".test/" + text, Lane: id + ".test", Confirmed: true}
		odd := audit.Channel{Organisation: id, Platform: audit.Facebook, URL: text, Lane: "odd", Confirmed: true}
		for _, c := range []*audit.Channel{&site, &odd} {
			c.ID = audit.ChannelID(c.Organisation, c.Platform, c.URL)
			channels = append(channels, *c)
		}
		organisations, sites[id] = append(organisations, o), site
	}
	w.list(organisations, channels...)
	for id, site := range sites {
		text := all[id][:min(len(all[id]), 3000)]
		for i, state := range []audit.State{audit.Open, audit.Open, audit.Closed, audit.Closed} {
			w.visit(site, noon.AddDate(0, 0, 2*i-9), says{"comments", state, "", text[:min(len(text), 200)]}, says{"forum", audit.Unknown, audit.ReasonRobots, ""})
		}
	}
	return sites
}

// Every page that holds a hostile text has the same elements and attributes as it has with plain words, and links
// nowhere but to us, by http or https.
func TestForeignWordsAreOnlyText(t *testing.T) {
	w := newTown(t, nil)
	texts := map[string]string{"plain": "Plain Homes"}
	for i, h := range hostile.Texts() {
		texts[fmt.Sprintf("text-%02d", i)] = h.Text
	}
	sites := w.wordsOf(texts)
	latest := func(c audit.Channel) string {
		return audit.FindingID(audit.JobID(c.ID, noon.AddDate(0, 0, -3)), "comments", "")
	}
	wantPage := skeleton(t, "plain", w.ask("/organisations/plain", http.StatusOK))
	wantFinding := skeleton(t, "plain", w.ask("/findings/"+latest(sites["plain"]), http.StatusOK))
	for i, h := range hostile.Texts() {
		id := fmt.Sprintf("text-%02d", i)
		page, finding := w.ask("/organisations/"+id, http.StatusOK), w.ask("/findings/"+latest(sites[id]), http.StatusOK)
		if got := skeleton(t, h.Name, page); sameShape(got, wantPage) != "" {
			t.Errorf("%s: the page is built otherwise than with plain words: %s", h.Name, sameShape(got, wantPage))
		}
		if got := skeleton(t, h.Name, finding); sameShape(got, wantFinding) != "" {
			t.Errorf("%s: the evidence page is built otherwise: %s", h.Name, sameShape(got, wantFinding))
		}
		harmlessTable(t, h.Name, w.ask("/organisations/"+id+".csv", http.StatusOK))
	}
	for _, path := range []string{"/", "/league", "/changes", "/corrections", "/method", "/league?state=closed"} {
		skeleton(t, path, w.ask(path, http.StatusOK))
	}
	harmlessTable(t, "league", w.ask("/league.csv", http.StatusOK))
	harmlessFeeds(t, w.ask("/changes.atom", http.StatusOK), w.ask("/changes.json", http.StatusOK))
}

// harmlessFeeds reads the feeds back: whole, with the same entries, their words text, and no address but ours.
func harmlessFeeds(t *testing.T, atom, jsonFeed string) {
	t.Helper()
	var a struct {
		Entries []struct {
			ID    string `xml:"id"`
			Title string `xml:"title"`
			Links []struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Inner []struct {
				XMLName xml.Name
			} `xml:",any"`
		} `xml:"entry"`
	}
	strict := xml.NewDecoder(strings.NewReader(atom))
	if err := strict.Decode(&a); err != nil || !utf8.ValidString(atom) {
		t.Fatalf("the Atom feed cannot be read back: %v", err)
	}
	var j struct {
		Items []struct{ ID, Title, URL string }
	}
	if err := json.Unmarshal([]byte(jsonFeed), &j); err != nil {
		t.Fatalf("the JSON feed cannot be read back: %v", err)
	}
	if len(a.Entries) < 20 || len(a.Entries) != len(j.Items) {
		t.Fatalf("%d entries and %d items", len(a.Entries), len(j.Items))
	}
	known := map[string]bool{"updated": true, "published": true, "content": true, "category": true, "summary": true, "author": true}
	for i, e := range a.Entries {
		if e.ID != j.Items[i].ID || e.Title != j.Items[i].Title {
			t.Errorf("entry %d: %q and %q", i, e.Title, j.Items[i].Title)
		}
		for _, l := range append(e.Links, struct {
			Href string `xml:"href,attr"`
		}{j.Items[i].URL}) {
			if u, err := url.Parse(l.Href); err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.HasPrefix(u.Path, "/findings/") {
				t.Errorf("entry %d leads to %q", i, l.Href)
			}
		}
		for _, x := range e.Inner {
			if !known[x.XMLName.Local] {
				t.Errorf("entry %d has an element %q", i, x.XMLName.Local)
			}
		}
	}
}

// An address that leads elsewhere than by http(s) is printed and not linked, wherever an address stands.
func TestOddAddressesAreNotLinks(t *testing.T) {
	w := newTown(t, nil)
	for _, address := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.test", "https://user:pass@evil.test/", "ftp://evil.test", "https://" + strings.Repeat("a", 3000)} {
		var b bytes.Buffer
		site := &site{words: words{}, db: w.db, static: &statics{}}
		s, err := newPages(site)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.sets["changes"].ExecuteTemplate(&b, "change", changeView{Post: address}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "<a href") || strings.Contains(b.String(), "ZgotmplZ") {
			t.Errorf("%.60s is linked: %.400s", address, &b)
		}
	}
}

// The operator's report holds no words from outside but as text.
func TestReportHoldsForeignWordsAsText(t *testing.T) {
	row := func(text string) Report {
		return Report{At: noon, Of: 1, Rows: []ReportRow{{Organisation: "a", Name: text, Nation: text, Sector: text, URL: text, Scope: text, Check: "comments",
			Title: "May visitors comment?", State: audit.Open, Confirmed: true, Finding: "f", Held: text,
			Evidence: &audit.Evidence{Rule: "wp-form", Version: 1, Excerpt: text}}}}
	}
	written := func(r Report) string {
		var b bytes.Buffer
		if err := r.WriteHTML(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := skeletonOf(t, "plain", written(row("Plain Homes")), "style")
	for _, h := range hostile.Texts() {
		r := row(h.Text)
		if diff := sameShape(skeletonOf(t, h.Name, written(r), "style"), want); diff != "" {
			t.Errorf("%s: the report is built otherwise: %s", h.Name, diff)
		}
		var b bytes.Buffer
		if err := r.WriteCSV(&b); err != nil {
			t.Fatal(err)
		}
		harmlessTable(t, h.Name, b.String())
	}
}

// FuzzPage reads pages and tables back that hold any text at all.
func FuzzPage(f *testing.F) {
	hostile.Seed(f)
	f.Add(`<a href="/policy.pdf#page=2">Policy</a>`)
	f.Add(`<a href="http://[">`)
	w := newTown(f, nil)
	s := &site{db: w.db, checks: testChecks(), platforms: testPlatforms()}
	var err error
	if s.words, err = readWords("en"); err != nil {
		f.Fatal(err)
	}
	if s.static, err = newStatics(); err != nil {
		f.Fatal(err)
	}
	if s.pages, err = newPages(s); err != nil {
		f.Fatal(err)
	}
	page := func(t *testing.T, text string) []string {
		e := &audit.Evidence{Type: audit.Marker, Rule: "wp-form", Version: 1, Length: 5, Excerpt: text, How: audit.Anonymous, URL: "https://a.test/" + text, Capture: "c"}
		v, err := audit.NewVerdict(audit.Open, "", "", e)
		if err != nil {
			t.Skip()
		}
		view := s.findingPage(store.FindingView{Organisation: audit.Organisation{ID: "a", Name: text}, URL: "https://a.test/" + text,
			Finding: audit.Finding{ID: "f", Check: "comments", Scope: text, Verdict: v, System: text, ObservedAt: noon}})
		var b bytes.Buffer
		l := layout{Title: text, Nav: "finding", Lang: "en", Demo: text + "x", Publisher: Publisher{Name: text + "x"}, Page: view}
		if err := s.pages.sets["finding"].ExecuteTemplate(&b, "layout", l); err != nil {
			t.Fatal(err)
		}
		return skeleton(t, text, harmless(&b))
	}
	f.Fuzz(func(t *testing.T, text string) {
		csvIsText(t, text)
		linkHasNoFragment(t, text, "https://teal.test/a/")
		linkHasNoFragment(t, `<a href="/policy.pdf#page=2">Policy</a>`, text)
		want := page(t, "plain")
		if got := page(t, text); text != "" && sameShape(got, want) != "" {
			t.Errorf("%q: %s", text, sameShape(got, want))
		}
	})
}

// skeleton gives the elements of a page with their attributes' names, and fails where one may not be ours, a link leads
// anywhere but to a page of the web, or a text acts on those around it.
func skeleton(t testing.TB, name, page string) []string { t.Helper(); return skeletonOf(t, name, page) }

func skeletonOf(t testing.TB, name, page string, also ...string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if what := wild(page); what != "" {
		t.Errorf("%s: the page holds %s", name, what)
	}
	forbidden := []string{"script", "iframe", "object", "embed", "img", "base", "style", "form", "input", "button", "title"}
	var shape []string
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("%s: a comment: %.80q", name, n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		var attrs []string
		for _, a := range n.Attr {
			attrs = append(attrs, a.Key)
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				t.Errorf("%s: <%s %s=%.80q>", name, n.Data, a.Key, a.Val)
			}
			if a.Key == "href" || a.Key == "src" || a.Key == "action" {
				allowedLink(t, name, n, a.Val)
			}
		}
		ours := n.Data == "title" && n.Parent.Data == "head" || slices.Contains(also, n.Data) || name == "/league" || strings.HasPrefix(name, "/league?")
		if slices.Contains(forbidden, n.Data) && !ours {
			t.Errorf("%s: an element <%s>", name, n.Data)
		}
		shape = append(shape, n.Data+"["+strings.Join(attrs, " ")+"]")
	}
	return shape
}

func allowedLink(t testing.TB, name string, n *html.Node, to string) {
	t.Helper()
	if strings.HasPrefix(to, "#") || (strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.HasPrefix(to, `/\`)) {
		return
	}
	u, err := url.Parse(to)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		t.Errorf("%s: <%s> leads to %.200q", name, n.Data, to)
	}
	if !slices.Contains(n.Attr, html.Attribute{Key: "rel", Val: "noopener nofollow ugc"}) {
		t.Errorf("%s: <%s> to %.200q without its rel", name, n.Data, to)
	}
}

// sameShape says where two skeletons differ. A linked address and one that is only printed may differ by that link.
func sameShape(got, want []string) string {
	links := func(s string) bool {
		return strings.HasPrefix(s, "a[href rel]") || strings.HasPrefix(s, "span[]") || s == "span[class]"
	}
	got, want = slices.DeleteFunc(slices.Clone(got), links), slices.DeleteFunc(slices.Clone(want), links)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			return fmt.Sprintf("element %d of %d and %d: %.3q, want %.3q", i, len(got), len(want), got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
	return ""
}

// wild names the first thing in s that acts on the text around it.
func wild(s string) string {
	if !utf8.ValidString(s) {
		return "what is not UTF-8"
	}
	marks := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.M, r):
			if marks++; marks > 4 {
				return "a tower of marks"
			}
			continue
		case r == '\n' || r == '\t' || r == '\r':
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unicode.Is(unicode.Bidi_Control, r):
			return fmt.Sprintf("%U", r)
		}
		marks = 0
	}
	return ""
}

// harmlessTable reads a table back: as many cells in every row, no formula, nothing that acts.
func harmlessTable(t testing.TB, name, table string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	if what := wild(table); what != "" {
		t.Errorf("%s: the table holds %s", name, what)
	}
	for _, row := range rows {
		for _, cell := range row {
			bare := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
			if strings.IndexAny(bare, formulaStarts) == 0 {
				t.Errorf("%s: a spreadsheet may run %.80q", name, cell)
			}
		}
	}
}
