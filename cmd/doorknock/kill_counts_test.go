//go:build !nightly

package main

// How often the program is killed in the tests that every change must pass.
const (
	killsAtRandom = 20
	killsAtPoint  = 3
)
