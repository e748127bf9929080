package encoder

import "golang.org/x/sys/cpu"

// sumAVX2 is in kernel_amd64.s. n is the length of a row, a multiple of 16.
//
//go:noescape
func sumAVX2(sums *[2 * abreast]int32, x *int16, w0, w1 *byte, n int)

// sumProducts gives the sums of the products of four rows of x with w0, then those with w1.
func sumProducts(sums *[2 * abreast]int32, x []int16, w0, w1 []byte) {
	if cpu.X86.HasAVX2 {
		n := len(w0) &^ 15
		_, _ = x[abreast*n-1], w1[n-1] // what is read beyond them would not be ours
		sumAVX2(sums, &x[0], &w0[0], &w1[0], n)
		return
	}
	sumPlain(sums, x, w0, w1)
}
