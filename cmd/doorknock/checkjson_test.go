package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorknock/audit"
	"doorknock/crawler/checks"
)

// TestCheckPrintsJSONAsItReads: a site's second page is held back until the first line was read, so the look cannot have ended;
// each answer is told once before the end, marked as seen once, and the findings that end the look are not.
func TestCheckPrintsJSONAsItReads(t *testing.T) {
	t.Parallel()
	heard := make(chan struct{})
	const words = "<p>Elm Homes lets forty flats on three floors. The office is open from nine to five, and somebody answers at night when the heating fails. We were founded by the people of Elm.</p>"
	page := func(title, main string) string {
		return fmt.Sprintf(`<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>%s | Elm Homes</title></head><body><nav><a href="/">Home</a> <a href="/complaints/">Complaints</a></nav><main><h1>%s</h1>%s%s</main><footer>Elm Homes</footer></body></html>`, title, title, main, words)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/":
			fmt.Fprint(w, page("Elm Homes", ""))
		case "/complaints/":
			select {
			case <-heard:
			case <-time.After(slower * time.Minute):
				t.Error("nothing was printed while the look went on")
			}
			fmt.Fprint(w, page("Make a complaint", "<p>Tell us, and we answer within ten working days.</p><form action=\"/send\" method=\"post\"><textarea name=\"complaint\"></textarea><button>Send</button></form>"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	config := filepath.Join(t.TempDir(), "doorknock.yaml")
	settings := "contact: sites@doorknock.test\ncrawl: {pace: 1ms, daily_cap: 0}\nhosts: {www.elm.example: '" + strings.TrimPrefix(s.URL, "http://") + "'}\n"
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, "check", "--json", "--config", config, "http://www.elm.example/")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var early, final []checkedLine
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var l checkedLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		if len(early) == 0 {
			close(heard)
		}
		switch {
		case !l.SeenOnce:
			final = append(final, l)
		case len(final) > 0:
			t.Errorf("%s is told as seen after the findings", l.Check)
		default:
			early = append(early, l)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	told := map[toldOf]int{}
	for _, l := range early {
		told[toldOf{l.Check, l.Verdict.State()}]++
		if l.Check == "" || l.Page == "" || l.ObservedAt.IsZero() {
			t.Errorf("an answer without its question, page or time: %+v", l)
		}
	}
	for what, n := range told {
		if n > 1 {
			t.Errorf("%v is told %d times", what, n)
		}
	}
	if len(final) == 0 || told[toldOf{"complaints_page", audit.Open}] != 1 {
		t.Errorf("%d findings; told before: %v", len(final), told)
	}
}

// TestCheckQuotesEveryClause: of the rules for talking the table prints each sentence that speaks of criticism, of removing and of
// blocking, and the JSON line has them all.
func TestCheckQuotesEveryClause(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("..", "..", "crawler", "checks", "testdata", "rules_criticism", "open-clauses.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := saved{url: "https://www.fernley.example/about/house-rules/", contentType: "text/html", status: 200}.page(body, nil)
	v := audit.Visit{ID: "v", Channel: audit.Channel{ID: "ch", Platform: audit.Web, URL: "https://www.fernley.example/"}, How: audit.Anonymous, ObservedAt: time.Now(),
		Readings: page.Read(checks.All())}
	clauses := []string{
		"We remove comments on our page that are abusive or that name a private person", "Criticism is welcome",
		"We may block anybody who posts the same negative comment again and again on our page",
	}
	for _, asJSON := range []bool{false, true} {
		var out strings.Builder
		a, err := newAnswers(&out, asJSON, audit.Organisation{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.print(v); err != nil {
			t.Fatal(err)
		}
		for _, clause := range clauses {
			if asJSON && !strings.Contains(out.String(), `"`+clause+`"`) || !asJSON && !strings.Contains(out.String(), "“"+clause+"”") {
				t.Errorf("json %v: %q is not quoted:\n%s", asJSON, clause, out.String())
			}
		}
	}
}

// TestJointAnswersAsJSON: what two sites say together is printed as lines of JSON too, one for each question that is asked of sites
// as a whole, and the same as in the table; one site by itself has none.
func TestJointAnswersAsJSON(t *testing.T) {
	group := audit.Channel{ID: "group", Platform: audit.Web, URL: "https://heron-group.test/"}
	customers := audit.Channel{ID: "customers", Platform: audit.Web, URL: "https://heron-customers.test/"}
	of := func(s audit.State) audit.Verdict {
		e := &audit.Evidence{Type: audit.Marker, Rule: "r", Version: 1, Length: 4, Excerpt: "<p>x", Capture: "c"}
		if s == audit.Absent {
			e.Type = audit.Absence
		}
		v, err := audit.NewVerdict(s, "", "", e)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	unseen := audit.UnknownFor(audit.ReasonTimeout)
	said := []siteFinding{
		{group, audit.Finding{Check: "forum", Verdict: of(audit.Absent)}}, {group, audit.Finding{Check: "events", Verdict: of(audit.Absent)}},
		{group, audit.Finding{Check: "involve", Verdict: of(audit.Absent)}}, {group, audit.Finding{Check: "comments", Verdict: of(audit.Open)}},
		{customers, audit.Finding{Check: "forum", Verdict: of(audit.Open)}}, {customers, audit.Finding{Check: "events", Verdict: of(audit.Absent)}},
		{customers, audit.Finding{Check: "involve", Verdict: unseen}},
	}
	together := func(asJSON bool, said []siteFinding) string {
		var out strings.Builder
		a, err := newAnswers(&out, asJSON, audit.Organisation{})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.together(slices.Clone(said)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := together(true, said[:4]); got != "" {
		t.Errorf("one site: %s", got)
	}
	want := map[audit.CheckID]togetherLine{
		"forum":   {1, 2, "forum", customers.URL, customers.ID, of(audit.Open)},
		"events":  {1, 2, "events", group.URL, group.ID, of(audit.Absent)},
		"involve": {1, 2, "involve", customers.URL, customers.ID, unseen},
	}
	table := together(false, said)
	for raw := range strings.Lines(together(true, said)) {
		var got togetherLine
		if err := json.Unmarshal([]byte(raw), &got); err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		w, asked := want[got.Check]
		delete(want, got.Check)
		if !asked || got.V != w.V || got.Together != w.Together || got.URL != w.URL || got.Channel != w.Channel || got.Verdict.State() != w.Verdict.State() || got.Verdict.Reason() != w.Verdict.Reason() {
			t.Errorf("%s", raw)
		}
		if row := regexp.MustCompile(`(?m)^  ` + string(got.Check) + ` +` + got.Verdict.State().String() + `.* ` + got.URL + `$`); !row.MatchString(table) {
			t.Errorf("the table does not say %s", raw)
		}
	}
	if len(want) > 0 {
		t.Errorf("not printed: %v", want)
	}
}
