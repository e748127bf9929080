//go:build race

package crawler

// manyLanes is a tenth under the race detector, which finds in few what it would find in many.
const manyLanes = 200
