//go:build !nightly && !race

package checks_test

const (
	mutations = 600 // spoilt pages of each kind
	cuts      = 40  // places at which each page is cut
)
