//go:build nightly

package checks_test

const (
	mutations = 20_000 // spoilt pages of each kind
	cuts      = 40     // places at which each page is cut
)
