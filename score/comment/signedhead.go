package comment

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"doorknock/audit"
	"doorknock/score/comment/encoder"
)

//go:embed signs.model
var signsFile []byte

// BuiltinSigned reads what stands beside the signs of threat and spam: what the meaning of a text says of them, where the
// encoder is asked, and the lines that make a probability of both.
func BuiltinSigned() (*Labels, error) { return ReadLabels(signsFile) }

// signedNames are the labels that are told by signs and meaning together.
var signedNames = [...]string{"threat", "spam"}

// lineOf is which share of the ordinary posts, one in so many, the lines are learnt from; the meaning learns from the others.
const lineOf = 5

var signedSchool = school{nets: 1, epochs: 12}

// TrainSigned learns what the meaning of a text says of threat and spam beside the signs of r, whose points stay as they are, and
// the lines that make probabilities of both. Lines are learnt from Fresh rows, which neither phrases nor meaning have met, since of
// the others the phrases know too much: they were made by looking at them. Rows that are not Ordinary are read as they were written
// and as a comment is kept: redacted, and said to somebody. The order of the rows does not matter.
func TrainSigned(r Rules, rows []SignRow) (*Labels, error) {
	s, err := New(r)
	if err != nil {
		return nil, err
	}
	p, err := prepareSigned(rows)
	if err != nil {
		return nil, err
	}
	l := &Labels{}
	l.vocabulary.index()
	for k, name := range signedNames {
		means, y, _ := p.part(k, false)
		h := head{name: name, meaning: learnMeaning(means, y, signedSchool)}
		means, y, texts := p.part(k, true)
		if !slices.Contains(y, true) || !slices.Contains(y, false) {
			return nil, fmt.Errorf("train %s: no fresh rows tell of it", name)
		}
		z := make([]said, len(y))
		for i := range z {
			z[i] = s.signsIn(texts[i], s.spelt(words(texts[i])))[k].said()
			z[i].meaning = h.meaning.of(means[i])
		}
		for by := range h.lines {
			h.lines[by] = straighten(z, y, by == 1)
		}
		l.heads = append(l.heads, h)
	}
	return l, nil
}

// signedRows are rows in the one order that sums go by, read once.
type signedRows struct {
	rows []SignRow
	line []bool // for the lines, and not for the meaning
	mean []*[encoder.Width]float32
}

func prepareSigned(rows []SignRow) (p signedRows, err error) {
	ordinary := 0
	for _, row := range slices.SortedStableFunc(slices.Values(rows), func(a, b SignRow) int { return strings.Compare(a.Text, b.Text) }) {
		line := row.Fresh
		if row.Ordinary {
			line = ordinary%lineOf == 0
			ordinary++
		}
		p.rows, p.line = append(p.rows, row), append(p.line, line)
		if !row.Ordinary {
			row.Text = "@USER " + audit.Redact(row.Text)
			p.rows, p.line = append(p.rows, row), append(p.line, line)
		}
	}
	e, err := encoder.Builtin()
	if err != nil {
		return p, err
	}
	p.mean = make([]*[encoder.Width]float32, len(p.rows))
	atOnce(len(p.rows), func(i int) { p.mean[i] = encoded(e, p.rows[i].Text) })
	return p, nil
}

// part is the rows that the lines of a label are learnt from, or those of its meaning.
func (p signedRows) part(k int, line bool) (means []*[encoder.Width]float32, y []bool, texts []string) {
	for i, row := range p.rows {
		if p.line[i] == line {
			means, y, texts = append(means, p.mean[i]), append(y, [...]bool{row.Threat, row.Spam}[k]), append(texts, row.Text)
		}
	}
	return means, y, texts
}
