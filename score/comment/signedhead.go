package comment

import (
	_ "embed"
	"errors"
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
// the lines that make probabilities of both. Lines are learnt from Fresh rows, which the phrases have not met, since of the others
// the phrases know too much: they were made by looking at them. Of a Fresh row a line hears what a meaning says that has not met it
// either: one of the others, a fifth of the Fresh rows left out. Rows that are not Ordinary are read as they were written and as
// a comment is kept: redacted, and said to somebody. The order of the rows does not matter.
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
		h, err := p.head(s, k)
		if err != nil {
			return nil, fmt.Errorf("train %s: %w", name, err)
		}
		h.name = name
		l.heads = append(l.heads, h)
	}
	return l, nil
}

// Where a row belongs: to a fold of the fresh ones, else to the lines alone, which no meaning has met, or to the meaning alone.
const (
	signedFolds = 5
	lineOnly    = signedFolds
	meaningOnly = signedFolds + 1
)

// signedRows are rows in the one order that sums go by, read once.
type signedRows struct {
	rows []SignRow
	fold []int
	mean []*[encoder.Width]float32
}

func prepareSigned(rows []SignRow) (p signedRows, err error) {
	ordinary, fresh := 0, 0
	for _, row := range slices.SortedStableFunc(slices.Values(rows), func(a, b SignRow) int { return strings.Compare(a.Text, b.Text) }) {
		fold := meaningOnly
		switch {
		case row.Fresh:
			fold = fresh % signedFolds
			fresh++
		case row.Ordinary:
			if ordinary%lineOf == 0 {
				fold = lineOnly
			}
			ordinary++
		}
		p.rows, p.fold = append(p.rows, row), append(p.fold, fold)
		if !row.Ordinary {
			row.Text = "@USER " + audit.Redact(row.Text)
			p.rows, p.fold = append(p.rows, row), append(p.fold, fold)
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

// head learns a label's meaning from all rows but those kept for the lines, and its lines.
func (p signedRows) head(s *Scorer, k int) (head, error) {
	var by [lineOnly + 1]meaning // what was learnt without a fold of the fresh rows, and last without none
	atOnce(len(by), func(without int) { by[without] = p.meaning(k, without) })
	h := head{meaning: by[lineOnly]}
	var z []said
	var y []bool
	for i, row := range p.rows {
		if p.fold[i] == meaningOnly {
			continue
		}
		t := s.signsIn(row.Text, s.spelt(words(row.Text)))[k].said()
		t.meaning = by[p.fold[i]].of(p.mean[i])
		z, y = append(z, t), append(y, row.is(k))
	}
	if !slices.Contains(y, true) || !slices.Contains(y, false) {
		return h, errors.New("no fresh rows tell of it")
	}
	for by := range h.lines {
		h.lines[by] = straighten(z, y, by == 1)
	}
	return h, nil
}

func (p signedRows) meaning(k, without int) meaning {
	var means []*[encoder.Width]float32
	var y []bool
	for i, row := range p.rows {
		if p.fold[i] != without && p.fold[i] != lineOnly {
			means, y = append(means, p.mean[i]), append(y, row.is(k))
		}
	}
	return learnMeaning(means, y, signedSchool)
}

// is reports whether the row is of the label.
func (r SignRow) is(k int) bool { return [...]bool{r.Threat, r.Spam}[k] }
