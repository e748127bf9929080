//go:build !race

package crawler

// manyLanes is as many lanes as a sector has; see race_test.go.
const manyLanes = 2000

// robotsBombs says that a robots.txt may be a bomb; see race_test.go.
const robotsBombs = true
