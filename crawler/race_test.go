//go:build race

package crawler

// manyLanes is a tenth under the race detector, which finds in few what it would find in many.
const manyLanes = 200

// robotsBombs: under the race detector a bomb takes as long to make and to open as the fetcher gives a site; without it, see ONE_BY_ONE.
const robotsBombs = false

// mostSlowKinds: under the race detector a mebibyte takes a hundred times as long to send; without it, see ONE_BY_ONE.
const mostSlowKinds = 2
