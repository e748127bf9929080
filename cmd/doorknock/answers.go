package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"doorknock/audit"
	"doorknock/configs"
	"doorknock/crawler"
	"doorknock/crawler/checks"
	"doorknock/crawler/platform"
)

// answers prints what is read, as it is read: first where something is seen, then all in all.
type answers struct {
	out    io.Writer
	asJSON bool
	width  int // of the column of checks
	asked  func(audit.CheckID) bool
	nation string // of the organisation; "" of an address that the list does not have

	mu   sync.Mutex
	told map[toldOf]bool // what was printed while the look went on
	site audit.Channel   // that is being looked at
}

// toldOf is an answer to a question: a menu with an answer stands on every page, and is news once.
type toldOf struct {
	check audit.CheckID
	state audit.State
}

// newAnswers knows what an organisation of the list is asked. Of any other address everything is asked.
func newAnswers(out io.Writer, asJSON bool, org audit.Organisation) (*answers, error) {
	all := checks.All()
	duties, err := configs.Duties(checkIDs(all))
	if err != nil {
		return nil, err
	}
	a := &answers{out: out, asJSON: asJSON, told: map[toldOf]bool{}, nation: org.Nation}
	a.asked = func(id audit.CheckID) bool { return org.Sector == "" || duties.Asks(id, org) }
	for _, c := range all {
		a.width = max(a.width, len(c.ID))
	}
	return a, nil
}

// siteFinding is a finding with the site that it is about.
type siteFinding struct {
	site audit.Channel
	audit.Finding
}

// togetherLine is what several sites say as one, with the site that decides it and the verdict there.
type togetherLine struct {
	V        int           `json:"v"`
	Together int           `json:"together"` // how many sites
	Check    audit.CheckID `json:"check"`
	URL      string        `json:"url"`
	Channel  string        `json:"channel"`
	Verdict  audit.Verdict `json:"verdict"`
}

// together prints what an organisation's several sites say as one, of each question that is asked of sites as a whole.
func (a *answers) together(findings []siteFinding) error {
	sites := map[string]bool{}
	for _, f := range findings {
		sites[f.site.ID] = true
	}
	if len(sites) < 2 {
		return nil
	}
	whole := siteQuestions(checks.All())
	findings = slices.DeleteFunc(findings, func(f siteFinding) bool { return f.Scope != "" || !whole[f.Check] })
	if !a.asJSON {
		fmt.Fprintf(a.out, "\nAll %s together:\n", counted(len(sites), "site"))
	}
	for _, f := range audit.OverSites(findings, func(f siteFinding) (string, audit.SiteAnswer) {
		return string(f.Check), audit.SiteAnswer{State: f.Verdict.State()}
	}) {
		if a.asJSON {
			if err := json.NewEncoder(a.out).Encode(togetherLine{1, len(sites), f.Check, f.site.URL, f.site.ID, f.Verdict}); err != nil {
				return fmt.Errorf("print joint answers: %w", err)
			}
			continue
		}
		fmt.Fprintf(a.out, "  %-*s %s%s  %s\n", a.width, f.Check, f.Verdict.State(), once(f.Verdict.State()), audit.Untrusted(f.site.URL))
	}
	return nil
}

// seen prints what one page showed, while the next is being asked for; it is called from several workers. That a page
// has no facility says nothing of the site, so it is left to the end; but a program that reads the lines is given the first
// answer whatever it is, to know that the look goes on.
func (a *answers) seen(r audit.Reading) {
	state := r.Verdict.State()
	a.mu.Lock()
	defer a.mu.Unlock()
	first := a.asJSON && len(a.told) == 0
	if !a.asked(r.Check) || (state == audit.Unknown || state == audit.Absent) && !first {
		return
	}
	if a.told[toldOf{r.Check, state}] || state == audit.Restricted && a.told[toldOf{r.Check, audit.Open}] {
		return
	}
	a.told[toldOf{r.Check, state}] = true
	if a.asJSON {
		a.printSeen(r)
		return
	}
	fmt.Fprintf(a.out, "  %-*s %s%s  %s\n", a.width, r.Check, state, once(state), audit.Untrusted(r.URL))
}

