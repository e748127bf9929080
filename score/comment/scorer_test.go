package comment_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorknock/audit"
	"doorknock/score/comment"
)

// small is a rule set of the test's own; the built-in rules are tested with their examples beside them.
var small = comment.Rules{
	Lists: map[string][]string{"vulnerable": {"baby"}},
	Contexts: comment.Contexts{
		Hypothetical: []string{"if you|there", "how to"},
		Promotional:  []string{"our website", "top tips"},
		Own:          []string{"my"},
		Done:         []string{"fixed|sorted"},
		Doing:        []string{"thanks sorting"},
		Undone:       []string{"again", "it is back", "not|never"},
		Elsewhere:    []string{"on the news"},
	},
	Spellings: map[string][]string{"mould": {"muold"}},
	Laws:      map[string]comment.Law{"act": {Act: "An Act", Nations: []string{"Wales"}, From: "2020-01-01"}, "soon": {Act: "A bill"}},
	Hazards: []comment.Rule{
		{ID: "gas", Kind: comment.Danger, Urgency: "urgent", Phrases: []string{"smell|smelling gas", "gas leak"}, Except: []string{"gas leak detector"}, Welsh: []string{"arogl nwy"}, Law: []string{"act", "soon"}},
		{ID: "mould", Kind: comment.Danger, Urgency: "high", Raised: "urgent", RaisedBy: []string{"vulnerable"}, Phrases: []string{"mould*"}},
		{ID: "no_heating", Kind: comment.Danger, Urgency: "high", Always: []string{"no heating"}},
		{ID: "in_danger", Kind: comment.Private, Urgency: "urgent", Phrases: []string{"in danger"}},
		{ID: "eviction", Kind: comment.Duty, Urgency: "normal", Phrases: []string{"evict*"}},
	},
}

