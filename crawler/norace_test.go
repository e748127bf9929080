//go:build !race

package crawler

// manyLanes is as many lanes as a sector has; see race_test.go.
const manyLanes = 2000
