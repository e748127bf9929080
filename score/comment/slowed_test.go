//go:build race

package comment_test

// slowed says that the race detector makes everything ten times as dear.
const slowed = true