// seenLine is an answer of one page, with the keys of a finding; the findings themselves follow when the look has ended.
type seenLine struct {
	V        int    `json:"v"`
	URL      string `json:"url"`
	SeenOnce bool   `json:"seen_once"`
	Page     string `json:"page"`
	audit.Finding
}

func (a *answers) printSeen(r audit.Reading) {
	f := audit.Finding{
		Channel: a.site.ID, Check: r.Check, Scope: r.Scope, Verdict: r.Verdict, How: audit.Anonymous, System: r.System, Count: r.Count, CountClaimed: r.CountClaimed,
		Values: r.Values, ObservedAt: r.At,
	}
	// A line that cannot be printed is missed at the end, where the findings cannot be either.
	json.NewEncoder(a.out).Encode(seenLine{1, a.site.URL, true, r.URL, f}) //nolint:errcheck,errchkjson // see above
}

func (a *answers) knocking(ch audit.Channel) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told, a.site = map[toldOf]bool{}, ch
	if !a.asJSON {
		fmt.Fprintf(a.out, "Knocking at %s (%s); one request at a time.\n", audit.Untrusted(ch.URL), ch.Platform)
	}
}

// print folds the visit's readings and prints its findings, the channel's own first.
func (a *answers) print(v audit.Visit) ([]audit.Finding, error) {
	findings, err := crawler.Fold(checks.All(), v, v.Readings, a.nation)
	if err != nil {
		return nil, err
	}
	findings = slices.DeleteFunc(findings, func(f audit.Finding) bool { return !a.asked(f.Check) })
	if a.asJSON {
		slices.SortStableFunc(findings, func(x, y audit.Finding) int { return boolOrder(x.Scope != "", y.Scope != "") })
		return findings, a.printJSON(v, findings)
	}
	shown := slices.Clone(findings)
	slices.SortStableFunc(shown, func(x, y audit.Finding) int {
		return cmp.Or(boolOrder(x.Scope != "", y.Scope != ""), boolOrder(x.Verdict.State() == audit.Unknown, y.Verdict.State() == audit.Unknown),
			int(x.Verdict.State())-int(y.Verdict.State()))
	})
	fmt.Fprintf(a.out, "\nAll in all, at %s:\n", audit.Untrusted(v.Channel.URL))
	for i, f := range shown {
		if f.Scope != "" && (i == 0 || shown[i-1].Scope == "") {
			fmt.Fprintf(a.out, "\nPost by post:\n")
		}
		fmt.Fprintln(a.out, a.line(f))
	}
	a.printEnd(v, shown)
	return findings, nil
}

