//go:build !nightly

package store

const (
	manyComments = 20_000
	crowdedYear  = 4_000
)
