//go:build !nightly

package pipeline

// orderSeeds name the histories that are recorded in another order. In the last one a look that got something arrives after
// later ones that got nothing.
func orderSeeds() []uint64 { return []uint64{0, 1, 12} }
