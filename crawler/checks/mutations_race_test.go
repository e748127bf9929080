//go:build race && !nightly

package checks_test

// Few under the race detector, which makes parsing ten times dearer: make test reads the rest without it.
const (
	mutations = 60 // spoilt pages of each kind
	cuts      = 4  // places at which each page is cut
)
