package comment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/score/comment/encoder"
)

// Signed is a label that is told by rules: signs that speak for or against it, each with its points.
type Signed struct {
	// Base is the logit of a text without a sign.
	Base float64 `yaml:"base"`
	// Reported are phrases before a sign's words, in the sentence, by which somebody else said them. Where there are any, words
	// in quotation marks are not the writer's own either.
	Reported []string `yaml:"reported"`
	// Hints are words of texts that may be of the label without a sign: the encoder is asked of them.
	Hints []string `yaml:"hints"`
	Signs []Sign   `yaml:"signs"`
}

// Sign is words or a shape of a text. See parsePhrase for how phrases are written.
type Sign struct {
	ID      string   `yaml:"id"`
	Points  float64  `yaml:"points"`  // added to the logit
	Mark    bool     `yaml:"mark"`    // without one of a label's marks a text is at most Unmarked likely, by its signs alone
	Shape   string   `yaml:"shape"`   // one of shapes, in place of phrases
	Phrases []string `yaml:"phrases"` // denied they do not count
	Always  []string `yaml:"always"`  // the same with a "no" of their own
	Except  []string `yaml:"except"`  // the same words with another meaning
}

// Unmarked is how likely at most a text is to be of a label that has marks, as long as nobody asked what it means: where none stands in
// it, or nothing but marks and other shapes. A link alone offers nothing.
const Unmarked = 0.05

// leastReasoned is from which probability on the signs of a label are told.
const leastReasoned = 0.1

// mostAsked is how long a text may be of which the encoder is asked for these labels alone: others may have asked it of the same text
// already, and all together are to take less than 100 ms. A longer text is told by its signs.
const mostAsked = 1000 // bytes

// signed is Signed ready for use.
type signed struct {
	name     string
	base     float64
	marked   bool // some sign is a mark
	reported phrases
	hints    phrases
	signs    []sign
}

type sign struct {
	Sign
	phrases, always, except int // sets of the scorer's lexicon of signs
	shape                   func(string) []int
}

// signed reads the signs of a label.
func (r *ruleReader) signed(name string, l Signed, into *lexicon) signed {
	out := signed{name: name, base: l.Base, reported: r.phrases(name+".reported", l.Reported), hints: r.phrases(name+".hints", l.Hints)}
	seen := map[string]bool{}
	for i, g := range l.Signs {
		key := fmt.Sprintf("%s.signs[%d]", name, i)
		switch {
		case !ruleID.MatchString(g.ID):
			r.fail(key+".id", "%q is not lower-case words joined by _", g.ID)
		case seen[g.ID]:
			r.fail(key+".id", "%q stands twice", g.ID)
		}
		seen[g.ID] = true
		if (g.Shape == "") == (len(g.Phrases)+len(g.Always) == 0) {
			r.fail(key+".shape", "a sign has a shape or phrases, one of the two")
		}
		made := sign{Sign: g, shape: shapes[g.Shape]}
		if g.Shape != "" && made.shape == nil {
			r.fail(key+".shape", "%q is no shape", g.Shape)
		}
		made.phrases, made.always = into.add(r.phrases(key+".phrases", g.Phrases)), into.add(r.phrases(key+".always", g.Always))
		made.except = into.add(r.phrases(key+".except", g.Except))
		out.signs, out.marked = append(out.signs, made), out.marked || g.Mark
	}
	return out
}

// signsFound is what the signs of a label say of a text.
type signsFound struct {
	pro     float64 // the base and the points of the signs for the label
	contra  float64 // those of the signs against it: nought or less
	marks   bool    // the label needs one of its marks
	bounded bool    // the label has marks, and the text has none
	offers  bool    // words speak for the label, not marks and other shapes alone
	why     []audit.Sign
}

// probability is what a logit comes to, bounded where the text lacks what the label needs and was told by signs alone.
func (f signsFound) probability(logit float64, bySigns bool) float64 {
	p := logistic(logit)
	if bySigns && f.marks && (f.bounded || !f.offers) {
		p = min(p, Unmarked)
	}
	return math.Round(1000*p) / 1000
}

// signsIn gives what the signs of threat and of spam say of a text, whose words are spelt right.
func (s *Scorer) signsIn(text string, ws []word) [2]signsFound {
	ws = sums(text, ws)
	at := s.signs.find(ws)
	return [2]signsFound{s.threat.of(text, ws, at), s.spam.of(text, ws, at)}
}

// labelled fills in threat and spam. They are told by signs, and where the encoder was asked or is worth asking, by what it makes of
// the text as well. Of a text in a language that the signs do not speak it tells only what stands there all the same,
// and of one without a word nothing.
func (s *Scorer) labelled(a *audit.Assessment, text string, ws []word, h *heard) {
	if len(s.threat.signs)+len(s.spam.signs) == 0 || !slices.ContainsFunc(ws, lettered) {
		return
	}
	found := s.signsIn(text, ws)
	l, v := s.beside(a), h.known(s.addressed(text))
	if l != nil && v == nil && s.tiers == Auto && len(text) <= mostAsked && (s.threat.hints.in(ws) || len(found[0].why) > 0 || !found[1].bounded) {
		v = s.asked(text, h)
	}
	for k, into := range [...]**float64{&a.Threat, &a.Spam} {
		if len([...]*signed{&s.threat, &s.spam}[k].signs) == 0 {
			continue
		}
		p := found[k].probability(found[k].pro+found[k].contra, true)
		if l != nil {
			p = found[k].probability(l.heads[k].logit(found[k], v), v == nil)
		}
		if a.Lang != "en" && a.Lang != "unsure" && p < isComplaint {
			continue
		}
		if *into = &p; p >= leastReasoned {
			a.Signs = append(a.Signs, found[k].why...)
		}
	}
}