func scorer(t testing.TB, r comment.Rules) *comment.Scorer {
	t.Helper()
	s, err := comment.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContexts(t *testing.T) {
	s := scorer(t, small)
	for _, test := range []struct{ text, want string }{
		{"There is a smell of gas on our landing", "gas:affirmed"},
		{"I don't smell any gas now", "gas:negated"},
		{"No sign of any mould in the flat", "mould:negated"},
		{"That smell was not gas, it was paint", ""},
		{"A smell not gas", "gas:negated"},
		{"G.A.S. leak on the landing", "gas:affirmed"},
		{"No reply about the mould", "mould:affirmed"},
		{"They have not fixed the mould", "mould:affirmed"},
		{"The gas leak has been fixed, thank you", "gas:resolved"},
		{"The gas leak has not been fixed", "gas:affirmed"},
		{"Gas leak was fixed last week but it is back again", "gas:affirmed"},
		{"When will the gas leak be fixed?", "gas:affirmed"},
		{"Thanks for sorting the mould so quickly", "mould:resolved"},
		{"We had mould. All sorted now.", "mould:resolved"},
		{"If you smell gas, call the emergency number", "gas:hypothetical"},
		{"I wonder if there is a gas leak", "gas:affirmed"},
		{"Find out how to deal with mould: top tips on our website", "mould:promotional"},
		{"No heating since Monday", "no_heating:affirmed"},
		{"We had no heating but it is fixed now", "no_heating:resolved"},
		{"Bought a gas leak detector", ""},
		{"Mae arogl nwy yma", "gas:affirmed"},
		{"muold on the wall", "mould:affirmed"},
		{"Gas leak? Top tips on our website", "gas:promotional"},
		{"a smell. gas", ""},
		{"mould in the kitchen and no mould in the hall", "mould:affirmed mould:negated"},
	} {
		var got []string
		for _, h := range s.Assess(test.text).Hazards {
			got = append(got, h.ID+":"+h.Context)
			if h.Affirmed != (h.Context == "affirmed") || test.text[h.Start:h.End] != h.Text {
				t.Errorf("%q: %+v", test.text, h)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q: %v, want %s", test.text, got, test.want)
		}
	}
}

func TestUrgency(t *testing.T) {
	s := scorer(t, small)
	for _, test := range []struct{ text, want string }{
		{"gas leak in the stairwell", "urgent"},
		{"mould on the wall", "high"},
		{"mould on the wall over the baby's bed", "urgent"},
		{"mould on the wall next to my BABY", "urgent"},
		{"no mould, baby is well", "none"},
		{"a gas leak in Spain, they said on the news", "normal"},
		{"somebody is in danger", "urgent"},
		{"they evict people", "normal"},
		{"This is a complaint: appalling, you ignored three emails", "high"},
		{"still waiting for someone", "normal"},
		{"Lovely event, thank you all", "none"},
		{"", "none"},
	} {
		if got := s.Assess(test.text).Urgency; got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	s := scorer(t, small)
	for _, test := range []struct{ text, want string }{
		{"When will you repair the lift?", "en"},
		{"Mae’r lifft wedi torri eto, ac nid oes neb yn ateb", "cy"},
		{"Когда починят лифт", "other"},
		{"Proszę naprawić windę w naszym bloku jak najszybciej", "other"},
		{"ok", "unsure"},
		{"🙂", "unsure"},
	} {
		if got := s.Assess(test.text).Lang; got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}

func TestHeadsTheRulesLack(t *testing.T) {
	a := scorer(t, small).Assess("You are idiots, what a mess, why? Visit http://spam.example")
	if a.Praise != nil || a.Question != nil || a.Idea != nil || a.Threat != nil || a.Spam != nil || a.Tier != 0 || a.Model != comment.Model {
		t.Errorf("%+v", a)
	}
	if a.Hazards == nil || a.Spans == nil {
		t.Error("lists are null, not empty")
	}
}

func TestBadRules(t *testing.T) {
	_, err := comment.New(comment.Rules{
		Lists:     map[string][]string{"vulnerable": {"Baby"}},
		Spellings: map[string][]string{"mould": {"mo ld"}},
		Laws:      map[string]comment.Law{"act": {From: "last year"}},
		Hazards: []comment.Rule{
			{ID: "Bad id", Kind: "odd", Urgency: "now", Phrases: []string{"gas +", ""}, Law: []string{"none"}},
			{ID: "a_b", Kind: "danger", Urgency: "high", Always: []string{"*"}, Raised: "urgent", RaisedBy: []string{"weather"}},
			{ID: "a_b", Kind: "danger", Urgency: "high", Raised: "urgent", Spellings: map[string][]string{"mould": {"muold"}, "gold": {"muold"}}}}})
	if err == nil {
		t.Fatal("bad rules were accepted")
	}
	for _, want := range []string{`lists.vulnerable[0]: phrase "Baby"`, `spellings.mould[0]: "mo ld"`, `laws.act.from: "last year"`, `hazards[0].id: "Bad id"`, `hazards[0].kind: "odd"`,
		`hazards[0].urgency: "now"`, `hazards[0].phrases[0]: a phrase is empty or ends in +`, `hazards[0].phrases[1]`, `hazards[0].law[0]: "none"`, `hazards[1].always[0]: phrase "*"`,
		`hazards[1].raised_by[0]: "weather"`, `hazards[2].id: "a_b" stands twice`, "hazards[2].raised: raised and raised_by go together", `"muold" is a misspelling of`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}

func TestLawInForce(t *testing.T) {
	at := func(day string) time.Time {
		when, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	if got := small.InForce("gas", "Wales", at("2020-01-01")); len(got) != 1 || got[0].Act != "An Act" {
		t.Errorf("on its first day: %v", got)
	}
	if got := slices.Concat(small.InForce("gas", "Wales", at("2019-12-31")), small.InForce("gas", "England", at("2021-01-01")), small.InForce("none", "Wales", at("2021-01-01"))); len(got) != 0 {
		t.Errorf("before, elsewhere and of no rule: %v", got)
	}
}

// What may put a person in danger is marked, and is no reason to read a complaint.
func TestKinds(t *testing.T) {
	s := scorer(t, small)
	for text, kind := range map[string]string{"somebody is in danger": "private", "they evict people": "duty", "a gas leak": "danger"} {
		if a := s.Assess(text); len(a.Hazards) != 1 || a.Hazards[0].Kind != kind || (len(a.Spans) > 0) != (kind == "danger") {
			t.Errorf("%q: %+v", text, a)
		}
	}
}

// The floor is far under what a trained model reaches; it only keeps the points from becoming nonsense.
func TestPublicComplaints(t *testing.T) {
	shared := os.Getenv("DOORKNOCK_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	data, err := os.ReadFile(filepath.Join(shared, "corpus", "comments", "complaints_dev.csv"))
	if errors.Is(err, os.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("shared test data not found in %s", shared)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s := scorer(t, small)
	var n [2][2]float64
	for _, row := range rows[1:] {
		is, said := 0, 0
		if row[2] == "1" {
			is = 1
		}
		if s.Assess(row[1]).IsComplaint {
			said = 1
		}
		n[is][said]++
	}
	f1 := func(tp, fp, fn float64) float64 { return 2 * tp / (2*tp + fp + fn) }
	macro := (f1(n[1][1], n[0][1], n[1][0]) + f1(n[0][0], n[1][0], n[0][1])) / 2
	t.Logf("%d rows: macro F1 %.3f, precision %.2f, recall %.2f", len(rows)-1, macro, n[1][1]/(n[1][1]+n[0][1]), n[1][1]/(n[1][1]+n[1][0]))
	if macro < 0.62 {
		t.Errorf("macro F1 %.3f", macro)
	}
}

func FuzzAssess(f *testing.F) {
	withSigns := small
	withSigns.Words, withSigns.Threat, withSigns.Spam = signRules().Words, signRules().Threat, signRules().Spam
	rules := scorer(f, withSigns)
	model, err := comment.NewTrained(withSigns)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "no mould’s", "gas leak\xff\xfegas leak", "ſmell gas", "İ mould", strings.Repeat("mould ", 50), "’''a", "smell\u0301 gas", "still waiting!!! :-( @you #bad https://x", "You fixed it, but badly. Why?\nAgain…", "\xff, and \xc3 so;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		comment.ClausesAreWhole(t, text)
		checkAssessment(t, text, rules.Assess(text))
		var a audit.Assessment
		explain := func() { a = model.Explain(text) } // Assess, and clause by clause besides
		if slowed {
			explain()
		} else if took := overrun(t, model, explain); took > 0 {
			t.Fatalf("%d bytes took %v", len(text), took)
		}
		checkAssessment(t, text, a)
	})
}

func checkAssessment(t *testing.T, text string, a audit.Assessment) {
	t.Helper()
	if !(a.Complaint >= 0 && a.Complaint <= 1) { // nor is it NaN
		t.Fatalf("probability %v", a.Complaint)
	}
	for _, h := range a.Hazards {
		checkSpan(t, text, h.Start, h.End)
		if h.Text != text[h.Start:h.End] {
			t.Fatalf("%+v is not what stands there", h)
		}
	}
	for _, p := range a.Spans {
		checkSpan(t, text, p.Start, p.End)
	}
	for _, g := range a.Signs {
		checkSpan(t, text, g.Start, g.End)
	}
}

func checkSpan(t *testing.T, text string, start, end int) {
	t.Helper()
	if start < 0 || end <= start || end > len(text) {
		t.Fatalf("span %d to %d of %d bytes", start, end, len(text))
	}
	if utf8.ValidString(text) && !utf8.ValidString(text[start:end]) {
		t.Fatalf("span %d to %d cuts a character", start, end)
	}
}

func BenchmarkAssess(b *testing.B) {
	s := scorer(b, small)
	const text = "Third time asking: the ceiling in our kitchen still drips when it rains, and nobody answers the phone. When will you come?"
	var a audit.Assessment
	for b.Loop() {
		a = s.Assess(text)
	}
	_ = a
}

// Anybody may write a comment of a megabyte. What it costs is bounded, and what it says first is heard.
func TestMegabyteOfOneDanger(t *testing.T) {
	s := scorer(t, small)
	for _, words := range []string{"mould ", "no mould ", "mould fixed not fixed ", "gas leak detector ", "Smell gas. Sorted! "} {
		start := time.Now()
		a := s.Assess("I smell gas and see black mould. " + strings.Repeat(words, 1_000_000/len(words)))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%q over and over took %v", words, took)
		} else {
			t.Logf("%q over and over took %v", words, took)
		}
		if len(a.Hazards) == 0 || a.Hazards[0].ID != "gas" || !a.Hazards[0].Affirmed {
			t.Errorf("%q over and over hides the gas: %.3v", words, a.Hazards[:min(2, len(a.Hazards))])
		}
	}
}

// A class stands for its words, and what is on both sides of a ~ may come in either order, with up to eight words between, in one
// clause. A class that there is not is a mistake of the rules.
func TestClassesAndEitherOrder(t *testing.T) {
	rules := comment.Rules{Words: map[string]string{"child": "kid child toddler*"}, Hazards: []comment.Rule{
		{ID: "alone", Kind: comment.Danger, Urgency: "high", Phrases: []string{"<child>|pet ~ alone", "red ~ green ~ blue"}}}}
	s := scorer(t, rules)
	for text, want := range map[string]int{
		"the kid is alone": 1, "all alone in that flat again, the toddlers": 1, "our pet alone": 1, "alone one two three four five six seven eight child": 1,
		"alone one two three four five six seven eight nine child": 0, "She is alone. The kid is not.": 0, "the kids alone": 0, "<child> here": 0,
		"green and blue and red": 1, "blue then red then green": 1, "red and blue": 0,
	} {
		if got := len(s.Assess(text).Hazards); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	rules.Hazards[0].Phrases = []string{"<chidl> ~ alone", "alone ~ ", "a ~ b ~ c ~ d"}
	if _, err := comment.New(rules); err == nil || !strings.Contains(err.Error(), `hazards[0].phrases[0]: phrase "<chidl> ~ alone"`) || !strings.Contains(err.Error(), "hazards[0].phrases[1]: ") || !strings.Contains(err.Error(), "more than 3 parts") {
		t.Errorf("%v", err)
	}
}
