//go:build nightly

package store

const manyComments = 1_000_000
