//go:build !amd64

package encoder

// sumProducts gives the sums of the products of four rows of x with w0, then those with w1.
func sumProducts(sums *[2 * abreast]int32, x []int16, w0, w1 []byte) { sumPlain(sums, x, w0, w1) }
