//go:build nightly

package main

// How often the program is killed every night.
const (
	killsAtRandom = 200
	killsAtPoint  = 100
)
