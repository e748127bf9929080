//go:build !race

package crawler

// manyLanes is as many lanes as a sector has; see race_test.go.
const manyLanes = 2000

// robotsBombs says that a robots.txt may be a bomb; see race_test.go.
const robotsBombs = true

// mostSlowKinds is how many kinds of slow sites stand beside a healthy one; see race_test.go.
const mostSlowKinds = len(slowKinds)