// printEnd counts what was found of the channel, and says what comes next.
func (a *answers) printEnd(v audit.Visit, findings []audit.Finding) {
	n := map[audit.State]int{}
	for _, f := range findings {
		if f.Scope == "" {
			n[f.Verdict.State()]++
		}
	}
	var parts []string
	for _, s := range [...]audit.State{audit.Open, audit.Restricted, audit.Closed, audit.Absent, audit.Unknown} {
		if n[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	fmt.Fprintf(a.out, "\n%s.\n", strings.Join(parts, ", "))
	if n[audit.Unknown] > 0 {
		fmt.Fprintf(a.out, "What could not be seen: %s\n", nextStep(v.Channel.Platform))
	}
	fmt.Fprintf(a.out, "%s. Looked at %s. One look; nothing is kept.\n", counted(len(v.Captures), "request"), v.ObservedAt.UTC().Format("2 January 2006 15:04 MST"))
}

func (a *answers) printJSON(v audit.Visit, findings []audit.Finding) error {
	for _, f := range findings {
		err := json.NewEncoder(a.out).Encode(struct {
			V   int    `json:"v"`
			URL string `json:"url"`
			audit.Finding
		}{1, v.Channel.URL, f})
		if err != nil {
			return fmt.Errorf("print findings: %w", err)
		}
	}
	return nil
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// line says one finding: the check, the state in words, and below what was seen where, and by which rule.
func (a *answers) line(f audit.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-*s %s", a.width, f.Check, f.Verdict.State())
	switch {
	case f.Verdict.State() == audit.Unknown:
		fmt.Fprintf(&b, " (%s)", f.Verdict.Reason())
	case f.Verdict.Kind() != "":
		fmt.Fprintf(&b, " (%s)", strings.ReplaceAll(string(f.Verdict.Kind()), "_", " "))
	}
	if len(f.Values) > 0 {
		b.WriteString(", " + shownValues(f.Values))
	}
	b.WriteString(talked(f))
	b.WriteString(once(f.Verdict.State()))
	under := "\n  " + strings.Repeat(" ", a.width+1)
	if f.Scope != "" {
		b.WriteString(under + audit.Untrusted(f.Scope).Plain(200))
	}
	e := f.Verdict.Evidence()
	if e == nil || e.Excerpt == "" || e.Type == audit.Absence {
		return b.String()
	}
	fmt.Fprintf(&b, "%s%s, %s", under, quoted(*e), e.Rule)
	if e.URL != "" && e.URL != f.Scope {
		b.WriteString(under + audit.Untrusted(e.URL).Plain(200))
	}
	if _, quotes := f.Values[audit.ValueClauses]; quotes {
		for _, sentence := range f.Wording {
			b.WriteString(under + "“" + audit.Untrusted(sentence).Plain(mostOfAClause) + "”")
		}
	}
	return b.String()
}

// mostOfAClause is how many characters of a quoted clause are shown.
const mostOfAClause = 500

// talked says of how many posts an answer speaks, by which systems, of how many comments or reviews, and of when the newest
// of them is.
func talked(f audit.Finding) string {
	var b strings.Builder
	if f.Of != nil && f.Of.Total() > 0 {
		fmt.Fprintf(&b, ", open on %d of %d posts read", f.Of.Open, f.Of.Total())
		if f.Of.Restricted > 0 {
			fmt.Fprintf(&b, ", restricted on %d", f.Of.Restricted)
		}
		if f.Of.Closed > 0 {
			fmt.Fprintf(&b, ", closed on %d", f.Of.Closed)
		}
	}
	if f.Of != nil && len(f.Of.Systems) > 0 {
		b.WriteString(", " + strings.Join(f.Of.Systems, " and "))
	}
	if f.Check != "comments" && f.Check != "reviews" {
		return b.String()
	}
	if f.Count != nil {
		b.WriteString(", " + counted(*f.Count, strings.TrimSuffix(string(f.Check), "s")))
	}
	if f.CountClaimed != nil && (f.Count == nil || *f.CountClaimed > *f.Count) {
		fmt.Fprintf(&b, ", %d stated", *f.CountClaimed)
	}
	if f.Of != nil && !f.Of.Newest.IsZero() {
		b.WriteString(", newest " + shownWritten(f.Of.Newest))
	}
	return b.String()
}

// shownWritten says a time as closely as it was stated: a moment, or from when until when.
func shownWritten(w audit.Written) string {
	const minutes = "2006-01-02 15:04"
	from, to := w.From.UTC(), w.To.UTC()
	switch {
	case !to.After(from):
		return from.Format(minutes)
	case from.Equal(from.Truncate(24*time.Hour)) && to.Sub(from) <= 24*time.Hour:
		return from.Format(time.DateOnly)
	}
	return from.Format(minutes) + " to " + to.Format(minutes)
}

// quoted gives the words that an excerpt shows, or, where it shows none, its bytes.
func quoted(e audit.Evidence) string {
	const most = 100
	if e.Type == audit.Marker {
		if words := wordsOf(e.Excerpt); words != "" {
			return "“" + audit.Untrusted(words).Plain(most) + "”"
		}
	}
	return "‹" + audit.Untrusted(e.Excerpt).Plain(most) + "›"
}

// wordsOf gives the text of a stretch of HTML, which may be cut off anywhere.
func wordsOf(excerpt string) string {
	var b strings.Builder
	for z := html.NewTokenizer(strings.NewReader(excerpt)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.Write(z.Text())
		default:
			b.WriteByte(' ')
		}
	}
}

// shownValues says the values that a person can read: of a wording there is only its hash.
func shownValues(v audit.Values) string {
	v = maps.Clone(v)
	delete(v, audit.ValueWording)
	return v.String()
}

// once goes with every negative state of one look.
func once(s audit.State) string {
	if s.Negative() {
		return " - seen once, not confirmed"
	}
	return ""
}

// counted says how many there are of something.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// nextStep says what a person can do where a platform did not let us see.
func nextStep(p audit.Platform) string {
	for _, row := range platform.All() {
		if row.Name == p {
			return row.NextStep
		}
	}
	return ""
}
