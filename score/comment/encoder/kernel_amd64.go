package encoder

import "golang.org/x/sys/cpu"

// What is in kernel_amd64.s. Strides are in numbers.
//
//go:noescape
func columnsAVX2(into *[abreast]*float32, x *int16, w *byte, by, scale, shift *float32, in, columns int)

//go:noescape
func columnsVNNI(into *[abreast]*float32, x *int16, w *byte, by, scale, shift *float32, in, columns int)

//go:noescape
func fitAVX2(fits, row, others *float32, stride, n, size int)

//go:noescape
func mixAVX2(to, shares, rows *float32, stride, n, size int)

// columns is columnsPlain, as quickly as the processor can.
func (m *matrix) columns(into *[abreast][]float32, rows []int16, by *[abreast]float32, from int) {
	n := len(into[0])
	if !cpu.X86.HasAVX2 || m.in%16 != 0 || n%2 != 0 || n == 0 {
		m.columnsPlain(into, rows, by, from)
		return
	}
	_, w := rows[abreast*m.in-1], m.whole[from*m.in:(from+n)*m.in] // what is read beyond them would not be ours
	scale, shift := m.scale[from:from+n], m.shift[from:from+n]
	var at [abreast]*float32
	for r := range at {
		at[r] = &into[r][:n][0]
	}
	if cpu.X86.HasAVX512VNNI && cpu.X86.HasAVX512BW && m.in%32 == 0 {
		columnsVNNI(&at, &rows[0], &w[0], &by[0], &scale[0], &shift[0], m.in, n)
		return
	}
	columnsAVX2(&at, &rows[0], &w[0], &by[0], &scale[0], &shift[0], m.in, n)
}

// fit is fitPlain, as quickly as the processor can.
func fit(fits, row, others []float32, stride int) {
	if n := len(fits); cpu.X86.HasAVX2 && n > 0 && len(row)%strands == 0 {
		_ = others[(n-1)*stride+len(row)-1]
		fitAVX2(&fits[0], &row[0], &others[0], stride, n, len(row))
		return
	}
	fitPlain(fits, row, others, stride)
}

// mix is mixPlain, as quickly as the processor can.
func mix(to, shares, rows []float32, stride int) {
	if n := len(shares); cpu.X86.HasAVX2 && n > 0 && len(to)%32 == 0 {
		_ = rows[(n-1)*stride+len(to)-1]
		mixAVX2(&to[0], &shares[0], &rows[0], stride, n, len(to))
		return
	}
	mixPlain(to, shares, rows, stride)
}
