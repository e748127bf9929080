package comment

import (
	"math"

	"doorknock/score/comment/encoder"
)

// meaning is a logistic regression over the encoder's numbers.
type meaning struct {
	weights  [encoder.Width]float32
	constant float64
}

func (m *meaning) of(v *[encoder.Width]float32) float64 {
	z := m.constant
	for k, w := range m.weights {
		z += float64(w * v[k])
	}
	return z
}

// How strongly the regression over the meaning may follow the rows, and how much each of its numbers varies.
const (
	meaningC     = 1.0
	meaningScale = 0.1
)

// learnMeaning makes the regression over the encoder's numbers: each is scaled by how much it varies, so that one
// bound of strength does for all.
func learnMeaning(rows []*[encoder.Width]float32, y []bool) meaning {
	var mean, by [encoder.Width]float64
	for _, r := range rows {
		for k, v := range r {
			mean[k] += float64(v)
		}
	}
	n := float64(len(rows))
	for k := range mean {
		mean[k] /= n
	}
	for _, r := range rows {
		for k, v := range r {
			d := float64(v) - mean[k]
			by[k] += float64(d * d)
		}
	}
	for k := range by {
		by[k] = meaningScale / math.Sqrt(by[k]/n+1e-12)
	}
	x := sparse{from: []int{0}, width: encoder.Width}
	for _, r := range rows {
		for k, v := range r {
			x.index, x.value = append(x.index, int32(k)), append(x.value, (float64(v)-mean[k])*by[k])
		}
		x.from = append(x.from, len(x.index))
	}
	w := fit(x, y, meaningC)
	m := meaning{constant: w[encoder.Width]}
	for k := range m.weights {
		m.weights[k] = float32(w[k] * by[k])
		m.constant -= float64(float64(m.weights[k]) * mean[k])
	}
	return m
}
