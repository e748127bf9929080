package comment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"doorknock/audit"
)

// Model names the rules an assessment was made by.
const Model = "rules-2"

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

// Scorer assesses comments. It may be used from many goroutines.
type Scorer struct {
	model      func() (*Trained, error) // nil: rules only
	labels     func() (*Labels, error)
	dangers    func() (*Dangers, error)
	signed     func() (*Labels, error) // what stands beside the signs
	tiers      Tier
	threshold  float64 // the probability from which a text counts as a complaint; 0: the model's own
	spokenTo   bool    // every text is said to somebody
	hazards    []hazard
	lexicon    lexicon // of the hazards' phrases
	vulnerable phrases
	terms      []term
	words      lexicon // of the terms
	context    contexts
	spellings  map[string]string // misspelt → right

	threat, spam signed
	signs        lexicon // of their phrases
}

// NewTrained is New with the model that is built in. It is read when the first comment needs it.
func NewTrained(r Rules) (*Scorer, error) {
	s, err := New(r)
	if err != nil {
		return nil, err
	}
	s.model, s.labels, s.dangers, s.signed = sync.OnceValues(Builtin), sync.OnceValues(BuiltinLabels), sync.OnceValues(BuiltinDangers), sync.OnceValues(BuiltinSigned)
	return s, nil
}

// Of gives a scorer whose model answers by other tiers.
func (s *Scorer) Of(may Tier) *Scorer {
	other := *s
	other.tiers = may
	return &other
}

// SpokenTo gives a scorer for texts that are said to somebody who is not named in them, as comments under an organisation's post.
func (s *Scorer) SpokenTo() *Scorer {
	other := *s
	other.spokenTo = true
	return &other
}

// From gives a scorer by which a text counts as a complaint from a probability on, whichever tier answers.
func (s *Scorer) From(probability float64) *Scorer {
	other := *s
	other.threshold = probability
	return &other
}

// New makes a scorer that goes by rules only. All mistakes of the rules are told at once.
func New(r Rules) (*Scorer, error) {
	s := &Scorer{}
	wrong := []error{s.readRules(r)}
	for _, t := range complaintTerms {
		found := phrases{}
		for _, p := range t.phrases {
			wrong = append(wrong, found.add(p))
		}
		s.terms = append(s.terms, term{found: s.words.add(found), points: t.points, praise: t.praise})
	}
	s.words.ready()
	if err := errors.Join(wrong...); err != nil {
		return nil, fmt.Errorf("read comment rules: %w", err)
	}
	return s, nil
}

// longest is how many bytes of a text are read. No platform lets a visitor write as much; what stands behind is not
// looked at, so that no text can hold up the rest.
const longest = 16 << 10

// Assess says what the rules, and the model where there is one, make of a text. It fills neither the comment's id nor
// the time. Labels that nothing tells of (praise, question and idea where rules alone answer) stay nil: not known, which is not the
// same as no.
func (s *Scorer) Assess(text string) audit.Assessment { return s.assess(text, &heard{}) }

func (s *Scorer) assess(text string, h *heard) audit.Assessment {
	text = beginning(text)
	ws := words(text)
	a := audit.Assessment{Lang: language(text, ws), Urgency: None, Signs: []audit.Sign{}}
	right := s.spelt(ws)
	a.Hazards = s.hazardsOf(text, right)
	a.Urgency = s.ruled(a.Hazards, right)
	s.readAgain(&a, text, ws, right, h)
	points, threshold := s.judge(&a, text, ws, h)
	if s.threshold > 0 {
		threshold = s.threshold
	}
	for _, h := range told(a.Hazards) {
		points += hazardPoints
		a.Spans = append(a.Spans, audit.Span{Start: h.Start, End: h.End, Weight: hazardPoints})
	}
	slices.SortStableFunc(a.Spans, func(x, y audit.Span) int { return x.Start - y.Start })
	a.Complaint = math.Round(1000*logistic(points)) / 1000
	a.IsComplaint = a.Complaint >= threshold
	a.Urgency = s.urgency(a, right)
	s.labelled(&a, text, right, h)
	return a
}

// judge gives the logit of a complaint, hazards not counted, and the threshold; it names model, tier and reasons. The model has read
// English only: Welsh, other languages and texts without a letter are left to the rules.
func (s *Scorer) judge(a *audit.Assessment, text string, ws []word, h *heard) (logit, threshold float64) {
	if s.model != nil && (a.Lang == "en" || a.Lang == "unsure") && slices.ContainsFunc(ws, lettered) {
		if m, err := s.model(); err == nil { // a test reads the built-in model; the tier tells of a build without it
			return s.byModel(m, a, text, ws, h)
		}
	}
	a.Model = Model
	logit, a.Spans = s.points(ws, worded(a.Hazards))
	return logit, isComplaint
}

func (s *Scorer) byModel(m *Trained, a *audit.Assessment, text string, ws []word, h *heard) (logit, threshold float64) {
	points, where := s.points(ws, worded(a.Hazards))
	ts := tokens(text)
	fs := features(ts)
	hits := m.linear.hits(fs)
	t, by, v := m.judge(s.addressed(text), said{sum: m.linear.sum(hits, nil), points: points}, s.tiers, h)
	each, _ := m.reasons(ts, hits, t, where, by)
	if l, err := s.labels(); err == nil { // a test reads the built-in ones
		l.of(a, fs, v)
	}
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
