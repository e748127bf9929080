package comment

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"doorknock/audit"
)

// Model names the rules an assessment was made by.
const Model = "rules-1"

// The urgencies of an assessment.
const (
	Urgent = "urgent"
	High   = "high"
	Normal = "normal"
	None   = "none"
)

// Thresholds of the complaint probability.
const (
	isComplaint   = 0.5
	highComplaint = 0.8
)

// Rules are the words a Scorer goes by: configs/hazards.yaml.
type Rules struct {
	// Vulnerable words tell of somebody whom a danger hits harder.
	Vulnerable []string `yaml:"vulnerable"`
	Hazards    []Rule   `yaml:"hazards"`
}

// Rule is one kind of danger. See phrase for how phrases are written.
type Rule struct {
	ID      string `yaml:"id"`
	Urgency string `yaml:"urgency"` // urgent, high or normal, where affirmed
	// Raised is the urgency where a vulnerable word stands in the text too; empty: the same.
	Raised  string   `yaml:"raised"`
	Phrases []string `yaml:"phrases"`
	// Always are phrases that say the danger with a "no" of their own ("no heating"), so that no negation is looked for.
	Always []string `yaml:"always"`
	// Except are phrases that hold the same words and mean something else ("gas bill").
	Except []string `yaml:"except"`
	// Says and Silent are examples: texts that affirm the danger, and texts that do not.
	Says   []string `yaml:"says"`
	Silent []string `yaml:"silent"`
}

// Scorer assesses comments. It may be used from many goroutines.
type Scorer struct {
	model      func() (*Trained, error) // nil: rules only
	tiers      Tier
	hazards    []hazard
	vulnerable phrases
	terms      []term
	context    contexts
}

type hazard struct {
	Rule
	phrases, always, except phrases
}

var ruleID = regexp.MustCompile(`^[a-z][a-z_]{1,40}$`)

// NewTrained is New with the model that is built in. It is read when the first comment needs it.
func NewTrained(r Rules) (*Scorer, error) {
	s, err := New(r)
	if err != nil {
		return nil, err
	}
	s.model = sync.OnceValues(Builtin)
	return s, nil
}

// Of gives a scorer whose model answers by other tiers.
func (s *Scorer) Of(may Tier) *Scorer {
	other := *s
	other.tiers = may
	return &other
}

// New makes a scorer that goes by rules only. All mistakes of the rules are told at once.
func New(r Rules) (*Scorer, error) {
	s := &Scorer{}
	var wrong []error
	parse := func(of string, all []string) phrases {
		made, err := parsePhrases(all)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", of, err))
		}
		return made
	}
	s.vulnerable = parse("vulnerable", r.Vulnerable)
	seen := map[string]bool{}
	for _, h := range r.Hazards {
		if !ruleID.MatchString(h.ID) || seen[h.ID] {
			wrong = append(wrong, fmt.Errorf("hazard %q: the id is not lower-case words joined by _, or stands twice", h.ID))
		}
		seen[h.ID] = true
		for _, u := range []string{h.Urgency, h.Raised} {
			if !slices.Contains([]string{Urgent, High, Normal}, u) && (u != "" || h.Urgency == "") {
				wrong = append(wrong, fmt.Errorf("hazard %q: urgency %q is not urgent, high or normal", h.ID, u))
			}
		}
		s.hazards = append(s.hazards, hazard{Rule: h, phrases: parse(h.ID, h.Phrases), always: parse(h.ID, h.Always), except: parse(h.ID, h.Except)})
	}
	for _, t := range complaintTerms {
		s.terms = append(s.terms, term{found: parse("complaint words", t.phrases), points: t.points, praise: t.praise})
	}
	s.context = newContexts(parse)
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("read comment rules: %w", err)
	}
	return s, nil
}

// longest is how many bytes of a text are read. No platform lets a visitor write as much; what stands behind is not
// looked at, so that no text can hold up the rest.
const longest = 16 << 10

// Assess says what the rules, and the model where there is one, make of a text. It fills neither the comment's id nor
// the time. The heads that no model has yet (praise, question, idea, threat, spam) stay nil: not known, which is not
// the same as no.
func (s *Scorer) Assess(text string) audit.Assessment {
	text = beginning(text)
	ws := words(text)
	a := audit.Assessment{Lang: language(text, ws), Urgency: None}
	a.Hazards = s.hazardsOf(text, ws)
	points, threshold := s.judge(&a, text, ws)
	for _, h := range a.Hazards {
		if h.Affirmed {
			points += hazardPoints
			a.Spans = append(a.Spans, audit.Span{Start: h.Start, End: h.End, Weight: hazardPoints})
		}
	}
	slices.SortStableFunc(a.Spans, func(x, y audit.Span) int { return x.Start - y.Start })
	a.Complaint = math.Round(1000*logistic(points)) / 1000
	a.IsComplaint = a.Complaint >= threshold
	a.Urgency = s.urgency(a, s.vulnerable.in(ws))
	return a
}

// judge gives the logit of a complaint, hazards not counted, and the threshold; it names model, tier and reasons. The
// model has read English only: Welsh, other languages and texts without a letter are left to the rules.
func (s *Scorer) judge(a *audit.Assessment, text string, ws []word) (logit, threshold float64) {
	if s.model != nil && (a.Lang == "en" || a.Lang == "unsure") && slices.ContainsFunc(ws, lettered) {
		if m, err := s.model(); err == nil { // a test reads the built-in model; the tier tells of a build without it
			return s.byModel(m, a, text, ws)
		}
	}
	a.Model = Model
	logit, a.Spans = s.points(ws, a.Hazards)
	return logit, isComplaint
}

func (s *Scorer) byModel(m *Trained, a *audit.Assessment, text string, ws []word) (logit, threshold float64) {
	points, where := s.points(ws, a.Hazards)
	ts := tokens(text)
	hits := m.linear.hits(ts)
	t, by := m.judge(text, said{sum: m.linear.sum(hits, nil), points: points}, s.tiers)
	each, _ := m.reasons(ts, hits, t, where, by)
	a.Model, a.Tier, a.Spans = by.name, by.number, spans(ts, each)
	return by.line.logit(t), by.threshold
}

func lettered(w word) bool {
	r, _ := utf8.DecodeRuneInString(w.text)
	return unicode.IsLetter(r)
}

func beginning(text string) string {
	if len(text) <= longest {
		return text
	}
	end := longest
	for end > longest-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// urgency is the highest that an affirmed hazard asks for, else what the complaint alone does.
func (s *Scorer) urgency(a audit.Assessment, vulnerable bool) string {
	order := []string{None, Normal, High, Urgent}
	most := 0
	raise := func(u string) { most = max(most, slices.Index(order, u)) }
	for _, found := range a.Hazards {
		if !found.Affirmed {
			continue
		}
		rule := s.hazards[slices.IndexFunc(s.hazards, func(h hazard) bool { return h.ID == found.ID })]
		raise(rule.Urgency)
		if vulnerable {
			raise(rule.Raised)
		}
	}
	switch {
	case a.Complaint >= highComplaint:
		raise(High)
	case a.IsComplaint:
		raise(Normal)
	}
	return order[most]
}
