package comment

import (
	"fmt"
	"math"

	"doorknock/audit"
)

// SignRow is a text with what a person says of it.
type SignRow struct {
	Text         string
	Threat, Spam bool
	Fresh        bool // written after the phrases of the signs, and not looked at for them
	Ordinary     bool // one of many posts that somebody wrote elsewhere, which are neither; points are not learnt from it
}

// signsC is how strongly the points may follow the rows.
const signsC = 10.0

// LearnSigns gives the points that the signs of r should have by these rows, to a tenth: a logistic regression over which signs
// stand in a text. Each text is learnt from as it was written and, where that differs, as it is kept: redacted.
func LearnSigns(r Rules, rows []SignRow) (threat, spam Signed, err error) {
	s, err := New(r)
	if err != nil {
		return threat, spam, err
	}
	var both []SignRow
	for _, row := range rows {
		both = append(both, row)
		if kept := audit.Redact(row.Text); kept != row.Text {
			both = append(both, SignRow{Text: kept, Threat: row.Threat, Spam: row.Spam})
		}
	}
	threat, err = s.learnt(&s.threat, r.Threat, both, func(r SignRow) bool { return r.Threat })
	if err != nil {
		return threat, spam, err
	}
	spam, err = s.learnt(&s.spam, r.Spam, both, func(r SignRow) bool { return r.Spam })
	return threat, spam, err
}

func (s *Scorer) learnt(of *signed, into Signed, rows []SignRow, label func(SignRow) bool) (Signed, error) {
	x, y, yes := sparse{from: []int{0}, width: len(of.signs)}, []bool(nil), 0
	for _, row := range rows {
		ws := sums(row.Text, s.spelt(words(row.Text)))
		at, said := s.signs.find(ws), of.said(row.Text, ws)
		for i := range of.signs {
			if _, _, stands := of.signs[i].in(row.Text, ws, at, of.asserts(), said); stands {
				x.index, x.value = append(x.index, int32(i)), append(x.value, 1) //nolint:gosec // there are few signs
			}
		}
		x.from, y, yes = append(x.from, len(x.index)), append(y, label(row)), yes+asInt(label(row))
	}
	if yes == 0 || yes == len(rows) {
		return into, fmt.Errorf("learn the points of %s: %d of %d texts have the label", of.name, yes, len(rows))
	}
	w := fit(x, y, signsC)
	learnt := into
	learnt.Base, learnt.Signs = tenth(w[len(w)-1]), append([]Sign(nil), into.Signs...)
	for i := range learnt.Signs {
		learnt.Signs[i].Points = tenth(w[i])
	}
	return learnt, nil
}

func tenth(x float64) float64 { return math.Round(10*x) / 10 }
