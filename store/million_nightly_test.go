//go:build nightly

package store

const (
	manyComments = 1_000_000
	crowdedYear  = 1_000_000
)
