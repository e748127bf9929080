package comment

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"doorknock/audit"
)

// Bounds of what leaving out clauses costs: each clause is one more run of the encoder over nearly the whole text, and an
// assessment is to take less than 100 ms.
const (
	mostClauses     = 8
	clauseBytes     = 800 // that the runs read together: of a longer text fewer clauses are told apart
	leastClause     = 8   // letters; what is shorter belongs to its neighbour
	leastClauseTold = 0.05
)

// Explain is Assess, and says besides what each clause of a complaint moved. It runs the encoder once more a clause: for
// comments that somebody will be told of, not for measuring.
func (s *Scorer) Explain(text string) audit.Assessment {
	var h heard
	a := s.assess(text, &h)
	a.Clauses = s.clauses(text, a, &h)
	return a
}

// clauses says how much each clause of a text moved the logit of an assessment that the second tier made: the logit of the
// whole less that of the text without the clause. The weights of single words, which Assess gives, leave out what the
// encoder made of the text as a whole; this does not. It gives nothing where the encoder did not answer, where the text is
// no complaint or speaks of a person in danger, where it is one clause, and where it is over half of clauseBytes long.
func (s *Scorer) clauses(text string, a audit.Assessment, h *heard) []audit.Span {
	if a.Tier != 2 || !a.IsComplaint || a.Private() || s.model == nil {
		return nil
	}
	all := inClauses(text, min(mostClauses, clauseBytes/len(text)))
	m, err := s.model()
	if err != nil || len(all) < 2 {
		return nil
	}
	whole, told := s.logitOf(m, text, h), []audit.Span{}
	for _, c := range all {
		w := whole - s.logitOf(m, text[:c.Start]+" "+text[c.End:], nil)
		if math.Abs(w) >= leastClauseTold {
			told = append(told, audit.Span{Start: c.Start, End: c.End, Weight: math.Round(w*1e4) / 1e4})
		}
	}
	return told
}

// logitOf is what the second tier makes of a text, dangers not counted.
func (s *Scorer) logitOf(m *Trained, text string, h *heard) float64 {
	points, _ := s.points(words(text), nil)
	t, by, _ := m.judge(s.addressed(text), said{sum: m.linear.logit(text), points: points}, EncoderAlways, h)
	return by.line.logit(t)
}

// joints are the words that begin a clause after a comma, or without one.
var joints = []string{"but", "and", "because", "so", "although", "though", "while", "yet", "ond", "ac", "achos", "felly"}

// inClauses cuts a text at the ends of sentences, at commas and semicolons before a word that joins, and at ends of lines. Short
// pieces belong to the one before; of more than most the shortest join their neighbours.
func inClauses(text string, most int) []audit.Span {
	var all []audit.Span
	from := 0
	for i, r := range text {
		if end := i + utf8.RuneLen(r); r != utf8.RuneError && ends(r, text[end:]) {
			all, from = append(all, audit.Span{Start: from, End: end}), end
		}
	}
	if from < len(text) {
		all = append(all, audit.Span{Start: from, End: len(text)})
	}
	for i := 0; i < len(all); {
		if len(all) == 1 || lettersIn(text[all[i].Start:all[i].End]) >= leastClause {
			i++
			continue
		}
		all = joined(all, i)
		i = 0
	}
	for len(all) > max(most, 1) {
		all = joined(all, shortest(all))
	}
	return all
}

// ends reports whether a clause ends with r, before rest.
func ends(r rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	switch r {
	case '\n', '!', '?', ';', '…':
		return true
	case '.', ':':
		return rest == "" || unicode.IsSpace(next)
	case ',', '–', '—':
		fields := strings.Fields(rest[:min(len(rest), 24)])
		return len(fields) > 0 && slices.Contains(joints, strings.ToLower(fields[0]))
	}
	return false
}

// joined makes a clause one with the one before it, the first with the one after.
func joined(all []audit.Span, i int) []audit.Span {
	i = max(i, 1)
	all[i-1].End = all[i].End
	return slices.Delete(all, i, i+1)
}

func shortest(all []audit.Span) int {
	at := 0
	for i, c := range all {
		if c.End-c.Start < all[at].End-all[at].Start {
			at = i
		}
	}
	return at
}

func lettersIn(text string) int {
	n := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}
