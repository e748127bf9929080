package encoder

import "math"

// matrix is weights rounded to eight bits: column j of what it makes is scale[j] times the whole numbers of row j.
// They are read where they lie in the program file; nothing is copied.
type matrix struct {
	in, out int    // in is a multiple of 16
	whole   []byte // read as int8
	scale   []float32
	shift   []float32 // added to each column; may be nil
}

// Rows of numbers come to the matrix rounded to whole ones of thirteen bits and a sign: the sum of 1,536 products with
// weights of seven bits and a sign stays within 32 bits, so sums are exact, in any order and on any processor.
const wholeMost = 8191

// abreast is how many rows the kernel reads at once.
const abreast = 4

// rounded is rows of numbers as the kernel reads them; rows up to the next multiple of abreast are nought.
type rounded struct {
	rows, width int
	whole       []int16
	scale       []float32
}

// round makes rows of width numbers whole, each by its own greatest. It uses the room of r again.
func (r *rounded) round(x []float32, width int) {
	r.rows, r.width = len(x)/width, width
	padded := (r.rows + abreast - 1) / abreast * abreast
	r.whole, r.scale = grown(r.whole, padded*width), grown(r.scale, padded)
	clear(r.whole[r.rows*width:])
	clear(r.scale[r.rows:])
	for i := range r.rows {
		row, to := x[i*width:(i+1)*width], r.whole[i*width:(i+1)*width]
		most := uint32(0)
		for _, v := range row {
			most = max(most, math.Float32bits(v)&^(1<<31)) // in the order of the numbers' sizes
		}
		greatest := math.Float32frombits(most)
		if by := wholeMost / greatest; by > 0 && by <= math.MaxFloat32 {
			for k, v := range row {
				to[k] = int16(int32(float32(v*by)+(wholeMost+1.5)) - (wholeMost + 1)) // above nought, where it is cut off, to round
			}
			r.scale[i] = greatest / wholeMost
			continue
		}
		clear(to) // nought, or not a number
		r.scale[i] = 0
	}
}

// times gives each row of x times the matrix, out numbers a row, in y.
func (m *matrix) times(y []float32, x *rounded) {
	var sums [2 * abreast]int32
	for j := 0; j < m.out; j += 2 {
		w0, w1 := m.whole[j*m.in:(j+1)*m.in], m.whole[(j+1)*m.in:(j+2)*m.in]
		s0, s1 := m.scale[j], m.scale[j+1]
		var b0, b1 float32
		if m.shift != nil {
			b0, b1 = m.shift[j], m.shift[j+1]
		}
		for i := 0; i < x.rows; i += abreast {
			sumProducts(&sums, x.whole[i*m.in:(i+abreast)*m.in], w0, w1)
			for r := range min(abreast, x.rows-i) {
				at, by := (i+r)*m.out+j, x.scale[i+r]
				y[at] = float32(float32(sums[r])*by*s0) + b0
				y[at+1] = float32(float32(sums[abreast+r])*by*s1) + b1
			}
		}
	}
}

// sumPlain is sumProducts in plain loops, for processors that the fast one is not written for, and to hold it against.
func sumPlain(sums *[2 * abreast]int32, x []int16, w0, w1 []byte) {
	n := len(w0)
	w1 = w1[:n]
	for r := range abreast {
		row := x[r*n : (r+1)*n]
		var a, b int32
		for k, w := range w0 {
			v := int32(row[k])
			a += v * int32(int8(w))
			b += v * int32(int8(w1[k]))
		}
		sums[r], sums[abreast+r] = a, b
	}
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
