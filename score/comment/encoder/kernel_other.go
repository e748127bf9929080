//go:build !amd64

package encoder

func (m *matrix) columns(into *[abreast][]float32, rows []int16, by *[abreast]float32, from int) {
	m.columnsPlain(into, rows, by, from)
}

func fit(fits, row, others []float32, stride int) { fitPlain(fits, row, others, stride) }

func mix(to, shares, rows []float32, stride int) { mixPlain(to, shares, rows, stride) }
