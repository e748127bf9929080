//go:build !nightly

package store

const manyComments = 20_000