// beside gives what stands beside the signs where a model answered; nil: the signs alone tell.
func (s *Scorer) beside(a *audit.Assessment) *Labels {
	if s.model == nil || a.Tier == 0 {
		return nil
	}
	l, err := s.signed() // a test reads the built-in ones
	if err != nil {
		return nil
	}
	return l
}

// asked is what the encoder makes of a text; nil where it cannot be read.
func (s *Scorer) asked(text string, h *heard) *[encoder.Width]float32 {
	e, err := encoder.Builtin()
	if err != nil {
		return nil
	}
	return h.of(e, s.addressed(text))
}

// said is what signs come to as a line reads them: those for the label and those against it count apart, since against a meaning that
// is sure the latter say more.
func (f signsFound) said() said { return said{sum: f.contra, points: f.pro} }

// logit is what signs and the meaning come to together, signs alone where the encoder was not asked.
func (h *head) logit(f signsFound, v *[encoder.Width]float32) float64 {
	s, by := f.said(), 0
	if v != nil {
		s.meaning, by = h.meaning.of(v), 1
	}
	return h.lines[by].logit(s)
}

// of gives what the signs of the label say of a text.
func (l *signed) of(text string, ws []word, at [][]stretch) (f signsFound) {
	f.pro, f.marks, f.bounded = l.base, l.marked, l.marked
	said := l.said(text, ws)
	for i := range l.signs {
		g := &l.signs[i]
		start, end, stands := g.in(text, ws, at, l.asserts(), said)
		if !stands {
			continue
		}
		f.pro, f.contra = f.pro+math.Max(g.Points, 0), f.contra+math.Min(g.Points, 0)
		f.bounded = f.bounded && !g.Mark
		f.offers = f.offers || !g.Mark && g.shape == nil && g.Points > 0
		f.why = append(f.why, audit.Sign{Label: l.name, ID: g.ID, Span: audit.Span{Start: start, End: end, Weight: g.Points}})
	}
	return f
}

// asserts reports whether the signs are what the writer says for themselves, so that it counts who said them, and denied or not.
func (l *signed) asserts() bool { return len(l.reported) > 0 }

// in gives the first place where a sign stands, its words denied by nothing and said by the writer.
func (g *sign) in(text string, ws []word, at [][]stretch, asserts bool, said func(int) bool) (start, end int, stands bool) {
	if g.shape != nil {
		found := g.shape(text)
		if found == nil {
			return 0, 0, false
		}
		return found[0], found[1], true
	}
	first := -1
	for k, set := range [...]int{g.phrases, g.always} {
		for _, here := range at[set][:min(len(at[set]), mostSightings)] {
			own := !meets(at[g.except], here) && said(here.from)
			if own && (k == 1 || !asserts || !denied(ws, here) && !slices.ContainsFunc(ws[here.from:here.to], negates)) {
				if first < 0 || ws[here.from].start < start {
					first, start, end = here.from, ws[here.from].start, ws[here.to-1].end
				}
				break
			}
		}
	}
	return start, end, first >= 0
}

// said gives whether the writer says the word at i for themselves: not where it stands in quotation marks, and not after words
// in its sentence by which somebody else says it.
func (l *signed) said(text string, ws []word) func(int) bool {
	if !l.asserts() {
		return func(int) bool { return true }
	}
	quoted := quotes(text)
	var by []stretch
	found := false
	return func(i int) bool {
		if slices.ContainsFunc(quoted, func(q audit.Span) bool { return q.Start <= ws[i].start && ws[i].start < q.End }) {
			return false
		}
		if !found {
			by, found = l.reported.find(ws), true
		}
		return !slices.ContainsFunc(by, func(r stretch) bool { return r.to <= i && ws[r.from].sentence == ws[i].sentence })
	}
}

// quotes gives what stands between quotation marks: pairs of " or of “ and ”.
func quotes(text string) (all []audit.Span) {
	if !strings.ContainsAny(text, "\"“") {
		return nil
	}
	from := -1
	for i, r := range text {
		switch {
		case from >= 0 && (r == '"' || r == '”'):
			all, from = append(all, audit.Span{Start: from, End: i}), -1
		case r == '"' || r == '“':
			from = i
		}
		if len(all) == mostSightings {
			break
		}
	}
	return all
}

// sums gives the words with "sum" for what stands behind the sign of a currency, so that phrases can speak of money.
func sums(text string, ws []word) []word {
	if !strings.ContainsAny(text, "£$€") {
		return ws
	}
	ws = slices.Clone(ws)
	for i, w := range ws {
		before := strings.TrimRight(text[max(0, w.start-4):w.start], " ")
		if w.text[0] >= '0' && w.text[0] <= '9' && (strings.HasSuffix(before, "£") || strings.HasSuffix(before, "$") || strings.HasSuffix(before, "€")) {
			ws[i].text = "sum"
		}
	}
	return ws
}
