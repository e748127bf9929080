package encoder

import "math"

// matrix is weights rounded to eight bits: column j of what it makes is scale[j] times the whole numbers of row j.
// They are read where they lie in the program file; nothing is copied.
type matrix struct {
	in, out int    // in is a multiple of 16, out of 2
	whole   []byte // read as int8
	scale   []float32
	shift   []float32 // added to each column
}

// Rows of numbers come to the matrix rounded to whole ones of thirteen bits and a sign: the sum of 1,536 products with
// weights of seven bits and a sign stays within 32 bits, so sums are exact, in any order and on any processor.
const wholeMost = 8191

// abreast is how many rows the kernel reads at once.
const abreast = 4

// nearBytes is how much of a matrix is taken through all rows before the next: it stays in the processor's nearer memory meanwhile.
// It is a multiple of every matrix' width.
const nearBytes = 96 << 10

// rounded is rows of numbers as the kernel reads them; rows up to the next multiple of abreast are nought.
type rounded struct {
	rows, width int
	whole       []int16
	scale       []float32
	spare       []float32 // where the rows beyond the last go
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
	x.spare = grown(x.spare, m.out)
	for from := 0; from < m.out; from += nearBytes / m.in {
		to := min(from+nearBytes/m.in, m.out)
		for i := 0; i < x.rows; i += abreast {
			var into [abreast][]float32
			for r := range into {
				into[r] = x.spare[from:to]
				if i+r < x.rows {
					into[r] = y[(i+r)*m.out+from : (i+r)*m.out+to]
				}
			}
			m.columns(&into, x.whole[i*m.in:(i+abreast)*m.in], (*[abreast]float32)(x.scale[i:]), from)
		}
	}
}

// columnsPlain is columns in plain loops, for processors that the fast one is not written for, and to hold it against: it gives the
// columns of the matrix from one on, as many as into has room for, of four rows of whole numbers that are scaled by so much.
func (m *matrix) columnsPlain(into *[abreast][]float32, rows []int16, by *[abreast]float32, from int) {
	for k := range into[0] {
		j := from + k
		sums := sumPlain(rows, m.whole[j*m.in:(j+1)*m.in])
		for r, s := range sums {
			into[r][k] = float32(float32(s)*by[r]*m.scale[j]) + m.shift[j]
		}
	}
}

// sumPlain gives the sums of the products of four rows of x with a row of weights.
func sumPlain(x []int16, w []byte) (sums [abreast]int32) {
	for r := range sums {
		row := x[r*len(w) : (r+1)*len(w)]
		for k, v := range w {
			sums[r] += int32(row[k]) * int32(int8(v))
		}
	}
	return sums
}

// strands is how many partial sums a product of two rows has: a processor makes them at once.
const strands = 4

// fitPlain gives in each of fits how well a row fits one of the others, which lie stride numbers apart. The float32() forbids the
// compiler to fuse a product and a sum, which it would do on some processors only.
func fitPlain(fits, row, others []float32, stride int) {
	for j := range fits {
		var s [strands]float32
		for k, v := range others[j*stride:][:len(row)] {
			s[k%strands] += float32(row[k] * v)
		}
		fits[j] = (s[0] + s[1]) + (s[2] + s[3])
	}
}

// mixPlain makes in to the sum of rows that lie stride numbers apart, each by its share.
func mixPlain(to, shares, rows []float32, stride int) {
	clear(to)
	for j, share := range shares {
		for k, v := range rows[j*stride:][:len(to)] {
			to[k] += float32(share * v)
		}
	}
}

func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
