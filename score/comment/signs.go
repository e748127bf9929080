package comment

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"doorknock/audit"
)

// Signed is a label that is told by rules: signs that speak for or against it, each with its points.
type Signed struct {
	// Base is the logit of a text without a sign.
	Base float64 `yaml:"base"`
	// Reported are phrases before a sign's words, in the sentence, by which somebody else said them. Where there are any, words
	// in quotation marks are not the writer's own either.
	Reported []string `yaml:"reported"`
	Signs    []Sign   `yaml:"signs"`
}

// Sign is words or a shape of a text. See parsePhrase for how phrases are written.
type Sign struct {
	ID      string   `yaml:"id"`
	Points  float64  `yaml:"points"`  // added to the logit
	Mark    bool     `yaml:"mark"`    // without one of a label's marks a text is at most Unmarked likely
	Shape   string   `yaml:"shape"`   // one of shapes, in place of phrases
	Phrases []string `yaml:"phrases"` // denied they do not count
	Always  []string `yaml:"always"`  // the same with a "no" of their own
	Except  []string `yaml:"except"`  // the same words with another meaning
}

// Unmarked is how likely at most a text is to be of a label that has marks, where none stands in it, or nothing but marks and
// other shapes: a link alone offers nothing.
const Unmarked = 0.05

// told from: what is less likely gets no reasons.
const leastReasoned = 0.1

// signed is Signed ready for use.
type signed struct {
	name     string
	base     float64
	marked   bool // some sign is a mark
	reported phrases
	signs    []sign
}

type sign struct {
	Sign
	phrases, always, except int // sets of the scorer's lexicon of signs
	shape                   func(string) []int
}

// signed reads the signs of a label.
func (r *ruleReader) signed(name string, l Signed, into *lexicon) signed {
	out := signed{name: name, base: l.Base, reported: r.phrases(name+".reported", l.Reported)}
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

// labelled fills in threat and spam, which are told by signs and need no model. Of a text in a language that the signs do not
// speak, or without a word, it tells only what stands there all the same.
func (s *Scorer) labelled(a *audit.Assessment, text string, ws []word) {
	if len(s.threat.signs)+len(s.spam.signs) == 0 || !slices.ContainsFunc(ws, lettered) {
		return
	}
	ws = sums(text, ws)
	at := s.signs.find(ws)
	english := a.Lang == "en" || a.Lang == "unsure"
	for _, of := range [...]struct {
		by   *signed
		into **float64
	}{{&s.threat, &a.Threat}, {&s.spam, &a.Spam}} {
		if len(of.by.signs) == 0 {
			continue
		}
		p, why := of.by.of(text, ws, at)
		if !english && p < isComplaint {
			continue
		}
		if *of.into = &p; p >= leastReasoned {
			a.Signs = append(a.Signs, why...)
		}
	}
}

// of says how likely a text is of the label, and by which signs.
func (l *signed) of(text string, ws []word, at [][]stretch) (p float64, why []audit.Sign) {
	logit, marked, offers := l.base, false, false
	said := l.said(text, ws)
	for i := range l.signs {
		g := &l.signs[i]
		start, end, stands := g.in(text, ws, at, l.asserts(), said)
		if !stands {
			continue
		}
		logit += g.Points
		marked = marked || g.Mark
		offers = offers || !g.Mark && g.shape == nil && g.Points > 0
		why = append(why, audit.Sign{Label: l.name, ID: g.ID, Span: audit.Span{Start: start, End: end, Weight: g.Points}})
	}
	p = logistic(logit)
	if l.marked && !(marked && offers) {
		p = min(p, Unmarked)
	}
	return math.Round(1000*p) / 1000, why
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
